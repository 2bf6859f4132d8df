"""Conference Centre Pierre Mendès-France: meetings at a French ministry, transcribed.

Long because the digests of its 40 parts stand here.
"""

import argparse
import glob
import os
import re
from typing import Dict, Iterator, List, Optional

from ...errors import DataError
from ..clips import Candidate
from ..convert import without_name
from ..fetching.sources import Source
from ..importer import Importer
from ..layouts import french
from ..layouts.conference import Pair, pairs_of, segments
from ..layouts.listing import files_below, read_lines
from ..layouts.one_archive import UNPACKED, directories
from ..options import Limits
from ..problems import MALFORMED, Problem

ID = 'transcriptionsxml_audiomp3_mefr_ccpmf_2012-2020'
DATA = 'transcriptionsXML_audioMP3_MEFR_CCPMF_2012-2020'
PARTS = f'{ID}_2.zip'
EXPORT = Source(f'{ID}.csv', (f'https://data.economie.gouv.fr/explore/dataset/{ID}/download/?format=csv&timezone=Europe/Berlin'
                              '&lang=fr&use_labels_for_header=true&csv_separator=%3B',))
LIST = 'data.txt'
MOST_S = 10.
SHA1S = (
    '863d39a06a388c6491c6ff2f6450b151f38f1b57', '2f3a0305aa04c61220bb00b5a4e553e45dbf12e1',
    '5e55e9f1f844097349188ac875947e5a3d7fe9f1', '8bf54842cf07948ca5915e27a8bd5fa5139c06ae',
    'c8963504aadc015ac48f9af80058a0bb3440b94f', 'd95e225e908621d83ce4e9795fd108d9d310e244',
    'de6ed9c2b0ee80ca879aae8ba7923cc93217d811', '234283c47dacfcd4450d836c52c25f3e807fc5f2',
    '4e6b67a688639bb72f8cd81782eaba604a8d32a6', '4165a51389777c8af8e6253d87bdacb877e8b3b0',
    '34322e7009780d97ef5bd02bf2f2c7a31f00baff', '48c5be3b2ca9d6108d525da6a03e91d93a95dbac',
    '87573172f506a189c2ebc633856fe11a2e9cd213', '6ab2c9e508e9278d5129f023e018725c4a7c69e8',
    '4f84df831ef46dce5d3ab3e21817687a2d8c12d0', 'e69bfb079885c299cb81080ef88b1b8b57158aa6',
    '5f764ba788ee273981cf211b242c29b49ca22c5e', 'b6aa81a959525363223494830c1e7307d4c4bae6',
    '91ddcf43c7bf113a6f2528b857c7ec22a50a148a', 'fa1b29273dd77b9a7494983a2f9ae52654b931d7',
    '1113aef4f5e2be2f7fbf2d54b6c710c1c0e7135f', 'ce6420d5d0b6b5135ba559f83e1a82d4d615c470',
    'd0976ed292ac24fcf1590d1ea195077c74b05471', 'ec746cd6af066f62d9bf8d3b2f89174783ff4e3c',
    '570d9e1e84178e32fd867171d4b3aaecda1fd4fb', 'c29ccc7467a75b2cae3d7f2e9fbbb2ab276cb8ac',
    '08406a51146d88e208704ce058c060a1e44efa50', '199aedad733a78ea1e7d47def9c71c6fd5795e02',
    'db856a068f92fb4f01f410bba42c7271de0f231a', 'e3c0135f16c6c9d25a09dcb4f99a685438a84740',
    'e51b8bb9c0ae4339f98b4f21e6d29b825109f0ac', 'be5e80cbc49b59b31ae33c30576ef0e1a162d84e',
    '501df58e3ff55fcfd75b93dab57566dc536948b8', '1a114875811a8cdcb8d85a9f6dbee78be3e05131',
    '465d824e7ee46448369182c0c28646d155a2249b', '37f341b1b266d143eb73138c31cfff3201b9d619',
    '9e7d8255987a8a77a90e0d4b55c8fd38b9fb5694', '54886755630cb080a53098cb1b6c951c6714a143',
    '4b7cbb0154697be795034f7a49712e882a97197a', 'c8e1e565a0e7a1f6ff1dbfcefe677aa74a41d2f2',
)


class Ccpmf(Importer):
    """The 40 parts of the archive are taken from TARGET_DIR, or fetched into it, each with its SHA-1 checked; what was unpacked
    of them is taken from TARGET_DIR/transcriptionsXML_audioMP3_MEFR_CCPMF_2012-2020. Which transcript is that of which
    recording stands in data.txt there, which is written if there is none. Numbers become words.

    Writes ccpmf_{train,dev,test}.csv there; a recording is in one set.
    """

    name = 'ccpmf'
    title = 'Conference Centre Pierre Mendès-France, 2012 to 2020'
    language = 'French'
    licence = 'Licence Ouverte (Etalab)'
    size = '40 parts'
    homepage = f'https://data.economie.gouv.fr/explore/dataset/{ID}'
    csv_name = 'ccpmf_{set}.csv'
    limits = Limits(min_s=.85, max_s=MOST_S)
    absolute_paths = False

    def add_arguments(self, parser: argparse.ArgumentParser) -> None:
        parser.add_argument('target_dir', help='directory of the parts, and of all that is made of them; or that of data.txt')
        parser.add_argument('--no_checksums', action='store_true', help='take the parts that are there, whatever they hold')

    @property
    def directory(self) -> str:
        target = str(self.arguments.target_dir)
        return target if os.path.exists(os.path.join(target, LIST)) else os.path.join(target, DATA)

    def candidates(self) -> Iterator[Candidate]:
        root = self._root()
        for pair in pairs_of(root, os.path.join(root, LIST)):
            yield from self._clips(root, pair)

    def clean(self, text: str) -> Optional[str]:
        return french.as_spoken(text)

    def _clips(self, root: str, pair: Pair) -> Iterator[Candidate]:
        """Yields the clips of a recording."""
        xml, mp3 = os.path.join(root, pair.xml), os.path.join(root, pair.mp3)
        name = f'{os.path.splitext(pair.xml)[0]}/{os.path.splitext(os.path.basename(mp3))[0]}'
        try:
            for index, segment in enumerate(segments(xml, pair.tolerance, self.options.limits.max_s or MOST_S)):
                yield Candidate(f'{name}_{index:06}', mp3, segment.text, speaker=pair.mp3, span_s=segment.span_s,
                                problem=segment.problem, place=f'{pair.xml}, row {segment.row}')
        except DataError as error:
            yield Candidate(name, mp3, '', place=pair.xml, problem=Problem(MALFORMED, without_name(str(error), xml)))

    def _root(self) -> str:
        """Returns the directory of the recordings and transcripts."""
        unpacked = os.path.join(self.directory, UNPACKED)
        corpus = os.path.join(unpacked, 'corpus')
        found = _found(self.directory, corpus, *directories(corpus))
        if found:
            return found
        outer = self.unpack(self._parts(), os.path.join(unpacked, 'parts'))
        archives = files_below(outer, '.zip')
        if len(archives) != 1:
            raise DataError(f'{outer}: {len(archives)} archives in it, expected {DATA}.zip; remove it and get the parts again.')
        self.unpack(archives[0], corpus)
        return _found(corpus, *directories(corpus)) or corpus

    def _parts(self) -> List[str]:
        """Returns the paths of the parts of the archive, in order."""
        target = self.arguments.target_dir
        there = sorted(glob.glob(os.path.join(glob.escape(target), f'{PARTS}.[0-9][0-9][0-9]')))
        if self.arguments.no_checksums and there:
            return there
        is_complete = len(there) == len(SHA1S) or self.options.is_offline
        addresses = {} if is_complete else _addresses(self.fetch(EXPORT, target))
        return [self.fetch(Source(f'{PARTS}.{number:03}', tuple(filter(None, [addresses.get(number, '')])),
                                  digest='' if self.arguments.no_checksums else f'sha1:{digest}'), target)
                for number, digest in enumerate(SHA1S, 1)]


def _found(*tops: str) -> str:
    """Returns the first of some directories that holds the corpus; '' without one."""
    return next((top for top in tops if os.path.exists(os.path.join(top, LIST)) or _holds_both(top)), '')


def _holds_both(top: str) -> bool:
    """Tells whether there are recordings and transcripts, right in a directory or in those in it."""
    inside = glob.escape(top)
    return all(any(True for where in (inside, os.path.join(inside, '*')) for _ in glob.iglob(os.path.join(where, pattern)))
               for pattern in ('*.mp3', '*.xml'))


def _addresses(path: str) -> Dict[int, str]:
    """Returns the addresses of the parts by their numbers, from a list with a header and an address in each row."""
    found: Dict[int, str] = {}
    for _, line in list(read_lines(path))[1:]:
        address = re.search(r'https?://[^\s;"]+', line)
        if address:
            number = re.search(r'(\d{3})\D*$', address.group())
            found[int(number.group(1)) if number else len(found) + 1] = address.group()
    return found
