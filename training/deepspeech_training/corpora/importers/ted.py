"""TED-LIUM release 2: English talks of 1,495 people, 207 hours."""

import math
import os
import re
import unicodedata
from typing import Iterator, Optional, Union

from ...errors import DataError
from ...text.letters import lower_case
from ..clips import Candidate
from ..fetching.sources import Source
from ..importer import Importer
from ..layouts.listing import files_below
from ..layouts.stm import Segment, Unreadable, read_stm
from ..problems import MALFORMED, Problem

ARCHIVE = Source('TEDLIUM_release2.tar.gz', ('https://www.openslr.org/resources/19/TEDLIUM_release2.tar.gz',
                                             'https://us.openslr.org/resources/19/TEDLIUM_release2.tar.gz'))
TOP = 'TEDLIUM_release2'
SETS = ('train', 'dev', 'test')
UNKNOWN = re.compile(r'<[^>]*>')  # a word that nobody knows
NOISE = re.compile(r'\{[^}]*\}|\(\d+\)')  # {SMACK}; the number of a pronunciation
SPLIT = re.compile(r"(?<=[a-z]) +'(?=(s|t|re|ve|ll|d|m)\b)")  # it 's, they 're
APOSTROPHES = str.maketrans({'\u2018': "'", '\u2019': "'"})


class Ted(Importer):
    """DATA_DIR holds TEDLIUM_release2.tar.gz (fetched where it is not there), or the directory TEDLIUM_release2 that it unpacks
    to, or is that directory.

    Writes ted-{train,dev,test}.csv into DATA_DIR. Segments with unknown words (<unk>) are left out; "it 's" becomes "it's".
    """

    name = 'ted'
    title = 'TED-LIUM release 2, 207 hours of English talks'
    language = 'English'
    licence = 'CC BY-NC-ND 3.0'
    size = '34 GB'
    homepage = 'https://www.openslr.org/19'
    csv_name = 'ted-{set}.csv'
    wav_dir = 'ted-wav'
    rule = None
    expected_sets = SETS
    argument = 'data_dir'

    def candidates(self) -> Iterator[Candidate]:
        root = self._root()
        for name in SETS:
            lists = files_below(os.path.join(root, name, 'stm'), '.stm')
            if not lists:
                raise DataError(f'{os.path.join(root, name)}: no transcript (stm/*.stm) in it; unpack the archive again.')
            for path in lists:
                for row in read_stm(path):
                    yield self._clip(name, path, row)

    def _root(self) -> str:
        """Returns the directory of the sets."""
        for place in (os.path.join(self.directory, TOP), self.directory):
            if os.path.isdir(os.path.join(place, SETS[0], 'stm')):
                return place
        return os.path.join(self.unpacked(ARCHIVE, os.path.join(self.directory, 'unpacked', TOP)), TOP)

    @staticmethod
    def _clip(name: str, path: str, row: Union[Segment, Unreadable]) -> Candidate:
        """Returns the clip of a line of `path`, whose recording is beside it, in the directory sph."""
        talk = os.path.splitext(os.path.basename(path))[0]
        speech = os.path.join(os.path.dirname(os.path.dirname(path)), 'sph')
        if isinstance(row, Unreadable):
            return Candidate(f'{name}/{row.place}', os.path.join(speech, f'{talk}.sph'), row.line, (name,), place=row.place,
                             problem=row.problem)
        problem = None if math.isfinite(row.start_s + row.end_s) else Problem(MALFORMED, 'its times are no numbers')
        return Candidate(f'{name}/{row.recording}-{row.start_s}-{row.end_s}', os.path.join(speech, f'{row.recording}.sph'),
                         row.text, (name,), speaker=row.speaker, span_s=(row.start_s, row.end_s), place=row.place,
                         problem=problem)

    def clean(self, text: str) -> Optional[str]:
        if UNKNOWN.search(text):
            return None
        plain = unicodedata.normalize('NFKD', text.translate(APOSTROPHES)).encode('ascii', 'ignore').decode('ascii')
        return SPLIT.sub("'", lower_case(NOISE.sub(' ', plain)))
