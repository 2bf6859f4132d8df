"""aidatatang_200zh: Mandarin that 600 people read into their telephones, 200 hours."""

import os
from typing import Iterator

from ..clips import Candidate
from ..mandarin import LONGEST_S, SETS, MandarinCorpus, read_texts
from ..options import Limits
from ..sources import Source

LIST = os.path.join('transcript', 'aidatatang_200_zh_transcript.txt')


class Aidatatang(MandarinCorpus):
    """TGZ_FILE is aidatatang_200zh.tgz (fetched where it is not there), the directory aidatatang_200zh that it unpacks to, or a
    directory with one of them in it. The archives of speakers in it are unpacked beside themselves.

    Writes aidatatang_{train,dev,test}.csv beside the archive. Words stand in the transcripts parted by blanks, as the corpus
    has them; Latin letters become capitals of plain width. Clips of more than 10 s are left out of train only.
    """

    name = 'aidatatang'
    title = 'aidatatang_200zh, 200 hours of Mandarin by 600 speakers'
    licence = 'CC BY-NC-ND 4.0'
    size = '18 GB'
    homepage = 'https://www.openslr.org/62'
    csv_name = 'aidatatang_{set}.csv'
    wav_dir = 'aidatatang-wav'
    limits = Limits(max_s=LONGEST_S, max_sets=('train',))
    expected_sets = SETS
    archive = Source('aidatatang_200zh.tgz', ('https://www.openslr.org/resources/62/aidatatang_200zh.tgz',
                                              'https://us.openslr.org/resources/62/aidatatang_200zh.tgz'))
    top = 'aidatatang_200zh'
    landmark = 'transcript'
    inner = 'corpus/*/*.tar.gz'

    def candidates(self) -> Iterator[Candidate]:
        # Each speaker is in corpus/<set>/<speaker>.tar.gz, which holds <speaker>/<name>.wav.
        texts = read_texts(os.path.join(self.root(), LIST))
        return self.listed(texts, 'corpus')
