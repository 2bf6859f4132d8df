"""Tables of recordings and texts, as spreadsheets and scripts write them."""

import argparse
import os
from typing import Iterator

from ...errors import DataError
from ...paths import require_kept
from ..clips import Candidate
from ..importer import Importer
from ..layouts.found_audio import AudioFiles, given_directory, set_named
from ..layouts.row_clips import clips_of
from ..layouts.tables import Columns, read_objects, read_table

SPREADSHEETS = ('.xlsx', '.xls', '.xlsm', '.ods', '.numbers')


class Csv(Importer):
    """Tables with column names in the first line, or JSON objects, one a line. Columns are found by usual names (path,
    file_name, audio, sentence, text, transcription, ...) or named; a number counts columns from 1. Delimiter and encoding are
    found. Recordings are found by paths of Windows and of other machines too, as far as these end alike.

    Texts become lower case without punctuation, those with digits are left out, unless --validate_label_locale says otherwise.
    A clip's set comes from a column (split), or from the name of its table (train.csv, validation.tsv, ...); otherwise clips
    are parted, speakers kept apart where a column names them. Writes TARGET_DIR/{train,dev,test}.csv.
    """

    name = 'csv'
    title = 'a data set of your own: tables of recordings and texts (CSV, TSV, JSON lines)'
    language = 'any'
    licence = 'yours'
    size = 'any'
    homepage = 'your disk'

    def add_arguments(self, parser: argparse.ArgumentParser) -> None:
        parser.add_argument('tables', nargs='+', metavar='table', help='files with a row for each recording')
        parser.add_argument('target_dir', help='where the data set goes')
        parser.add_argument('--audio_dir', metavar='DIR', help='directory of the recordings (that of the table)')
        for role, what in (('audio', 'the path of the recording'), ('text', 'what is said'), ('speaker', 'who says it'),
                           ('split', 'the set: train, dev or test')):
            parser.add_argument(f'--{role}_column', default='', metavar='NAME', help=f'column with {what}')
        parser.add_argument('--delimiter', default='', metavar='CHAR', help='what parts the cells; tab for a tabulator')
        parser.add_argument('--encoding', default='', metavar='NAME', help='of the tables, such as cp1252 or utf-16-le')

    def candidates(self) -> Iterator[Candidate]:
        arguments = self.arguments
        given = Columns(arguments.audio_column, arguments.text_column, arguments.speaker_column, arguments.split_column)
        for path in arguments.tables:
            self._keep(path)
            stem, ending = os.path.splitext(os.path.basename(path))
            if ending.lower() in SPREADSHEETS:
                raise DataError(f'{path}: a spreadsheet; save it as CSV (UTF-8) with the program that made it.')
            if ending.lower() in ('.jsonl', '.json', '.ndjson'):
                table = read_objects(path, given)
            else:
                table = read_table(path, given, arguments.delimiter, arguments.encoding)
            files = AudioFiles(*given_directory(arguments.audio_dir), os.path.dirname(os.path.abspath(path)),
                               without=os.path.join(self.directory, self.wav_dir))
            yield from clips_of(table, files, set_named(stem))

    def _keep(self, path: str) -> None:
        """Raises DataError if the data set would be written over one of its tables."""
        for name in ('train', 'dev', 'test', 'rejected'):
            require_kept([path], os.path.join(self.directory, self.csv_name.format(set=name)), DataError)
