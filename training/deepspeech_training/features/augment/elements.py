"""Augmentations that know nothing of what an array is: of samples [n], a spectrogram or features [n_frames, n].

Time is the first axis. Random numbers are drawn by the caller. Functions never write into their arguments, and give float32.
"""

from typing import Optional

import numpy as np


def time_mask(array: np.ndarray, first: int, size: int) -> np.ndarray:
    """Returns an array in which `size` rows from `first` on are the mean over time.

    For samples that is silence, for a spectrogram or features the mean frame, a natural one. 0 in a spectrogram would be far
    below any natural level, and say more than the mask hides.
    """
    result = array.copy()
    result[max(0, first):max(0, first + size)] = array.mean(axis=0)
    return result


def dropout(array: np.ndarray, uniform: np.ndarray, rate: float) -> np.ndarray:
    """Returns an array in which values are 0 with probability `rate`.

    Args:
      uniform: numbers in [0, 1), of the same shape.
    """
    return array * (uniform >= rate)


def add(array: np.ndarray, normal: np.ndarray, stddev: float, least: Optional[float] = None) -> np.ndarray:
    """Returns an array with noise added.

    Args:
      normal: numbers of mean 0 and deviation 1, of the same shape.
      stddev: of the noise.
      least: values below are raised to it; a spectrogram needs 0, because of what is negative features are no numbers.
    """
    return _at_least(array + np.float32(stddev) * normal, least)


def multiply(array: np.ndarray, normal: np.ndarray, stddev: float, least: Optional[float] = None) -> np.ndarray:
    """Returns an array each value of which is multiplied with noise of mean 1; for the arguments see `add`."""
    return _at_least(array * (1 + np.float32(stddev) * normal), least)


def coefficient_mask(features: np.ndarray, first: int) -> np.ndarray:
    """Returns features [n_frames, n] in which cepstra from index `first` on are 0: only the coarse spectrum is left."""
    result = features.copy()
    result[:, max(0, first):] = 0
    return result


def _at_least(array: np.ndarray, least: Optional[float]) -> np.ndarray:
    return (array if least is None else np.maximum(array, np.float32(least))).astype(np.float32, copy=False)
