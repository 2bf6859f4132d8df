"""The directory of converted audio, shared by all runs of a user: what of it stays, and what is removed.

A run holds a lease there, a locked file, as long as it uses copies; the system opens the lock when the run ends, however it
ends. Only where no other run holds one is anything removed: what killed runs left unfinished, and copies beyond the limit,
those first whose last use is longest ago.
"""

import fcntl
import os
import time
import uuid
from contextlib import contextmanager, suppress
from typing import IO, Iterable, Iterator, List, NamedTuple, Optional

from deepspeech.unfinished import UNFINISHED, remove_abandoned

MOST_BYTES = 50 * 10 ** 9  # 430 hours at 16 kHz
LOCK, LEASE = '.lock', '.run-'  # held for moments by who comes or removes; held by a run as long as it takes
PATIENCE_S, LOOK_AGAIN_S = 60., 0.05  # moments are over by then, unless who holds the lock is stopped


class _Copy(NamedTuple):
    path: str
    size_bytes: int
    used_s: float  # when it was used last


class ConvertedAudio:
    """The directory, in use by this run as long as this object is there.

    Args:
      directory: need not exist.
      most_bytes: what copies may take; those that this run uses stay in any case.
    """

    def __init__(self, directory: str, most_bytes: int = MOST_BYTES) -> None:
        self._directory, self._most_bytes = directory, most_bytes
        self._lease: Optional[IO[bytes]] = None
        self._take_lease()

    def tidy(self, used: Iterable[str]) -> int:
        """Marks copies as used now, and removes what is to be removed; returns how many copies that were.

        Where the directory has no locks or cannot be written, nothing happens.

        Args:
          used: paths of the copies that this run uses.
        """
        kept, now = set(used), time.time()
        with suppress(OSError):
            for path in kept:
                os.utime(path, ns=(int(now * 1e9), os.stat(path).st_mtime_ns))
        self._take_lease()
        if not self._lease:
            return 0
        with suppress(OSError), locked(os.path.join(self._directory, LOCK)):
            if self._others_run():
                return 0
            copies = self._remove_unfinished()
            return self._remove_beyond_limit([copy for copy in copies if copy.path not in kept],
                                             sum(copy.size_bytes for copy in copies))
        return 0

    def _take_lease(self) -> None:
        if self._lease or not os.path.isdir(self._directory):
            return
        with suppress(OSError), locked(os.path.join(self._directory, LOCK)):
            lease = open(os.path.join(self._directory, f'{LEASE}{uuid.uuid4().hex}'), 'wb')
            fcntl.flock(lease, fcntl.LOCK_EX | fcntl.LOCK_NB)
            self._lease = lease

    def _others_run(self) -> bool:
        """Returns whether another run uses the directory; leases of runs that have ended are removed."""
        assert self._lease
        for entry in os.scandir(self._directory):
            if not entry.name.startswith(LEASE) or entry.path == self._lease.name:
                continue
            with open(entry.path, 'rb') as lease:
                try:
                    fcntl.flock(lease, fcntl.LOCK_EX | fcntl.LOCK_NB)
                except BlockingIOError:
                    return True
            os.unlink(entry.path)
        return False

    def _remove_unfinished(self) -> List[_Copy]:
        """Removes unfinished files; returns the copies there are."""
        copies = []
        for entry in os.scandir(self._directory):
            if entry.name.startswith(UNFINISHED):
                remove_abandoned(entry.path, even_without_locks=True)
            elif entry.name.endswith('.wav') and entry.is_file(follow_symlinks=False):
                state = entry.stat(follow_symlinks=False)
                copies.append(_Copy(entry.path, state.st_size, state.st_atime))
        return copies

    def _remove_beyond_limit(self, removable: List[_Copy], n_bytes: int) -> int:
        n_removed = 0
        for copy in sorted(removable, key=lambda copy: copy.used_s):
            if n_bytes <= self._most_bytes:
                break
            os.unlink(copy.path)
            n_bytes, n_removed = n_bytes - copy.size_bytes, n_removed + 1
        return n_removed


@contextmanager
def locked(path: str, patience_s: float = PATIENCE_S) -> Iterator[None]:
    """Keeps others out for a moment. Raises OSError where there are no locks, or another process does not let go of it."""
    with open(path, 'ab') as file:
        until_s = time.monotonic() + patience_s
        while True:
            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
                break
            except BlockingIOError as error:
                if time.monotonic() >= until_s:
                    raise OSError(error.errno, 'another process holds the lock; is it stopped?', path) from error
                time.sleep(LOOK_AGAIN_S)
        yield
