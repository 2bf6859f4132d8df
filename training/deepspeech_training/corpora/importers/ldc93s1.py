"""LDC93S1: one sentence of TIMIT, enough to see that a set-up trains."""

import argparse
import os
from typing import Iterator, Optional

from ...errors import DataError
from ...text.letters import lower_case
from ..clips import Candidate
from ..fetching.sources import Source
from ..importer import Importer
from ..layouts.listing import read_lines

BASE_URL = 'https://catalog.ldc.upenn.edu/desc/addenda/'
AUDIO, TEXT = Source('LDC93S1.wav', (f'{BASE_URL}LDC93S1.wav',), 93638), Source('LDC93S1.txt', (f'{BASE_URL}LDC93S1.txt',))


class Ldc93s1(Importer):
    """LDC93S1.wav and LDC93S1.txt are taken from DATA_DIR, or fetched into it.

    Writes DATA_DIR/ldc93s1.csv with its one clip.
    """

    name = 'ldc93s1'
    title = 'LDC93S1, one sentence of 2.9 seconds'
    language = 'English'
    licence = 'a sample that the Linguistic Data Consortium gives away'
    size = '94 KB'
    homepage = 'https://catalog.ldc.upenn.edu/LDC93S1'
    csv_name = '{set}.csv'
    rule = None
    expected_sets = ('ldc93s1',)
    argument = 'data_dir'

    def add_arguments(self, parser: argparse.ArgumentParser) -> None:
        parser.add_argument('data_dir', help='directory of the two files and of the CSV file')

    def candidates(self) -> Iterator[Candidate]:
        try:
            audio, text = self.fetch(AUDIO), self.fetch(TEXT)
        except DataError as error:
            raise DataError(f'{error} Both {AUDIO.name} and {TEXT.name} are needed.') from error
        for place, line in read_lines(text):
            # 0 46797 She had your dark suit in greasy wash water all year.
            fields = line.strip().split(' ', 2)
            if len(fields) < 3:
                raise DataError(f'{text}: expected "<first sample> <last sample> <words>"; get the file again.')
            yield Candidate(os.path.splitext(AUDIO.name)[0], audio, fields[2], ('ldc93s1',), place=place)

    def clean(self, text: str) -> Optional[str]:
        return lower_case(text).replace('.', '')
