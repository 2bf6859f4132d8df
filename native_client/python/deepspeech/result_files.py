"""Files for results: each appears whole or not at all, and a path that names something else than a file is left as it is.

The trainer's `paths.py` has the same rules for larger files; the client does not know the trainer.
"""

import errno
import os
import secrets
import stat
from contextlib import suppress
from typing import List, Tuple

_EXCLUSIVE = os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, 'O_NOFOLLOW', 0) | getattr(os, 'O_BINARY', 0)
_STREAM = os.O_WRONLY | getattr(os, 'O_NONBLOCK', 0) | getattr(os, 'O_NOCTTY', 0)
_REFUSED: List[Tuple[int, str]] = [(stat.S_IFDIR, 'a directory'), (stat.S_IFBLK, 'a disk'), (stat.S_IFSOCK, 'a socket')]


def write_result(path: str, text: str) -> None:
    """Writes a text as UTF-8 to `path`: through links, in place of an older file, whose permissions stay.

    What takes bytes but is no file - `/dev/null`, a terminal, a pipe that somebody reads - is sent the text and stays what it
    is.

    Raises:
      OSError: it cannot be written, or is a directory, a disk, a socket or a pipe without a reader. What was there stays.
    """
    target, data = os.path.realpath(path), text.encode('utf-8', 'backslashreplace')
    mode = _mode(path)
    for kind, name in _REFUSED:
        if stat.S_IFMT(mode) == kind:
            raise OSError(errno.EINVAL, f'it is {name}, not a file')
    if mode and not stat.S_ISREG(mode):
        _send(path, data)
    else:
        _replace(target, data, mode & 0o777)


def _mode(path: str) -> int:
    """Returns type and permissions of what a path leads to, 0 if there is nothing yet."""
    try:
        return os.stat(path).st_mode
    except FileNotFoundError:
        return 0


def _send(path: str, data: bytes) -> None:
    try:
        descriptor = os.open(path, _STREAM)  # it would wait for the reader of a pipe otherwise
    except OSError as error:
        if error.errno == errno.ENXIO:
            raise OSError(error.errno, 'it is a pipe that nobody reads') from error
        raise
    os.set_blocking(descriptor, True)
    with open(descriptor, 'wb') as file:
        file.write(data)


def _replace(target: str, data: bytes, permissions: int) -> None:
    """Writes a file under a name that nobody can foretell, then moves it. The system applies the umask to a new one."""
    unfinished = os.path.join(os.path.dirname(target), f'.deepspeech-{secrets.token_hex(8)}.part')
    descriptor = os.open(unfinished, _EXCLUSIVE, 0o666)
    try:
        with open(descriptor, 'wb') as file:
            if permissions:
                os.chmod(unfinished, permissions)
            file.write(data)
        os.replace(unfinished, target)
    except BaseException:
        with suppress(FileNotFoundError):
            os.remove(unfinished)
        raise
