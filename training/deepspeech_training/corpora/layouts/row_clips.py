"""Clips of tables: a row names a recording, its text, perhaps its speaker and its set.

Short because tables.py reads the rows and found_audio.py finds the recordings.
"""

from typing import Iterator, Tuple

from ..clips import Candidate
from ..problems import EXCLUDED, FAILED, Problem
from .found_audio import AudioFiles, clip_id, set_named
from .listing import Row
from .tables import Table


def clips_of(table: Table, files: AudioFiles, in_set: str = '') -> Iterator[Candidate]:
    """Yields the clips of a table, rows that cannot be used too.

    Args:
      files: where the recordings are looked for.
      in_set: set of the whole table, where no column says it; '': not known.
    """
    columns = table.columns
    for row in table.rows:
        listed = row.get(columns.audio)
        path = files.find(listed) if listed and not row.problem else None
        sets: Tuple[str, ...] = (in_set,) if in_set else ()
        problem, split = row.problem, _cell(row, columns.split)
        if split:
            sets = (set_named(split),) if set_named(split) else ()
        if split and not sets and not problem:
            problem = Problem(EXCLUDED, f'its set {split[:50]!r} is none of train, dev and test')
        if path is None and not problem:
            problem = Problem(FAILED, f'there is no file {listed[:200]!r}, or more than one could be meant')
        name = clip_id(files.name_of(path) if path else listed) or row.place
        yield Candidate(name, path or listed or row.place, row.get(columns.text), sets, _cell(row, columns.speaker),
                        place=row.place, problem=problem)


def _cell(row: Row, column: str) -> str:
    """Returns a cell; '' where there is no such column (pandas calls its first one '')."""
    return row.get(column).strip() if column else ''
