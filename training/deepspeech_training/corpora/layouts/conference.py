"""Recordings of conferences and their transcripts: which belong together, and utterances of the rows of transcripts."""

import math
import os
from typing import Dict, Iterator, List, NamedTuple, Optional, Sequence, Set, Tuple

from ...errors import DataError
from ...paths import write_atomically
from ..problems import MALFORMED, Problem
from .listing import files_below, read_lines
from .xml_files import below, read_xml

TOLERANCE = 2.5e-4  # by how much of it the end of a row may differ from the beginning of the next


class Pair(NamedTuple):
    """A recording and its transcript, paths relative to the corpus."""

    xml: str
    mp3: str
    tolerance: float


class Segment(NamedTuple):
    """Rows that follow each other."""

    text: str
    span_s: Tuple[float, float]
    row: int  # the first one, counted from 1
    problem: Optional[Problem] = None


def pairs_of(top: str, path: str) -> List[Pair]:
    """Returns the pairs that a list names; where there is none, it is written: people may correct it.

    Args:
      path: of the list.
    Raises:
      DataError: nothing fits together, or a line of the list is none.
    """
    if not os.path.exists(path):
        pairs = _fitting(top)
        if not pairs:
            raise DataError(f'{top}: no recording (.mp3) and transcript (.xml) in it whose names fit; unpack the corpus again.')
        write_atomically(path, ''.join(f'{pair.xml},{pair.mp3},{pair.tolerance:.2e}\n' for pair in pairs), DataError)
    return [_pair(path, place, line) for place, line in read_lines(path, 'a list of pairs')]


def _pair(path: str, place: str, line: str) -> Pair:
    """Returns the pair of a line: 2012-01-01_x/a.xml,2012-01-01_x/a.mp3,2.50e-04"""
    fields = [field.strip() for field in line.split(',')]
    try:
        xml, mp3, tolerance = fields
        if not 0 <= float(tolerance) < 1:
            raise ValueError('no share')
        return Pair(xml, mp3, float(tolerance))
    except ValueError as error:
        raise DataError(f'{os.path.dirname(path)}/{place}: expected <xml>,<mp3>,<tolerance>, such as a.xml,a.mp3,2.50e-04; '
                        f'mend that line, or remove {os.path.basename(path)} and it is written anew.') from error


def _fitting(top: str) -> List[Pair]:
    """Returns pairs of files whose names have a date and most other parts in common; each file is in one of them."""
    files = [path for path in files_below(top, '.mp3', '.xml') if os.path.isfile(path) and os.path.getsize(path)]
    by_date: Dict[str, List[str]] = {}
    for path in files:
        if path.lower().endswith('.mp3'):
            by_date.setdefault(_parts(path)[0], []).append(path)
    scores = [(-sum(map(str.__eq__, _parts(xml), _parts(mp3))), xml, mp3) for xml in files if xml.lower().endswith('.xml')
              for mp3 in by_date.get(_parts(xml)[0], [])]
    taken: Set[str] = set()
    pairs = []
    for _, xml, mp3 in sorted(scores):
        if not {xml, mp3} & taken:
            taken |= {xml, mp3}
            pairs.append(Pair(os.path.relpath(xml, top), os.path.relpath(mp3, top), TOLERANCE))
    return sorted(pairs)


def _parts(path: str) -> List[str]:
    return os.path.splitext(os.path.basename(path))[0].split('_')


def segments(path: str, tolerance: float, most_s: float) -> Iterator[Segment]:
    """Yields the segments of a transcript, each as long as rows join and it is shorter than `most_s`. Lines of the file:

        <rows><row timestamp="0.5" timedur="1.2">Bonjour</row><row timestamp="1.7" timedur="1.5">à tous</row></rows>

    Raises:
      DataError: it cannot be read, or is damaged.
    """
    held: List[Segment] = []
    for number, element in enumerate(below(read_xml(path), 'row'), 1):
        row = _segment(number, element.get('timestamp', ''), element.get('timedur', ''), ''.join(element.itertext()))
        joins = held and not row.problem and row.text and row.span_s[1] - held[0].span_s[0] < most_s and math.isclose(
            held[-1].span_s[1], row.span_s[0], rel_tol=tolerance)
        if not joins:
            yield from _joined(held)
            held = []
        if row.problem:
            yield row
        elif row.text:
            held.append(row)
    yield from _joined(held)


def _segment(number: int, start: str, length: str, text: str) -> Segment:
    words = ' '.join(text.split())
    try:
        start_s, length_s = (float(time.replace(',', '.')) for time in (start, length))
    except ValueError:
        return Segment(words, (0., 0.), number, Problem(MALFORMED, f'it lasts from {start[:20]!r} for {length[:20]!r} seconds'))
    return Segment(words, (start_s, start_s + length_s), number)


def _joined(rows: Sequence[Segment]) -> Iterator[Segment]:
    if rows:
        yield Segment(' '.join(row.text for row in rows), (rows[0].span_s[0], rows[-1].span_s[1]), rows[0].row)
