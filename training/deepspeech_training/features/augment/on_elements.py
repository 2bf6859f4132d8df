"""Augmentations of any array: they pick their values, then `elements.py` computes.

Each takes an array, float32 [n] or [n_frames, bins or coefficients], and a Moment, and returns another one of that shape.
"""

from typing import Callable, Dict

import numpy as np

from . import elements
from .draws import Moment

Change = Callable[[np.ndarray, Moment], np.ndarray]


def time_mask(length: Callable[[float, Moment], float],
              mask: Callable[[np.ndarray, int, int], np.ndarray] = elements.time_mask) -> Change:
    """Returns the change that masks intervals of time.

    Args:
      length: gives how many rows of the array last so many milliseconds.
      mask: function (array, first, size) -> array that masks one interval.
    """
    def change(array: np.ndarray, moment: Moment) -> np.ndarray:
        for _ in range(moment.pick_whole('n')):
            size = min(len(array) - 1, max(1, int(length(moment.pick('size'), moment))))
            if size > 0:  # nothing is left of a single row that is masked
                array = mask(array, moment.below(len(array) - size + 1), size)
        return array

    return change


def dropout(array: np.ndarray, moment: Moment) -> np.ndarray:
    rate = moment.pick('rate')
    return elements.dropout(array, moment.uniform(array.shape), rate)


def add(array: np.ndarray, moment: Moment) -> np.ndarray:
    stddev = moment.pick('stddev')
    return elements.add(array, moment.normal(array.shape), stddev)


def multiply(array: np.ndarray, moment: Moment) -> np.ndarray:
    stddev = moment.pick('stddev')
    return elements.multiply(array, moment.normal(array.shape), stddev)


ON_ELEMENTS: Dict[str, Change] = {'dropout': dropout, 'add': add, 'multiply': multiply}
