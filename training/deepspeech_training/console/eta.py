"""How long the rest of a run will take."""

import time
from typing import Callable, Dict, List, Optional, Tuple

from .throughput import Throughput


class RemainingTime:
    """Tells the time left from what the passes of this run have taken.

    Passes of one split (`train`, `dev`) do the same with each second of audio. What lies between two passes, saving
    checkpoints for instance, counts as part of the later one.

    Args:
      passes: (split, seconds of audio) of the passes of an epoch in their order.
      clock: function that returns seconds.
    """

    def __init__(self, passes: List[Tuple[str, float]], clock: Callable[[], float] = time.monotonic):
        self._passes = passes
        self._clock = clock
        self._end_s = clock()  # of the pass before
        # {split: (seconds of audio in its latest pass, seconds that one of them took)}
        self._measured: Dict[str, Tuple[float, float]] = {}

    def left_s(self, index: int, n_epochs: int, throughput: Throughput) -> Optional[float]:
        """Returns how many seconds the run will still take; None as long as a pass of some split was never seen at work.

        Args:
          index: which of the passes of an epoch is running.
          n_epochs: whole epochs that come after this one.
          throughput: Throughput of the running pass.
        """
        measured = dict(self._measured)
        rates = throughput.rates
        if rates:
            # More audio tells more: an earlier pass that went on with an interrupted one may have had a step or two.
            split = self._passes[index][0]
            measured[split] = max(measured.get(split, (0., 0.)), (throughput.made_s, 1 / rates.audio))
        to_come = self._passes[index + 1:] + n_epochs * self._passes
        if throughput.left_s is None or any(split not in measured for split, _ in to_come):
            return None
        return throughput.left_s + sum(measured[split][1] * audio_s for split, audio_s in to_come)

    def finished(self, index: int, throughput: Throughput) -> None:
        """Notes what a pass has taken."""
        now_s = self._clock()
        self._measured[self._passes[index][0]] = throughput.made_s, (now_s - self._end_s) / throughput.made_s
        self._end_s = now_s
