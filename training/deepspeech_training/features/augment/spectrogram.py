"""The arithmetic of augmentations of a spectrogram: what is done to it once all values are picked.

A spectrogram is float32 [n_frames, n_bins] of squared magnitudes, which are never below 0; so are results. Functions never
write into their arguments.

Sources: Park et al. 2019 (SpecAugment); Keys 1981 (bicubic interpolation); resizing as TensorFlow's operations ResizeBilinear
and ResizeBicubic do it where neither corners nor centres of pixels are aligned.
"""

from typing import Optional, Tuple

import numpy as np

LEAST_POWER = np.float32(1e-9)  # of a frame of 16-bit silence with a single 1 in it
CUBIC = np.float32(-0.75)  # how far bicubic interpolation overshoots
CUBIC_STEPS = 1024  # positions between two values that it tells apart


def pitch(power: np.ndarray, factor: float) -> np.ndarray:
    """Returns a spectrogram with frequencies multiplied by a factor: above 1 it sounds higher.

    What leaves at the top is cut off, what is missing there is 0.
    """
    n_bins = power.shape[1]
    n_resized = max(1, int(np.float32(n_bins) * np.float32(factor)))
    n_kept = min(n_bins, n_resized)
    lower, upper, fraction = _between(n_bins, n_resized, n_kept)
    result = np.zeros_like(power)
    result[:, :n_kept] = _mixed(power[:, lower], power[:, upper], fraction)
    return result


def tempo_frames(n_frames: int, factor: float, fewest: int, most: Optional[int] = None) -> int:
    """Returns how many frames there are at another tempo.

    Args:
      n_frames: there are now.
      factor: above 1 is faster.
      fewest: that are needed, for the transcript to be aligned.
      most: wanted; `fewest` goes before it.
    """
    n_new = int(np.float32(n_frames) / np.float32(factor))
    return max(1, fewest, n_new if most is None else min(n_new, most))


def tempo(power: np.ndarray, n_frames_new: int) -> np.ndarray:
    """Returns a spectrogram that takes another time, float32 [n_frames_new, n_bins], with the same frequencies."""
    if not power.size:
        return np.zeros((n_frames_new, power.shape[1]), np.float32)
    lower, upper, fraction = _between(len(power), n_frames_new, n_frames_new)
    return _mixed(power[lower], power[upper], fraction[:, np.newaxis])


def warp(power: np.ndarray, time_knots: np.ndarray, frequency_knots: np.ndarray) -> np.ndarray:
    """Returns a spectrogram in which sound has moved in time and in frequency, by bicubic interpolation between knots.

    The knots divide either axis into equal parts; on its edges nothing moves. What would come from beyond is its edge.

    Args:
      time_knots: float [nt, nf], by how many frames sound comes later at each of nt times and nf frequencies.
      frequency_knots: float [nt, nf], by how many bins it is higher there.
    """
    if not power.size:
        return power.copy()
    n_frames, n_bins = power.shape
    frames, late = _sources(time_knots, power.shape, np.arange(n_frames, dtype=np.float32)[:, np.newaxis], n_frames)
    bins, high = _sources(frequency_knots, power.shape, np.arange(n_bins, dtype=np.float32), n_bins)
    flat, frames, later = np.ravel(power), frames * n_bins, np.minimum(frames + 1, n_frames - 1) * n_bins
    result = _mixed(flat[frames + bins], flat[later + bins], late)
    if np.any(frequency_knots):
        higher = np.minimum(bins + 1, n_bins - 1)
        result = _mixed(result, _mixed(flat[frames + higher], flat[later + higher], late), high)
    return result


def _sources(knots: np.ndarray, shape: Tuple[int, ...], positions: np.ndarray, n: int) -> Tuple[np.ndarray, np.ndarray]:
    """Returns where along one of the axes, with `n` values, what comes to `positions` was: its lower neighbour, and the way to
    the next one. Both have the shape of the positions if there is nothing but zeros among the knots, else that of the array."""
    if np.any(knots):
        positions = positions - bicubic(np.pad(knots, 1, 'constant'), shape)
    positions = np.clip(positions, 0, n - 1)
    lower = np.floor(positions)
    return lower.astype(np.intp), positions - lower


def bicubic(values: np.ndarray, shape: Tuple[int, ...]) -> np.ndarray:
    """Returns float [n, m] resized to a shape, float32, by bicubic interpolation (see above)."""
    along_rows = np.zeros((shape[0], values.shape[1]), np.float32)
    for weights, row in zip(_cubic_weights(values.shape[0], shape[0]), values.astype(np.float32)):
        along_rows += weights[:, np.newaxis] * row
    result = np.zeros(shape, np.float32)
    for weights, column in zip(_cubic_weights(values.shape[1], shape[1]), along_rows.T):
        result += column[:, np.newaxis] * weights
    return result


def _cubic_weights(n_in: int, n_out: int) -> np.ndarray:
    """Returns how much each of `n_in` values counts for each of `n_out`, float32 [n_in, n_out]."""
    lower, _, fraction = _between(n_in, n_out, n_out)
    x = np.rint(fraction * CUBIC_STEPS) / np.float32(CUBIC_STEPS)
    weights = np.zeros((n_in, n_out), np.float32)
    for neighbour, weight in ((-1, _far(1 + x)), (0, _near(x)), (1, _near(1 - x)), (2, _far(2 - x))):
        weights[np.clip(lower + neighbour, 0, n_in - 1), np.arange(n_out)] += weight
    return weights


def _near(x: np.ndarray) -> np.ndarray:
    """Returns the weights of neighbours at distances from 0 to 1 (Keys 1981)."""
    return ((CUBIC + 2) * x - (CUBIC + 3)) * x * x + 1


def _far(x: np.ndarray) -> np.ndarray:
    """Returns the weights of neighbours at distances from 1 to 2."""
    return ((CUBIC * x - 5 * CUBIC) * x + 8 * CUBIC) * x - 4 * CUBIC


def time_mask(power: np.ndarray, first: int, size: int) -> np.ndarray:
    """Returns a spectrogram in which `size` frames from `first` on are the mean frame; see `_mean_frame`."""
    result = power.copy()
    result[max(0, first):max(0, first + size)] = _mean_frame(power)
    return result


def frequency_mask(power: np.ndarray, first: int, size: int) -> np.ndarray:
    """Returns a spectrogram in which `size` bins from `first` on stay at their means; see `_mean_frame`."""
    result = power.copy()
    bins = result[:, max(0, first):max(0, first + size)]
    bins[:] = _mean_frame(bins)
    return result


def _mean_frame(power: np.ndarray) -> np.ndarray:
    """Returns the mean over time of each bin's level in dB, as magnitudes again, float32 [n_bins].

    In its place a mask hides what was there, and tells nothing instead: the published 0 is far below any natural level, and
    the mean of the whole spectrogram, or that of magnitudes, is a loud noise at most frequencies.
    """
    if not power.size:
        return np.zeros(power.shape[1], np.float32)
    return np.exp(np.log(np.maximum(power, LEAST_POWER)).mean(axis=0))


def _between(n_in: int, n_out: int, n_wanted: int) -> Tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Returns where the first `n_wanted` of `n_out` values lie among `n_in`: two neighbours, and the way between, float32."""
    positions = np.arange(n_wanted, dtype=np.float32) * (np.float32(n_in) / np.float32(n_out))
    whole = np.floor(positions)
    lower = np.minimum(whole.astype(np.intp), n_in - 1)
    return lower, np.minimum(lower + 1, n_in - 1), positions - whole


def _mixed(lower: np.ndarray, upper: np.ndarray, fraction: np.ndarray) -> np.ndarray:
    return lower + (upper - lower) * fraction
