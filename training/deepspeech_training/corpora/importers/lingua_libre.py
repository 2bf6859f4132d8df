"""Lingua Libre: single words in many languages, recorded by volunteers."""

import argparse
import os
import re
from typing import Iterator, List, Optional, Tuple

from ...errors import ConfigError, DataError
from ..clips import Candidate
from ..fetching.sources import Source
from ..layouts.listing import files_below, read_lines
from ..layouts.one_archive import ArchiveImporter
from ..options import Limits
from ..problems import EXCLUDED, Problem

Bogus = List[Tuple[str, 're.Pattern[str]']]  # (place, pattern)


class LinguaLibre(ArchiveImporter):
    """The archive Q<id>-<code>-<name>.zip, such as Q21-fra-French.zip, or what was unpacked of it, is taken from TARGET_DIR, or
    fetched into it. What a recording is called is what is said in it.

    Writes TARGET_DIR/lingua_libre_Q<id>-<code>-<name>_{train,dev,test}.csv.
    """

    name = 'lingua_libre'
    title = 'Lingua Libre'
    language = 'that of the archive'
    licence = 'CC BY-SA 4.0'
    size = 'French: 2 GB'
    homepage = 'https://lingualibre.org'
    limits = Limits(max_s=10.)

    def add_arguments(self, parser: argparse.ArgumentParser) -> None:
        super().add_arguments(parser)
        parser.add_argument('--qId', type=int, required=True, help='number of the language at Wikidata: 21 for French')
        parser.add_argument('--iso639-3', dest='iso639_3', required=True, help='code of the language: fra')
        parser.add_argument('--english-name', dest='english_name', required=True, help='its English name: French')
        parser.add_argument('--bogus-records', dest='bogus_records', metavar='FILE',
                            help='regular expressions, one a line, of recordings to leave out; they are matched from the '
                                 'beginning of paths such as Q21-fra-French/WikiLucas/bonjour.ogg')

    @property
    def stem(self) -> str:
        words = self.arguments
        return f'Q{words.qId}-{words.iso639_3}-{words.english_name}'

    @property
    def csv_name(self) -> str:  # type: ignore[override]
        return f'lingua_libre_{self.stem}_{{set}}.csv'

    @property
    def wav_dir(self) -> str:  # type: ignore[override]
        return f'lingua_libre_{self.stem}-wav'

    @property
    def marks(self) -> Tuple[str, ...]:  # type: ignore[override]
        return (f'{self.stem}/',)

    def source(self) -> Source:
        if re.search(r'[^\w -]', self.stem):
            raise ConfigError(f'{self.stem}: no name of a language; pass for instance --qId 21 --iso639-3 fra --english-name '
                              f'French.')
        return Source(f'{self.stem}.zip', (f'https://lingualibre.org/datasets/{self.stem}.zip',
                                           f'https://lingualibre.fr/datasets/{self.stem}.zip'))

    def candidates(self) -> Iterator[Candidate]:
        bogus = _read_bogus(self.arguments.bogus_records) if self.arguments.bogus_records else []
        top = os.path.join(self.root(), self.stem)
        for audio in files_below(top, '.ogg', '.wav', '.opus', '.flac'):
            # WikiLucas/bonjour.ogg
            path = os.path.relpath(audio, top).replace(os.sep, '/')
            name = os.path.splitext(path)[0]
            place = _match(bogus, f'{self.stem}/{path}')
            problem = Problem(EXCLUDED, f'it is bogus by {place}') if place else None
            yield Candidate(name, audio, os.path.basename(name), speaker=path.rpartition('/')[0], problem=problem)


def _read_bogus(path: str) -> Bogus:
    patterns = []
    for place, line in read_lines(path, 'a list of regular expressions'):
        try:
            patterns.append((place, re.compile(line.strip())))
        except re.error as error:
            raise DataError(f'{path}, {place.rpartition(", ")[2]}: no regular expression ({error}); mend it, or leave it out.'
                            ) from error
    return patterns


def _match(bogus: Bogus, path: str) -> Optional[str]:
    """Returns the place of the first pattern that a path begins with."""
    return next((place for place, pattern in bogus if pattern.match(path)), None)
