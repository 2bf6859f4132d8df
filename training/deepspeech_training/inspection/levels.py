"""What a recording sounds like, in a few numbers: loud or silent, clipped, shifted, interrupted; and a digest of the sound."""

import hashlib

import numpy as np

LEVELS = np.dtype([
    ('peak', '<f4'),  # of full scale, as all but the shares
    ('spread', '<f4'),  # from the lowest to the highest sample
    ('rms', '<f4'),  # around the mean
    ('mean', '<f4'),
    ('flat', '<f4'),  # share of samples that are the lowest or the highest: of clipped sound, there are many
    ('faint', '<f4'),  # share of FRAME_MS that are 40 dB below the loudest
    ('gap_s', '<f4'),  # longest part without any sound between parts with some, in seconds
    ('digest', '<u8'),  # of all samples
])
FRAME_MS = 10
FAINT = 0.01  # of the loudest frame


def measure(samples: np.ndarray, rate_hz: int) -> np.ndarray:
    """Returns the LEVELS of a recording, one record.

    Args:
      samples: float32 [n_samples], at least one.
      rate_hz: of the samples.
    """
    highest, lowest, mean = samples.max(), samples.min(), samples.mean()
    variance = float(np.dot(samples, samples)) / len(samples) - float(mean) ** 2
    flat = (np.count_nonzero(samples == highest) + np.count_nonzero(samples == lowest)) / len(samples)
    frames = _frame_peaks(samples, rate_hz * FRAME_MS // 1000)
    digest = hashlib.blake2b(np.ascontiguousarray(samples).data, digest_size=8).digest()
    return np.array((max(highest, -lowest), highest - lowest, max(variance, 0.) ** 0.5, mean, flat,
                     np.mean(frames <= FAINT * frames.max()), _longest_gap(frames) * FRAME_MS / 1000,
                     int.from_bytes(digest, 'little')), LEVELS)


def _frame_peaks(samples: np.ndarray, frame_samples: int) -> np.ndarray:
    """Returns the largest absolute sample of each frame; what is left at the end is a frame only where there is no other."""
    n_frames = len(samples) // frame_samples
    magnitudes = np.abs(samples)
    if not n_frames:
        return magnitudes.max(keepdims=True)
    return magnitudes[:n_frames * frame_samples].reshape(n_frames, frame_samples).max(axis=1)


def _longest_gap(frames: np.ndarray) -> int:
    """Returns the number of frames in the longest run without any sound between two with some."""
    loud = np.flatnonzero(frames)
    return int(np.diff(loud).max()) - 1 if len(loud) > 1 else 0


def decibels(share: float) -> str:
    """Returns a share of full scale as people read it, e.g. `-23 dB`."""
    return f'{20 * np.log10(share):.0f} dB' if share > 0 else 'no level at all'
