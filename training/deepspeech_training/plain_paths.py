"""Paths for libraries that take characters of a name for something else.

TensorFlow takes `[`, `*`, `?` and a backslash in the path of a checkpoint for a pattern, a colon for another kind of file
system, and cannot have names that are not UTF-8. So it gets such a directory by a number, through Linux's /proc. Nothing is
made for that, hence nothing is left behind by whatever is killed.
"""

import os
import re
import tempfile
from types import TracebackType
from typing import Optional, Sequence, Type

_PLAIN = re.compile(r'[A-Za-z0-9_./+-]*')
_BY_NUMBER = '/proc/self/fd/{}/{}'


class PlainPath:
    """A path of plain characters to a file or to a checkpoint, whose directory must exist; good until it is closed or given up.

    Args:
      path: of whatever characters; the last part is to be plain already, see `linked` for others.

    Attributes:
      path: the plain one, or `path` itself where that is plain or there is no /proc.

    Raises:
      OSError: the directory cannot be opened.
    """

    def __init__(self, path: str) -> None:
        self.path, self._handle = path, -1
        self._links: Optional[tempfile.TemporaryDirectory] = None
        directory, name = os.path.split(path)
        if not is_plain(path):
            self._handle = os.open(directory or '.', os.O_RDONLY | getattr(os, 'O_DIRECTORY', 0) | getattr(os, 'O_CLOEXEC', 0))
            by_number = _BY_NUMBER.format(self._handle, name)
            self.path = by_number if os.path.isdir(os.path.dirname(by_number)) else path

    @classmethod
    def linked(cls, prefix: str, suffixes: Sequence[str]) -> 'PlainPath':
        """Returns a path to read by of the files that begin with `prefix`, whatever characters are in their names, too.

        Args:
          prefix: of whatever characters.
          suffixes: of the files.
        """
        if is_plain(os.path.basename(prefix)):
            return cls(prefix)
        links = tempfile.TemporaryDirectory()  # removed with this object
        for suffix in suffixes:
            os.symlink(os.path.abspath(prefix + suffix), os.path.join(links.name, f'files{suffix}'))
        made = cls(os.path.join(links.name, 'files'))
        made._links = links
        return made

    def close(self) -> None:
        """Gives the directory back."""
        if self._handle >= 0:
            os.close(self._handle)
            self._handle = -1
        if self._links:
            self._links.cleanup()
            self._links = None

    def __enter__(self) -> 'PlainPath':
        return self

    def __exit__(self, exception_type: Optional[Type[BaseException]], exception: Optional[BaseException],
                 traceback: Optional[TracebackType]) -> None:
        self.close()

    def __del__(self) -> None:
        self.close()


def is_plain(path: str) -> bool:
    """Returns whether no library can take a path for anything else."""
    return _PLAIN.fullmatch(path) is not None
