"""Locks that a process which is forked off meanwhile does not wait for in vain.

A fork copies a lock as it is, and the thread that held it does not exist in the copy. So each process has locks of its own
here, and what was being changed at the fork is known to be in pieces.

Short because it is one class.
"""

import os
import threading
from typing import Dict


class ProcessLock:
    """Guards a state, in a `with` statement.

    Raises:
      RuntimeError: a thread of the parent was changing the state at the fork.
    """

    def __init__(self) -> None:
        self._locks: Dict[int, threading.Lock] = {}  # by process
        self._busy_in = 0  # the process of which a thread is changing the state

    def __enter__(self) -> 'ProcessLock':
        lock = self._of_this_process()
        lock.acquire()
        if self._busy_in:
            lock.release()
            raise RuntimeError('it was in use by another thread when this process was forked off, so its state is not known '
                               'here; make another one')
        self._busy_in = os.getpid()
        return self

    def __exit__(self, *_: object) -> None:
        self._busy_in = 0
        self._of_this_process().release()

    @property
    def is_held(self) -> bool:
        """Whether a thread is changing the state. If nobody refers to the state any more, that was one of the parent."""
        return bool(self._busy_in)

    def _of_this_process(self) -> threading.Lock:
        return self._locks.setdefault(os.getpid(), threading.Lock())
