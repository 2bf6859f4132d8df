"""Free ST Chinese Mandarin: 855 people, 110 hours, recorded by telephone in quiet rooms."""

import os
import re
from typing import Iterator

from ...errors import DataError
from ...text.files import read_text
from ..clips import Candidate
from ..fetching.sources import Source
from ..layouts.listing import files_below
from ..layouts.mandarin import LONGEST_S, MandarinCorpus
from ..options import Limits
from ..problems import MALFORMED, Problem

SPEAKER = re.compile(r'\d+P\d+')  # of 20170001P00001A0001


class FreeStMandarin(MandarinCorpus):
    """TGZ_FILE is ST-CMDS-20170001_1-OS.tar.gz (fetched where it is not there), the directory ST-CMDS-20170001_1-OS that it
    unpacks to, or a directory with one of them in it.

    Writes freestmandarin_{train,dev,test}.csv beside the archive. The corpus has no sets: speakers are parted (--split,
    --seed).
    """

    name = 'freestmandarin'
    title = 'Free ST Chinese Mandarin, 110 hours by 855 speakers'
    licence = 'CC BY-NC-ND 4.0'
    size = '8.2 GB'
    homepage = 'https://www.openslr.org/38'
    csv_name = 'freestmandarin_{set}.csv'
    wav_dir = 'freestmandarin-wav'
    limits = Limits(max_s=LONGEST_S)
    archive = Source('ST-CMDS-20170001_1-OS.tar.gz', ('https://www.openslr.org/resources/38/ST-CMDS-20170001_1-OS.tar.gz',
                                                      'https://us.openslr.org/resources/38/ST-CMDS-20170001_1-OS.tar.gz'))
    top = 'ST-CMDS-20170001_1-OS'
    landmark = '2017*.wav'

    def candidates(self) -> Iterator[Candidate]:
        """Yields a clip for each pair of 20170001P00001A0001.wav and 20170001P00001A0001.txt, which holds only its text."""
        stems = {os.path.splitext(path)[0] for path in files_below(self.root(), '.wav', '.txt')}
        for stem in sorted(stems):
            name = os.path.basename(stem)
            speaker = SPEAKER.match(name)
            clip = Candidate(name, f'{stem}.wav', '', (), speaker.group() if speaker else '', place=f'{name}.txt')
            try:
                yield clip._replace(text=read_text(f'{stem}.txt', 'a transcript', errors='surrogateescape').text.strip())
            except DataError as error:
                reason = str(error) if os.path.exists(f'{stem}.txt') else 'the text file beside it is missing'
                yield clip._replace(problem=Problem(MALFORMED, reason.rstrip('.')))
