"""Augmentations that know nothing of what an array is: of samples [n], a spectrogram or features [n_frames, n].

Time is the first axis. Random numbers are drawn by the caller. Functions never write into their arguments, and give float32.
Noise may make squared magnitudes negative, of which features are no numbers: callers raise them to 0.
"""

import numpy as np


def time_mask(array: np.ndarray, first: int, size: int) -> np.ndarray:
    """Returns samples or features in which `size` rows from `first` on are the mean over time.

    Of samples that is silence, of features the mean frame. For a spectrogram there is `spectrogram.time_mask`.
    """
    result = array.copy()
    if array.size:
        result[max(0, first):max(0, first + size)] = array.mean(axis=0)
    return result


def dropout(array: np.ndarray, uniform: np.ndarray, rate: float) -> np.ndarray:
    """Returns an array in which values are 0 with probability `rate`.

    Args:
      uniform: numbers in [0, 1), of the same shape.
    """
    return array * (uniform >= rate)


def add(array: np.ndarray, normal: np.ndarray, stddev: float) -> np.ndarray:
    """Returns an array with noise added.

    Args:
      normal: numbers of mean 0 and deviation 1, of the same shape.
      stddev: of the noise.
    """
    return (array + np.float32(stddev) * normal).astype(np.float32, copy=False)


def multiply(array: np.ndarray, normal: np.ndarray, stddev: float) -> np.ndarray:
    """Returns an array each value of which is multiplied with noise of mean 1; for the arguments see `add`."""
    return (array * (1 + np.float32(stddev) * normal)).astype(np.float32, copy=False)


def coefficient_mask(features: np.ndarray, first: int) -> np.ndarray:
    """Returns features [n_frames, n] in which cepstra from index `first` on are 0: only the coarse spectrum is left."""
    result = features.copy()
    result[:, max(0, first):] = 0
    return result
