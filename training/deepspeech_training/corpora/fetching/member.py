"""Members of archives: what they are, and where they may go, by names as programs of all systems write them."""

import re
from typing import Callable, NamedTuple, Tuple

FILE, DIRECTORY, HARD_LINK = 'files', 'directories', 'hard links'
# What is left out, in the plural.
SYMBOLIC_LINK, DEVICE, PARTIAL = 'symbolic links', 'devices and pipes', 'files with holes or in several volumes'

MOST_PARTS = 100  # directories in each other
MOST_NAME_BYTES, MOST_PATH_BYTES = 255, 3000  # of one part: what file systems take; of all, leaving room for the target's
_CONTROL = re.compile('[\x00-\x1f\x7f]')
_DRIVE = re.compile('[A-Za-z]:')


class Member(NamedTuple):
    """What an archive holds under a name.

    kind: FILE, DIRECTORY...
    size_bytes: as stated; -1: nobody knows.
    read: `read(n_bytes)` gives the next bytes of a file: fewer only at its end, none then. Raises DamageError.
    link: name of the member that a hard link stands for.
    is_guessed: whether the encoding of the name is.
    """

    name: str
    kind: str
    size_bytes: int
    read: Callable[[int], bytes]
    link: str = ''
    is_guessed: bool = False


class UnsafeNameError(Exception):
    """A name that is not used; the message says what kind of name it is, in the plural."""


def decoded(name: bytes) -> Tuple[str, bool]:
    """Returns a name as text, and whether it is UTF-8; if not, it is taken for Windows-1252."""
    try:
        return name.decode('utf-8'), True
    except UnicodeDecodeError:
        return ''.join(bytes([byte]).decode('cp1252', 'ignore') or chr(byte) for byte in name), False


def relative_path(name: str) -> str:
    """Returns the path below the target, with parts that are names of files; '' is the target itself.

    Backslashes part names, too: archives made on Windows have them, and nothing is to depend on the system that unpacks.

    Raises:
      UnsafeNameError: it leads elsewhere, or is none that every file system takes.
    """
    path = name.replace('\\', '/')
    if _CONTROL.search(path):
        raise UnsafeNameError('names with control characters')
    if path.startswith('/') or _DRIVE.match(path):
        raise UnsafeNameError('absolute names')
    parts = [part for part in path.split('/') if part not in ('', '.')]
    if '..' in parts:
        raise UnsafeNameError('names that lead out of the target')
    if len(parts) > MOST_PARTS:
        raise UnsafeNameError(f'names of more than {MOST_PARTS} directories')
    sizes = [len(part.encode('utf-8', 'surrogatepass')) for part in parts]
    if max(sizes, default=0) > MOST_NAME_BYTES or sum(sizes) + len(parts) > MOST_PATH_BYTES:
        raise UnsafeNameError('names that are too long')
    return '/'.join(parts)
