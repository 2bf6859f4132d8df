"""Spectrograms and MFCCs as TensorFlow's operations compute them; sums in double, results in single precision.

Source: Davis & Mermelstein 1980; mel scale 1127 ln(1 + f / 700 Hz).
"""

from functools import lru_cache

import numpy as np

LOWEST_ENERGY = 1e-12  # of a mel band, before the logarithm
MAX_BANDS = 4096


def audio_spectrogram(attributes, samples):
    """Returns magnitudes, squared if the attribute says so, float32 [channels, frames, bins], of samples [n, channels]."""
    window, step = attributes['window_size'], attributes['stride']
    n_samples, n_channels = samples.shape
    if not 1 < window <= 1 << 20 or step < 1:
        raise ValueError(f'a window of {window} samples, {step} apart')
    n_frames = 0 if n_samples < window else 1 + (n_samples - window) // step
    starts = step * np.arange(n_frames)[:, np.newaxis]
    frames = samples.T[:, starts + np.arange(window)] * _hann(window)
    spectrum = np.fft.rfft(frames, _next_power_of_two(window))
    power = np.square(spectrum.real) + np.square(spectrum.imag)
    return (power if attributes.get('magnitude_squared', False) else np.sqrt(power)).astype(np.float32)


def mfcc(attributes, spectrogram, rate_hz):
    """Returns cepstral coefficients float32 [channels, frames, coefficients] of a squared spectrogram."""
    bank, cosines = _transforms(
        rate_hz.item(), spectrogram.shape[-1], attributes.get('lower_frequency_limit', 20.),
        attributes.get('upper_frequency_limit', 4000.), attributes.get('filterbank_channel_count', 40),
        attributes.get('dct_coefficient_count', 13))
    magnitudes = np.sqrt(spectrogram.astype(np.float64))
    energies = np.log(np.maximum(np.dot(magnitudes, bank), LOWEST_ENERGY))
    return np.dot(energies, cosines).astype(np.float32)


@lru_cache(maxsize=8)
def _hann(n):
    """Returns the periodic Hann window."""
    return 0.5 - 0.5 * np.cos(2 * np.pi * np.arange(n) / n)


def _next_power_of_two(n):
    return 1 << (n - 1).bit_length()


@lru_cache(maxsize=8)
def _transforms(rate_hz, n_bins, lower_hz, upper_hz, n_bands, n_coefficients):
    """Returns the mel filter bank [bins, bands] and the cosine transform [bands, coefficients]."""
    if not (rate_hz > 0 and n_bins > 1 and 0 <= lower_hz < upper_hz and 0 < n_coefficients <= n_bands <= MAX_BANDS):
        raise ValueError(f'{n_coefficients} coefficients of {n_bands} bands, {lower_hz} to {upper_hz} Hz of {rate_hz} Hz')
    return _mel_bank(rate_hz, n_bins, lower_hz, upper_hz, n_bands), _cosines(n_bands, n_coefficients)


def _mel_bank(rate_hz, n_bins, lower_hz, upper_hz, n_bands):
    """Triangles in mel; each bin is shared by the two bands whose centres it lies between."""
    hz_per_bin = 0.5 * rate_hz / (n_bins - 1)
    first, last = int(1.5 + lower_hz / hz_per_bin), int(upper_hz / hz_per_bin)
    if last >= n_bins:
        return np.zeros((n_bins, n_bands))  # as the operation does: no band can be had from so few bins
    lowest, highest = _mel(lower_hz), _mel(upper_hz)
    spacing = (highest - lowest) / (n_bands + 1)
    edges = lowest + spacing * np.arange(n_bands + 2)
    bank = np.zeros((n_bins, n_bands))
    for index in range(first, last + 1):
        mel = _mel(index * hz_per_bin)
        below = min(int(np.searchsorted(edges[1:], mel)), n_bands)  # edges above the lowest and strictly below
        share = (edges[below + 1] - mel) / (edges[below + 1] - edges[below])
        if below > 0:
            bank[index, below - 1] += share
        if below < n_bands:
            bank[index, below] += 1 - share
    return bank


def _mel(hz):
    return 1127 * np.log1p(hz / 700)


def _cosines(n_bands, n_coefficients):
    angles = np.pi / n_bands * np.outer(np.arange(n_bands) + 0.5, np.arange(n_coefficients))
    return np.sqrt(2 / n_bands) * np.cos(angles)
