"""Names of clips as names of files: below a directory, taken by every file system, and told apart by each of them."""

import hashlib
import os
import unicodedata
from typing import Dict, Iterable

MOST_NAME_BYTES = 200
_NOT_TAKEN_EVERYWHERE = '\\:*?"<>|'


def is_safe(name: str) -> bool:
    """Tells whether a name, with slashes, can be that of a file below a directory."""
    return not {'', '.', '..'} & set(name.split('/'))


def file_name(name: str) -> str:
    """Returns a name, with slashes, that every file system takes; most names are their own."""
    parts = [''.join(char if char.isprintable() and char not in _NOT_TAKEN_EVERYWHERE else '_' for char in part)
             for part in name.split('/')]
    return '/'.join(part if len(part.encode('utf-8')) <= MOST_NAME_BYTES
                    else f'{part[:40]}-{hashlib.sha256(part.encode("utf-8")).hexdigest()[:16]}' for part in parts)


def as_folded(name: str) -> str:
    """Returns what names have in common that some file system takes for one.

    Some do not tell capitals from small letters, some not one normal form of Unicode from the other.
    """
    return unicodedata.normalize('NFC', name).casefold()


class FreeNames:
    """Gives every file of a directory a name of its own.

    Args:
      taken: names that others have.
    """

    def __init__(self, taken: Iterable[str] = ()) -> None:
        self._next: Dict[str, int] = {as_folded(name): 2 for name in taken}  # {folded name: number to try next}

    def take(self, name: str) -> str:
        """Returns a name, or that with a number before its ending, which nobody else gets."""
        stem, ending = os.path.splitext(name)
        free, key = name, as_folded(name)
        number = self._next.get(key, 1)
        while as_folded(free) in self._next:
            free, number = f'{stem}~{number}{ending}', number + 1
        self._next[as_folded(free)] = 2
        self._next[key] = max(number, 2)
        return free
