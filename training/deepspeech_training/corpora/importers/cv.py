"""Common Voice, version 1: English sentences that volunteers read aloud."""

import glob
import os
from typing import Iterator

from ..clips import Candidate
from ..fetching.sources import Source
from ..layouts.one_archive import ArchiveImporter
from ..layouts.tables import Columns, read_table
from ..options import Limits

TOP = 'cv_corpus_v1'
URL = f'https://s3.us-east-2.amazonaws.com/common-voice-data-download/{TOP}.tar.gz'


class CommonVoice1(ArchiveImporter):
    """cv_corpus_v1.tar.gz, or what was unpacked of it, is taken from TARGET_DIR. It is no longer published: who has a copy puts
    it there. Later versions are imported by import_cv2.py.

    Writes a CSV file for each list of the corpus, as cv-valid-train.csv, into TARGET_DIR.
    """

    name = 'cv'
    title = 'Common Voice version 1'
    language = 'English'
    licence = 'CC0'
    size = '12 GB, about 500 hours'
    homepage = 'https://commonvoice.mozilla.org'
    wav_dir = f'{TOP}-wav'
    limits = Limits(max_s=10.)
    archive = Source(f'{TOP}.tar.gz', (URL,))
    marks = ('cv-*.csv', 'cv-*/')

    def candidates(self) -> Iterator[Candidate]:
        root = self.root()
        tables = sorted(glob.glob(os.path.join(glob.escape(root), 'cv-*.csv')))
        self.expected_sets = tuple(_set(table) for table in tables if '-valid-' in os.path.basename(table))
        for table in tables:
            yield from _clips(root, table)


def _set(table: str) -> str:
    return os.path.splitext(os.path.basename(table))[0]


def _clips(root: str, path: str) -> Iterator[Candidate]:
    """Yields the clips of a list. Its first lines:

        filename,text,up_votes,down_votes,age,gender,accent,duration
        cv-valid-dev/sample-000000.mp3,be careful with your prognostications said the stranger,1,0,,,,
    """
    columns, rows = read_table(path, Columns(audio='filename', text='text'), ',')
    for row in rows:
        audio = row.get(columns.audio).strip()
        yield Candidate(os.path.splitext(audio)[0] or f'{_set(path)}/{row.place}', os.path.join(root, audio),
                        row.get(columns.text), (_set(path),), place=row.place, problem=row.problem)
