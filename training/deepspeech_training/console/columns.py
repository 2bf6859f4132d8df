"""The texts of a line that shows progress, and how they fit into a terminal."""

import unicodedata
from typing import Dict, List, Mapping, Optional, Sequence, Tuple

# {name: forms of one column, from the longest to the shortest ('': it is left out)}, in the order they are shown in.
Columns = Mapping[str, Sequence[str]]
# What becomes shorter, first things first: (name of a column, how many of its forms may be left).
Cuts = Sequence[Tuple[str, int]]
SEPARATOR = ' | '


def joined(columns: Columns, separator: str = SEPARATOR) -> str:
    """Returns the longest forms beside each other."""
    return separator.join(forms[0] for forms in columns.values() if forms[0])


def unpadded(columns: Columns) -> Columns:
    """Returns the longest forms without the blanks that keep columns of changing numbers at one width."""
    return {name: [forms[0].strip()] for name, forms in columns.items()}


def fitted(columns: Columns, cuts: Cuts, width: int) -> Columns:
    """Returns `columns` with one form each, made shorter by `cuts` until they and their separators take up to `width`.

    They take more if that does not suffice.
    """
    left = {name: list(forms) for name, forms in columns.items()}
    for name, n_left in cuts:
        while len(left.get(name, ())) > n_left and _total_width(left) > width:
            left[name].pop(0)
    return {name: forms[:1] for name, forms in left.items()}


def _total_width(columns: Dict[str, List[str]]) -> int:
    widths = [text_width(forms[0]) for forms in columns.values() if forms[0]]
    return sum(widths) + len(SEPARATOR) * (len(widths) - 1)


def cut(text: str, width: int) -> str:
    """Returns the beginning of `text` that takes up to `width` columns of a terminal."""
    while text_width(text) > max(width, 0):
        text = text[:-1]
    return text


def text_width(text: str) -> int:
    """Returns how many columns of a terminal `text` takes: Chinese characters take two, combining marks none."""
    return sum(0 if unicodedata.combining(letter) else 2 if unicodedata.east_asian_width(letter) in 'WF' else 1
               for letter in text)


def path_forms(label: str, path: str) -> List[str]:
    """Returns `label` and the path, then without its first directories one by one, then the file's name alone, then ''."""
    if not path:
        return ['']
    parts = path.split('/')
    shorter = ['/'.join(parts[n:]) for n in range(1, len(parts)) if parts[n]]
    return [label + text for text in [path] + shorter] + [parts[-1] or path, '']


def duration(seconds: Optional[float]) -> str:
    """Returns e.g. `26:03:04`; None is a duration that nobody knows yet."""
    if seconds is None:
        return '-:--:--'
    minutes, rest = divmod(int(seconds), 60)
    return f'{minutes // 60}:{minutes % 60:02d}:{rest:02d}'


def figure(value: Optional[float]) -> str:
    """Returns a number with three digits or all before the point, four columns wide; `-` for None."""
    if value is None:
        return '   -'
    return f'{value:4.{2 if value < 9.995 else 1 if value < 99.95 else 0}f}'
