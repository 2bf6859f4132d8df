"""VoxPopuli: speeches in the European Parliament, with their transcripts."""

import argparse
import os
import re
from typing import Dict, Iterator, Optional, Tuple

from ...errors import DataError
from ..clips import Candidate
from ..fetching.sources import Source
from ..importer import Importer
from ..layouts.found_audio import is_audio, set_named
from ..layouts.listing import Row, read_tsv, walk
from ..options import Limits
from ..problems import FAILED, MALFORMED, Problem

ADDRESS = 'https://dl.fbaipublicfiles.com/voxpopuli/annotations/asr/'
_LIST = re.compile(r'asr_(\w+)\.tsv(\.gz)?')


class VoxPopuli(Importer):
    """The list asr_<language>.tsv.gz is looked for in TARGET_DIR, or fetched; the recordings have to be there, at any depth:
    those of utterances as VoxPopuli's own program cuts them (<id>.ogg), or whole sessions (<session>_original.ogg,
    <session>_<language>.ogg), out of which utterances are cut.

    Writes TARGET_DIR/voxpopuli-{train,dev,test}.csv.
    """

    name = 'voxpopuli'
    title = 'VoxPopuli, transcribed part'
    language = '16 of Europe'
    licence = 'CC0'
    size = 'up to 543 hours a language'
    homepage = 'https://github.com/facebookresearch/voxpopuli'
    csv_name = 'voxpopuli-{set}.csv'
    wav_dir = 'voxpopuli-wav'
    limits = Limits(max_s=30.)

    def add_arguments(self, parser: argparse.ArgumentParser) -> None:
        parser.add_argument('target_dir', help='directory of the list and the recordings, and of all that is made of them')
        parser.add_argument('--language', metavar='CODE',
                            help='as en or de; needed if the list has to be fetched, or there are several')
        parser.add_argument('--original_text', action='store_true',
                            help='take the texts as the parliament has written them down, where there are any')

    def candidates(self) -> Iterator[Candidate]:
        recordings: Dict[str, str] = {}
        for directory, files in walk(self.directory, without=os.path.join(self.directory, self.wav_dir)):
            recordings.update((os.path.splitext(name)[0], os.path.join(directory, name)) for name in files if is_audio(name))
        path, self._language = self._list()
        for row in read_tsv(path, 'original_text', delimiter='|'):
            yield self._clip(row, recordings)

    def _list(self) -> Tuple[str, str]:
        """Returns (path of the list as plain text, its language)."""
        unpacked = os.path.join(self.directory, 'unpacked')
        lists: Dict[str, str] = {}
        for directory, files in walk(self.directory, without=unpacked):
            for match in filter(None, map(_LIST.fullmatch, files)):
                lists[match.group(1)] = os.path.join(directory, match.group())
        language = self.arguments.language or (next(iter(lists)) if len(lists) == 1 else '')
        if not language:
            found = f'lists of {", ".join(sorted(lists))}' if lists else 'no asr_<language>.tsv.gz'
            raise DataError(f'{self.directory}: {found} in it; name a language with --language.')
        name = f'asr_{language}.tsv'
        path = lists.get(language) or self.fetch(Source(f'{name}.gz', (f'{ADDRESS}{name}.gz',)))
        if path.endswith('.gz'):
            path = os.path.join(self.unpack(path, os.path.join(unpacked, name)), name)
        return path, language

    def _clip(self, row: Row, recordings: Dict[str, str]) -> Candidate:
        """Returns the clip of a row; columns that a list may have beside these count for nothing:

            session_id|id_|start_time|end_time|split|speaker_id|gender|normed_text|original_text
        """
        session, span = row.get('session_id'), _span(row)
        start = f'{span[0]:.2f}' if span else row.place
        name = row.get('id_', 'id') or f'{session}-{start}'
        in_set = set_named(row.get('split'))
        text = row.get('original_text') if self.arguments.original_text else row.get('normed_text') or row.get('original_text')
        sets = (in_set,) if in_set else ()
        clip = Candidate(name, '', text, sets, row.get('speaker_id'), place=row.place, problem=row.problem)
        if name in recordings:
            return clip._replace(audio=recordings[name])
        whole = [each for each in (session, f'{session}_original', f'{session}_{self._language}') if each in recordings]
        if not whole or not span:
            problem = Problem(MALFORMED, 'its row says not from when to when it lasts') if whole else Problem(
                FAILED, f'there is no recording {name} or {session}')
            return clip._replace(audio=f'{session}.ogg', problem=row.problem or problem)
        return clip._replace(audio=recordings[whole[0]], span_s=span)


def _span(row: Row) -> Optional[Tuple[float, float]]:
    try:
        return float(row.get('start_time')), float(row.get('end_time'))
    except ValueError:
        return None
