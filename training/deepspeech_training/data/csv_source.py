"""Data sets in CSV files: columns wav_filename, wav_filesize (optional) and transcript, found by name."""

import os
import sys
import unicodedata
from typing import Callable, Dict, Iterator, List, Optional, Sequence, Tuple

from ..errors import DataError
from .csv_table import FILENAME, FILESIZE, TRANSCRIPT, Record, Table, read_table
from .rejected import MALFORMED, Rejection
from .utterance import RecordedFile, Row

MAX_SIZE_BYTES = 2 ** 63 - 1
_N_EXAMPLES = 5
SPEAKERS = ('client_id', 'speaker', 'speaker_id', 'spkid')  # columns that name who speaks, as corpora call them
_AUDIO_ENDINGS = ('.wav', '.flac', '.mp3', '.ogg', '.opus')

Refuse = Callable[[Rejection], object]  # told about a row that cannot be used, which is left out then


def read_csv(path: str, labelled: bool = True, notice: Callable[[str], object] = lambda sentence: None,
             refuse: Optional[Refuse] = None) -> List[Row]:
    """Returns the rows of a CSV file as they stand there; in which order they are used, `batching` decides.

    Args:
      path: first line names the columns; other columns are ignored. `csv_table` says what else is understood.
        Relative wav_filename cells are relative to the CSV. Files without a wav_filesize are measured.
      labelled: whether a transcript column is needed; if not, transcripts are ignored.
      notice: called with a sentence on what was read otherwise than it stands there.
      refuse: called with each row whose cells cannot be used; None: that is an error.
    Returns:
      list of Row, not empty.
    Raises:
      DataError: the file is missing, no text or malformed, lacks a column, has no rows, or a cell cannot be used.
    """
    refused: List[Tuple[Record, DataError]] = []
    table = read_table(path, None if refuse is None else lambda record, error: refused.append((record, error)))
    rows = rows_of(path, table, labelled, notice, refuse=refuse)
    if refuse:
        places = _places(path, table, _needed(labelled))
        for record, error in refused:
            refuse(_refused(path, record, error, places))
    return rows


def rows_of(path: str, table: Table, labelled: bool = True, notice: Callable[[str], object] = lambda sentence: None, *,
            refuse: Optional[Refuse] = None) -> List[Row]:
    """Returns what `read_csv` says of the table of a file that was read."""
    places = _places(path, table, _needed(labelled))
    if not table.rows:
        raise DataError(f'{path}: no rows below the column names; add samples or leave the file out.')
    for sentence in table.notices:
        notice(sentence)
    paths, rows = _Paths(path), []
    speaker = next((place for place, name in enumerate(table.columns) if name.lower() in SPEAKERS), None)
    for record in table.rows:
        try:
            rows.append(_row(path, record, places, paths, labelled=labelled, speaker=speaker))
        except DataError as error:
            if refuse is None:
                raise
            refuse(_refused(path, record, error, places))
    if not rows:
        raise DataError(f'{path}: no row of it can be used; correct the first line, or the rows.')
    for sentence in paths.notices():
        notice(sentence)
    return rows


def _needed(labelled: bool) -> List[str]:
    return [FILENAME, TRANSCRIPT] if labelled else [FILENAME]


def _refused(path: str, record: Record, error: DataError, places: Dict[str, int]) -> Rejection:
    """Returns what to say of a row that cannot be used, as far as there is one."""
    line, cells = record
    of = {name: cells[place] for name, place in places.items() if place < len(cells)}
    prefix = f'{path}, line {line}: '
    reason = str(error)[len(prefix):] if str(error).startswith(prefix) else str(error)
    name = of.get(FILENAME, '').strip()
    name = os.path.join(os.path.dirname(os.path.abspath(path)), name) if name else ''
    row = Row(RecordedFile(name), of.get(TRANSCRIPT), 0, id=name, source=path, line=line, speaker='')
    return Rejection(row, reason.rstrip('.'), MALFORMED)


def _row(path: str, record: Record, places: Dict[str, int], paths: '_Paths', labelled: bool, speaker: Optional[int]) -> Row:
    line, cells = record
    name = cells[places[FILENAME]]
    if not name.strip():
        raise DataError(f'{path}, line {line}: {FILENAME} is empty; name a file or delete the row.')
    audio_path = paths.resolve(name)
    size = cells[places[FILESIZE]].strip() if FILESIZE in places else ''
    transcript = cells[places[TRANSCRIPT]] if labelled else None
    return Row(RecordedFile(audio_path), transcript, _parse_size(path, line, size) if size else _measure(audio_path),
               id=audio_path, source=path, line=line,
               speaker=sys.intern(cells[speaker].strip()) if speaker is not None else '')


def _places(path: str, table: Table, needed: Sequence[str]) -> Dict[str, int]:
    """Returns {name: place} of the columns that are used. Raises DataError: one is missing or stands twice."""
    places = {}
    for name in (*needed, FILESIZE):
        # A name in capitals counts where no column has the name as it is published.
        found = ([index for index, column in enumerate(table.columns) if column == name]
                 or [index for index, column in enumerate(table.columns) if column.lower() == name])
        if len(found) > 1:
            raise DataError(f'{path}: column {name} stands {len(found)} times in the first line; keep one.')
        if found:
            places[name] = found[0]
        elif name in needed:
            raise DataError(f'{path}: column {name} is missing; {_instead(table.columns)}.')
    return places


def _instead(columns: Sequence[str]) -> str:
    """Returns what to say of a first line that does not name the columns."""
    if any(column.lower().endswith(_AUDIO_ENDINGS) for column in columns):
        return (f'the first line is a row already; write {FILENAME},{FILESIZE},{TRANSCRIPT} above it, in the order of the '
                f'cells')
    listed = ', '.join(repr(column[:100]) for column in columns[:_N_EXAMPLES])
    return f'the first line names {listed}{" and more" if len(columns) > _N_EXAMPLES else ""}'


class _Paths:
    """Finds the files that cells name, and counts those found under another spelling than in the cell."""

    def __init__(self, csv_path: str) -> None:
        self._csv_path = csv_path
        self._directory = os.path.dirname(os.path.abspath(csv_path))
        self._changed: Dict[str, List[str]] = {}  # what was changed: the cells

    def resolve(self, name: str) -> str:
        """Returns the path of a cell; absolute ones and URLs are kept as they are."""
        if '://' in name:
            return name
        path = os.path.join(self._directory, name)
        for change, other in _spellings(name):
            if os.path.exists(path):
                break
            other_path = os.path.join(self._directory, other)
            if os.path.exists(other_path):
                self._changed.setdefault(change, []).append(name)
                return other_path
        return path

    def notices(self) -> List[str]:
        """Returns a sentence for each kind of change."""
        return [f'{self._csv_path}: {change} in {len(names)} {"row" if len(names) == 1 else "rows"} to find the audio, for '
                f'example of {names[0]!r}.' for change, names in self._changed.items()]


def _spellings(name: str) -> Iterator['tuple[str, str]']:
    """Yields (what is changed, name) of other spellings under which a file may be found."""
    if name != name.strip():
        yield 'blanks around the name are left out', name.strip()
    if '\\' in name:
        yield 'backslashes are read as slashes', name.strip().replace('\\', '/')
    if not name.isascii():
        for form in ('NFC', 'NFD'):
            other = unicodedata.normalize(form, name.strip().replace('\\', '/'))
            if other != name:
                yield f'Unicode normal form {form} is taken', other


def _parse_size(path: str, line: int, cell: str) -> int:
    """Returns the bytes in a cell that is not empty: a whole number, also as 52844.0 or 5.2844e4."""
    size = _whole_number(cell)
    if size is None or not 0 <= size <= MAX_SIZE_BYTES:
        raise DataError(f'{path}, line {line}: {FILESIZE} {cell[:100]!r} is not a whole number; write the size in bytes or '
                        f'leave the column out.')
    return size


def _whole_number(text: str) -> Optional[int]:
    try:
        if text.isdecimal():
            return int(text)
        number = float(text.replace(',', '.') if '_' not in text else 'nan')
        return int(number) if number.is_integer() else None
    except ValueError:
        return None


def _measure(audio_path: str) -> int:
    """Returns the size of a file in bytes; 0 for a missing one, which the check before training reports."""
    try:
        return os.path.getsize(audio_path)
    except (OSError, ValueError):  # ValueError: a name that no file can have
        return 0
