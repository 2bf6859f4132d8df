"""What corpora of telephone talks share: two channels, a speaker on each, and lists of who says what from when to when."""

import os
import unicodedata
from typing import Dict, Iterable, NamedTuple, Optional, Tuple

from ..errors import DataError
from .clips import Candidate
from .labels import validate_english
from .listing import files_below
from .problems import MALFORMED, Problem

CHANNELS = {'A': 0, 'B': 1}
_APOSTROPHES = str.maketrans({'\u2018': "'", '\u2019': "'"})


class Segment(NamedTuple):
    """What one side says without a pause."""

    start_s: float
    end_s: float
    side: str  # A or B
    text: str


def parse_segment(start: str, end: str, side: str, text: str) -> Segment:
    """Returns a Segment of the fields of a row. Raises ValueError: they are none; says what is wrong."""
    try:
        start_s, end_s = float(start), float(end)
    except ValueError as error:
        raise ValueError(f'{start[:20]!r} and {end[:20]!r} are no times in seconds') from error
    if not 0 <= start_s < end_s < float('inf'):
        raise ValueError(f'it lasts from {start_s:g} s to {end_s:g} s')
    if side not in CHANNELS:
        raise ValueError(f'{side[:20]!r} is no side of a talk, A or B')
    return Segment(start_s, end_s, side, text)


def recordings_below(directories: Iterable[str]) -> Dict[str, str]:
    """Returns {name without ending: path} of the SPHERE files below directories. Raises DataError: there are none."""
    directories = list(directories)
    found: Dict[str, str] = {}
    for directory in directories:
        for path in files_below(directory, '.sph'):
            found.setdefault(os.path.splitext(os.path.basename(path))[0].lower(), path)
    if not found:
        raise DataError(f'{", ".join(directories)}: no .sph file in it; copy the discs of the corpus there.')
    return found


def clip_of(talk: str, audio: str, segment: Segment, name: str, place: str) -> Candidate:
    """Returns the clip of a segment.

    A talk stays in one set, both sides of it, as each is heard a little on the other's channel. Speakers of several talks may
    be in several sets: nearly all talks hang together by somebody who is in two of them.

    Args:
      talk: name of the recording.
      audio: its path.
      name: of the segment, in this corpus once.
    """
    return Candidate(name, audio, segment.text, speaker=talk, span_s=(segment.start_s, segment.end_s),
                     channel=CHANNELS[segment.side], place=place)


def unreadable(talk: str, audio: str, place: str, line: str, reason: object) -> Candidate:
    """Returns the clip of a row that is no segment."""
    return Candidate(f'{talk}/{place}', audio, line, speaker=talk, place=place, problem=Problem(MALFORMED, str(reason)))


def spoken_words(text: str) -> Optional[str]:
    """Returns the transcript of a text in ASCII; None: events, unclear words or digits are in it."""
    plain = unicodedata.normalize('NFKD', text.translate(_APOSTROPHES)).encode('ascii', 'ignore').decode('ascii')
    return validate_english(plain)


def parted(line: str, n_fields: int) -> Tuple[str, ...]:
    """Returns that many fields of a row, the last one with all that is left, empty if nothing is."""
    fields = line.split(None, n_fields - 1)
    if len(fields) < n_fields - 1:
        raise ValueError(f'its row has {len(fields)} of {n_fields} fields')
    return (*fields, '')[:n_fields]
