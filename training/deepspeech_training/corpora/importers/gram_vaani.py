"""Gram Vaani: Hindi of community radio over the telephone."""

import argparse
import os
from typing import Iterator, Optional, Tuple
from urllib.parse import unquote, urlsplit

from ...errors import DataError
from ..clips import Candidate
from ..fetching.sources import Source
from ..file_names import is_safe
from ..importer import Importer
from ..layouts.listing import Row
from ..layouts.tables import Columns, read_table
from ..options import Limits
from ..problems import FAILED, MALFORMED, Problem

VERSION = '0.1.0'
ADDRESS, TEXT, SPEAKER = '2', '4', '8'  # columns of the list, counted from 1
MOST_FAILURES = 5  # downloads in a row; after that, none of the others is tried


class GramVaani(Importer):
    """The list comes from the publisher; recordings that it names are taken from TARGET_DIR/mp3, or fetched into it.

    Writes TARGET_DIR/{train,dev,test}.csv, with nobody in two of them.
    """

    name = 'gram_vaani'
    title = 'Gram Vaani'
    language = 'Hindi'
    licence = 'see what comes with the list'
    size = 'that of the list'
    homepage = 'https://gramvaani.org'
    limits = Limits(max_s=10.)
    absolute_paths = False

    def add_arguments(self, parser: argparse.ArgumentParser) -> None:
        parser.add_argument('-c', '--csv_filename', required=True, metavar='FILE', help='list of the recordings')
        parser.add_argument('-t', '--target_dir', required=True, metavar='DIR',
                            help='directory of all that is made of it; recordings are in its directory mp3')
        parser.add_argument('--version', action='version', version=f'GramVaaniImporter {VERSION}')
        # All that can be said is said always.
        parser.add_argument('-v', '--verbose', action='store_true', help=argparse.SUPPRESS)
        parser.add_argument('-vv', '--very-verbose', dest='very_verbose', action='store_true', help=argparse.SUPPRESS)

    def candidates(self) -> Iterator[Candidate]:
        """Yields the clips of the list. Its first lines:

            "piece_id","audio_url","transcript_labelled","transcript","labels","content_filename","audio_length","user_id"
            "1","https://example.org/a/1.mp3","<s> नमस्ते </s>","नमस्ते","","1","2.5","17"
        """
        columns, rows = read_table(self.arguments.csv_filename, Columns(audio=ADDRESS, text=TEXT, speaker=SPEAKER), ',')
        n_failures = 0
        for row in rows:
            name, audio, problem = self._recording(row, row.get(columns.audio).strip(), n_failures < MOST_FAILURES)
            n_failures = n_failures + 1 if problem and problem.kind == FAILED else 0
            yield Candidate(name, audio, row.get(columns.text), speaker=row.get(columns.speaker), place=row.place,
                            problem=problem)

    def _recording(self, row: Row, url: str, may_fetch: bool) -> Tuple[str, str, Optional[Problem]]:
        """Returns (name, path, what is wrong) of the recording of a row."""
        directory = os.path.join(self.directory, 'mp3')
        file = _file_of(url)
        name, path = os.path.splitext(file)[0] or row.place, os.path.join(directory, file)
        if row.problem or not file:
            return name, directory, row.problem or Problem(MALFORMED, f'{url[:100]!r} names no recording')
        if os.path.exists(path):
            return name, path, None
        if not may_fetch:
            return name, path, Problem(FAILED, f'it was not fetched, as {MOST_FAILURES} before could not be')
        try:
            return name, self.fetch(Source(file, (url,)), directory), None
        except DataError as error:
            return name, path, Problem(FAILED, str(error).rstrip('.'))

    def clean(self, text: str) -> Optional[str]:
        return text.replace('।', ' ').replace('॥', ' ')  # full stops of Devanagari


def _file_of(url: str) -> str:
    """Returns the name of the file at an address; '' if there is none, or it cannot be that of a file."""
    try:
        name = os.path.basename(unquote(urlsplit(url).path))
    except ValueError:  # brackets that do not match
        return ''
    return name if is_safe(name) and '\0' not in name else ''
