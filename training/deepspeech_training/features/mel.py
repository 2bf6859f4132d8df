"""Numbers that make features what they are, in training and in what is exported: mel scales, filter banks, floors, windows.

Names of today's features are those of TensorFlow's `Mfcc` operation, LEGACY_ ones those of `python_speech_features`, whose
features releases before 0.5 had.

Source: Davis & Mermelstein 1980; mel scales 1127 ln(1 + f / 700 Hz) and 2595 log10(1 + f / 700 Hz), which are the same one.
"""

from typing import Any

import numpy as np

LOWEST_ENERGY = 1e-12  # of a mel band, before the logarithm
LOWEST_HZ, N_BANDS = 20., 40  # of the mel filter bank

PRE_EMPHASIS = 0.97
LEGACY_N_FFT = 512
LEGACY_N_BANDS = 26  # triangles, evenly spaced in mel from 0 Hz to half the sample rate
LIFTER = 22
LEAST_ENERGY = np.finfo(np.float64).eps  # replaces 0, which has no logarithm


def hann(n: int) -> np.ndarray:
    """Returns the periodic Hann window, float64 [n]."""
    return 0.5 - 0.5 * np.cos(2 * np.pi * np.arange(n) / n)


def hz_to_mel(hz: Any) -> Any:
    """Returns frequencies in Hz, a number or an array, on the mel scale."""
    return 1127 * np.log1p(hz / 700)


def mel_to_hz(mel: Any) -> Any:
    """Returns the frequencies in Hz that `hz_to_mel` gives `mel`, a number or an array, for."""
    return 700 * np.expm1(mel / 1127)


def legacy_bands(rate_hz: int) -> np.ndarray:
    """Returns the mel filter bank, float64 [LEGACY_N_FFT // 2 + 1, LEGACY_N_BANDS]: triangles, whose edges are whole bins."""
    mel = np.linspace(0, 2595 * np.log10(1 + rate_hz / 2 / 700), LEGACY_N_BANDS + 2)
    edges = np.floor((LEGACY_N_FFT + 1) * 700 * (10 ** (mel / 2595) - 1) / rate_hz)
    bins = np.arange(LEGACY_N_FFT // 2 + 1)
    return np.stack([np.interp(bins, edges[band:band + 3], [0, 1, 0]) for band in range(LEGACY_N_BANDS)], axis=1)
