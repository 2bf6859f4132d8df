"""The arithmetic of augmentations of sound: what is done to samples once all values are picked.

Samples are float32 [n], mono, in [-1, 1]; so are results, which have as many samples unless said otherwise. Functions never
write into their arguments, and of the same arguments give the same. Other sample rates are made by libsoxr, as when audio is
read (the package `soxr` comes with the client).

Sources: Schroeder 1962 (comb filters as reverberation); Ko et al. 2015 (speed); Ko et al. 2017 (room impulse responses).
"""

import io
import math
from functools import lru_cache
from typing import Any

import numpy as np

from ...data.opus import RATES_HZ, decode_opus
from ...data.opus_encoder import encode_opus, load_libopus
from ...errors import DataError
from .fourier import irfft, rfft
from .loudness import gain_ratio, normalised, peak_dbfs

COMB_PRIMES = (17, 19, 23, 29, 31)  # delays in proportion to primes do not fall together
LEAST_DELAY_SAMPLES = 16
INAUDIBLE = 2. ** -60  # echoes below that are lost in float64
LEAST_BLOCK = 8192  # values; convolution by shorter ones is no faster
OPUS_DELAY_MS = 6.5  # by which decoded sound comes late
OPUS_COMPLEXITY = 3  # encodes three to ten times as fast as 10, with the same bandwidths and about the same artefacts
FULL_SCALE = 32767  # int16 for 1, by which `decode_opus` divides


def volume(samples: np.ndarray, dbfs: float) -> np.ndarray:
    """Returns samples with their peak at a level; 3.0103 makes it 1."""
    return normalised(samples, dbfs)


def overlay(samples: np.ndarray, noise: np.ndarray, snr_db: float) -> np.ndarray:
    """Returns samples with noise under them; the peak stays what it was.

    Args:
      noise: float32 [n], as long as `samples`.
      snr_db: by how much the peak of the samples is above that of the noise.
    """
    assert noise.shape == samples.shape
    level = peak_dbfs(samples)
    return normalised(samples + noise * np.float32(gain_ratio(level - peak_dbfs(noise) - snr_db)), level)


def reverb(samples: np.ndarray, rate_hz: int, delay_ms: float, decay_db: float) -> np.ndarray:
    """Returns samples with the echoes of five comb filters added; the peak stays what it was.

    Args:
      delay_ms: between echoes of the fastest filter; the slowest has 31 / 17 of it. The shortest is 16 samples.
      decay_db: by how much each echo is softer than the one before; below 0 it is taken as 0.
    """
    room = np.empty((4, len(samples)))
    dry, wet, echoes, late = room
    dry[:] = wet[:] = samples
    gain = gain_ratio(-max(0., decay_db))
    for prime in COMB_PRIMES:
        echoes[:] = dry
        _comb(echoes, max(LEAST_DELAY_SAMPLES, math.floor(delay_ms * prime / COMB_PRIMES[0] * rate_hz / 1000)), gain, late)
        wet += echoes
    return normalised(wet.astype(np.float32), peak_dbfs(samples))


def _comb(sound: np.ndarray, delay: int, gain: float, late: np.ndarray) -> None:
    """Turns sound x into y[i] = x[i] + gain y[i - delay], in its place; `late` is room of the same shape.

    Every turn doubles the number of echoes: what has the first m of them, added to itself m delays later and softer by
    gain ** m, has the first 2 m.
    """
    while delay < len(sound) and gain > INAUDIBLE:
        sound[delay:] += np.multiply(sound[:-delay], gain, out=late[delay:])
        delay, gain = 2 * delay, gain * gain


def convolve_reverb(samples: np.ndarray, impulse: np.ndarray) -> np.ndarray:
    """Returns samples as they sound in a room; the peak stays what it was.

    Args:
      impulse: float32 [m], the response of the room at the same sample rate. Its loudest sample counts as the direct sound, so
        that nothing comes late. Of silence, nothing changes.
    """
    if not len(samples) or not np.any(impulse):
        return samples.copy()
    direct = int(np.argmax(np.abs(impulse)))
    wet = _convolved(samples.astype(np.float64), impulse[:direct + len(samples)].astype(np.float64))
    return normalised(wet[direct:direct + len(samples)].astype(np.float32), peak_dbfs(samples))


def _convolved(sound: np.ndarray, impulse: np.ndarray) -> np.ndarray:
    """Returns the convolution of two float64 [n] and [m], and zeros behind its n + m - 1 values.

    Sound is transformed in blocks that the cache of a processor holds, which takes a third of the time of one transform.
    """
    n, m = len(sound), len(impulse)
    n_fft = 1 << (min(max(4 * m, LEAST_BLOCK), n + m - 1) - 1).bit_length()
    n_block = n_fft - m + 1
    blocks = np.pad(sound, (0, -n % n_block), 'constant').reshape(-1, n_block)
    parts = irfft(rfft(blocks, n_fft) * rfft(impulse, n_fft), n_fft)
    result = np.zeros(len(blocks) * n_block + m - 1)
    for index, part in enumerate(parts):
        result[index * n_block:index * n_block + n_fft] += part
    return result


def resample(samples: np.ndarray, rate_hz: int, through_hz: int) -> np.ndarray:
    """Returns samples that have been at another sample rate: what is above half of it is gone."""
    return _fitted(resampled(resampled(samples, rate_hz, through_hz), through_hz, rate_hz), len(samples))


def speed(samples: np.ndarray, factor: float) -> np.ndarray:
    """Returns samples played faster by a factor, so higher, too: float32 [n / factor, rounded]."""
    return _fitted(resampled(samples, factor, 1.), int(len(samples) / factor + 0.5))


def codec(samples: np.ndarray, rate_hz: int, bitrate: int) -> np.ndarray:
    """Returns samples after a transmission by Opus, without its delay.

    Args:
      rate_hz: where Opus does not have it, sound goes through the next higher rate that it has.
      bitrate: bits per second; libopus takes 500 to 512000.
    Raises:
      DataError: the library libopus is not there, or refuses.
    """
    if not len(samples):
        return samples.copy()
    opus_hz = min([rate for rate in RATES_HZ if rate >= rate_hz] or RATES_HZ[-1:])
    sound = resampled(samples, rate_hz, opus_hz)
    delay = int(OPUS_DELAY_MS * opus_hz / 1000)
    whole = np.rint(np.clip(np.pad(sound, (0, delay), 'constant'), -1, 1) * FULL_SCALE).astype(np.int16)
    packets = io.BytesIO(encode_opus(libopus(), whole, opus_hz, bitrate, OPUS_COMPLEXITY))
    decoded, _ = decode_opus(packets, 'the augmentation codec')
    return _fitted(resampled(np.clip(decoded[delay:], -1, 1), opus_hz, rate_hz), len(samples))


@lru_cache(maxsize=1)
def libopus() -> Any:
    """Returns the library that `codec` encodes with. Raises DataError: it is not there."""
    return load_libopus('leave the augmentation codec out')


def resampled(samples: np.ndarray, from_hz: float, to_hz: float) -> np.ndarray:
    """Returns samples at another sample rate, float32 [n to_hz / from_hz], with libsoxr's high quality and no delay.

    Raises:
      DataError: the package soxr is not there.
    """
    if from_hz == to_hz or not len(samples):
        return samples.copy()
    try:
        import soxr
    except (ImportError, OSError) as error:  # OSError: the package without its library
        raise DataError(f'the package soxr is needed to change sample rates ({error}); install it with pip install '
                        f'soxr.') from error
    return np.clip(soxr.resample(np.ascontiguousarray(samples, np.float32), from_hz, to_hz), -1, 1)


def _fitted(samples: np.ndarray, n: int) -> np.ndarray:
    """Returns samples cut to `n`, or filled up with silence."""
    return samples[:n] if len(samples) >= n else np.pad(samples, (0, n - len(samples)), 'constant')
