"""Lists that corpora come with: lines of fields, tables with column names.

Rows that cannot be read are given as such, so that they are counted and named, and the rest is imported.
"""

import os
import re
from collections import deque
from itertools import chain
from typing import Collection, Deque, Dict, Iterator, List, NamedTuple, Optional, Sequence, Tuple

from ...errors import DataError
from ...text.files import LINE_END, read_text
from ..fetching.archives import UNFINISHED
from ..problems import MALFORMED, Problem

MOST_LEVELS = 50  # of directories
MACOS = '__MACOSX'
MOST_PIECES = 50  # lines of a row that line ends have broken
_QUOTED = re.compile(r'"((?:[^"]|"")*)"')


class Row(NamedTuple):
    """A row of a table."""

    cells: Dict[str, str]  # by the names of their columns; of a short row those that are there
    place: str  # for messages: `train.tsv, line 7`
    problem: Optional[Problem] = None  # it cannot be read

    def get(self, *names: str) -> str:
        """Returns the cell of the first of the columns that there is; '' without one."""
        return next((self.cells[name] for name in names if name in self.cells), '')


def text_of(value: object) -> Optional[str]:
    """Returns a value, as JSON gives it, if it is a text that files can hold; JSON can also spell halves of characters."""
    is_whole = isinstance(value, str) and '\0' not in value and not any('\ud800' <= char <= '\udfff' for char in value)
    return str(value) if is_whole else None


def walk(top: str, without: str = '', but: Collection[str] = (), most_levels: int = MOST_LEVELS) -> Iterator[
        Tuple[str, List[str]]]:
    """Yields (directory, names of its files) of `top` and below, in an order that is everywhere the same.

    Links are followed, each directory is looked into once. Hidden files, what macOS writes beside others, and directories that
    an archive is being unpacked to, are left out.

    Args:
      without: path of a directory that is left out.
      but: names of directories that are left out.
      most_levels: how far down to go; 1 is `top` only.
    """
    seen = {os.path.realpath(without)} if without else set()
    seen.discard(os.path.realpath(top))
    for directory, names, files in os.walk(top, followlinks=True):
        real, n_levels = os.path.realpath(directory), os.path.relpath(directory, top).count(os.sep) + 1 + (directory != top)
        is_new = real not in seen
        seen.add(real)
        names[:] = sorted(name for name in names if not name.startswith('.') and not name.endswith(UNFINISHED)
                          and name not in (MACOS, *but)) if is_new and n_levels < most_levels else []
        if is_new:
            yield directory, sorted(name for name in files if not name.startswith('.'))


def files_below(top: str, *endings: str) -> List[str]:
    """Returns the paths of the files that `walk` finds and that end so, whatever the case, in order."""
    return sorted(os.path.join(directory, name) for directory, names in walk(top) for name in names
                  if name.lower().endswith(endings))


def read_lines(path: str, wanted: str = 'a list of transcripts') -> Iterator[Tuple[str, str]]:
    """Yields (place, line) for the lines of a text file that hold any text, without their ends.

    A zero byte, which no path may hold, is given as another control character: its row cannot be used, the others can.

    Raises:
      DataError: it cannot be read, or is no text.
    """
    text = read_text(path, wanted, errors='surrogateescape', takes_zeros=True).text.replace('\0', '\1')
    name, start = os.path.basename(path), 0
    # One after the other: the tables of large corpora have millions of lines.
    for number, end in enumerate(chain((match.span() for match in LINE_END.finditer(text)), [(len(text), len(text))]), 1):
        line = text[start:end[0]]
        start = end[1]
        if line.strip():
            yield f'{name}, line {number}', line


def read_tsv(path: str, last: str, delimiter: str = '\t', columns: Optional[Sequence[str]] = None,
             also: Sequence[str] = (), wanted: Optional[Collection[str]] = None) -> Iterator[Row]:
    """Yields the rows of a table without quotes: cells are parted by tabs, column names stand in the first line.

    A quote is a character like others, but around a whole cell in which all quotes are doubled. A row that was broken by a line
    end within its text is joined again, and a tab within the text is put back, where that makes it as long as the others.

    Args:
      last: the column of free text, which may hold tabs and line ends.
      columns: names of the columns where the first line does not name them.
      also: further columns that may hold line ends.
      wanted: columns that rows are to have; None: all.
    Raises:
      DataError: it cannot be read, or lacks the column `last`.
    """
    lines = read_lines(path, 'a table')
    first = next(lines, None)
    if first is None:
        raise DataError(f'{path}: empty; get the file again.')
    names = list(columns) if columns else [name.strip() for name in first[1].split(delimiter)]
    if last not in names:
        raise DataError(f'{path}: column {last} is missing; the first line names {", ".join(map(repr, names[:8]))}.')
    breaks = [index for index, name in enumerate(names) if name in (last, *also)]
    keep = [index for index, name in enumerate(names) if wanted is None or name in wanted]
    for place, cells in _joined(chain([first], lines) if columns else lines, delimiter, len(names), breaks):
        yield _row(names, cells, place, names.index(last), keep)


def _joined(lines: Iterator[Tuple[str, str]], delimiter: str, n_columns: int,
            breaks: Sequence[int]) -> Iterator[Tuple[str, List[str]]]:
    """Yields (place, cells) of rows, those put together that line ends in one of the columns `breaks` have broken."""
    ahead: Deque[Tuple[str, List[str]]] = deque()  # lines that have been looked at already
    parted = ((place, line.split(delimiter)) for place, line in lines)
    while True:
        place, cells = ahead.popleft() if ahead else next(parted, ('', []))
        if not place:
            return
        # A row that ends early is no piece of another: the first piece ends in a column of text, and all are together one row.
        pieces, n_taken = list(cells), 0
        while len(pieces) - 1 in breaks and len(pieces) < n_columns and n_taken < MOST_PIECES:
            if n_taken == len(ahead):
                following = next(parted, None)
                if following is None:
                    break
                ahead.append(following)
            more = ahead[n_taken][1]
            pieces = [*pieces[:-1], f'{pieces[-1]}\n{more[0]}', *more[1:]]
            n_taken += 1
        if len(pieces) == n_columns and n_taken:
            cells = pieces
            for _ in range(n_taken):
                ahead.popleft()
        yield place, cells


def _row(names: Sequence[str], cells: List[str], place: str, free: int, keep: Sequence[int]) -> Row:
    """Returns the columns `keep` of a row; tabs that are too many are taken to stand in the column of free text."""
    n_over = len(cells) - len(names)
    if n_over > 0:
        cells = [*cells[:free], ' '.join(cells[free:free + n_over + 1]), *cells[free + n_over + 1:]]
    problem = None
    if len(cells) <= free:
        problem = Problem(MALFORMED, f'its row has {len(cells)} of {len(names)} cells')
    return Row({names[index]: unquoted(cells[index]) for index in keep if index < len(cells)}, place, problem)


def unquoted(cell: str) -> str:
    """Returns a cell without the quotes around it, where a program that quotes has written it."""
    quoted = _QUOTED.fullmatch(cell) if cell[:1] == '"' else None
    return quoted.group(1).replace('""', '"') if quoted else cell
