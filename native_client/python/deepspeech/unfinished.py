"""What is made under another name until it is whole. What a killed program leaves of it, the next that makes the same removes.

The name meanwhile follows from the name in the end, so it is found again; who makes it holds a lock on it, which the system
opens when a process ends, however it ends. Where that name is taken - another program is making the same, or the file system
has no locks - it gets a name that nobody can foretell.

Public: the trainer makes files and directories with this module, too.
"""

import hashlib
import os
import secrets
import shutil
import stat
from contextlib import contextmanager, suppress
from typing import IO, Callable, Iterator, Optional, Tuple

UNFINISHED = '.tmp-'  # how names begin of what is being made


@contextmanager
def unfinished_file(path: str) -> Iterator[IO[bytes]]:
    """Gives a binary file beside `path`, `file.name`, for the block to fill and to move there; if it fails, the file goes.

    Raises:
      OSError: it cannot be made.
    """
    # The system itself applies the umask to a new file, and the rules of its directory.
    name, descriptor = _begin(path, lambda name: os.open(
        name, os.O_RDWR | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC, 0o666))
    # All of it while the file is open: then it is locked, and nobody takes it for one that was abandoned.
    with open(name, 'r+b', opener=lambda name, flags: descriptor) as file:
        try:
            yield file
        except BaseException:
            with suppress(FileNotFoundError):
                os.unlink(name)
            raise


@contextmanager
def scratch_directory(path: str) -> Iterator[str]:
    """Gives a directory for what `path` is made of, in the same file system, which is gone in the end. Raises OSError."""
    name, descriptor = _begin(path + '.d', _make_directory)
    try:
        yield name
    finally:
        if _leads_to(name, descriptor):  # it may have become something
            shutil.rmtree(name, ignore_errors=True)
        os.close(descriptor)


def _make_directory(name: str) -> int:
    os.mkdir(name, 0o700)
    return os.open(name, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC)


def _begin(path: str, make: Callable[[str], int]) -> Tuple[str, int]:
    directory, name = os.path.split(path)
    known = os.path.join(directory, UNFINISHED + hashlib.sha256(os.fsencode(name)).hexdigest()[:16])
    remove_abandoned(known)
    with suppress(FileExistsError, FileNotFoundError):
        descriptor = make(known)
        # Before it was locked, another program may have removed it as abandoned.
        if _lock(descriptor) is not False and _leads_to(known, descriptor):
            return known, descriptor
        os.close(descriptor)
    unforeseen = os.path.join(directory, UNFINISHED + secrets.token_hex(8))
    return unforeseen, make(unforeseen)


def remove_abandoned(path: str, even_without_locks: bool = False) -> None:
    """Removes a file or a directory that was being made, unless somebody holds its lock or the system does not allow it.

    Args:
      even_without_locks: remove it where the file system has no locks, too, as nobody else makes anything there.
    """
    with suppress(OSError):
        mode = os.lstat(path).st_mode
        if not (stat.S_ISDIR(mode) or stat.S_ISREG(mode)):
            return
        descriptor = _open(path, stat.S_ISDIR(mode))
        try:
            is_locked = _lock(descriptor)
            is_abandoned = even_without_locks if is_locked is None else is_locked
            if not is_abandoned or not _leads_to(path, descriptor):  # it may have got its name meanwhile
                return
            if stat.S_ISDIR(mode):
                shutil.rmtree(path, ignore_errors=True)
            else:
                os.unlink(path)
        finally:
            os.close(descriptor)


def _open(path: str, is_directory: bool) -> int:
    flags = os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC
    if not is_directory:
        with suppress(PermissionError):
            return os.open(path, os.O_RDWR | flags)  # file systems of networks want it for a lock
    return os.open(path, os.O_RDONLY | flags)


def _lock(descriptor: int) -> Optional[bool]:
    """Returns whether the lock is ours now; None: the file system has none, as some of networks."""
    import fcntl  # here, as Windows lacks it, where programs load this module to say so
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    except OSError:
        return None
    return True


def _leads_to(path: str, descriptor: int) -> bool:
    with suppress(OSError):
        return os.path.samestat(os.lstat(path), os.fstat(descriptor))
    return False
