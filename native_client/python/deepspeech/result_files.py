"""Files for results: each appears whole or not at all, and a path that names something else than a file is left as it is.

Public: the trainer writes with this module, too.
"""

import errno
import os
import shutil
import stat
import tempfile
from contextlib import contextmanager, suppress
from typing import IO, ContextManager, Iterator

from .unfinished import UNFINISHED, unfinished_file

_REFUSED = ((stat.S_ISDIR, 'a directory'), (stat.S_ISBLK, 'a disk'), (stat.S_ISSOCK, 'a socket'))


def write_result(path: str, text: str) -> None:
    """Writes a text as UTF-8 to `path`, see `written_whole`. Raises OSError."""
    with written_whole(path) as file:
        file.write(text.encode('utf-8', 'backslashreplace'))


def written_whole(path: str) -> ContextManager[IO[bytes]]:
    """Gives a binary file, `file.name`, whose content is that of `path` when the block is done: all at once or not at all.

    Links are followed, and a file that is replaced keeps its permissions. What takes bytes but is no file - `/dev/null`, a
    terminal, a pipe that somebody reads - stays what it is and is sent the content.

    Raises:
      OSError: it cannot be written, or is a disk, a directory, a socket or a pipe without a reader. Then, and whatever else
        ends the block, what was there before stays.
    """
    return (_sent_to if takes_bytes(path) else _replacing)(path)


def takes_bytes(path: str) -> bool:
    """Tells whether `path` is no file, but can be sent bytes: a terminal, `/dev/null`, a pipe; if not, it is a file or nothing.

    Raises:
      OSError: it is, and can become, neither; `strerror` says what it is.
    """
    try:
        state = os.stat(path)
    except FileNotFoundError:
        if path.endswith(os.sep):
            raise
        return False
    for is_kind, name in _REFUSED:
        if is_kind(state.st_mode):
            raise OSError(errno.EINVAL, f'it is {name}, not a file')
    return not (stat.S_ISREG(state.st_mode) and _is_same_file(os.path.realpath(path), state))


def _is_same_file(path: str, state: os.stat_result) -> bool:
    """Tells whether there is a file of that state at `path`; a path below /proc may lead to a file that has no name."""
    with suppress(OSError):
        return os.path.samestat(os.stat(path), state)
    return False


@contextmanager
def _sent_to(path: str) -> Iterator[IO[bytes]]:
    """Gives a temporary file whose content is sent to a device or a pipe when the block is done."""
    try:
        # A pipe without a reader would be waited for without end.
        descriptor = os.open(path, os.O_WRONLY | os.O_NONBLOCK | os.O_NOCTTY | os.O_CLOEXEC)
    except OSError as error:
        if error.errno == errno.ENXIO:
            raise OSError(error.errno, 'it is a pipe that nobody reads') from error
        raise
    os.set_blocking(descriptor, True)
    with open(descriptor, 'wb') as sink, tempfile.NamedTemporaryFile(prefix=UNFINISHED) as file:
        yield file
        file.flush()
        with open(file.name, 'rb') as whole:
            shutil.copyfileobj(whole, sink)


@contextmanager
def _replacing(path: str) -> Iterator[IO[bytes]]:
    """Gives a file beside `path`, which takes its place when the block is done."""
    target = os.path.realpath(path)
    with unfinished_file(target) as file:
        take_permissions(file.name, target)
        yield file
        file.flush()
        os.fsync(file.fileno())
        if not renamed(file.name, target):
            raise OSError(errno.EXDEV, os.strerror(errno.EXDEV))


def take_permissions(made: str, path: str) -> None:
    """Gives a file the permissions and, as far as that is allowed, the owner of the one at `path`, if there is one."""
    with suppress(FileNotFoundError):
        before = os.stat(path)
        with suppress(PermissionError):  # only the superuser gives files away
            os.chown(made, before.st_uid, before.st_gid)
        os.chmod(made, before.st_mode & 0o777)


def renamed(made: str, path: str) -> bool:
    """Moves a file to `path`; returns False if that is in another file system. Raises OSError."""
    try:
        os.replace(made, path)
    except OSError as error:
        if error.errno != errno.EXDEV:
            raise
        return False
    sync_directory(os.path.dirname(path))
    return True


def sync_directory(directory: str) -> None:
    """Makes the names in `directory` outlast a power cut. Raises OSError."""
    handle = os.open(directory, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
