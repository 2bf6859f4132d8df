"""LibriSpeech: English audio books read by many."""

import argparse
import glob
import os
import unicodedata
from typing import Iterator, Optional

from ...errors import DataError
from ...text.letters import lower_case
from ..clips import Candidate
from ..fetching.sources import Source
from ..importer import Importer
from ..layouts.listing import read_lines

SETS = ('train-clean-100', 'train-clean-360', 'train-other-500', 'dev-clean', 'dev-other', 'test-clean', 'test-other')
ADDRESSES = ('https://www.openslr.org/resources/12/', 'https://us.openslr.org/resources/12/')


class LibriVox(Importer):
    """Archives <set>.tar.gz are taken from DATA_DIR, or fetched; so is an unpacked LibriSpeech directory.

    Writes DATA_DIR/librivox-<set>.csv for each set.
    """

    name = 'librivox'
    title = 'LibriSpeech, about 1,000 hours of English audio books'
    language = 'English'
    licence = 'CC BY 4.0'
    size = 'seven archives, 60 GB; the two of dev-clean and test-clean take 0.7 GB'
    homepage = 'https://www.openslr.org/12'
    csv_name = 'librivox-{set}.csv'
    wav_dir = 'LibriSpeech-wav'
    rule = None
    argument = 'data_dir'

    def add_arguments(self, parser: argparse.ArgumentParser) -> None:
        super().add_arguments(parser)
        parser.add_argument('--sets', default=','.join(SETS), metavar='SET,...', help='which sets to import (all seven)')

    def candidates(self) -> Iterator[Candidate]:
        self.expected_sets = tuple(self.arguments.sets.split(','))
        unknown = set(self.expected_sets) - set(SETS)
        if unknown:
            raise DataError(f'--sets {min(unknown)}: there is no such set; choose among {", ".join(SETS)}.')
        for name in self.expected_sets:
            yield from self._set(name, os.path.join(self._unpacked(name), 'LibriSpeech', name))

    def _unpacked(self, name: str) -> str:
        """Returns the directory that holds LibriSpeech/<name>."""
        if os.path.isdir(os.path.join(self.directory, 'LibriSpeech', name)):
            return self.directory
        archive = Source(f'{name}.tar.gz', tuple(f'{address}{name}.tar.gz' for address in ADDRESSES))
        return self.unpacked(archive, os.path.join(self.directory, 'unpacked', name))

    def _set(self, name: str, directory: str) -> Iterator[Candidate]:
        """Yields the clips of a set. A line of 84/121123/84-121123.trans.txt:

            84-121123-0000 GO DO YOU HEAR
        """
        for path in sorted(glob.glob(os.path.join(glob.escape(directory), '*', '*', '*.trans.txt'))):
            for place, line in read_lines(path):
                clip, _, text = line.partition(' ')
                audio = os.path.join(os.path.dirname(path), f'{clip}.flac')
                yield Candidate(f'{name}/{clip}', audio, text, (name,), clip.partition('-')[0], place=place)

    def clean(self, text: str) -> Optional[str]:
        return lower_case(unicodedata.normalize('NFKD', text).encode('ascii', 'ignore').decode('ascii'))
