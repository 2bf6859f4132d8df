"""Whether two WAV files hold the same sound, and a picture of both."""

from typing import Tuple

import numpy as np

from ..errors import DataError
from ..reports.raster import png_of
from .audio import AudioInfo, decode_channels, open_audio

LEAST_RMS = 1e-16
FULL_SCALE_DB = 3.0103  # a sine of full scale has 0 dB
WINDOW_S, PICTURE_COLUMNS, PICTURE_DB = 0.025, 800, 80.
GAP_ROWS = 4  # between the two
# Black, violet, red, yellow, white: what is loud is bright.
COLOURS = np.array([[0, 0, 0], [80, 18, 123], [213, 62, 79], [253, 190, 80], [255, 255, 255]], np.float64)


def level_of_difference(path: str, other: str) -> float:
    """Returns the mean level in dB of what is different between two WAV files; samples are from -1 to 1.

    Raises:
      DataError: one cannot be read, or they differ in format or length, so that nothing can be compared.
    """
    first, info = _read(path)
    second, other_info = _read(other)
    formats = [(each.rate_hz, each.n_channels, each.sample_width, each.encoding) for each in (info, other_info)]
    if formats[0] != formats[1]:
        raise DataError(f'{path} and {other} differ in format: {info}, and {other_info}.')
    if info.n_samples != other_info.n_samples:
        raise DataError(f'{path} and {other} differ in length: {info.duration_s:.3f} s, and {other_info.duration_s:.3f} s.')
    difference = first.astype(np.float64) - second
    rms = float(np.sqrt(np.mean(difference * difference))) if difference.size else 0.
    return 20 * float(np.log10(max(LEAST_RMS, rms))) + FULL_SCALE_DB


def picture_of_both(path: str, other: str) -> bytes:
    """Returns a PNG file: the spectrogram of a WAV file above that of another one, on the same scales. Raises DataError."""
    pictures = []
    for name in (path, other):
        samples, info = _read(name)
        pictures.append(spectrogram_db(samples.mean(axis=1), info.rate_hz))
    top = max(float(each.max()) for each in pictures)
    n_columns = max(each.shape[1] for each in pictures)
    rows = []
    for each in pictures:
        filled = np.full((each.shape[0], n_columns), -np.inf)
        filled[:, :each.shape[1]] = each
        rows += [_coloured((filled - top) / PICTURE_DB + 1), np.full((GAP_ROWS, n_columns, 3), 128, np.uint8)]
    return png_of(np.concatenate(rows[:-1]))


def spectrogram_db(samples: np.ndarray, rate_hz: int) -> np.ndarray:
    """Returns levels in dB, float64 [n_bins, n_columns]: the highest frequency first."""
    n_window = max(16, int(WINDOW_S * rate_hz))
    step = max(n_window // 4, -(-len(samples) // PICTURE_COLUMNS))
    padded = np.pad(samples.astype(np.float64), (0, n_window), 'constant')
    places = np.arange(0, max(1, len(samples)), step)[:, np.newaxis] + np.arange(n_window)
    power = np.abs(np.fft.rfft(padded[places] * np.hanning(n_window))) ** 2
    return 10 * np.log10(power.T[::-1] + 1e-12)


def _coloured(brightness: np.ndarray) -> np.ndarray:
    """Returns colours, uint8 [rows, columns, 3], of brightness; what is below 0 or above 1 counts as that."""
    place = np.clip(brightness, 0, 1) * (len(COLOURS) - 1)
    return np.stack([np.interp(place, np.arange(len(COLOURS)), COLOURS[:, part]) for part in range(3)], -1).astype(np.uint8)


def _read(path: str) -> Tuple[np.ndarray, AudioInfo]:
    with open_audio(path) as file:
        return decode_channels(file, path)
