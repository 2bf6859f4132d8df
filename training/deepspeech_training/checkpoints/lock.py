"""A directory that only one training, or search, at a time may save to."""

import contextlib
import fcntl
import os
import socket
from typing import IO, Iterator

from ..console.log import Log
from ..errors import CheckpointError
from ..paths import open_kept

LOCK_FILE = '.lock'


@contextlib.contextmanager
def locked(directory: str, log: Log, flag: str = 'save_checkpoint_dir') -> Iterator[None]:
    """Keeps other processes out of `directory`; the system opens the lock when this process ends, however it ends.

    Args:
      directory: of checkpoints, writable.
      log: told where there are no locks.
      flag: that names the directory.
    Raises:
      CheckpointError: another process holds it; names that one.
    """
    path = os.path.join(directory, LOCK_FILE)
    try:
        file = open_kept(path)
    except OSError as error:
        raise CheckpointError(f'{path}: cannot be written ({error.strerror}); make room or choose another '
                              f'--{flag}.') from error
    with file:
        _lock(file, directory, log, flag)
        yield


def _lock(file: IO[bytes], directory: str, log: Log, flag: str) -> None:
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError as error:
        file.seek(0)
        holder = file.read().decode('utf-8', 'replace').strip() or 'of unknown number'
        raise CheckpointError(f'{directory}: another training or search ({holder}) saves to this directory; wait for it, stop '
                              f'it, or choose another --{flag}.') from error
    except OSError as error:  # not every network file system has locks
        log.warn(f'{directory}: cannot be locked ({error.strerror}); see that nothing else saves to it.')
    try:
        file.truncate(0)
        file.write(f'process {os.getpid()} on {socket.gethostname()}\n'.encode('utf-8'))
    except OSError as error:
        raise CheckpointError(f'{file.name}: cannot be written ({error.strerror}); make room or choose another '
                              f'--{flag}.') from error
