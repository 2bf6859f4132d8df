"""Fourier transforms in any thread.

NumPy before 2.0 takes the signal SIGINT over while it transforms. Where two threads do so at the same time, it is never given
back, and Ctrl-C ends no training any more. There the transform is made here, of sums and products of whole arrays, and slower.

Source: Stockham 1966, High-speed convolution and correlation (the form that needs no reordering).
"""

import inspect
from functools import lru_cache

import numpy as np

LEAVES_SIGNALS_ALONE = 'out' in inspect.signature(np.fft.rfft).parameters  # new in NumPy 2.0, as is the code behind it


def rfft(values: np.ndarray, n: int) -> np.ndarray:
    """Returns the spectrum of real values, complex [..., n // 2 + 1]; for arguments and result see `numpy.fft.rfft`.

    Args:
      values: float64 [..., at most n]; what is missing is 0.
      n: a power of two.
    """
    if LEAVES_SIGNALS_ALONE:
        return np.fft.rfft(values, n)
    filled = np.zeros(values.shape[:-1] + (n,), np.complex128)
    filled[..., :values.shape[-1]] = values
    return transformed(filled)[..., :n // 2 + 1]


def irfft(spectrum: np.ndarray, n: int) -> np.ndarray:
    """Returns the real values, float64 [..., n], of a spectrum, [..., n // 2 + 1]; n is a power of two."""
    if LEAVES_SIGNALS_ALONE:
        return np.fft.irfft(spectrum, n)
    whole = np.concatenate([spectrum, np.conj(spectrum[..., n // 2 - 1:0:-1])], axis=-1)
    return np.conj(transformed(np.conj(whole))).real / n


def transformed(values: np.ndarray) -> np.ndarray:
    """Returns the Fourier transform of complex values, complex128 [..., n]; n is a power of two."""
    rows = values[..., np.newaxis]
    while rows.shape[-2] > 1:
        half = rows.shape[-2] // 2
        first, second = rows[..., :half, :], rows[..., half:, :]
        rows = np.concatenate([first + second, (first - second) * _turns(half)], axis=-1)
    return rows[..., 0, :]


@lru_cache(maxsize=32)
def _turns(half: int) -> np.ndarray:
    """Returns half of the roots of 1 of the order 2 half, complex128 [half, 1]."""
    return np.exp(-1j * np.pi * np.arange(half) / half)[:, np.newaxis]
