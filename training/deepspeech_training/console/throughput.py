"""How fast a pass over a set goes, and how much of it is left."""

import time
from collections import deque
from typing import Callable, Deque, NamedTuple, Optional

WINDOW_S = 30.  # what counts as recent: long enough to be steady, short enough to show a change


class Rates(NamedTuple):
    """What steps have achieved on average.

    audio: seconds of audio per second.
    gflops: 10^9 floating-point operations of matrix products per second, those on padding included.
    wait_share: share of the time spent waiting for input.
    step_s: seconds per step.
    """

    audio: float
    gflops: float
    wait_share: float
    step_s: float


class _Totals(NamedTuple):
    time_s: float
    steps: int
    audio_s: float
    flops: float
    waited_s: float


class Throughput:
    """What the steps of a pass add up to.

    Args:
      n_steps: steps of the whole pass.
      audio_s: seconds of audio in those after the first `done`.
      done: steps that an earlier run has made.
      clock: function that returns seconds.

    Attributes:
      n_steps, audio_s: as given.
      steps: steps of the pass that are made, by this run or earlier.
    """

    def __init__(self, n_steps: int, audio_s: float, done: int = 0, clock: Callable[[], float] = time.monotonic):
        self.n_steps, self.steps, self.audio_s = n_steps, done, audio_s
        self._clock = clock
        self._begin = self._now = _Totals(clock(), 0, 0., 0., 0.)
        self._recent: Deque[_Totals] = deque()

    def add(self, audio_s: float, flops: float, waited_s: float) -> None:
        """Counts one more step: audio of its utterances, operations it took, seconds it waited for its input."""
        self.steps += 1
        before = self._now
        self._now = _Totals(self._clock(), before.steps + 1, before.audio_s + audio_s, before.flops + flops,
                            before.waited_s + waited_s)
        self._recent.append(self._now)
        while len(self._recent) > 2 and self._recent[1].time_s < self._now.time_s - WINDOW_S:
            self._recent.popleft()

    @property
    def elapsed_s(self) -> float:
        """Seconds since the pass began."""
        return self._clock() - self._begin.time_s

    @property
    def made_s(self) -> float:
        """Seconds of audio in the steps made by this run."""
        return self._now.audio_s

    @property
    def whole(self) -> Optional[Rates]:
        """Rates from the beginning to the last step; None before the first one."""
        return _rates(self._begin, self._now)

    @property
    def recent(self) -> Optional[Rates]:
        """Rates of the last half minute; None before the second step, as the first one also sets everything up."""
        return _rates(self._recent[0], self._now) if self._recent else None

    @property
    def rates(self) -> Optional[Rates]:
        """The recent Rates, those of the whole pass once it is complete."""
        return self.whole if self.steps == self.n_steps else self.recent

    @property
    def left_s(self) -> Optional[float]:
        """Seconds that the rest will take at the recent rate, or None."""
        if self.steps == self.n_steps:
            return 0.
        recent = self.recent
        return (self.audio_s - self.made_s) / recent.audio if recent else None


def _rates(begin: _Totals, end: _Totals) -> Optional[Rates]:
    seconds = end.time_s - begin.time_s
    if end.steps == begin.steps or seconds <= 0:
        return None
    return Rates(audio=(end.audio_s - begin.audio_s) / seconds, gflops=(end.flops - begin.flops) / seconds / 1e9,
                 wait_share=(end.waited_s - begin.waited_s) / seconds, step_s=seconds / (end.steps - begin.steps))
