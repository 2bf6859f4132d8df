"""VCTK: newspaper sentences read by 110 speakers with the accents of English."""

import argparse
import os
import re
from typing import Iterator, List, Optional, Tuple

from ...errors import DataError
from ...text.files import read_text
from ...text.letters import lower_case
from ..clips import Candidate, Imported
from ..fetching.sources import Source
from ..importer import Importer
from ..layouts.listing import walk
from ..options import Limits
from ..problems import EXCLUDED, MALFORMED, Problem

FIRST = Source('VCTK-Corpus.zip', ('https://datashare.ed.ac.uk/bitstream/handle/10283/2651/VCTK-Corpus.zip?sequence=2&isAllowed=y',
                                   'https://datashare.is.ed.ac.uk/bitstream/handle/10283/2651/VCTK-Corpus.zip'),
               other_names=('VCTK-Corpus.zip?sequence=2&isAllowed=y',))
SECOND = Source('VCTK-Corpus-0.92.zip', ('https://datashare.ed.ac.uk/bitstream/handle/10283/3443/VCTK-Corpus-0.92.zip',))
WITHOUT_TEXTS = ('p315',)  # lost in a hard disk error, as the corpus says
_NOT_KEPT = re.compile("[^a-z' ]+")
_CLIP = re.compile(r'(?P<name>(?P<speaker>[a-z]+\d+)_\d+)(?P<microphone>_mic\d)?\.(wav|flac)', re.IGNORECASE)


class Vctk(Importer):
    """VCTK-Corpus.zip or VCTK-Corpus-0.92.zip is taken from TARGET_DIR, or the one of --release is fetched; so is what was
    unpacked of one: wav48/<speaker>/<clip>.wav or wav48_silence_trimmed/<speaker>/<clip>_mic1.flac, and txt/. Silence at both
    ends of a recording stays as it is; release 0.92 has less of it.

    Writes TARGET_DIR/vctk_full.csv, and the same clips by speakers in vctk_{train,dev,test}.csv.
    """

    name = 'vctk'
    title = 'VCTK, 44 hours of English by 110 speakers'
    language = 'English'
    licence = 'ODC-By 1.0 (release 2651), CC BY 4.0 (release 0.92)'
    size = '11 GB'
    homepage = 'https://datashare.ed.ac.uk/handle/10283/3443'
    csv_name = 'vctk_{set}.csv'
    wav_dir = 'vctk-wav'
    limits = Limits(min_s=1., max_s=10.)
    rule = None

    def add_arguments(self, parser: argparse.ArgumentParser) -> None:
        super().add_arguments(parser)
        parser.add_argument('--release', choices=('2651', '0.92'), default='2651',
                            help='what to fetch if nothing is there (2651)')
        parser.add_argument('--microphone', choices=('mic1', 'mic2'), default='mic1', help='of release 0.92 (mic1)')

    def candidates(self) -> Iterator[Candidate]:
        audio, texts = self._find()
        n_clips = 0
        for directory, files in walk(audio):
            for found in filter(None, map(_CLIP.fullmatch, files)):
                if (found.group('microphone') or '').lower() in ('', f'_{self.arguments.microphone}'):
                    n_clips += 1
                    yield _clip(os.path.join(directory, found.group()), texts, found.group('name'), found.group('speaker'))
        if not n_clips:
            raise DataError(f'{audio}: no recording of {self.arguments.microphone} in it; unpack the archive again.')

    def _find(self) -> Tuple[str, str]:
        """Returns (directory of the recordings, that of the texts), fetched and unpacked if they are not there."""
        found = _directories(self.directory)
        if found:  # unpacked by hand
            return found
        is_second = self.arguments.release == '0.92' or os.path.exists(os.path.join(self.directory, SECOND.name))
        archive = SECOND if is_second else FIRST
        name = 'VCTK-Corpus-0.92' if is_second else 'VCTK-Corpus'
        found = _directories(self.unpacked(archive, os.path.join(self.directory, 'unpacked', name)))
        if not found:
            raise DataError(f'{archive.name}: no directories wav48 and txt in it; get it again.')
        return found

    def clean(self, text: str) -> Optional[str]:
        return _NOT_KEPT.sub('', lower_case(' '.join(text.split())))

    def assign(self, clips: List[Imported]) -> List[Tuple[str, ...]]:
        return [('full', *sets) for sets in super().assign(clips)]


def _directories(top: str) -> Optional[Tuple[str, str]]:
    """Returns (directory of the recordings, that of the texts) in `top`, or in a directory of it."""
    for each in (top, *sorted(os.path.join(top, name) for name in (os.listdir(top) if os.path.isdir(top) else ()))):
        for name in ('wav48_silence_trimmed', 'wav48'):
            if os.path.isdir(os.path.join(each, name)) and os.path.isdir(os.path.join(each, 'txt')):
                return os.path.join(each, name), os.path.join(each, 'txt')
    return None


def _clip(path: str, texts: str, name: str, speaker: str) -> Candidate:
    """Returns the clip of a recording; the first line of txt/p225/p225_001.txt is `Please call Stella.`"""
    place = os.path.join(speaker, f'{name}.txt')
    clip = Candidate(name, path, '', speaker=speaker, place=place)
    if speaker in WITHOUT_TEXTS:
        return clip._replace(problem=Problem(EXCLUDED, 'the texts of this speaker are lost'))
    try:
        lines = read_text(os.path.join(texts, place), 'a transcript', errors='replace').text.strip().splitlines()
        return clip._replace(text=lines[0] if lines else '')
    except DataError:
        return clip._replace(problem=Problem(MALFORMED, 'its text is missing, or no text'))
