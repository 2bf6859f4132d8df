"""Kaldi's data directories: the lists that its recipes make of any corpus."""

import argparse
import os
from typing import Dict, Iterator, List, NamedTuple, Optional, Tuple, Union

from ...errors import DataError
from ..clips import Candidate
from ..convert import TO_THE_END_S
from ..importer import Importer
from ..layouts.commands import NotUnderstoodError, Recording, parse_recording
from ..layouts.listing import read_lines
from ..problems import MALFORMED, Problem

RECORDINGS, TEXTS, SEGMENTS, SPEAKERS = 'wav.scp', 'text', 'segments', 'utt2spk'
TO_THE_END = -1  # in `segments`
SIDES = {'A': 0, 'B': 1}
N_LEVELS = 3  # directories above, to which relative paths may be: recipes run two above the lists


class _Place(NamedTuple):
    """Where an utterance is: in which recording, from when to when."""

    recording: str
    span_s: Optional[Tuple[float, float]] = None
    channel: Optional[int] = None


class Kaldi(Importer):
    """DATA_DIR is a directory with wav.scp and text, perhaps segments and utt2spk, or one with several of these in it, as data
    of a recipe. Several directories become a set each, named as they are; one alone is parted by speaker (--split, --seed), or
    becomes the set that --set names.

    Commands in wav.scp are never run. Those by which sox, flac, ffmpeg, sph2pipe and cat give a file, or a channel of it, are
    understood and the file is read; utterances with others are left out, and listed with the reason. Relative paths may be
    relative to DATA_DIR or to the three directories above it.
    """

    name = 'kaldi'
    title = "Kaldi's data directories"
    language = 'any'
    licence = 'that of the corpus'
    size = 'that of the corpus'
    homepage = 'https://kaldi-asr.org/doc/data_prep.html'
    wav_dir = 'converted'
    rule = None

    def add_arguments(self, parser: argparse.ArgumentParser) -> None:
        parser.add_argument('data_dir', help='directory of wav.scp, or of directories with one')
        parser.add_argument('--target_dir', help='where the CSV files go (DATA_DIR)')
        parser.add_argument('--set', help='put all utterances into this set')

    @property
    def directory(self) -> str:
        return str(self.arguments.target_dir or self.arguments.data_dir)

    def candidates(self) -> Iterator[Candidate]:
        top = str(self.arguments.data_dir)
        if os.path.exists(os.path.join(top, RECORDINGS)):
            yield from self._utterances(top, '')
            return
        names = sorted(os.listdir(top)) if os.path.isdir(top) else []
        names = [name for name in names if os.path.exists(os.path.join(top, name, RECORDINGS))]
        if not names:
            raise DataError(f'{top}: there is no {RECORDINGS} in it, nor in a directory below; name a data directory of Kaldi.')
        self.expected_sets = (self.arguments.set,) if self.arguments.set else tuple(names)
        for name in names:
            yield from self._utterances(os.path.join(top, name), name)

    def _utterances(self, directory: str, name: str) -> Iterator[Candidate]:
        """Yields the clips of a data directory; `name` is that of their set, empty: they are parted."""
        recordings, speakers = _read_recordings(directory), _read_speakers(directory)
        places = _read_segments(directory)
        is_segmented = places is not None
        if places is None:
            places = {recording: _Place(recording) for recording in recordings}
        sets = tuple(filter(None, [self.arguments.set or name]))
        heard = set()
        for place, utterance, text in _rows(directory, TEXTS):
            heard.add(utterance)
            clip = Candidate(f'{name}/{utterance}' if name else utterance, '', text, sets, speakers.get(utterance, ''),
                             place=place)
            where = places.get(utterance, Problem(MALFORMED, f'{SEGMENTS if is_segmented else RECORDINGS} has no row for it'))
            yield clip._replace(problem=where) if isinstance(where, Problem) else _placed(clip, where, recordings)
        for utterance in sorted(places.keys() - heard):
            yield Candidate(f'{name}/{utterance}' if name else utterance, '', '', sets,
                            problem=Problem(MALFORMED, f'{TEXTS} has no row for it'))


def _placed(clip: Candidate, where: _Place, recordings: Dict[str, Union[Recording, Problem]]) -> Candidate:
    """Returns a clip with its recording, or why there is none."""
    recording = recordings.get(where.recording)
    if recording is None:
        recording = Problem(MALFORMED, f'{RECORDINGS} has no row for its recording {where.recording[:50]}')
    if isinstance(recording, Problem):
        return clip._replace(problem=recording)
    channel = where.channel if recording.channel is None else recording.channel
    return clip._replace(audio=recording.path, span_s=where.span_s, channel=channel)


def _rows(directory: str, name: str) -> Iterator[Tuple[str, str, str]]:
    """Yields (place, key, rest) of a list's lines."""
    for place, line in read_lines(os.path.join(directory, name), f"a list of Kaldi's ({name})"):
        key, *rest = line.split(None, 1)
        yield place, key, rest[0].strip() if rest else ''


def _read_recordings(directory: str) -> Dict[str, Union[Recording, Problem]]:
    """Returns what wav.scp says of each recording. Its lines hold a path, or a command with a pipe behind it:

        4k0c /speech/si_tr_s/4k0/4k0c.wav
        sw02001-A /tools/sph2pipe -f wav -p -c 1 /speech/swb1/sw02001.sph |
        1272-141231-0000 flac -c -d -s /speech/dev-clean/1272/141231/1272-141231-0000.flac |
    """
    found: Dict[str, Union[Recording, Problem]] = {}
    for place, key, text in _rows(directory, RECORDINGS):
        try:
            recording = parse_recording(text)
            found.setdefault(key, recording._replace(path=_found(recording.path, directory)))
        except NotUnderstoodError as error:
            found.setdefault(key, Problem(MALFORMED, f'{place}: {error}'))
    return found


def _found(path: str, directory: str) -> str:
    """Returns where a path of wav.scp leads, which may be relative to a directory further up."""
    bases = [os.path.join(directory, *[os.pardir] * level) for level in range(N_LEVELS + 1)]
    paths = [os.path.normpath(os.path.join(base, path)) for base in bases]
    return next(filter(os.path.exists, paths), paths[0])


def _read_speakers(directory: str) -> Dict[str, str]:
    if not os.path.exists(os.path.join(directory, SPEAKERS)):
        return {}
    return {utterance: speaker for _, utterance, speaker in _rows(directory, SPEAKERS)}


def _read_segments(directory: str) -> Optional[Dict[str, Union[_Place, Problem]]]:
    """Returns where each utterance is, None without that list. A line: utterance, recording, first and last second:

        sw02001-A_000098-001156 sw02001-A 0.98 11.56
    """
    if not os.path.exists(os.path.join(directory, SEGMENTS)):
        return None
    found: Dict[str, Union[_Place, Problem]] = {}
    for place, key, rest in _rows(directory, SEGMENTS):
        try:
            recording, start, end, *channel = rest.split()
            end_s = TO_THE_END_S if float(end) == TO_THE_END else float(end)
            found.setdefault(key, _Place(recording, (float(start), end_s), _channel(channel)))
        except ValueError:
            found.setdefault(key, Problem(MALFORMED, f'{place}: expected "<utterance> <recording> <start> <end>"'))
    return found


def _channel(fields: List[str]) -> Optional[int]:
    """Returns the channel of the field that some segments have for it. Raises ValueError."""
    if not fields:
        return None
    return SIDES[fields[0]] if fields[0] in SIDES else int(fields[0])
