"""Switchboard-1, release 2: 2,400 telephone talks between strangers, 260 hours."""

import argparse
import glob
import os
import re
from typing import Dict, Iterator, List, Optional

from ...errors import DataError
from ..clips import Candidate
from ..importer import Importer
from ..listing import files_below, read_lines
from ..problems import EXCLUDED, Problem
from ..sources import Source
from ..telephone import clip_of, parse_segment, parted, recordings_below, spoken_words, unreadable

AUDIO = Source('swb1_LDC97S62.tgz', other_names=('swb1_LDC97S62.tar.gz',))
TEXTS = Source('switchboard_word_alignments.tar.gz', ('https://www.openslr.org/resources/5/switchboard_word_alignments.tar.gz',
                                                      'https://us.openslr.org/resources/5/switchboard_word_alignments.tar.gz'))
DIRECTORY, DISCS, TRANSCRIPTS = 'LDC97S62', 'swb1_d[1-4]', 'swb_ms98_transcriptions'
LIST = re.compile(r'(sw\d{4}([AB])-ms98-a-trans)\.text')
EXCLUSIONS = ('sw2986A-ms98-a-trans-80.6385-83.358875', 'sw2663A-ms98-a-trans-161.12025-164.213375')


class Switchboard(Importer):
    """DATA_DIR holds swb1_LDC97S62.tgz, or the directories swb1_d1 to swb1_d4 of the discs, there or in LDC97S62. The
    transcripts (switchboard_word_alignments.tar.gz) are fetched where they are not there.

    Writes swb-{train,dev,test}.csv into DATA_DIR/LDC97S62. Talks are parted (--split, --seed), each as a whole. Segments with
    events or digits are left out.
    """

    name = 'swb'
    title = 'Switchboard-1 release 2, 260 hours of telephone talks'
    language = 'English'
    licence = 'agreement with the Linguistic Data Consortium (LDC97S62); the transcripts are free'
    size = '14 GB'
    homepage = 'https://catalog.ldc.upenn.edu/LDC97S62'
    csv_name = 'swb-{set}.csv'
    wav_dir = 'swb-wav'
    rule = None
    expected_sets = ('train',)

    def add_arguments(self, parser: argparse.ArgumentParser) -> None:
        parser.add_argument('data_dir', help='directory of the archive, or of what it unpacks to')

    @property
    def directory(self) -> str:
        return os.path.join(str(self.arguments.data_dir), DIRECTORY)

    def candidates(self) -> Iterator[Candidate]:
        speech = self._found(DISCS) or self._unpacked(AUDIO, str(self.arguments.data_dir), DISCS)
        texts = self._found(TRANSCRIPTS) or self._unpacked(TEXTS, self.directory, TRANSCRIPTS)
        recordings = recordings_below(speech)
        for path in files_below(texts[0], '.text'):
            if LIST.fullmatch(os.path.basename(path)):
                yield from self._side(path, speech[0], recordings)

    def _found(self, pattern: str) -> List[str]:
        """Returns the directories that fit a pattern, of those that were unpacked by hand."""
        for top in (self.directory, str(self.arguments.data_dir)):
            found = sorted(glob.glob(os.path.join(glob.escape(top), pattern)))
            if found:
                return found
        return []

    def _unpacked(self, source: Source, directory: str, pattern: str) -> List[str]:
        """Returns the directories that fit a pattern in an archive. Raises DataError: there are none."""
        top = self.unpacked(source, os.path.join(self.directory, 'unpacked', source.name.partition('.')[0]), directory)
        found = sorted(glob.glob(os.path.join(glob.escape(top), pattern)) + glob.glob(
            os.path.join(glob.escape(top), '*', pattern)))
        if not found:
            raise DataError(f'{top}: there is no {pattern} in it; was it unpacked of {source.name}?')
        return found

    @staticmethod
    def _side(path: str, speech: str, recordings: Dict[str, str]) -> Iterator[Candidate]:
        """Yields the clips of a side of a talk. Lines of 20/2001/sw2001A-ms98-a-trans.text, with times in seconds:

            sw2001A-ms98-a-0001 0.000000 0.977625 [silence]
            sw2001A-ms98-a-0002 0.977625 11.561375 hi um yeah i'd like to talk about how you dress for work
        """
        listed = LIST.fullmatch(os.path.basename(path))
        assert listed
        stem, side = listed.groups()
        talk = f'sw0{stem[2:6]}'
        audio = recordings.get(talk, os.path.join(speech, f'{talk}.sph'))
        for place, line in read_lines(path):
            if line.startswith('#'):
                continue
            try:
                _, start, end, text = parted(line, 4)
                segment = parse_segment(start, end, side, text)
            except ValueError as error:
                yield unreadable(talk, audio, place, line, error)
                continue
            name = f'{stem}-{segment.start_s}-{segment.end_s}'
            problem = Problem(EXCLUDED, 'the transcript does not fit') if name in EXCLUSIONS else None
            yield clip_of(talk, audio, segment, name, place)._replace(problem=problem)

    def clean(self, text: str) -> Optional[str]:
        return spoken_words(text)
