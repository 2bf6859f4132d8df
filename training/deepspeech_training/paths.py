"""Places to write to: the user's directories, proven early; files, written whole."""

import errno
import os
import secrets
import shutil
import stat
import tempfile
from contextlib import contextmanager, suppress
from typing import IO, Iterator, Type, Union

from .errors import ConfigError, DeepSpeechError

UNFINISHED = '.tmp-'  # how names of files begin that are being written
_REFUSED = ((stat.S_ISDIR, 'a directory'), (stat.S_ISBLK, 'a disk'), (stat.S_ISSOCK, 'a socket'))


def user_data_dir(name: str) -> str:
    """Returns the path of the directory `name` for what is to stay, after XDG's conventions."""
    from xdg import BaseDirectory  # here, as it reads the environment when it is imported
    return os.path.join(BaseDirectory.xdg_data_home, 'deepspeech', name)


def user_cache_dir(name: str) -> str:
    """Returns the path of the directory `name` for what can be made again."""
    from xdg import BaseDirectory
    return os.path.join(BaseDirectory.xdg_cache_home, 'deepspeech', name)


def ensure_writable(directory: str, flag: str, error: Type[DeepSpeechError] = ConfigError) -> None:
    """Makes the directory of `--flag` if needed and proves that a file can be written there.

    Raises:
      error: it cannot; names the directory, the reason and the flag.
    """
    try:
        os.makedirs(directory, exist_ok=True)
        with tempfile.TemporaryFile(dir=directory):
            pass
    except OSError as reason:
        raise error(f'{directory}: cannot be written ({reason.strerror}); choose another directory with --{flag}.') from reason


def check_writable(path: str, flag: str, error: Type[DeepSpeechError] = ConfigError) -> None:
    """Proves early that a file can be written to the path of `--flag`, which `written_atomically` does later.

    Raises:
      error: it cannot; names the path, the reason and the flag.
    """
    try:
        if takes_bytes(path):
            if not os.access(path, os.W_OK):
                raise OSError(errno.EACCES, os.strerror(errno.EACCES))
            return
        with tempfile.TemporaryFile(dir=scratch_parent(path)):
            pass
    except OSError as reason:
        raise error(f'{path}: cannot be written ({reason.strerror}); choose another name with --{flag}.') from reason


def write_atomically(path: str, content: Union[str, bytes], error: Type[DeepSpeechError] = ConfigError) -> None:
    """Writes text or bytes to `path` as `written_atomically` does.

    Raises:
      error: the file cannot be written; what was there before stays.
    """
    with written_atomically(path, error) as file:
        file.write(content.encode('utf-8', 'surrogateescape') if isinstance(content, str) else content)


@contextmanager
def written_atomically(path: str, error: Type[DeepSpeechError] = ConfigError) -> Iterator[IO[bytes]]:
    """Gives a binary file, `file.name`, whose content is that of `path` when the block is done: all at once or not at all.

    Links are followed, and a file that is replaced keeps its permissions. What takes bytes but is no file - `/dev/null`, a
    terminal, a pipe that somebody reads - stays what it is and is sent the content.

    Raises:
      error: it cannot be written; disks, sockets and pipes without a reader are refused. Then, and whatever else ends the
        block, what was there before stays.
    """
    try:
        with (_sent_to if takes_bytes(path) else _replacing)(path) as file:
            yield file
    except OSError as reason:
        raise error(f'{path}: cannot be written ({reason.strerror or reason}).') from reason


def put_in_place(made: str, path: str, error: Type[DeepSpeechError] = ConfigError) -> None:
    """Makes the finished file `made` that at `path`, as if it had been written there by `written_atomically`.

    Raises:
      error: it cannot; what was there before stays.
    """
    try:
        if not takes_bytes(path):
            _take_permissions(made, os.path.realpath(path))
            if _renamed(made, os.path.realpath(path)):
                return
    except OSError as reason:
        raise error(f'{path}: cannot be written ({reason.strerror}).') from reason
    with written_atomically(path, error) as file, open(made, 'rb') as whole:
        shutil.copyfileobj(whole, file)


def scratch_parent(path: str) -> str:
    """Returns the directory in which to make what is to be written to `path`: the one of the file that a link leads to; the
    system's for temporary files where `path` takes bytes but is no file. Raises OSError as `takes_bytes`."""
    return tempfile.gettempdir() if takes_bytes(path) else os.path.dirname(os.path.realpath(path))


def open_kept(path: str, begins_empty: bool = False) -> IO[bytes]:
    """Opens or makes a file for reading and appending, without a buffer: one with a name of our own, which later runs take up.

    Nothing is waited for, and nothing but a regular file is opened: a link could lead to another's file, which a name that
    anybody can foretell must not overwrite.

    Args:
      begins_empty: what it holds is dropped.
    Raises:
      OSError: it cannot be opened, is a link or is no regular file.
    """
    file = open(path, 'a+b', buffering=0, opener=_open_own)
    if begins_empty:
        file.truncate(0)
    return file


def _open_own(path: str, flags: int) -> int:
    """Returns the descriptor of a regular file that is no link. Raises OSError."""
    try:
        descriptor = os.open(path, flags | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_NOCTTY, 0o666)
    except OSError as error:
        if error.errno == errno.ELOOP:
            raise OSError(error.errno, 'it is a link; remove it', path) from error
        raise
    if not stat.S_ISREG(os.fstat(descriptor).st_mode):
        os.close(descriptor)
        raise OSError(errno.EINVAL, 'it is no regular file; remove it', path)
    return descriptor


def write_whole(file: IO[bytes], data: bytes) -> None:
    """Writes to a file without a buffer, in one call. Raises OSError, too, where the disk takes but a part."""
    if file.write(data) < len(data):
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))


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
    """Gives a file with a name that nobody can foretell, which takes the place of `path` when the block is done."""
    target = os.path.realpath(path)
    temporary = os.path.join(os.path.dirname(target), UNFINISHED + secrets.token_hex(8))
    # The system itself applies the umask to a new file, and the rules of its directory.
    descriptor = os.open(temporary, os.O_RDWR | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC, 0o666)
    try:
        with open(temporary, 'r+b', opener=lambda name, flags: descriptor) as file:
            _take_permissions(temporary, target)
            yield file
            file.flush()
            os.fsync(file.fileno())
        if not _renamed(temporary, target):
            raise OSError(errno.EXDEV, os.strerror(errno.EXDEV))
    except BaseException:
        with suppress(FileNotFoundError):
            os.unlink(temporary)
        raise


def _take_permissions(made: str, path: str) -> None:
    """Gives a file the permissions and, as far as that is allowed, the owner of the one at `path`, if there is one."""
    with suppress(FileNotFoundError):
        before = os.stat(path)
        with suppress(PermissionError):  # only the superuser gives files away
            os.chown(made, before.st_uid, before.st_gid)
        os.chmod(made, before.st_mode & 0o777)


def _renamed(made: str, path: str) -> bool:
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
