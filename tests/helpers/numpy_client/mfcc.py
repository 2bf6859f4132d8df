"""Spectrograms and MFCCs as TensorFlow's operations compute them; sums in double, results in single precision.

Source: Davis & Mermelstein 1980; mel scale 1127 ln(1 + f / 700 Hz).
"""

from functools import lru_cache
from typing import Any, Mapping, Tuple

import numpy as np

LOWEST_ENERGY = 1e-12  # of a mel band, before the logarithm
LOWEST_HZ, N_BANDS = 20., 40  # of the mel filter bank, unless attributes say something else
MAX_BANDS = 4096


def audio_spectrogram(attributes: Mapping[str, Any], samples: np.ndarray) -> np.ndarray:
    """Returns the magnitudes of short-time Fourier transforms, of the next power of two above the window, with a Hann window.

    Args:
      attributes: `window_size` and `stride` in samples; `magnitude_squared`, whether to square.
      samples: float32 [n_samples, n_channels].
    Returns:
      float32 [n_channels, n_frames, n_bins].
    """
    window, step = attributes['window_size'], attributes['stride']
    n_samples, n_channels = samples.shape
    if not 1 < window <= 1 << 20 or step < 1:
        raise ValueError(f'a window of {window} samples, {step} apart')
    n_frames = 0 if n_samples < window else 1 + (n_samples - window) // step
    starts = step * np.arange(n_frames)[:, np.newaxis]
    frames = samples.T[:, starts + np.arange(window)] * hann(window)
    spectrum = np.fft.rfft(frames, _next_power_of_two(window))
    power = np.square(spectrum.real) + np.square(spectrum.imag)
    return (power if attributes.get('magnitude_squared', False) else np.sqrt(power)).astype(np.float32)


def mfcc(attributes: Mapping[str, Any], spectrogram: np.ndarray, rate_hz: np.ndarray) -> np.ndarray:
    """Returns mel-frequency cepstral coefficients.

    Args:
      attributes: `lower_frequency_limit` and `upper_frequency_limit` in Hz, `filterbank_channel_count`,
        `dct_coefficient_count`.
      spectrogram: float32 [n_channels, n_frames, n_bins], squared magnitudes.
      rate_hz: int32 [], of the samples.
    Returns:
      float32 [n_channels, n_frames, n_coefficients].
    """
    bank, cosines = _transforms(
        rate_hz=rate_hz.item(), n_bins=spectrogram.shape[-1],
        lower_hz=attributes.get('lower_frequency_limit', LOWEST_HZ),
        upper_hz=attributes.get('upper_frequency_limit', 4000.),
        n_bands=attributes.get('filterbank_channel_count', N_BANDS),
        n_coefficients=attributes.get('dct_coefficient_count', 13))
    magnitudes = np.sqrt(spectrogram.astype(np.float64))
    energies = np.log(np.maximum(np.dot(magnitudes, bank), LOWEST_ENERGY))
    return np.dot(energies, cosines).astype(np.float32)


@lru_cache(maxsize=8)
def hann(n: int) -> np.ndarray:
    """Returns the periodic Hann window, float64 [n]."""
    return 0.5 - 0.5 * np.cos(2 * np.pi * np.arange(n) / n)


def _next_power_of_two(n: int) -> int:
    return 1 << (n - 1).bit_length()


@lru_cache(maxsize=8)
def _transforms(rate_hz: int, n_bins: int, lower_hz: float, upper_hz: float, n_bands: int,
                n_coefficients: int) -> Tuple[np.ndarray, np.ndarray]:
    """Returns the mel filter bank [n_bins, n_bands] and the cosine transform [n_bands, n_coefficients]."""
    if not (rate_hz > 0 and n_bins > 1 and 0 <= lower_hz < upper_hz and 0 < n_coefficients <= n_bands <= MAX_BANDS):
        raise ValueError(f'{n_coefficients} coefficients of {n_bands} bands, {lower_hz} to {upper_hz} Hz of {rate_hz} Hz')
    return _mel_bank(rate_hz, n_bins, lower_hz, upper_hz, n_bands), _cosines(n_bands, n_coefficients)


def _mel_bank(rate_hz: int, n_bins: int, lower_hz: float, upper_hz: float, n_bands: int) -> np.ndarray:
    """Returns triangles in mel, float64 [n_bins, n_bands]; a bin between the centres of two bands is shared by them."""
    hz_per_bin = 0.5 * rate_hz / (n_bins - 1)
    first, last = int(1.5 + lower_hz / hz_per_bin), int(upper_hz / hz_per_bin)
    if last >= n_bins:
        return np.zeros((n_bins, n_bands))  # as in TensorFlow: there are too few bins for any band
    lowest, highest = hz_to_mel(lower_hz), hz_to_mel(upper_hz)
    spacing = (highest - lowest) / (n_bands + 1)
    edges = lowest + spacing * np.arange(n_bands + 2)
    bank = np.zeros((n_bins, n_bands))
    for index in range(first, last + 1):
        mel = hz_to_mel(index * hz_per_bin)
        below = min(int(np.searchsorted(edges[1:], mel)), n_bands)  # edges above the lowest and strictly below
        share = (edges[below + 1] - mel) / (edges[below + 1] - edges[below])
        if below > 0:
            bank[index, below - 1] += share
        if below < n_bands:
            bank[index, below] += 1 - share
    return bank


def hz_to_mel(hz: Any) -> Any:
    """Returns frequencies in Hz, a number or an array, on the mel scale."""
    return 1127 * np.log1p(hz / 700)


def mel_to_hz(mel: Any) -> Any:
    """Returns the frequencies in Hz that `hz_to_mel` gives `mel`, a number or an array, for."""
    return 700 * np.expm1(mel / 1127)


def _cosines(n_bands: int, n_coefficients: int) -> np.ndarray:
    angles = np.pi / n_bands * np.outer(np.arange(n_bands) + 0.5, np.arange(n_coefficients))
    return np.sqrt(2 / n_bands) * np.cos(angles)
