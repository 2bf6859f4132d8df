"""Places to write to: the user's directories, proven early; files, written whole."""

import os
import tempfile
from contextlib import contextmanager
from typing import IO, Iterator, Type, Union

from .errors import ConfigError, DeepSpeechError

UNFINISHED = '.tmp-'  # how names of files begin that are being written


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


def write_atomically(path: str, content: Union[str, bytes], error: Type[DeepSpeechError] = ConfigError) -> None:
    """Writes text or bytes to `path` through a temporary name, so that a reader never sees half of it.

    Raises:
      error: the file cannot be written; what was there before stays.
    """
    with written_atomically(path, error) as file:
        # Of names that are not UTF-8 the odd bytes are written as \udcXX, which JSON reads as what they were.
        file.write(content.encode('utf-8', 'backslashreplace') if isinstance(content, str) else content)


@contextmanager
def written_atomically(path: str, error: Type[DeepSpeechError] = ConfigError) -> Iterator[IO[bytes]]:
    """Gives a binary file with a temporary name, `file.name`, that takes the place of `path` when the block is done.

    Raises:
      error: the file cannot be written. Then, and whatever else ends the block, what was there before stays.
    """
    temporary = None
    try:
        with tempfile.NamedTemporaryFile(prefix=UNFINISHED, dir=os.path.dirname(path) or '.', delete=False) as file:
            temporary = file.name
            yield file
            file.flush()
            os.fsync(file.fileno())
        os.chmod(temporary, 0o644)
        os.replace(temporary, path)
        sync_directory(os.path.dirname(path) or '.')
    except BaseException as reason:
        if temporary and os.path.exists(temporary):
            os.unlink(temporary)
        if isinstance(reason, OSError):
            raise error(f'{path}: cannot be written ({reason.strerror}).') from reason
        raise


def sync_directory(directory: str) -> None:
    """Makes the names in `directory` outlast a power cut. Raises OSError."""
    handle = os.open(directory, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
