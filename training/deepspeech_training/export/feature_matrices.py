"""Features as products of matrices, for formats that have no operation for them.

A window of samples times `spectrum` gives the real and the imaginary parts of its Fourier transform. Squared and added
up, and their roots taken where bands sum magnitudes, times `bands`, at least `floor`, logarithm, times `transform`: so
one gets the features of the window. Windows are looked at one by one, as in all that is exported (see `legacy_features.py`).
"""

from typing import NamedTuple

import numpy as np

from ..features import releases
from ..features.mel import LEAST_ENERGY, LEGACY_N_FFT, LOWEST_ENERGY, LOWEST_HZ, N_BANDS, PRE_EMPHASIS, hann, hz_to_mel
from ..settings.features import N_INPUT, FeatureConfig

CLIENT_SCALE = 32768  # what clients divide 16-bit samples by; training divides them by 32767


class FeatureMatrices(NamedTuple):
    """All float64."""

    spectrum: np.ndarray  # [window, 2 * bins], the real parts first
    squared: bool
    bands: np.ndarray  # [bins, n], of squared magnitudes if `squared`, else of magnitudes
    floor: float
    transform: np.ndarray  # [n, 26]


def feature_matrices(config: FeatureConfig) -> FeatureMatrices:
    """Returns the matrices for windows of samples in [-1, 1)."""
    if config.legacy:
        return _legacy(config)
    n_fft = 2 ** int(np.ceil(np.log2(config.window_samples)))
    order = np.arange(N_INPUT)[np.newaxis]
    band = np.arange(N_BANDS)[:, np.newaxis]
    cosines = np.sqrt(2 / N_BANDS) * np.cos(np.pi / N_BANDS * order * (band + 0.5))
    window = hann(config.window_samples)[:, np.newaxis]
    return FeatureMatrices(window * _fourier(config.window_samples, n_fft), False,
                           mel_bands(config, n_fft // 2 + 1), LOWEST_ENERGY, cosines)


def mel_bands(config: FeatureConfig, n_bins: int) -> np.ndarray:
    """Returns float64 [n_bins, 40]: from magnitudes to the triangular bands of TensorFlow's `Mfcc`, evenly spaced in mel.

    Its weights fall on the bins after the one at 20 Hz, up to the upper end of the features.
    """
    bin_hz = config.rate_hz / 2 / (n_bins - 1)
    mel = hz_to_mel(bin_hz * np.arange(n_bins))
    edges = np.linspace(hz_to_mel(LOWEST_HZ), hz_to_mel(config.upper_hz), N_BANDS + 2)
    columns = [np.interp(mel, edges[band:band + 3], [0, 1, 0]) for band in range(N_BANDS)]
    first = int(1.5 + LOWEST_HZ / bin_hz)
    return np.transpose(columns) * (np.arange(n_bins) >= first)[:, np.newaxis]


def _legacy(config):
    """The library of the legacy sets transforms 512 samples, and pre-emphasises and scales them before."""
    n_window, n_fft = config.window_samples, LEGACY_N_FFT
    emphasis = np.eye(n_window) - PRE_EMPHASIS * np.eye(n_window, k=1)
    emphasis[0, 0] -= PRE_EMPHASIS  # the first sample follows one like itself
    weights = np.hamming(n_window) if config.feature_set == 'v0.4' else np.ones(n_window)
    spectrum = CLIENT_SCALE * emphasis @ (weights[:, np.newaxis] * _fourier(n_window, n_fft))
    bands = releases.bands(config.rate_hz)[::2]  # rows in between are for a transform twice as long
    return FeatureMatrices(spectrum, True, bands, LEAST_ENERGY, releases.transform())


def _fourier(n_samples, n_fft):
    """Returns [n_samples, n_fft + 2]: to the transform of samples that are followed by zeros."""
    # Whole turns are taken off before the cosine, which is the more exact the smaller its angle.
    angles = 2 * np.pi / n_fft * (np.outer(np.arange(n_samples), np.arange(n_fft // 2 + 1)) % n_fft)
    return np.concatenate([np.cos(angles), np.sin(angles)], axis=1)
