"""The cells of a CSV file as spreadsheets, pandas and hands write it.

Delimiters other than a comma, a byte order mark, UTF-16, `sep=` lines, repeated column names and blanks around them are
read; a file that could be read in two ways is refused with its line.
"""

import csv
import os
import re
from itertools import chain
from typing import Callable, Collection, Iterator, List, NamedTuple, Optional, Sequence, Tuple

from ..errors import DataError
from ..text.files import LINE_END, read_text

FILENAME, FILESIZE, TRANSCRIPT = 'wav_filename', 'wav_filesize', 'transcript'
WANTED = 'a CSV file'
DELIMITERS = {',': 'commas', ';': 'semicolons', '\t': 'tabs', '|': 'vertical bars'}
_SEP_LINE = re.compile(r'"?sep=(.)"?[,;\t|]*', re.IGNORECASE)  # Excel's own way to name the delimiter
_BLANKS = '\ufeff\u200b\u2060'  # invisible, but no white space to str.strip()
_END = '\uffff\ufffe'  # a line behind the last one; no text holds these two, which are no characters
_COLUMNS = f'{FILENAME},{FILESIZE},{TRANSCRIPT}'

Record = Tuple[int, List[str]]  # the line on which it begins, counted from 1, and its cells
Refuse = Callable[[Record, DataError], object]  # told about a row that cannot be used, which is left out then


class Table(NamedTuple):
    """The cells of a file."""

    columns: List[str]  # names as they stand there, without blanks around them
    rows: List[Record]  # each with as many cells as there are columns
    notices: List[str]  # what was read otherwise than published


def read_table(path: str, refuse: Optional[Refuse] = None) -> Table:
    """Returns the Table of a CSV file; rows without any text are left out.

    Args:
      path: of the file.
      refuse: called with each row that has too many cells; None: that is an error.
    Raises:
      DataError: it cannot be read, a quote is not closed or closed some rows later, or a row has too many cells.
    """
    text, encoding = read_text(path, WANTED)
    notices = [] if encoding == 'UTF-8' else [f'{path}: read as {encoding}; UTF-8 is what other tools expect.']
    named, start = split_off_sep_line(text)
    delimiter = delimiter_of(LINE_END.split(text[start:].lstrip('\r\n'), maxsplit=1)[0], named, _is_filename)
    if delimiter not in (',', named):
        notices.append(f'{path}: cells are parted by {DELIMITERS[delimiter]}; commas are what other tools expect.')
    records = list(_records(path, _lines_from(text, start), 2 if start else 1, delimiter))
    _refuse_swallowed_rows(path, records, delimiter)
    _refuse_text_behind_quotes(path, _lines_from(text, start), 2 if start else 1, delimiter)
    (header_line, header), rows = records[0], records[1:]
    columns = [clean_name(name) for name in header]
    rows, n_repeated = _without_repeated_headers(path, columns, rows)
    if n_repeated:
        notices.append(f'{path}: the column names stand in {n_repeated + 1} places, as in files put together; those below '
                       f'line {header_line} are left out.')
    return Table(columns, list(_whole_rows(path, columns, rows, refuse)), notices)


def clean_name(cell: str) -> str:
    """Returns a column's name without the blanks and invisible characters around it."""
    return cell.strip().strip(_BLANKS).strip()


def split_off_sep_line(text: str) -> Tuple[Optional[str], int]:
    """Returns (the delimiter that the first line names or None, how many characters come before the table)."""
    end = LINE_END.search(text)
    named = _SEP_LINE.fullmatch(text, 0, end.start()) if end else None
    return (named.group(1), end.end()) if named and end else (None, 0)


def delimiter_of(header: str, named: Optional[str], is_column: Callable[[str], bool]) -> str:
    """Returns what parts the cells of a line that names columns; if that is open, what is `named`, or a comma.

    Args:
      is_column: tells whether a cell is a name of a column.
    """
    usual = named or ','
    n_names = {delimiter: sum(is_column(clean_name(cell)) for cell in cells_of(header, delimiter))
               for delimiter in [usual, *DELIMITERS]}
    return max(n_names, key=lambda delimiter: n_names[delimiter])


def _is_filename(cell: str) -> bool:
    return cell.lower() == FILENAME


def cells_of(line: str, delimiter: str) -> List[str]:
    """Returns the cells of a single line; none if it is too long for one."""
    try:
        return next(csv.reader([line], delimiter=delimiter), [])
    except csv.Error:
        return []


def _lines_from(text: str, start: int) -> Iterator[str]:
    """Yields the lines behind the first `start` characters, with their ends."""
    for end in LINE_END.finditer(text, start):
        yield text[start:end.end()]
        start = end.end()
    if start < len(text):
        yield text[start:]


def _records(path: str, lines: Iterator[str], first_line: int, delimiter: str) -> Iterator[Record]:
    """Yields the records that hold any text.

    Raises:
      DataError: there is none, or a quote is not closed.
    """
    # A quote that is still open at the end takes in the line behind the last one.
    reader = csv.reader(chain(lines, [_END]), delimiter=delimiter)
    is_empty, is_over, line = True, False, first_line
    while not is_over:
        try:
            cells = next(reader)
        except csv.Error as error:
            raise DataError(f'{path}, line {line}: a cell of more than {csv.field_size_limit()} characters ({error}); close '
                            f'the double quote that opens there, or double it if it belongs to the text.') from error
        if cells == [_END]:
            is_over = True
        elif cells and cells[-1].endswith(_END):
            raise DataError(f'{path}, line {_line_of_cell(line, cells, len(cells) - 1)}: a double quote opens a cell and is '
                            f'never closed; close it, or double it if it belongs to the text.')
        elif any(map(str.strip, cells)):
            is_empty = False
            yield line, cells
        line = first_line + reader.line_num
    if is_empty:
        raise DataError(f'{path}: no column names in the first line; write {_COLUMNS} there.')


def _refuse_text_behind_quotes(path: str, lines: Iterator[str], first_line: int, delimiter: str) -> None:
    """Raises DataError where text follows the quote that closes a cell: it would be read without either quote."""
    reader = csv.reader(lines, delimiter=delimiter, strict=True)
    try:
        for _ in reader:
            pass
    except csv.Error as error:
        raise DataError(f'{path}, line {first_line + reader.line_num - 1}: text follows the double quote that closes a cell; '
                        f'double the quotes that belong to the text, and put the cell between two more.') from error


def _line_of_cell(line: int, cells: Sequence[str], index: int) -> int:
    """Returns the line on which a cell of a record begins that begins itself on `line`."""
    return line + sum(len(LINE_END.findall(cell)) for cell in cells[:index])


def _refuse_swallowed_rows(path: str, records: Sequence[Record], delimiter: str) -> None:
    """Raises DataError for a cell with further rows in it: its quote is closed by the one that opens a later cell."""
    header = [clean_name(cell).lower() for cell in records[0][1]]
    if FILENAME not in header:
        return  # refused anyway
    parted = [(line, cells) for line, cells in records if any(map(LINE_END.search, cells))]
    if not parted:
        return
    endings = {_ending(cells[header.index(FILENAME)]) for _, cells in records[1:] if len(cells) > header.index(FILENAME)}
    for line, cells in parted:
        for index, cell in enumerate(cells):
            inner = LINE_END.split(cell)[1:]
            if any(_is_row(each, header, endings - {''}, delimiter) for each in inner):
                raise DataError(f'{path}, line {_line_of_cell(line, cells, index)}: a double quote opens a cell that holds '
                                f'the rows below it; close it, or double it if it belongs to the text.')


def _is_row(line: str, header: Sequence[str], endings: Collection[str], delimiter: str) -> bool:
    """Whether a line within a cell looks like a row: a file where one is named, and a size where that stands."""
    cells = cells_of(line, delimiter)
    if len(cells) <= header.index(FILENAME) or _ending(cells[header.index(FILENAME)]) not in endings:
        return False
    place = header.index(FILESIZE) if FILESIZE in header else None
    return place is None or (len(cells) > place and cells[place].strip('" ').replace('.', '').isdecimal())


def _ending(cell: str) -> str:
    return os.path.splitext(cell.strip('" '))[1].lower()


def _without_repeated_headers(path: str, columns: Sequence[str], rows: Sequence[Record]) -> Tuple[List[Record], int]:
    """Returns (rows without those that repeat the column names, how many did).

    Raises:
      DataError: other names than in the first line, so that the rows below them would be misread.
    """
    names = [name.lower() for name in columns]
    kept, n_repeated = [], 0
    for line, cells in rows:
        if FILENAME not in ' '.join(cells).lower():
            if not _is_sep_line(cells):
                kept.append((line, cells))
            continue
        found = [clean_name(cell).lower() for cell in cells]
        if found == names:
            n_repeated += 1
        elif FILENAME in found or len(found) == 1:
            raise DataError(f'{path}, line {line}: column names again, but not those of the first line; put files together '
                            f'that have the same columns in the same order, or name both files with a comma between.')
        else:
            kept.append((line, cells))
    return kept, n_repeated


def _is_sep_line(cells: Sequence[str]) -> bool:
    return cells[0].lower().startswith('sep=') and len(cells[0]) <= len('sep=,') and not any(cells[1:])


def _whole_rows(path: str, columns: Sequence[str], rows: Sequence[Record], refuse: Optional[Refuse]) -> Iterator[Record]:
    for record in rows:
        try:
            yield _whole_row(path, columns, record)
        except DataError as error:
            if refuse is None:
                raise
            refuse(record, error)


def _whole_row(path: str, columns: Sequence[str], record: Record) -> Record:
    """Returns a row with a cell for each column. Raises DataError: it has more."""
    line, cells = record
    if len(cells) > len(columns):
        raise DataError(f'{path}, line {line}: {len(cells)} cells, {len(columns)} columns are named in the first line; put '
                        f'double quotes around a cell that holds a delimiter, and double the quotes in it.')
    return (line, cells + [''] * (len(columns) - len(cells))) if len(cells) < len(columns) else record
