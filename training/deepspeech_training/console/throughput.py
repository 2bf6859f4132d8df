"""How fast a pass over a set goes, and how much of it is left."""

import time
from collections import deque, namedtuple

WINDOW_S = 30.  # what counts as recent: long enough to be steady, short enough to show a change

# audio: seconds of audio per second. gflops: achieved, 10^9 operations of matrix products per second, padding included.
# wait_share: of the time, spent waiting for input. step_s: seconds per step.
Rates = namedtuple('Rates', 'audio gflops wait_share step_s')
_Totals = namedtuple('_Totals', 'time_s steps audio_s operations waited_s')


class Throughput:
    """What the steps of a pass add up to.

    Args:
      n_steps: steps of the whole pass.
      audio_s: seconds of audio in those after the first `done`.
      done: steps that an earlier run has made.
      clock: function that returns seconds.

    Attributes:
      steps: steps of the pass that are made, by this run or earlier.
      audio_s: as given.
    """

    def __init__(self, n_steps, audio_s, done=0, clock=time.monotonic):
        self.n_steps, self.steps, self.audio_s = n_steps, done, audio_s
        self._clock = clock
        self._begin = self._now = _Totals(clock(), 0, 0., 0., 0.)
        self._recent = deque()

    def add(self, audio_s, operations, waited_s):
        """Counts one more step: audio of its utterances, operations it took, seconds it waited for its input."""
        self.steps += 1
        _, steps, audio_sum_s, operations_sum, waited_sum_s = self._now
        self._now = _Totals(self._clock(), steps + 1, audio_sum_s + audio_s, operations_sum + operations,
                            waited_sum_s + waited_s)
        self._recent.append(self._now)
        while len(self._recent) > 2 and self._recent[1].time_s < self._now.time_s - WINDOW_S:
            self._recent.popleft()

    @property
    def elapsed_s(self):
        return self._clock() - self._begin.time_s

    @property
    def made_s(self):
        """Seconds of audio in the steps made by this run."""
        return self._now.audio_s

    @property
    def whole(self):
        """Rates from the beginning to the last step; None before the first one."""
        return _rates(self._begin, self._now)

    @property
    def recent(self):
        """Rates of the last half minute; None before the second step, as the first one also sets everything up."""
        return _rates(self._recent[0], self._now) if self._recent else None

    @property
    def rates(self):
        """The recent Rates, those of the whole pass once it is complete."""
        return self.whole if self.steps == self.n_steps else self.recent

    @property
    def left_s(self):
        """Seconds that the rest will take at the present pace, or None."""
        if self.steps == self.n_steps:
            return 0.
        return (self.audio_s - self.made_s) / self.recent.audio if self.recent else None


def _rates(begin, end):
    seconds = end.time_s - begin.time_s
    if end.steps == begin.steps or seconds <= 0:
        return None
    return Rates((end.audio_s - begin.audio_s) / seconds, (end.operations - begin.operations) / seconds / 1e9,
                 (end.waited_s - begin.waited_s) / seconds, seconds / (end.steps - begin.steps))
