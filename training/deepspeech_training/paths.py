"""Places to write to: the user's directories, proven early; files, written whole."""

import errno
import os
import shutil
import stat
import tempfile
from contextlib import contextmanager, suppress
from typing import IO, Iterable, Iterator, Type, Union

from deepspeech.result_files import renamed, take_permissions, takes_bytes, written_whole
from deepspeech.unfinished import scratch_directory

from .errors import ConfigError, DeepSpeechError


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
        with tempfile.TemporaryFile(dir=os.path.dirname(os.path.realpath(path))):
            pass
    except OSError as reason:
        raise error(f'{path}: cannot be written ({reason.strerror}); choose another name with --{flag}.') from reason


def require_kept(sources: Iterable[str], target: str, error: Type[DeepSpeechError] = ConfigError) -> None:
    """Raises `error` if `target`, which is to be written, is one of the files that are read."""
    for source in sources:
        with suppress(OSError, ValueError):
            if os.path.samefile(source, target):
                raise error(f'{target} is read, and would be written over; name another target.')


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
        with written_whole(path) as file:
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
            take_permissions(made, os.path.realpath(path))
            if renamed(made, os.path.realpath(path)):
                return
    except OSError as reason:
        raise error(f'{path}: cannot be written ({reason.strerror}).') from reason
    with written_atomically(path, error) as file, open(made, 'rb') as whole:
        shutil.copyfileobj(whole, file)


@contextmanager
def scratch_beside(path: str) -> Iterator[str]:
    """Gives a directory for what the file `path` is made of, in the same file system, which is gone in the end.

    It is the system's for temporary files where `path` takes bytes but is no file.

    Raises:
      OSError: as `takes_bytes`, or the directory cannot be made.
    """
    scratch = tempfile.TemporaryDirectory() if takes_bytes(path) else scratch_directory(os.path.realpath(path))
    with scratch as directory:
        yield directory


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
