"""TIMIT: American English, ten sentences by each of 630 people from eight regions, with phonetic labels."""

import argparse
import os
import re
from functools import lru_cache
from typing import Dict, Iterator, List, Optional

from ...errors import DataError
from ...text.letters import lower_case
from ..clips import Candidate
from ..importer import Importer
from ..listing import files_below, read_lines
from ..problems import EXCLUDED, MALFORMED, Problem
from ..sources import Source

ARCHIVE = Source('TIMIT-LDC93S1.tgz', other_names=('TIMIT-LDC93S1.tar.gz', 'timit_LDC93S1.tgz', 'timit_LDC93S1.tar.gz'))
DIRECTORY = 'TIMIT'
SETS = ('train', 'test')
SENTENCE = re.compile(r'(S[AIX])\d+', re.IGNORECASE)  # other files beside them are copies that programs have made
READ_BY_ALL = 'SA'
PUNCTUATION = re.compile(r'[.,;"!?:-]')


class Timit(Importer):
    """DATA_DIR holds TIMIT-LDC93S1.tgz, or the corpus as it was unpacked or copied from the disc, in capitals or small letters.

    Writes timit_{train,test,all}.csv into the directory TIMIT. The two sentences that everybody reads (SA1, SA2) are left out,
    as the same words would be in both sets. There is no dev set.
    """

    name = 'timit'
    title = 'TIMIT, 5 hours of American English by 630 speakers'
    language = 'English'
    licence = 'agreement with the Linguistic Data Consortium (LDC93S1)'
    size = '0.4 GB'
    homepage = 'https://catalog.ldc.upenn.edu/LDC93S1'
    csv_name = 'timit_{set}.csv'
    wav_dir = 'timit-wav'
    rule = None
    expected_sets = SETS

    def add_arguments(self, parser: argparse.ArgumentParser) -> None:
        parser.add_argument('data_dir', help='directory of the archive, or of the corpus')

    @property
    @lru_cache(maxsize=1)  # noqa: B019  # one object is one import
    def directory(self) -> str:
        """TIMIT in the data directory, whatever its case, or that directory if it is the corpus' own."""
        top = str(self.arguments.data_dir)
        inside = [name for name in _names(top) if name.lower() == DIRECTORY.lower()]
        if not inside and set(SETS) <= {name.lower() for name in _names(top)}:
            return top
        return os.path.join(top, inside[0] if inside else DIRECTORY)

    def candidates(self) -> Iterator[Candidate]:
        """Yields a clip for each <TRAIN or TEST>/DR<region>/<speaker>/<sentence>.WAV, which is SPHERE, or .TXT."""
        root = self._root()
        stems: Dict[str, Dict[str, str]] = {}
        for path in files_below(root, '.wav', '.txt'):
            stem, ending = os.path.splitext(os.path.relpath(path, root))
            if stem.split(os.sep)[0] != self.wav_dir and SENTENCE.fullmatch(os.path.basename(stem)):
                stems.setdefault(stem.upper(), {'': stem})[ending.lower()] = path
        for _, files in sorted(stems.items()):
            clip = self._clip(os.path.join(root, files['']), files)
            if clip is not None:
                yield clip

    def _root(self) -> str:
        """Returns the directory of the corpus. Raises DataError."""
        if any(name.lower() in (*SETS, 'data', 'timit') for name in _names(self.directory)):
            return self.directory
        top = str(self.arguments.data_dir)
        return self.unpacked(ARCHIVE, os.path.join(top, 'TIMIT-LDC93S1'), top)

    @staticmethod
    def _clip(stem: str, files: Dict[str, str]) -> Optional[Candidate]:
        """Returns the clip of a pair of files; None outside of both sets. SX37.TXT, with its first and last sample:

            0 46797 Critical equipment needs proper maintenance.
        """
        parts = [part.lower() for part in files[''].split(os.sep)]
        sets = [part for part in parts if part in SETS]
        if not sets or len(parts) < 3:
            return None
        audio, text_path = files.get('.wav', f'{stem}.WAV'), files.get('.txt')
        clip = Candidate('/'.join([sets[0], *parts[-3:]]), audio, '', (sets[0], 'all'), parts[-2].upper(),
                         place='/'.join(parts[-4:]) + '.txt')
        if parts[-1].upper().startswith(READ_BY_ALL):
            return clip._replace(problem=Problem(EXCLUDED, 'everybody reads this sentence'))
        if text_path is None:
            return clip._replace(problem=Problem(MALFORMED, 'the file of its text is missing'))
        try:
            fields = [line for _, line in read_lines(text_path)][:1]
        except DataError as error:
            return clip._replace(problem=Problem(MALFORMED, str(error).rstrip('.')))
        words = fields[0].split(None, 2) if fields else []
        if len(words) < 3:
            return clip._replace(problem=Problem(MALFORMED, 'expected "<first sample> <last sample> <words>"'))
        return clip._replace(text=words[2])

    def clean(self, text: str) -> Optional[str]:
        return lower_case(PUNCTUATION.sub('', text))


def _names(directory: str) -> List[str]:
    return sorted(os.listdir(directory)) if os.path.isdir(directory) else []
