"""Manifests of Lhotse: recordings with supervisions, or cuts."""

import argparse
import gzip
import json
import os
import re
import zlib
from typing import Any, Dict, Iterator, Tuple

from ...errors import DataError
from ...text.files import LINE_END, decode_text
from ..clips import Candidate
from ..importer import Importer
from ..layouts.found_audio import AudioFiles, given_directory, set_named
from ..layouts.listing import walk
from ..problems import FAILED, MALFORMED, Problem

_MANIFEST = re.compile(r'(?P<before>.*?)(?P<kind>recordings|supervisions|cuts)(?P<after>.*)\.jsonl(\.gz)?')


class Lhotse(Importer):
    """SOURCE is a directory with <corpus>_recordings_<part>.jsonl.gz and <corpus>_supervisions_<part>.jsonl.gz, or with
    <corpus>_cuts_<part>.jsonl.gz; every supervision becomes a clip. Recordings have to be files; commands are never run. Names
    of parts with train, dev (valid) or test in them give the sets; the rest is parted by speaker.

    Writes TARGET_DIR/{train,dev,test}.csv.
    """

    name = 'lhotse'
    title = 'manifests of Lhotse'
    language = 'any'
    licence = 'that of the corpus'
    size = 'any'
    homepage = 'https://lhotse.readthedocs.io'

    def add_arguments(self, parser: argparse.ArgumentParser) -> None:
        parser.add_argument('source', help='directory of the manifests')
        parser.add_argument('target_dir', help='where the data set goes')
        parser.add_argument('--audio_dir', metavar='DIR',
                            help='directory of the recordings, where paths in the manifests do not lead to them (SOURCE)')

    def candidates(self) -> Iterator[Candidate]:
        parts: Dict[str, Dict[str, str]] = {}
        for directory, files in walk(self.arguments.source, without=self.directory):
            for match in filter(None, map(_MANIFEST.fullmatch, files)):
                part = os.path.join(directory, f'{match.group("before")}*{match.group("after")}')
                parts.setdefault(part, {})[match.group('kind')] = os.path.join(directory, match.group())
        found = [part for part in sorted(parts) if 'cuts' in parts[part] or {'recordings', 'supervisions'} <= set(parts[part])]
        if not found:
            raise DataError(f'{self.arguments.source}: neither cuts.jsonl.gz nor both recordings.jsonl.gz and '
                            f'supervisions.jsonl.gz in it; name the directory of the manifests.')
        audio = AudioFiles(*given_directory(self.arguments.audio_dir), self.arguments.source,
                           without=os.path.join(self.directory, self.wav_dir))
        for part in found:
            in_set = set_named(os.path.basename(part).rpartition('*')[2]) or set_named(os.path.basename(part))
            yield from _of_part(parts[part], audio, (in_set,) if in_set else ())


def _of_part(manifests: Dict[str, str], files: AudioFiles, sets: Tuple[str, ...]) -> Iterator[Candidate]:
    if 'supervisions' in manifests and 'recordings' in manifests:
        recordings = {str(item.get('id')): item for _, item in _items(manifests['recordings'])}
        for place, item in _items(manifests['supervisions']):
            yield _clip(place, item, recordings.get(str(item.get('recording_id'))), 0., files=files)._replace(sets=sets)
        return
    for place, cut in _items(manifests['cuts']):
        supervisions = cut.get('supervisions')
        for item in supervisions if isinstance(supervisions, list) and supervisions else [{}]:
            supervision = item if isinstance(item, dict) else {}
            yield _clip(place, supervision, cut.get('recording'), cut.get('start'), files=files)._replace(sets=sets)


def _clip(place: str, item: Dict[str, Any], recording: Any, offset_s: Any, *, files: AudioFiles) -> Candidate:
    """Returns the clip of a supervision, whose start is relative to that of its cut:

        {"id": "1-1", "recording_id": "1", "start": 0.0, "duration": 2.4, "channel": 0, "text": "GO ON", "speaker": "7"}
        {"id": "1", "sources": [{"type": "file", "channels": [0], "source": "1.flac"}], "duration": 2.4, ...}
    """
    name = str(item.get('id') or place)
    clip = Candidate(name.replace('/', '_'), name, str(item.get('text') or ''), (), str(item.get('speaker') or ''), place=place)
    try:
        start_s, length_s = float(offset_s) + float(item['start']), float(item['duration'])
        channel = item.get('channel', 0)
        channel = int(channel[0] if isinstance(channel, list) else channel)
        source = next(each for each in recording['sources'] if channel in each['channels'])
        kind, path = source['type'], source['source']
        place_of_channel = source['channels'].index(channel) if len(source['channels']) > 1 else None
        is_transformed = bool(recording.get('transforms'))
        is_whole = start_s == 0 and abs(float(recording['duration']) - length_s) < .01
    except (KeyError, TypeError, ValueError, IndexError, AttributeError, StopIteration, OverflowError):
        return clip._replace(problem=Problem(MALFORMED, 'it lacks a recording, its time or its channel'))
    if is_transformed:
        return clip._replace(problem=Problem(MALFORMED, 'its recording is to be transformed; save the cuts to files'))
    if kind != 'file' or not isinstance(path, str):
        reason = 'a command makes its recording, which is not run' if kind == 'command' else f'its recording is no file: {kind}'
        return clip._replace(problem=Problem(MALFORMED, f'{reason}; write the recordings to files'))
    found = files.find(path)
    problem = None if found else Problem(FAILED, f'there is no file {path[:200]!r}, or more than one could be meant')
    return clip._replace(audio=found or path, span_s=None if is_whole else (start_s, start_s + length_s), problem=problem,
                         channel=place_of_channel)


def _items(path: str) -> Iterator[Tuple[str, Dict[str, Any]]]:
    """Yields (place, object) of a manifest; {} for a line that holds none. Raises DataError: it cannot be read."""
    try:
        with (gzip.open(path) if path.endswith('.gz') else open(path, 'rb')) as file:
            text = decode_text(path, file.read(), errors='surrogateescape').text
    except (OSError, EOFError, zlib.error) as error:
        raise DataError(f'{path}: it cannot be read ({error}); get it again.') from error
    for number, line in enumerate(LINE_END.split(text), 1):
        if line.strip():
            try:
                item = json.loads(line)
            except (ValueError, RecursionError):
                item = {}
            yield f'{os.path.basename(path)}, line {number}', item if isinstance(item, dict) else {}
