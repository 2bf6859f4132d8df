"""Features of releases 0.1 to 0.4, as the library `python_speech_features` computed them; sums in double precision.

    release     window            step      further
    0.1         25 ms             20 ms     whitened over the utterance
    0.2, 0.3    25 ms             20 ms
    0.4         32 ms, Hamming    20 ms

Of a window of 16-bit samples, pre-emphasised: the logarithm of its energy, and 25 liftered cepstra of 26 mel bands.
Source: Davis & Mermelstein 1980; Young et al., The HTK Book.
"""

from functools import lru_cache
from typing import NamedTuple, Tuple

import numpy as np

RATE_HZ = 16000  # the only one that these releases know
STEP_SAMPLES = 320
N_FEATURES = 26
N_CONTEXT = 9  # frames of zeros before and after an utterance
BLOCK_FRAMES = 4096  # computed together; long audio takes no more memory for spectra than that
PRE_EMPHASIS = 0.97
N_FFT = 512
N_BANDS = 26  # triangles, evenly spaced in mel from 0 Hz to half the sample rate
LIFTER = 22
LEAST_ENERGY = np.finfo(np.float64).eps  # replaces 0, which has no logarithm


class FeatureSet(NamedTuple):
    """How a release computed features."""

    window_samples: int
    hop_samples: int  # from window to window; only those at whole steps were kept, so this decides how many there are
    is_tapered: bool  # by a Hamming window
    is_whitened: bool  # over the utterance


FEATURE_SETS = {'v0.1': FeatureSet(400, 160, False, True), 'v0.2': FeatureSet(400, 160, False, False),
                'v0.4': FeatureSet(512, 320, True, False)}


def legacy_features(samples: np.ndarray, feature_set: FeatureSet) -> np.ndarray:
    """Returns the frames of an utterance between the context of its first and of its last one.

    Args:
      samples: int16 [n_samples], at least one; the last window is padded with zeros.
    Returns:
      float32 [n_frames + 18, 26].
    """
    n_hops = -(-max(0, len(samples) - feature_set.window_samples) // feature_set.hop_samples)
    n_frames = 1 + n_hops * feature_set.hop_samples // STEP_SAMPLES
    frames = np.zeros((n_frames + 2 * N_CONTEXT, N_FEATURES), np.float32)
    for begin in range(0, n_frames, BLOCK_FRAMES):
        end = min(begin + BLOCK_FRAMES, n_frames)
        frames[N_CONTEXT + begin:N_CONTEXT + end] = _cepstra(_windows(samples, begin, end, feature_set))
    return whitened(frames) if feature_set.is_whitened else frames


def _windows(samples: np.ndarray, begin: int, end: int, feature_set: FeatureSet) -> np.ndarray:
    """Returns the pre-emphasised windows `begin` to `end`, float64 [end - begin, window]."""
    n_window = feature_set.window_samples
    first, last = begin * STEP_SAMPLES, (end - 1) * STEP_SAMPLES + n_window
    part = samples[max(first - 1, 0):last].astype(np.float64)
    if first == 0:
        part = np.concatenate([[0], part])  # nothing is before the first sample
    emphasised = np.zeros(last - first)
    emphasised[:len(part) - 1] = part[1:] - PRE_EMPHASIS * part[:-1]
    strides = STEP_SAMPLES * emphasised.itemsize, emphasised.itemsize
    windows = np.lib.stride_tricks.as_strided(emphasised, (end - begin, n_window), strides, writeable=False)
    return windows * np.hamming(n_window) if feature_set.is_tapered else windows


def _cepstra(windows: np.ndarray) -> np.ndarray:
    """Returns float64 [n, 26] of pre-emphasised windows [n, window]."""
    spectrum = np.fft.rfft(windows, N_FFT)
    power = (np.square(spectrum.real) + np.square(spectrum.imag)) / N_FFT
    bands, cosines = _transforms()
    frames = np.dot(np.log(np.maximum(np.dot(power, bands), LEAST_ENERGY)), cosines)
    frames[:, 0] = np.log(np.maximum(power.sum(axis=1), LEAST_ENERGY))
    return frames


@lru_cache(maxsize=1)
def _transforms() -> Tuple[np.ndarray, np.ndarray]:
    """Returns the mel filter bank [n_bins, n_bands] and the liftered cosine transform [n_bands, n_features]."""
    index = np.arange(N_FEATURES)
    cosines = np.cos(np.pi / N_BANDS * np.outer(np.arange(N_BANDS) + 0.5, index))
    return mel_bands(RATE_HZ), np.sqrt(2 / N_BANDS) * (1 + LIFTER / 2 * np.sin(np.pi * index / LIFTER)) * cosines


def mel_bands(rate_hz: int) -> np.ndarray:
    """Returns the mel filter bank, float64 [N_FFT // 2 + 1, N_BANDS]: triangles, whose edges are whole bins."""
    mel = np.linspace(0, 2595 * np.log10(1 + rate_hz / 2 / 700), N_BANDS + 2)
    edges = np.floor((N_FFT + 1) * 700 * (10 ** (mel / 2595) - 1) / rate_hz)
    bins = np.arange(N_FFT // 2 + 1)
    return np.stack([np.interp(bins, edges[band:band + 3], [0, 1, 0]) for band in range(N_BANDS)], axis=1)


def whitened(frames: np.ndarray) -> np.ndarray:
    """Returns the frames of an utterance such that the values in its windows of 19 frames have mean 0 and deviation 1.

    A frame counts once for each window it is in; the zeros of the context count, too.

    Args:
      frames: float32 [n_frames + 18, 26], with their context.
    Returns:
      float32, of the same shape.
    """
    n_windows = np.convolve(np.ones(len(frames) - 2 * N_CONTEXT), np.ones(2 * N_CONTEXT + 1))
    mean = np.average(frames.mean(axis=1, dtype=np.float64), weights=n_windows)
    variance = np.average(np.square(frames - mean).mean(axis=1), weights=n_windows)
    return ((frames - mean) / np.sqrt(variance)).astype(np.float32)
