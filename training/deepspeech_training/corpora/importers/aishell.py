"""AISHELL-1: Mandarin that 400 people read in a quiet room, 178 hours."""

import os
from typing import Iterator

from ..clips import Candidate
from ..fetching.sources import Source
from ..layouts.mandarin import LONGEST_S, SETS, MandarinCorpus, read_texts
from ..options import Limits

LIST = os.path.join('transcript', 'aishell_transcript_v0.8.txt')


class Aishell(MandarinCorpus):
    """AISHELL_TGZ_FILE is data_aishell.tgz (fetched where it is not there), the directory data_aishell that it unpacks to, or a
    directory with one of them in it. The archives of speakers in it are unpacked beside themselves.

    Writes aishell_{train,dev,test}.csv beside the archive. Words stand in the transcripts parted by blanks, as the corpus has
    them; Latin letters become capitals of plain width. Clips of more than 10 s are left out of train only.
    """

    name = 'aishell'
    title = 'AISHELL-1, 178 hours of Mandarin by 400 speakers'
    licence = 'Apache 2.0'
    size = '15 GB'
    homepage = 'https://www.openslr.org/33'
    csv_name = 'aishell_{set}.csv'
    wav_dir = 'aishell-wav'
    limits = Limits(max_s=LONGEST_S, max_sets=('train',))
    expected_sets = SETS
    archive = Source('data_aishell.tgz', ('https://www.openslr.org/resources/33/data_aishell.tgz',
                                          'https://us.openslr.org/resources/33/data_aishell.tgz'))
    top = 'data_aishell'
    landmark = 'transcript'
    inner = 'wav/*.tar.gz'
    inner_sets = (*SETS, *(os.path.join('wav', name) for name in SETS))

    def candidates(self) -> Iterator[Candidate]:
        texts = read_texts(os.path.join(self.root(), LIST))
        return self.listed(texts, '')
