"""Signals that end a training: noticed between two steps, so that what is saved is whole."""

import os
import signal
import sys
import threading
from typing import Any, Dict, Optional

from .console.log import is_drawable

SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


class Interrupted(Exception):
    """The training is to end here. `signal` is the number of what asked for it."""

    def __init__(self, number: int):
        super().__init__(signal.Signals(number).name)
        self.signal = number


class Interruption:
    """Holds SIGINT, SIGTERM and SIGHUP back until `check` is called; a context manager.

    The same signal once more does what it always does. Signals that this process was started to ignore (`nohup`) stay
    ignored. Outside of the main thread nothing is held back: Python has no handlers there.

    Args:
      answer: what is said at once, in a few words.
    """

    def __init__(self, answer: str = 'saving after this step'):
        self._answer = answer
        self._received = None
        self._before: Dict[int, Any] = {}

    @property
    def received(self) -> Optional[int]:
        """The signal that has come, or None."""
        return self._received

    def check(self) -> None:
        """Raises Interrupted if a signal has come."""
        if self._received:
            raise Interrupted(self._received)

    def __enter__(self):
        if threading.current_thread() is threading.main_thread():
            for number in SIGNALS:
                if signal.getsignal(number) not in (signal.SIG_IGN, None):
                    self._before[number] = signal.signal(number, self._receive)
        return self

    def __exit__(self, *_):
        for number, handler in self._before.items():
            signal.signal(number, handler)

    def _receive(self, number, _):
        self._received = number
        signal.signal(number, self._before[number])
        try:  # straight to the file: a print may be going on, and the terminal may have gone
            erase = '\r\x1b[J' if is_drawable(sys.stderr) else ''  # a bar, and the ^C over its beginning
            os.write(2, f'{erase}I {signal.Signals(number).name}: {self._answer}.\n'.encode('ascii'))
        except OSError:
            pass
