"""M-AILABS: audio books in nine languages."""

import argparse
import os
from typing import Iterator

from ...errors import DataError
from ..clips import Candidate
from ..fetching.sources import Source
from ..layouts.listing import files_below, read_lines
from ..layouts.one_archive import UNPACKED, ArchiveImporter
from ..options import Limits
from ..problems import MALFORMED, Problem

LANGUAGES = ('de_DE', 'en_UK', 'en_US', 'es_ES', 'fr_FR', 'it_IT', 'pl_PL', 'ru_RU', 'uk_UK')
LIST = 'metadata.csv'
MIX = 'mix'  # directory of books that several people read


class MAilabs(ArchiveImporter):
    """The archive <language>.tgz is taken from TARGET_DIR, or fetched into it; so is what was unpacked of it.

    Writes TARGET_DIR/<language>/<language>_{train,dev,test}.csv.
    """

    name = 'm-ailabs'
    title = 'M-AILABS, audio books'
    language = ', '.join(LANGUAGES)
    licence = 'permissive, like that of BSD'
    size = 'about 1,000 hours in all'
    homepage = 'https://www.caito.de'
    limits = Limits(max_s=15., step_ms=30)
    absolute_paths = False

    def add_arguments(self, parser: argparse.ArgumentParser) -> None:
        super().add_arguments(parser)
        parser.add_argument('--language', required=True, choices=LANGUAGES)
        parser.add_argument('--skiplist', default='', metavar='TEXT,...',
                            help='books or people to leave out: all whose path has one of these texts in it')

    @property
    def directory(self) -> str:
        return os.path.join(self.top, self.arguments.language)

    @property
    def csv_name(self) -> str:  # type: ignore[override]
        return f'{self.arguments.language}_{{set}}.csv'

    def source(self) -> Source:
        name = f'{self.arguments.language}.tgz'
        return Source(name, (f'https://www.caito.de/data/Training/stt_tts/{name}',))

    def root(self) -> str:
        """Returns the directory by_book of the language."""
        name = self.arguments.language
        self.marks = (f'{name}/by_book/',)
        # Unpacked as the archive is, or as importers used to: <language>/<language>/by_book.
        for top in (self.top, self.directory, os.path.join(self.directory, UNPACKED, name)):
            if os.path.isdir(os.path.join(top, name, 'by_book')) and not os.path.isfile(self.arguments.target_dir):
                return os.path.join(top, name, 'by_book')
        return os.path.join(super().root(), name, 'by_book')

    def candidates(self) -> Iterator[Candidate]:
        root = self.root()
        skipped = [text for text in self.arguments.skiplist.split(',') if text]
        lists = [path for path in files_below(root, LIST) if os.path.basename(path) == LIST]
        if not lists:
            raise DataError(f'{root}: no {LIST} in it; remove {root} and unpack {self.source().name} again.')
        for path in lists:
            book = os.path.relpath(os.path.dirname(path), root).replace(os.sep, '/')
            if not any(text in f'{os.path.basename(os.path.dirname(root))}/by_book/{book}/{LIST}' for text in skipped):
                yield from _clips(path, book)


def _clips(path: str, book: str) -> Iterator[Candidate]:
    """Yields the clips of a book, such as male/fred/azele or mix/azele. A line of its list:

        azele_01_f000001|Im Jahre 1900.|im jahre neunzehnhundert
    """
    # Who reads a book of `mix` is not told: it is kept in one set.
    speaker = book if book.startswith(f'{MIX}/') else os.path.dirname(book)
    for place, line in read_lines(path):
        name, *texts = line.split('|')
        problem = None if len(texts) > 1 and name.strip() else Problem(MALFORMED, f'its line has {len(texts) + 1} of 3 fields')
        yield Candidate(f'{book}/{name.strip() or place}', os.path.join(os.path.dirname(path), 'wavs', f'{name.strip()}.wav'),
                        texts[1] if len(texts) > 1 else '', speaker=speaker, place=f'{book}/{place}', problem=problem)
