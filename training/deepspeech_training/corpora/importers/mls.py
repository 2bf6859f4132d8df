"""Multilingual LibriSpeech: audio books in eight languages."""

import argparse
import os
from typing import Iterator

from ...errors import DataError
from ..clips import Candidate
from ..fetching.sources import Source
from ..importer import Importer
from ..layouts.listing import read_lines
from ..options import Limits
from ..problems import MALFORMED, Problem

LANGUAGES = ('english', 'german', 'french', 'dutch', 'spanish', 'italian', 'portuguese', 'polish')
ADDRESS = 'https://dl.fbaipublicfiles.com/mls/'
SETS = ('train', 'dev', 'test')


class Mls(Importer):
    """The archive mls_<language>_opus.tar.gz (Opus) or mls_<language>.tar.gz (FLAC) is taken from TARGET_DIR, or the former is
    fetched; so is what was unpacked of one.

    Writes TARGET_DIR/MLS_{train,dev,test}.csv.
    """

    name = 'mls'
    title = 'Multilingual LibriSpeech'
    language = ', '.join(LANGUAGES)
    licence = 'CC BY 4.0'
    size = 'Opus: 6 GB (Polish) to 651 GB (English); with FLAC about ten times that'
    homepage = 'https://www.openslr.org/94'
    csv_name = 'MLS_{set}.csv'
    wav_dir = 'MLS-wav'
    limits = Limits(min_s=.85, max_s=15., step_ms=30)
    absolute_paths = False
    expected_sets = SETS

    def add_arguments(self, parser: argparse.ArgumentParser) -> None:
        super().add_arguments(parser)
        parser.add_argument('-l', '--language', choices=LANGUAGES, required=True)
        parser.add_argument('--save_excluded_max_sec_to_disk', metavar='FILE',
                            help='of other importers; clips that are too long stand in MLS_rejected.csv, with this or without')

    def candidates(self) -> Iterator[Candidate]:
        top = self._top()
        for name in SETS:
            texts = os.path.join(top, name, 'transcripts.txt')
            if not os.path.exists(texts):
                raise DataError(f'{texts} is missing; remove {top} and unpack the archive again.')
            ending = '.opus' if top.endswith('_opus') else '.flac'
            for place, line in read_lines(texts):
                yield _clip(name, os.path.join(top, name, 'audio'), ending, place=f'{name}/{place}', line=line)

    def _top(self) -> str:
        """Returns the directory that holds train, dev and test."""
        name = f'mls_{self.arguments.language}'
        for each in (f'{name}_opus', name):
            for top in (os.path.join(self.directory, each), os.path.join(self.directory, 'unpacked', each, each)):
                if os.path.isdir(top):
                    return top
        is_flac = os.path.exists(os.path.join(self.directory, f'{name}.tar.gz'))
        found = name if is_flac else f'{name}_opus'
        archive = Source(f'{found}.tar.gz', (f'{ADDRESS}{found}.tar.gz',))
        return os.path.join(self.unpacked(archive, os.path.join(self.directory, 'unpacked', found)), found)


def _clip(in_set: str, audio: str, ending: str, *, place: str, line: str) -> Candidate:
    """Returns the clip of a line of transcripts.txt, a tab between its fields:

        4800_10003_000000	mimo to jednak
    """
    name, _, text = line.partition('\t')
    parts = name.strip().split('_')
    if len(parts) != 3:
        return Candidate(f'{in_set}/{place}', audio, text, (in_set,), place=place,
                         problem=Problem(MALFORMED, f'{name[:50]!r} is no <speaker>_<book>_<number>'))
    path = os.path.join(audio, parts[0], parts[1], f'{name.strip()}{ending}')
    return Candidate(f'{in_set}/{name.strip()}', path, text, (in_set,), parts[0], place=place)
