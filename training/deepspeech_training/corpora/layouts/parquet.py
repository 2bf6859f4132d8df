"""Tables in Parquet, as Hugging Face keeps data sets: recordings are within them, or named. Read by pyarrow, where that is
installed.
"""

import hashlib
import json
import os
import shutil
from types import ModuleType
from typing import Any, Dict, Iterator, Tuple

from deepspeech.unfinished import UNFINISHED

from ...errors import DataError
from ..file_names import FreeNames
from ..problems import MALFORMED, Problem
from .found_audio import clip_id, is_audio
from .listing import Row
from .tables import NONE_GIVEN, Columns, Table, choose_columns

N_ROWS_AT_ONCE = 64
LISTING = 'rows.jsonl'  # beside the directory of the recordings: the columns, and a row each line


def read_parquet(path: str, private: str, name: str, given: Columns = NONE_GIVEN) -> Tuple[Table, str]:
    """Returns a table, and the directory below `private` in which its recordings are `name`/...: written there once.

    Args:
      name: of the table among others, which does not change; it may have slashes.
    Raises:
      DataError: it cannot be read, lacks a column, or pyarrow is missing; recordings cannot be written.
    """
    try:
        state = os.stat(path)
    except OSError as error:
        raise DataError(f'{path}: it cannot be read ({error.strerror}).') from error
    known = repr([name, state.st_size, state.st_mtime_ns, given]).encode('utf-8', 'surrogateescape')
    target = os.path.join(private, hashlib.sha256(known).hexdigest()[:16])
    if not os.path.isdir(target):
        _take_out(path, target, name, given)
    with open(os.path.join(target, LISTING), encoding='utf-8') as file:
        columns, *rows = map(json.loads, file)
    directory = os.path.join(target, name)
    return Table(Columns(*columns), [_row(path, number, cells, columns[0], directory)
                                     for number, cells in enumerate(rows, 1)]), target


def _take_out(path: str, target: str, name: str, given: Columns) -> None:
    """Makes the directory of a table: complete, or not at all."""
    pyarrow = _pyarrow(path)
    unfinished = os.path.join(os.path.dirname(target), UNFINISHED + os.path.basename(target))
    shutil.rmtree(unfinished, ignore_errors=True)
    try:
        os.makedirs(os.path.join(unfinished, name))
        with open(path, 'rb') as source, open(os.path.join(unfinished, LISTING), 'w', encoding='utf-8') as listing:
            table = pyarrow.parquet.ParquetFile(source)
            columns = choose_columns(path, table.schema_arrow.names, given)
            listing.write(json.dumps(list(columns)) + '\n')
            for row in _rows(table, columns, os.path.join(unfinished, name)):
                listing.write(json.dumps(row) + '\n')
        os.rename(unfinished, target)
    except pyarrow.ArrowException as error:
        raise DataError(f'{path}: it cannot be read as Parquet ({str(error)[:200]}); get it again.') from error
    except OSError as error:
        raise DataError(f'{path}: its recordings cannot be written to {target} ({error.strerror or error}).') from error
    finally:
        shutil.rmtree(unfinished, ignore_errors=True)


def _rows(table: Any, columns: Columns, directory: str) -> Iterator[Dict[str, str]]:
    """Yields the cells of rows; recordings are written to files in `directory`, whose names are given."""
    names = FreeNames()
    for batch in table.iter_batches(N_ROWS_AT_ONCE, columns=[name for name in columns if name]):
        for cells in batch.to_pylist():
            audio = cells.pop(columns.audio)
            row = {name: '' if cell is None else str(cell) for name, cell in cells.items()}
            content = audio.get('bytes') if isinstance(audio, dict) else None
            named = str((audio.get('path') if isinstance(audio, dict) else audio) or '')
            if content is not None:
                stem = ''.join(char if char.isprintable() else '_' for char in os.path.basename(clip_id(named))[:60]) or 'clip'
                named = names.take(stem + (os.path.splitext(named)[1] if is_audio(named) else ''))
                with open(os.path.join(directory, named), 'xb') as file:
                    file.write(content)
            yield {columns.audio: named, **row}


def _row(path: str, number: int, cells: Dict[str, str], audio: str, directory: str) -> Row:
    """Returns a row with the path of its recording, if that was taken out of the table."""
    name = cells[audio]
    within = os.path.join(directory, name)
    if name and os.path.basename(name) == name and os.path.exists(within):
        cells = {**cells, audio: within}
    problem = None if name else Problem(MALFORMED, 'there is no recording in it')
    return Row(cells, f'{os.path.basename(path)}, row {number}', problem)


def _pyarrow(path: str) -> ModuleType:
    """Returns the package. Raises DataError: it is missing."""
    try:
        import pyarrow  # only where it is needed: it is large, and not everybody has it
        import pyarrow.parquet
    except ImportError as error:
        raise DataError(f'{path}: Parquet is read by the package pyarrow, which cannot be loaded ({error}); install it with '
                        f'pip install pyarrow.') from error
    return pyarrow
