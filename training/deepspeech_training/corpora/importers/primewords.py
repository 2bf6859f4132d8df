"""Primewords Chinese Corpus Set 1: Mandarin that 296 people read into their telephones, 100 hours."""

import json
import os
from typing import Dict, Iterator, List, Tuple

from ...errors import DataError
from ...text.files import read_text
from ..clips import Candidate
from ..listing import text_of
from ..mandarin import MandarinCorpus
from ..options import Limits
from ..problems import EXCLUDED, MALFORMED, Problem
from ..sources import Source

LIST = 'set1_transcript.json'


class Primewords(MandarinCorpus):
    """TGZ_FILE is primewords_md_2018_set1.tar.gz (fetched where it is not there), the directory primewords_md_2018_set1 that it
    unpacks to, or a directory with one of them in it.

    Writes primewords_{train,dev,test}.csv beside the archive. The corpus has no sets: speakers are parted (--split, --seed).
    """

    name = 'primewords'
    title = 'Primewords set 1, 100 hours of Mandarin by 296 speakers'
    licence = 'CC BY-NC-ND 4.0'
    size = '9 GB'
    homepage = 'https://www.openslr.org/47'
    csv_name = 'primewords_{set}.csv'
    wav_dir = 'primewords-wav'
    limits = Limits(max_s=15.)
    archive = Source('primewords_md_2018_set1.tar.gz', ('https://www.openslr.org/resources/47/primewords_md_2018_set1.tar.gz',
                                                        'https://us.openslr.org/resources/47/primewords_md_2018_set1.tar.gz'))
    top = 'primewords_md_2018_set1'
    landmark = LIST

    def candidates(self) -> Iterator[Candidate]:
        recordings, named = self.recordings('audio_files'), set()
        for place, entry in self._entries():
            file, text = text_of(entry.get('file')), text_of(entry.get('text'))
            if not file or text is None:
                yield Candidate(place, '', '', place=place, problem=Problem(MALFORMED, 'the entry has no file or no text'))
                continue
            name = os.path.splitext(os.path.basename(file))[0]
            named.add(name)
            path = recordings.get(name) or os.path.join(self.root(), 'audio_files', name[:1], name[:2], f'{name}.wav')
            yield Candidate(name, path, text, (), str(entry.get('user_id') or ''), place=place)
        for name in sorted(recordings.keys() - named):  # the corpus has some
            yield Candidate(name, recordings[name], '', problem=Problem(EXCLUDED, f'{LIST} has no text for it'))

    def _entries(self) -> List[Tuple[str, Dict[str, object]]]:
        """Returns (place, entry) for each clip. The list, which has line ends only as JSON does:

            [{"id": 0, "file": "87d0da1f-7f9c-4c1e-a3c8-6f4b7d3c2d10.wav", "user_id": "0", "length": "5.4", "text": "..."}, ...]
        """
        path = os.path.join(self.root(), LIST)
        try:
            entries = json.loads(read_text(path, 'a list in JSON').text)
        except (ValueError, RecursionError) as error:
            raise DataError(f'{path}: no JSON ({error}); unpack the archive again.') from error
        if not isinstance(entries, list):
            raise DataError(f'{path}: no list in JSON; unpack the archive again.')
        return [(f'{LIST}, entry {number}', entry if isinstance(entry, dict) else {})
                for number, entry in enumerate(entries, 1)]
