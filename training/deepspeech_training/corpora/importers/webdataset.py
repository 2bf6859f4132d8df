"""WebDataset: shards of tar, in which the files of a clip stand under one key."""

import argparse
import json
import os
import re
from typing import Any, Dict, Iterator, List

from ...errors import DataError
from ...text.files import read_text
from ..clips import Candidate
from ..importer import Importer
from ..layouts.found_audio import clip_id, is_audio, set_named, set_of_directories
from ..layouts.listing import walk
from ..layouts.tables import Columns, choose_columns
from ..problems import FAILED, MALFORMED, Problem

MOST_BYTES = 1 << 20  # of a text, or of what else is known of a clip
_ENDING = re.compile(r'\.(tar|tar\.gz|tgz)$', re.IGNORECASE)


class WebDataset(Importer):
    """SOURCE is a shard (.tar, .tar.gz) or a directory of shards: <key>.wav (or .flac, .mp3, .opus, ...) with <key>.txt, or
    with <key>.json that has the text (text, transcription, sentence, ...) and perhaps the speaker. Shards are unpacked in
    TARGET_DIR/unpacked. Names of shards, or of their directories, with train, dev (valid) or test in them give the sets.

    Writes TARGET_DIR/{train,dev,test}.csv.
    """

    name = 'webdataset'
    title = 'shards of WebDataset'
    language = 'any'
    licence = 'that of the data set'
    size = 'any'
    homepage = 'https://github.com/webdataset/webdataset'

    def add_arguments(self, parser: argparse.ArgumentParser) -> None:
        parser.add_argument('source', help='a shard, or a directory of shards')
        parser.add_argument('target_dir', help='where the data set goes')
        parser.add_argument('--text_column', default='', metavar='NAME', help='name of the text in <key>.json')
        parser.add_argument('--speaker_column', default='', metavar='NAME', help='name of the speaker in <key>.json')

    def candidates(self) -> Iterator[Candidate]:
        source = self.arguments.source
        top = os.path.dirname(os.path.abspath(source)) if os.path.isfile(source) else source
        shards = [source] if os.path.isfile(source) else [
            os.path.join(directory, name) for directory, names in walk(source, without=self.directory)
            for name in names if _ENDING.search(name)]
        if not shards:
            raise DataError(f'{source}: no shard (.tar, .tar.gz) there; name the directory of the shards.')
        for shard in shards:
            place = os.path.relpath(shard, top)
            name = _ENDING.sub('', place)
            in_set = set_of_directories(place) or set_named(os.path.basename(name))
            directory = self.unpack(shard, os.path.join(self.directory, 'unpacked', name))
            for clip in self._of_shard(directory, place):
                yield clip._replace(id=f'{name}/{clip.id}', sets=(in_set,) if in_set else ())

    def _of_shard(self, top: str, place: str) -> Iterator[Candidate]:
        for directory, files in walk(top):
            keys: Dict[str, List[str]] = {}
            for name in files:
                keys.setdefault(name.partition('.')[0], []).append(name)  # so WebDataset does it: up to the first dot
            for key, names in sorted(keys.items()):
                audio = next(filter(is_audio, names), '')
                clip = Candidate(clip_id(os.path.join(os.path.relpath(directory, top), f'{key}.wav')),
                                 os.path.join(directory, audio or key), '', place=f'{place}, {key}')
                if not audio:
                    yield clip._replace(problem=Problem(FAILED, f'there is no recording with its {", ".join(names)[:100]}'))
                else:
                    yield self._with_text(clip, directory, names)

    def _with_text(self, clip: Candidate, directory: str, names: List[str]) -> Candidate:
        by_ending = {name.partition('.')[2].lower(): os.path.join(directory, name) for name in names}
        known: Dict[str, Any] = {}
        try:
            if 'json' in by_ending:
                known = json.loads(read_text(by_ending['json'], 'a JSON object', MOST_BYTES).text)
                known = known if isinstance(known, dict) else {}
            if 'txt' in by_ending:
                text = read_text(by_ending['txt'], 'a transcript', MOST_BYTES).text
                columns = choose_columns(clip.place, ['audio', 'text', *known], Columns('audio', 'text'))
            else:
                columns = choose_columns(clip.place, ['audio', *known], Columns('audio', self.arguments.text_column))
                text = str(known[columns.text] or '')
        except (DataError, ValueError, RecursionError):
            return clip._replace(problem=Problem(MALFORMED, 'neither .txt nor .json with its text can be read'))
        speaker = known.get(self.arguments.speaker_column or columns.speaker)
        return clip._replace(text=' '.join(text.split()), speaker='' if speaker is None else str(speaker))
