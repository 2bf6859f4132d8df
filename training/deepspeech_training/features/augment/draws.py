"""What chance decides about one use of an utterance: a function of (seed, epoch, index of the utterance, augmentation) alone.

Each augmentation has random numbers of its own, so that none depends on which others are asked for before it, nor on the thread
that computes it, nor on what was computed before. Philox (Salmon et al. 2011, Parallel random numbers: as easy as 1, 2, 3) is
made for that: key and counter say where in its numbers one begins. The counter's lowest word is left to run.
"""

from typing import NamedTuple, Optional, Sequence

import numpy as np

from ...data.utterance import Draw
from ...settings.augment_table import DOMAINS
from ...settings.augmentation import Augmentation
from ...settings.value_range import Range
from .sounds import Sounds


def generator(draw: Draw, domain: str, number: int) -> np.random.Generator:
    """Returns the random numbers of an augmentation for one use of an utterance.

    Only `random()` and `standard_normal()` are to be asked of it: these give the same in every version of NumPy.

    Args:
      draw: which use it is.
      domain: where the augmentation acts.
      number: which of those of its domain it is, counted from 0 in the order of the flags.
    """
    key = np.array([draw.seed, draw.epoch], np.uint64)
    counter = np.array([0, draw.index, number, 1 + DOMAINS.index(domain)], np.uint64)
    return np.random.Generator(np.random.Philox(key=key, counter=counter))


class Facts(NamedTuple):
    """What augmentations have to know of an utterance, and of the whole training.

    Attributes:
      rate_hz: sample rate.
      step_ms: from frame to frame.
      fewest_frames: that CTC can align the labels to, see `fewest_frames`; 0: there are no labels.
      fewest_samples: that give as many frames.
      sounds: what can be mixed in.
    """

    rate_hz: int
    step_ms: int = 20
    fewest_frames: int = 0
    fewest_samples: int = 0
    sounds: Optional[Sounds] = None


class Moment:
    """An augmentation about to be applied: its random numbers, how far the training is, and the facts.

    Attributes:
      facts: Facts.
    """

    def __init__(self, asked: Augmentation, rng: np.random.Generator, clock: float, facts: Facts) -> None:
        self._asked, self._rng, self._clock, self.facts = asked, rng, clock, facts

    def pick(self, parameter: str) -> float:
        """Returns a value of a parameter that is a range."""
        return self._range(parameter).pick(self._clock, self._rng.random())

    def pick_whole(self, parameter: str) -> int:
        """Returns a value of a parameter that is a range of whole numbers."""
        return int(self.pick(parameter))

    def fixed(self, parameter: str) -> float:
        """Returns a parameter that is one number for the whole training."""
        return self._asked[parameter]

    def path(self, parameter: str) -> str:
        """Returns a parameter that is a path; empty: it was not given."""
        return self._asked[parameter]

    def below(self, n: int) -> int:
        """Returns a whole number from 0 to n - 1, each as likely."""
        return min(n - 1, int(self._rng.random() * n))

    def uniform(self, shape: Sequence[int] = ()) -> np.ndarray:
        """Returns uniform numbers in [0, 1), float64."""
        return self._rng.random(tuple(shape))

    def normal(self, shape: Sequence[int]) -> np.ndarray:
        """Returns normal numbers of mean 0 and deviation 1, float64."""
        return self._rng.standard_normal(tuple(shape))

    def _range(self, parameter: str) -> Range:
        return self._asked[parameter]


def fewest_frames(labels: np.ndarray) -> int:
    """Returns how many frames CTC needs for labels, int32 [n]: one for each, and a blank between equal neighbours."""
    return len(labels) + int(np.count_nonzero(labels[1:] == labels[:-1]))
