"""Data sets in CSV files: columns wav_filename, wav_filesize (optional) and transcript, found by name."""

import io
import os
from typing import List

import pandas

from ..errors import DataError
from .utterance import RecordedFile, Row

LINE_END = r'\r\n|\r|\n'


def read_csv(path: str, labelled: bool = True) -> List[Row]:
    """Returns the rows of a CSV file as they stand there; in which order they are used, `batching` decides.

    Args:
      path: UTF-8 with or without BOM, comma-separated, first line names the columns; other columns are ignored.
        Relative wav_filename cells are relative to the CSV. Without wav_filesize the files themselves are measured.
      labelled: whether a transcript column is needed; if not, transcripts are ignored.
    Returns:
      list of Row, not empty.
    Raises:
      DataError: the file is missing, not UTF-8 or malformed, lacks a column, has no rows, or a cell cannot be used.
    """
    table = _read_table(path, _read_text(path))
    _check_columns(path, table, ['wav_filename', 'transcript'] if labelled else ['wav_filename'])
    lines = table.index.tolist()
    names = table['wav_filename'].tolist()
    if '' in names:
        raise DataError(f'{path}, row {lines[names.index("")]}: wav_filename is empty; name a file or delete the row.')
    paths = [_resolve(path, name) for name in names]
    if 'wav_filesize' in table:
        sizes = [_parse_size(path, line, cell) for line, cell in zip(lines, table['wav_filesize'])]
    else:
        sizes = [_measure(audio_path) for audio_path in paths]
    transcripts = table['transcript'].tolist() if labelled else [None] * len(lines)
    return [Row(RecordedFile(audio_path), transcript, size_bytes, id=audio_path, source=path, line=line)
            for audio_path, transcript, size_bytes, line in zip(paths, transcripts, sizes, lines)]


def _read_text(path: str) -> str:
    try:
        with open(path, 'rb') as file:
            data = file.read()
    except OSError as error:
        raise DataError(f'{path}: the CSV cannot be read ({error.strerror}); check the path.') from error
    try:
        return data.decode('utf-8-sig')
    except UnicodeDecodeError as error:
        row = data.count(b'\n', 0, error.start) + 1
        raise DataError(f'{path}, row {row}: not UTF-8 (byte 0x{data[error.start]:02X}); save the file as '
                        f'UTF-8.') from error


def _read_table(path: str, text: str) -> pandas.DataFrame:
    """Returns a table of str cells; its index holds the line on which each row begins."""
    try:
        # The header is read like a row: only then is a row with too many cells an error and not cut off in silence.
        cells = pandas.read_csv(io.StringIO(text), header=None, dtype=str, keep_default_na=False,
                                skip_blank_lines=False)
    except pandas.errors.EmptyDataError as error:
        raise DataError(f'{path}: no column names in the first line; write wav_filename,wav_filesize,transcript '
                        f'there.') from error
    except pandas.errors.ParserError as error:
        problem = str(error).strip().split('C error: ')[-1]
        raise DataError(f'{path}: not a proper CSV ({problem}); put double quotes around cells that hold a comma or '
                        f'a line end, and double the quotes in them.') from error
    extra_lines = sum(cells[column].str.count(LINE_END) for column in cells).astype(int)
    cells.index = [1 + before for before in (extra_lines + 1).cumsum().shift(fill_value=0)]
    header, table = cells.iloc[0].tolist(), cells.iloc[1:]
    table.columns = header
    table = table[(table != '').any(axis=1)]
    if table.empty:
        raise DataError(f'{path}: no rows below the column names; add samples or leave the file out.')
    return table


def _check_columns(path: str, table: pandas.DataFrame, needed: List[str]) -> None:
    found = table.columns.tolist()
    for name in needed:
        if name not in found:
            raise DataError(f'{path}: column {name} is missing; the first line names {", ".join(map(repr, found))}.')
    for name in needed + ['wav_filesize']:
        if found.count(name) > 1:
            raise DataError(f'{path}: column {name} stands {found.count(name)} times in the first line; keep one.')


def _resolve(csv_path: str, name: str) -> str:
    """Returns the path of a wav_filename cell; absolute ones and URLs are kept as they are."""
    if '://' in name:
        return name
    return os.path.join(os.path.dirname(os.path.abspath(csv_path)), name)


def _parse_size(path: str, line: int, cell: str) -> int:
    try:
        return int(cell)
    except ValueError as error:
        raise DataError(f'{path}, row {line}: wav_filesize {cell!r} is not a whole number; write the size in bytes or '
                        f'leave the column out.') from error


def _measure(audio_path: str) -> int:
    """Returns the size of a file in bytes; 0 for a missing one, which the check before training reports."""
    try:
        return os.path.getsize(audio_path)
    except OSError:
        return 0
