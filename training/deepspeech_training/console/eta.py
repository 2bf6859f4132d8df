"""How long the rest of a run will take."""

import time


class RemainingTime:
    """Tells the time left from what the passes of this run have taken.

    Passes of one kind (`train`, `dev`) do the same with each second of audio. What lies between two passes, saving
    checkpoints for instance, counts as part of the later one.

    Args:
      passes: list of (kind, seconds of audio), the passes of an epoch in their order.
      clock: function that returns seconds.
    """

    def __init__(self, passes, clock=time.monotonic):
        self._passes = passes
        self._clock = clock
        self._end_s = clock()  # of the pass before
        # {kind: (seconds of audio in the latest pass of the kind, seconds that one of them took)}
        self._measured = {}

    def left_s(self, place, n_epochs, pace):
        """Returns how many seconds the run will still take; None as long as a kind of pass was never seen at work.

        Args:
          place: which of the passes of an epoch is running.
          n_epochs: whole epochs that come after this one.
          pace: Throughput of the running pass.
        """
        measured = dict(self._measured)
        if pace.rates:
            # More audio tells more: an earlier pass that went on with an interrupted one may have had a step or two.
            kind = self._passes[place][0]
            measured[kind] = max(measured.get(kind, (0., 0.)), (pace.made_s, 1 / pace.rates.audio))
        to_come = self._passes[place + 1:] + n_epochs * self._passes
        if pace.left_s is None or any(kind not in measured for kind, _ in to_come):
            return None
        return pace.left_s + sum(measured[kind][1] * audio_s for kind, audio_s in to_come)

    def finished(self, place, pace):
        """Notes what a pass has taken."""
        now_s = self._clock()
        self._measured[self._passes[place][0]] = pace.made_s, (now_s - self._end_s) / pace.made_s
        self._end_s = now_s
