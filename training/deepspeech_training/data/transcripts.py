"""The transcripts of data sets as tools want them that ask for nothing else: a CSV file needs no audio for that."""

import os
from typing import Callable, Iterator, List, Sequence

from ..errors import DataError
from ..text.characters import Located
from .csv_table import TRANSCRIPT, read_table
from .datasets import read_rows

THIRD = 2  # the place of the transcript where no column is called that

Notice = Callable[[str], object]


def read_transcripts(path: str, notice: Notice = lambda sentence: None) -> Iterator[Located]:
    """Yields (where it stands, transcript) for the rows of a data set, in their order.

    Args:
      path: of a CSV file with a column `transcript`, or with that in the third one; else of another data set.
      notice: called with a sentence on what was read otherwise than it stands there.
    Raises:
      DataError: it cannot be read, or has no such column.
    """
    if os.path.splitext(path)[1].lower() != '.csv':
        for row in read_rows(path, notice):
            yield row.location, row.transcript or ''
        return
    table = read_table(path)
    for sentence in table.notices:
        notice(sentence)
    place = _place(path, table.columns, notice)
    for line, cells in table.rows:
        yield f'{path}, line {line}', cells[place]


def _place(path: str, columns: List[str], notice: Notice) -> int:
    """Returns the place of the transcript. Raises DataError: there is none, or more than one."""
    named = ([place for place, name in enumerate(columns) if name == TRANSCRIPT]
             or [place for place, name in enumerate(columns) if name.lower() == TRANSCRIPT])
    if len(named) > 1:
        raise DataError(f'{path}: column {TRANSCRIPT} stands {len(named)} times in the first line; keep one.')
    if not named and len(columns) <= THIRD:
        raise DataError(f'{path}: no column {TRANSCRIPT}, nor a third one that could hold it; the first line names '
                        f'{_listed(columns)}.')
    if not named:
        notice(f'{path}: no column {TRANSCRIPT}; the third one is taken, {columns[THIRD][:100]!r}.')
    return named[0] if named else THIRD


def _listed(columns: Sequence[str]) -> str:
    return ', '.join(repr(name[:100]) for name in columns[:THIRD])


def csv_list(argument: str) -> List[str]:
    """Returns the paths in a comma-separated list. Raises DataError: there is none."""
    paths = [path.strip() for path in argument.split(',') if path.strip()]
    if not paths:
        raise DataError(f'{argument!r} names no file; pass CSV files, separated by commas.')
    return paths
