"""TrainingSpeech: French audio books."""

import argparse
import os
import re
import unicodedata
from typing import Iterator, Optional

from ..clips import Candidate
from ..fetching.sources import Source
from ..layouts.listing import Row
from ..layouts.one_archive import ArchiveImporter
from ..layouts.tables import Columns, read_table
from ..options import Limits
from ..problems import TOO_LONG, Problem

NAME = '2019-04-11_fr_FR'
URLS = (f'https://deepspeech-storage-mirror.s3.fr-par.scw.cloud/{NAME}.zip',
        'https://drive.infomaniak.com/app/share/327683/85ec2469-8a64-4a8a-8de0-43e262d32d38/16/download')
MARKS = re.compile('[°\\-,;!?.()[\\]*…—–«»:"]')
# Letters that do not fall apart into one of ASCII and an accent.
ASCII_OF = str.maketrans({'œ': 'oe', 'Œ': 'OE', 'æ': 'ae', 'Æ': 'AE', 'ß': 'ss', 'ø': 'o', 'Ø': 'O'})


class TrainingSpeech(ArchiveImporter):
    """The archive ts_2019-04-11_fr_FR.zip, or what was unpacked of it, is taken from TARGET_DIR, or fetched into it.

    Writes TARGET_DIR/ts_2019-04-11_fr_FR_{train,dev,test}.csv.
    """

    name = 'ts'
    title = 'TrainingSpeech, French audio books by four readers'
    language = 'French'
    licence = 'open, of audio books in the public domain'
    size = '67,577 clips, 183 hours'
    homepage = 'https://github.com/nicolaspanel/TrainingSpeech'
    csv_name = f'ts_{NAME}_{{set}}.csv'
    wav_dir = f'ts_{NAME}-wav'
    limits = Limits(max_s=15.)
    archive = Source(f'ts_{NAME}.zip', URLS, other_names=(f'{NAME}.zip',))
    marks = ('data.csv',)

    def add_arguments(self, parser: argparse.ArgumentParser) -> None:
        super().add_arguments(parser)
        parser.add_argument('--english-compatible', dest='english_compatible', action='store_true',
                            help='write French letters without accents, and two for one such as oe')

    def candidates(self) -> Iterator[Candidate]:
        """Yields the clips that data.csv lists:

            path,duration,text
            wav/0001.wav,4.2,Il était une fois
        """
        root = self.root()
        columns, rows = read_table(os.path.join(root, 'data.csv'), Columns(audio='path', text='text'))
        for row in rows:
            audio = row.get(columns.audio).strip()
            yield Candidate(os.path.splitext(audio)[0] or row.place, os.path.join(root, audio), row.get(columns.text),
                            place=row.place, problem=row.problem or self._problem(row))

    def _problem(self, row: Row) -> Optional[Problem]:
        """Returns what the list itself says against a clip."""
        longest_s = self.options.limits.max_s
        try:
            length_s = float(row.get('duration') or 0)
        except ValueError:
            return None  # the recording says it, too
        if longest_s is not None and length_s > longest_s:
            return Problem(TOO_LONG, f'{length_s:.2f} s, at most {longest_s:g} s are wanted')
        return None

    def clean(self, text: str) -> Optional[str]:
        words = MARKS.sub(' ', text.replace('’', "'").replace('\u00a0', ' '))
        if self.arguments.english_compatible:
            words = unicodedata.normalize('NFKD', words.translate(ASCII_OF)).encode('ascii', 'ignore').decode('ascii')
        return words
