"""Ends this process when others that it waits for do not answer any more.

TensorFlow 1.15 waits for ever for a process that has gone, and no version can be told to give up a step. So a thread counts the
seconds that a call takes, and after too many nothing but the end of the process helps. What it has saved is whole, see
`checkpoints/writer.py`.
"""

import os
import sys
import threading
import time
from contextlib import contextmanager
from typing import Callable, Iterator

from ..console.log import Log
from ..errors import LostMemberError

TICK_S = 1.
PATIENCE_S = 3.  # after which it is asked whether others have ended; who notices by himself can say more
EXPLANATION_S = 15.  # that finding out who is lost may take


class Watchdog:
    """Watches what the thread that trains is waiting for.

    Args:
      timeout_s: seconds that a call within `waiting` may take.
      explain: function that returns a sentence on who is lost.
      log: Log.
      ended: function that returns at once a sentence on those that have certainly ended; empty: there are none.
      lost: returns a sentence on who does not answer, or nothing; asked every `timeout_s` of a call that may take longer.
    """

    def __init__(self, timeout_s: float, explain: Callable[[], str], log: Log, *, ended: Callable[[], str] = str,
                 lost: Callable[[], str] = str):
        self._timeout_s, self._explain, self._log, self._ended, self._lost = timeout_s, explain, log, ended, lost
        self._limit_s, self._waited_s = 0., 0.  # 0: nothing is waited for
        threading.Thread(target=self._watch, name='watchdog', daemon=True).start()

    @contextmanager
    def waiting(self, timeout_s: float = 0.) -> Iterator[None]:
        """Ends the process when the block takes longer than `timeout_s`; 0: than usual. A block within it may take as long."""
        outer_s = self._limit_s
        self._waited_s, self._limit_s = 0., max(outer_s, timeout_s or self._timeout_s)
        try:
            yield
        finally:
            self._limit_s = outer_s

    def _watch(self) -> None:
        while True:
            begin_s = time.monotonic()
            self._tick()
            time.sleep(max(0., TICK_S - time.monotonic() + begin_s))

    def _tick(self) -> None:
        self._waited_s += TICK_S  # counted, as a process that was stopped for an hour has not waited for one
        limit_s = self._limit_s
        if limit_s and self._waited_s > limit_s:
            self._end(limit_s)
        elif limit_s and self._waited_s > PATIENCE_S:
            sentence = self._ended()
            if sentence:
                self._say_and_end(sentence)
            elif self._waited_s % self._timeout_s < TICK_S and self._lost():
                self._end(self._waited_s)

    def _end(self, limit_s: float) -> None:
        found = ['']
        explanation = threading.Thread(target=lambda: found.append(self._explain()), daemon=True)
        explanation.start()
        explanation.join(EXPLANATION_S)
        self._say_and_end(f'No progress for {limit_s:g} s (--cluster_timeout). {found[-1]}'.rstrip())

    def _say_and_end(self, sentence: str) -> None:
        try:
            self._log.error(sentence)
            sys.stdout.flush()
        finally:
            os._exit(LostMemberError.exit_code)
