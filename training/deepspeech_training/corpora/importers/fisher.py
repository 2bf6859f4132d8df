"""Fisher English: 11,699 telephone talks of ten minutes between strangers, 1,900 hours."""

import argparse
import os
from typing import Dict, Iterator, Optional, Tuple

from ...errors import DataError
from ..clips import Candidate
from ..importer import Importer
from ..layouts.listing import files_below, read_lines
from ..layouts.telephone import clip_of, parse_segment, parted, recordings_below, spoken_words, unreadable
from ..problems import EXCLUDED, Problem

# Directories of LDC of each part: speech, transcripts.
PARTS = {'1': ('LDC2004S13', 'LDC2004T19'), '2': ('LDC2005S13', 'LDC2005T19')}
TRANSCRIPTS = 'trans'  # a directory
CORRECTIONS = {
    'fe_03_00265-33.53-33.81': 'correct',
    'fe_03_00991-527.39-528.3': "that's one of those",
    'fe_03_10282-344.42-344.84': "they don't want",
    'fe_03_10677-101.04-106.41':
        'uh my mine yeah the german shepherd pitbull mix he snores almost as loud as i do',
}
EXCLUSIONS = {
    'fe_03_00027-393.8-394.05': 'the transcript does not fit',
    'fe_03_11487-31.09-234.06': 'its beginning is mistyped for 231.09',
    'fe_03_01326-307.42-307.93': 'the transcript does not fit',
}


class Fisher(Importer):
    """DATA_DIR holds the directories of the Linguistic Data Consortium, copied from its discs: LDC2004S13 (speech) and
    LDC2004T19 (transcripts) of part 1, LDC2005S13 and LDC2005T19 of part 2.

    Writes fisher-{train,dev,test}.csv into DATA_DIR. Talks are parted (--split, --seed), each as a whole. Segments with unclear
    words, events or digits are left out.
    """

    name = 'fisher'
    title = 'Fisher English, 1,900 hours of telephone talks'
    language = 'English'
    licence = 'agreement with the Linguistic Data Consortium'
    size = '110 GB'
    homepage = 'https://catalog.ldc.upenn.edu/LDC2004S13'
    csv_name = 'fisher-{set}.csv'
    wav_dir = 'fisher-wav'
    rule = None
    expected_sets = ('train',)
    argument = 'data_dir'

    def add_arguments(self, parser: argparse.ArgumentParser) -> None:
        parser.add_argument('data_dir', help="directory of LDC's directories")
        parser.add_argument('--parts', default='1,2', metavar='PART,...', help='which parts to import (1,2)')

    def candidates(self) -> Iterator[Candidate]:
        for part in self.arguments.parts.split(','):
            speech, texts = self._places(part)
            lists = [path for path in files_below(texts, '.txt') if os.path.basename(path).startswith('fe_03_')]
            if not lists:
                raise DataError(f'{texts}: no transcript (fe_03_00001.txt) in it; copy the disc there again.')
            # Some discs have what the transcripts were made of beside them.
            lists = [path for path in lists if TRANSCRIPTS in path.split(os.sep)] or lists
            recordings = recordings_below([speech])
            for path in lists:
                yield from self._talk(path, speech, recordings)

    def _places(self, part: str) -> Tuple[str, ...]:
        """Returns the directories of a part: speech, transcripts. Raises DataError."""
        if part not in PARTS:
            raise DataError(f'--parts {part}: there is no such part; choose among {", ".join(PARTS)}.')
        places = tuple(os.path.join(self.directory, name) for name in PARTS[part])
        for place in places:
            if not os.path.isdir(place):
                raise DataError(f'{place} is missing; copy or link the directory from the discs of part {part} there, or leave '
                                f'that part out (--parts {min(set(PARTS) - {part})}).')
        return places

    @staticmethod
    def _talk(path: str, speech: str, recordings: Dict[str, str]) -> Iterator[Candidate]:
        """Yields the clips of a talk. Lines of fe_03_p1_tran/data/trans/000/fe_03_00001.txt, with times in seconds:

            # fe_03_00001.sph
            3.76 5.54 A: and i generally prefer
            8.34 11.02 B: ((hm [laughter]))
        """
        talk = os.path.splitext(os.path.basename(path))[0]
        audio = recordings.get(talk.lower(), os.path.join(speech, f'{talk}.sph'))
        for place, line in read_lines(path):
            if line.startswith('#'):
                continue
            try:
                start, end, side, text = parted(line, 4)
                segment = parse_segment(start, end, side[:1] if side[1:] == ':' else side, text)
            except ValueError as error:
                yield unreadable(talk, audio, place, line, error)
                continue
            name = f'{talk}-{segment.start_s}-{segment.end_s}'
            segment = segment._replace(text=CORRECTIONS.get(name, segment.text))
            clip = clip_of(talk, audio, segment, f'{name}-{segment.side}', place)
            yield clip._replace(problem=Problem(EXCLUDED, EXCLUSIONS[name]) if name in EXCLUSIONS else None)

    def clean(self, text: str) -> Optional[str]:
        return spoken_words(text)
