"""Features of releases before 0.5, as the library `python_speech_features` computes them.

    set          window            step      special
    v0.1         25 ms             20 ms     whitened over the utterance, see `pipeline.in_context`
    v0.2 (0.3)   25 ms             20 ms
    v0.4         32 ms, Hamming    20 ms

Of samples from -32768 to 32767, pre-emphasised: 25 liftered cepstra of 26 mel bands, before them the logarithm of the
window's energy. The last window is filled up with zeros. Source: Davis & Mermelstein 1980; Young et al., The HTK Book.
"""

from typing import Callable

import numpy as np

from ..compat import audio_spectrogram, dims, tf
from ..settings.features import LEGACY_HOPS_PER_STEP, N_INPUT, FeatureConfig
from .mel import LEAST_ENERGY, LEGACY_N_BANDS, LEGACY_N_FFT, LIFTER, PRE_EMPHASIS, legacy_bands

FULL_SCALE = 32767  # what samples were divided by when they were read


def legacy_features(samples: tf.Tensor, config: FeatureConfig) -> tf.Tensor:
    """Returns the features of one utterance, before whitening.

    Args:
      samples: float32 [n_samples], mono, in [-1, 1), at `config.rate_hz`.
      config: of a legacy set.
    Returns:
      float32 [n_frames, 26].
    """
    return cepstra(_windows(samples, config), config, tf.math.log)


def legacy_spectrogram(samples: tf.Tensor, config: FeatureConfig) -> tf.Tensor:
    """Returns the squared magnitudes that the features of an utterance are made of, float32 [n_frames, LEGACY_N_FFT // 2 + 1].

    They are those of samples in [-1, 1), as those of current features are, so that noise is as loud in either.
    """
    return _power(_windows(samples, config), config)[:, ::2] / FULL_SCALE ** 2  # odd rows: see `_power`


def legacy_of_spectrogram(power: tf.Tensor, config: FeatureConfig) -> tf.Tensor:
    """Returns the features, float32 [n_frames, 26], of what `legacy_spectrogram` gives."""
    matrix = tf.constant(FULL_SCALE ** 2 * bands(config.rate_hz)[::2], tf.float32)
    return _of_energies(tf.matmul(power, matrix), tf.math.log)


def _windows(samples: tf.Tensor, config: FeatureConfig) -> tf.Tensor:
    """Returns the windows of an utterance, float32 [n_frames, window], pre-emphasised."""
    samples = FULL_SCALE * samples
    emphasised = tf.concat([samples[:1], samples[1:] - PRE_EMPHASIS * samples[:-1]], axis=0)
    window, step = config.window_samples, config.step_samples
    hops_per_step = LEGACY_HOPS_PER_STEP[config.feature_set]
    n_hops = -(-tf.maximum(dims(samples)[0] - window, 0) // (step // hops_per_step))
    return tf.signal.frame(tf.pad(emphasised, [[0, window]]), window, step)[:1 + n_hops // hops_per_step]


def cepstra(windows: tf.Tensor, config: FeatureConfig, log: Callable[[tf.Tensor], tf.Tensor]) -> tf.Tensor:
    """Returns the features of ready-made windows.

    Args:
      windows: float32 [n, window], pre-emphasised.
      config: of a legacy set.
      log: function that gives the natural logarithms of a float32 [n, 27]; published clients have no operation for it.
        The others used here they have.
    Returns:
      float32 [n, 26].
    """
    energies = tf.matmul(_power(windows, config), tf.constant(bands(config.rate_hz), tf.float32))  # [n, 27]
    return _of_energies(energies, log)


def _of_energies(energies: tf.Tensor, log: Callable[[tf.Tensor], tf.Tensor]) -> tf.Tensor:
    """Returns the features of the energies of windows and their mel bands, float32 [n, 27]."""
    energies = tf.nn.relu(energies - LEAST_ENERGY) + LEAST_ENERGY
    return tf.matmul(log(energies), tf.constant(transform(), tf.float32))


def _power(windows: tf.Tensor, config: FeatureConfig) -> tf.Tensor:
    """Returns the squared magnitudes [n, LEGACY_N_FFT + 1] of the Fourier transform of length 2 LEGACY_N_FFT of `windows`.

    TensorFlow's operation weighs what it transforms with Hann's window. That is undone in the middle of a window twice
    as long, where it nowhere falls below a half; where in it a sound lies does not change magnitudes.
    """
    n_window = config.window_samples
    before = LEGACY_N_FFT - n_window // 2
    after = 2 * LEGACY_N_FFT - before - n_window
    hann = 0.5 - 0.5 * np.cos(np.pi * np.arange(before, before + n_window) / LEGACY_N_FFT)
    weights = (np.hamming(n_window) if config.feature_set == 'v0.4' else 1.) / hann
    n = dims(windows)[0]
    sound = tf.concat([tf.zeros([n, before]), windows * tf.constant(weights, tf.float32), tf.zeros([n, after])], axis=1)
    spectrogram = audio_spectrogram(tf.transpose(sound), 2 * LEGACY_N_FFT, 2 * LEGACY_N_FFT)  # a window is a channel here
    return tf.reshape(spectrogram, [-1, LEGACY_N_FFT + 1])


def bands(rate_hz: int) -> np.ndarray:
    """Returns float64 [LEGACY_N_FFT + 1, 1 + LEGACY_N_BANDS].

    They lead from squared magnitudes to the energies of the window and of its mel bands.
    """
    of_bands = legacy_bands(rate_hz)
    matrix = np.zeros([LEGACY_N_FFT + 1, 1 + LEGACY_N_BANDS])
    matrix[::2] = np.concatenate([np.ones([len(of_bands), 1]), of_bands], axis=1) / LEGACY_N_FFT  # odd rows: see `_power`
    return matrix


def transform() -> np.ndarray:
    """Returns float64 [1 + LEGACY_N_BANDS, N_INPUT]: from logarithms of energies to features."""
    index, band = np.arange(1, N_INPUT), np.arange(LEGACY_N_BANDS)[:, np.newaxis]
    cosines = np.sqrt(2 / LEGACY_N_BANDS) * np.cos(np.pi * index * (band + 0.5) / LEGACY_N_BANDS)
    matrix = np.zeros([1 + LEGACY_N_BANDS, N_INPUT])
    matrix[0, 0] = 1
    matrix[1:, 1:] = cosines * (1 + LIFTER / 2 * np.sin(np.pi * index / LIFTER))
    return matrix
