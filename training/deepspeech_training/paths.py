"""Places to write to: proven early, written whole."""

import os
import tempfile
from contextlib import contextmanager

from .errors import ConfigError


UNFINISHED = '.tmp-'  # how names of files begin that are being written


def ensure_writable(directory, flag, error=ConfigError):
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


def write_atomically(path, content, error=ConfigError):
    """Writes text or bytes to `path` through a temporary name, so that a reader never sees half of it.

    Raises:
      error: the file cannot be written; what was there before stays.
    """
    with written_atomically(path, error) as file:
        file.write(content.encode('utf-8') if isinstance(content, str) else content)


@contextmanager
def written_atomically(path, error=ConfigError):
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


def sync_directory(directory):
    """Makes the names in `directory` outlast a power cut. Raises OSError."""
    handle = os.open(directory, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
