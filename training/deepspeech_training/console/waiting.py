"""Waiting for others: who is missing is said now and then, and it comes to an end.

Short because there is one thing to it.
"""

import time
from typing import Callable

SAY_AFTER_S, SAY_EVERY_S = 4., 60.


class Waiting:
    """A wait, which begins now.

    Args:
      patience_s: seconds that it may take.
      poll_s: seconds between two looks.
      say: takes a sentence for whoever looks on.
    """

    def __init__(self, patience_s: float, poll_s: float, say: Callable[[str], None]):
        self._poll_s, self._say = poll_s, say
        self._end_s = time.monotonic() + patience_s
        self._say_s = time.monotonic() + SAY_AFTER_S

    def goes_on(self, names: str) -> bool:
        """Returns, after a while, whether to look again for those who are missing, `names`; False: it has taken too long."""
        now_s = time.monotonic()
        if now_s > self._end_s:
            return False
        if now_s > self._say_s:
            self._say_s = now_s + SAY_EVERY_S
            self._say(f'Waiting for {names}.')
        time.sleep(self._poll_s)
        return True
