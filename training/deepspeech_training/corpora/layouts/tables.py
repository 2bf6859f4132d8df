"""Tables that people have: any column names, delimiter and encoding, with what Excel writes, and objects of JSON, one a line.

What the trainer refuses costs a row here: it is given as one that cannot be read, and the rest is used.
"""

import csv
import json
import os
import re
from typing import Any, Dict, Iterator, List, NamedTuple, Optional, Sequence, Tuple

from ...data.csv_table import DELIMITERS, clean_name, delimiter_of, split_off_sep_line
from ...errors import ConfigError, DataError
from ...text.files import LINE_END, decode_text, read_start
from ..problems import MALFORMED, Problem
from .found_audio import is_audio
from .listing import Row

MOST_LINES = 30  # of a row
N_LOOKED_AT = 1000  # lines that show whether recordings are called with their endings
_NAMES = {'audio': ('wav_filename', 'audio_filepath', 'audio_file', 'audio_path', 'audio_filename', 'audio', 'path', 'file',
                    'file_name', 'filename', 'file_path', 'filepath', 'wav', 'wav_path', 'wav_file', 'clip', 'recording'),
          'text': ('transcript', 'transcription', 'sentence', 'text', 'normalized_text', 'normalised_text', 'normed_text',
                   'transcripts', 'words', 'utterance', 'label', 'raw_text'),
          'speaker': ('speaker', 'speaker_id', 'client_id', 'spk', 'spk_id', 'speaker_name', 'user_id', 'reader'),
          'split': ('split', 'set', 'subset', 'partition')}
_BLANKS = re.compile(r'[\s\-_]+')


class Columns(NamedTuple):
    """Names of columns; '' for one that there is not."""

    audio: str = ''
    text: str = ''
    speaker: str = ''
    split: str = ''


NONE_GIVEN = Columns()


class Table(NamedTuple):
    """A table, and which of its columns is what."""

    columns: Columns
    rows: List[Row]


def read_table(path: str, given: Columns = NONE_GIVEN, delimiter: str = '', encoding: str = '') -> Table:
    """Returns a table of cells, `given` columns by their names or numbers, the others by usual names.

    Args:
      delimiter: one character, or `tab`; '': what the first line shows.
      encoding: as Python calls it; '': UTF-8, or UTF-16 and UTF-32 with a mark.
    Raises:
      DataError: it cannot be read, or a column is not found.
      ConfigError: there is no such delimiter or encoding.
    """
    text = _decode(path, encoding)
    named, start = split_off_sep_line(text)
    lines = LINE_END.split(text[start:])
    number = next((index for index, line in enumerate(lines) if line.strip()), None)
    if number is None:
        raise DataError(f'{path}: empty; get the file again.')
    wanted = {_plain(name) for name in given if name} | {_plain(name) for names in _NAMES.values() for name in names}
    chosen = _delimiter(delimiter) or delimiter_of(lines[number], named, lambda cell: _plain(cell) in wanted)
    first = _cells(lines[number:number + 1], chosen) or lines[number].split(chosen)
    if not delimiter and not wanted.intersection(map(_plain, first)):  # no names to go by
        chosen = _delimiter_of_row(lines[number])
        first = _cells(lines[number:number + 1], chosen) or lines[number].split(chosen)
    has_header = not any(map(is_audio, first))
    names = [clean_name(cell) for cell in first] if has_header else [str(index + 1) for index in range(len(first))]
    columns = choose_columns(path, names, given, [] if has_header else first)
    begin = number + 1 if has_header else number
    offset = begin + 1 + (1 if start else 0)
    return Table(columns, list(_rows(path, lines[begin:], names, (chosen, columns, offset))))


def read_objects(path: str, given: Columns = NONE_GIVEN) -> Table:
    """Returns a table of JSON objects, one a line; raises as `read_table`."""
    rows = []
    for number, line in enumerate(LINE_END.split(_decode(path, '')), 1):
        if line.strip():
            place = f'{os.path.basename(path)}, line {number}'
            try:
                cells = json.loads(line)
                if not isinstance(cells, dict):
                    raise ValueError('no object')
                rows.append(Row({str(name): _as_cell(cell) for name, cell in cells.items()}, place))
            except (ValueError, RecursionError):
                rows.append(Row({}, place, Problem(MALFORMED, 'it is no JSON object')))
    names = list(dict.fromkeys(name for row in rows for name in row.cells))
    if not names:
        raise DataError(f'{path}: no JSON object in it; get the file again.')
    columns = choose_columns(path, names, given)
    return Table(columns, [row if row.problem else _checked(row, columns) for row in rows])


def choose_columns(path: str, names: Sequence[str], given: Columns, first: Sequence[str] = ()) -> Columns:
    """Returns which of a table's columns is what.

    Args:
      first: cells of the first row where no line names the columns, which are numbered then.
    Raises:
      DataError: one that is needed is not there.
    """
    chosen: Dict[str, str] = {}
    for role, wanted in given._asdict().items():
        usual = [wanted] if wanted else _NAMES[role]
        by_name = {_plain(name): name for name in reversed(names)}
        found = next((by_name[_plain(name)] for name in usual if _plain(name) in by_name), '')
        if wanted.isdecimal() and not found and 0 < int(wanted) <= len(names):
            found = names[int(wanted) - 1]
        chosen[role] = found or (_guess(role, names, first) if first and not wanted else '')
        if not chosen[role] and (wanted or role in ('audio', 'text')):
            listed = ', '.join(map(repr, names[:12]))
            raise DataError(f'{path}: no column {wanted or f"for the {role}"}; there are {listed}. Name one with '
                            f'--{role}_column.')
    return Columns(**chosen)


def _guess(role: str, names: Sequence[str], first: Sequence[str]) -> str:
    """Returns the number of a column that is not named: where a recording stands, and beside it in a table of two columns."""
    audio = next(name for name, cell in zip(names, first) if is_audio(cell))
    if role == 'text' and len(names) == 2:
        return next(name for name in names if name != audio)
    return audio if role == 'audio' else ''


def _decode(path: str, encoding: str) -> str:
    data = read_start(path, 'a table', max_bytes=None)
    if not encoding:
        try:
            return decode_text(path, data).text
        except DataError as error:
            raise DataError(f'{str(error).rstrip(".")}; or name its encoding with --encoding.') from error
    try:
        return data.decode(encoding).lstrip('\ufeff')
    except LookupError as error:
        raise ConfigError(f'--encoding {encoding}: there is no such encoding; utf-16 and cp1252 are some.') from error
    except UnicodeError as error:
        where = f' (byte {error.start})' if isinstance(error, UnicodeDecodeError) else ''
        raise DataError(f'{path}: not {encoding}{where}; name another encoding with --encoding.') from error


def _delimiter(wanted: str) -> str:
    delimiter = {'tab': '\t', '\\t': '\t'}.get(wanted, wanted)
    if len(delimiter) > 1 or delimiter in ('"', '\r', '\n'):
        raise ConfigError(f'--delimiter {wanted}: expected one character, or tab.')
    return delimiter


def _delimiter_of_row(line: str) -> str:
    """Returns what parts the cells of a line one of which is a recording."""
    for delimiter in DELIMITERS:
        if delimiter in line and any(is_audio(cell.strip('" ')) for cell in line.split(delimiter)):
            return delimiter
    return max(DELIMITERS, key=line.count)


def _rows(path: str, lines: List[str], names: Sequence[str], how: Tuple[str, Columns, int]) -> Iterator[Row]:
    """Yields the rows of a table; `how`: (delimiter, columns, number of the first line)."""
    delimiter, columns, offset = how
    audio, index = list(names).index(columns.audio), 0
    # Without endings to go by, what has as many cells as a row is one.
    is_row = _is_row if any(_is_row(line, delimiter, audio) for line in lines[:N_LOOKED_AT]) else (
        lambda line, delimiter, audio: len(line.split(delimiter)) == len(names))
    while index < len(lines):
        end = index + 1
        if lines[index].strip():
            cells = _cells(lines[index:end], delimiter)
            while cells is None and end < len(lines) and end - index < MOST_LINES and not is_row(lines[end], delimiter, audio):
                end += 1
                cells = _cells(lines[index:end], delimiter) if '"' in lines[end - 1] else None
            place = f'{os.path.basename(path)}, line {index + offset}'
            if cells is None:  # a lone quote: a character like others, if the row is whole without it
                end, cells = index + 1, lines[index].split(delimiter)
                if len(cells) != len(names):
                    cells = []
            if not cells:
                yield Row({}, place, Problem(MALFORMED, f'a double quote in it is not closed: {lines[index][:60]}'))
            elif [clean_name(cell) for cell in cells] != list(names):  # as in files that were put together
                yield _row(names, cells, place, columns, delimiter)
        index = end


def _row(names: Sequence[str], cells: List[str], place: str, columns: Columns, delimiter: str) -> Row:
    """Returns a row by the names of its columns; what is too much is taken for text where that stands last."""
    while len(cells) > len(names) and not cells[-1].strip():
        cells.pop()
    if len(cells) > len(names) and names[-1] == columns.text:
        cells = [*cells[:len(names) - 1], delimiter.join(cells[len(names) - 1:])]
    row = Row(dict(zip(names, cells)), place)
    if len(cells) > len(names):
        return row._replace(problem=Problem(MALFORMED, f'its row has {len(cells)} cells for {len(names)} columns'))
    return _checked(row, columns)


def _checked(row: Row, columns: Columns) -> Row:
    """Returns a row, with what it lacks."""
    lacking = next((name for name in (columns.audio, columns.text) if name not in row.cells), '')
    if not lacking and not row.cells[columns.audio].strip():
        lacking = columns.audio
    return row._replace(problem=Problem(MALFORMED, f'its row has nothing in column {lacking}')) if lacking else row


def _cells(lines: Sequence[str], delimiter: str) -> Optional[List[str]]:
    """Returns the cells of a row; None: a quote in it is open, or text follows the one that closes a cell."""
    try:
        records = list(csv.reader([f'{line}\n' for line in lines], delimiter=delimiter, strict=True))
    except csv.Error:
        return None
    return records[0] if len(records) == 1 else None


def _is_row(line: str, delimiter: str, audio: int) -> bool:
    """Tells whether a line names a recording where that stands."""
    cells = line.split(delimiter)
    return len(cells) > audio and is_audio(cells[audio].strip('" '))


def _plain(name: str) -> str:
    return _BLANKS.sub('_', name.strip().lower())


def _as_cell(value: Any) -> str:
    return value if isinstance(value, str) else '' if value is None else str(value)
