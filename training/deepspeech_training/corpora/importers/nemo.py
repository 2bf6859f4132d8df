"""NeMo's manifests: lists of clips in JSON, an object a line."""

import argparse
import json
import os
import re
from typing import Any, Dict, Iterator, Optional, Tuple

from ...errors import DataError
from ..clips import Candidate
from ..convert import TO_THE_END_S
from ..importer import Importer
from ..listing import read_lines, text_of
from ..problems import MALFORMED, Problem

AUDIO, TEXT, OFFSET, DURATION, SHARD = 'audio_filepath', 'text', 'offset', 'duration', 'shard_id'
SPEAKERS = ('speaker', 'speaker_id')
DECORATION = re.compile(r'[_.-]?manifest[_.-]?', re.IGNORECASE)  # of train_manifest.json


class Nemo(Importer):
    """MANIFEST is a file of JSON objects, one a line, with audio_filepath and text, perhaps offset and duration in seconds.
    Several manifests become a set each, named as they are (train_manifest.json: train); one alone is parted by speaker (where
    speaker names one; --split, --seed), or becomes the set that --set names.

    Relative paths are relative to the manifest. Manifests of tarred audio are refused: name the one that it was made of.
    """

    name = 'nemo'
    title = "NeMo's manifests"
    language = 'any'
    licence = 'that of the corpus'
    size = 'that of the corpus'
    homepage = 'https://docs.nvidia.com/nemo-framework/user-guide/latest/nemotoolkit/asr/datasets.html'
    wav_dir = 'converted'
    rule = None

    def add_arguments(self, parser: argparse.ArgumentParser) -> None:
        parser.add_argument('manifests', nargs='+', metavar='MANIFEST', help='file of JSON lines')
        parser.add_argument('--target_dir', help='where the CSV files go (the directory of the first manifest)')
        parser.add_argument('--set', help='put all clips into this set')

    @property
    def directory(self) -> str:
        return str(self.arguments.target_dir or os.path.dirname(os.path.abspath(self.arguments.manifests[0])))

    def candidates(self) -> Iterator[Candidate]:
        manifests = self.arguments.manifests
        names = [_set_name(path) for path in manifests] if len(manifests) > 1 else ['']
        for name in names:
            if names.count(name) > 1:
                raise DataError(f'two manifests are called {name!r}; rename one of them, or import them one by one.')
        self.expected_sets = (self.arguments.set,) if self.arguments.set else tuple(filter(None, names))
        for name, path in zip(names, manifests):
            yield from self._clips(path, name)

    def _clips(self, path: str, name: str) -> Iterator[Candidate]:
        """Yields the clips of a manifest. A line:

            {"audio_filepath": "wavs/a.wav", "duration": 2.5, "text": "go do you hear"}
        """
        sets = tuple(filter(None, [self.arguments.set or name]))
        base = os.path.dirname(os.path.abspath(path))
        for place, line in read_lines(path, "a manifest of NeMo's"):
            row = _parsed(line)
            if row.get(SHARD) is not None:
                raise DataError(f'{path}: this is a manifest of tarred audio (it has {SHARD}), whose clips are in tar files; '
                                f'name the manifest that these were made of, or unpack them and name one with their paths.')
            clip = Candidate('/'.join(filter(None, [name, place])), '', line[:1000], sets, place=place)
            try:
                audio, text, span_s = _fields(row)
            except ValueError as error:
                yield clip._replace(problem=Problem(MALFORMED, str(error)))
                continue
            speaker = next((str(row[key]) for key in SPEAKERS if row.get(key)), '')
            clip_id = '/'.join(filter(None, [name, _id(audio, span_s)]))
            yield clip._replace(id=clip_id, audio=os.path.join(base, audio), text=text, speaker=speaker, span_s=span_s)


def _set_name(path: str) -> str:
    stem = os.path.splitext(os.path.basename(path))[0]
    return DECORATION.sub('', stem) or stem


def _parsed(line: str) -> Dict[str, Any]:
    """Returns the object of a line; {} if there is none."""
    try:
        row = json.loads(line)
    except (ValueError, RecursionError):
        return {}
    return row if isinstance(row, dict) else {}


def _fields(row: Dict[str, Any]) -> Tuple[str, str, Optional[Tuple[float, float]]]:
    """Returns (path of the audio, text, span in seconds) of a row. Raises ValueError: it is none; says why."""
    audio, text = text_of(row.get(AUDIO)), text_of(row.get(TEXT))
    if not row:
        raise ValueError('the line is no object in JSON')
    if not audio:
        raise ValueError(f'it has no {AUDIO}')
    if text is None:
        raise ValueError(f'it has no {TEXT}')
    offset, duration = row.get(OFFSET), row.get(DURATION)
    if offset is None:
        return audio, text, None
    start_s = _seconds(offset)
    return audio, text, (start_s, start_s + _seconds(duration))


def _seconds(value: object) -> float:
    """Returns a number of JSON. Raises ValueError: it is none."""
    if isinstance(value, bool) or not isinstance(value, (int, float)) or not abs(value) <= TO_THE_END_S:
        raise ValueError(f'{OFFSET} and {DURATION} are no two numbers of seconds')
    return float(value)


def _id(audio: str, span_s: Optional[Tuple[float, float]]) -> str:
    """Returns a name for a clip: that of its file, without the ending of WAV files, and its times in seconds."""
    stem, ending = os.path.splitext(audio)
    name = stem if ending.lower() == '.wav' else audio
    parts = [part for part in name.split('/') if part not in ('', '.', '..')]
    return '/'.join(parts) + (f'-{span_s[0]:.3f}-{span_s[1]:.3f}' if span_s else '')
