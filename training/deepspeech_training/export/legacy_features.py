"""Features of releases before 0.5 for clients that hand over one window at a time and miss many operations.

Clients neither know the sample before a window, which pre-emphasis needs, nor, before its end, the mean of an
utterance, which v0.1 subtracts. So the first sample of every window is taken to follow one like itself (over real
speech that changes features about as much as a recording that begins one sample later does), and windows are whitened
with the mean and deviation of those in a call.
"""

import numpy as np

from ..compat import dims, mfcc, tf
from ..features.mel import PRE_EMPHASIS, hz_to_mel, mel_to_hz
from ..features.releases import cepstra
from ..settings.features import N_INPUT, WINDOW_FRAMES, FeatureConfig
from .feature_matrices import CLIENT_SCALE


def window_features(samples: tf.Tensor, config: FeatureConfig) -> tf.Tensor:
    """Returns the features of one window, before whitening, float32 [1, 26].

    Args:
      samples: float32 [config.window_samples].
      config: of a legacy set.
    """
    samples = CLIENT_SCALE * samples
    before = np.maximum(np.arange(config.window_samples) - 1, 0)
    emphasised = samples - PRE_EMPHASIS * tf.gather_nd(samples, tf.constant(before[:, np.newaxis], tf.int32))
    return cepstra(tf.expand_dims(emphasised, 0), config, logarithm)


def whitened(windows: tf.Tensor, lengths: tf.Tensor) -> tf.Tensor:
    """Returns `windows` with mean 0 and deviation 1 over the valid steps of each utterance, context zeros included.

    Args:
      windows: float32 [batch, steps, 19, 26].
      lengths: int32 [batch], valid steps.
    """
    valid = tf.reshape(tf.sequence_mask(lengths, dims(windows)[1], tf.float32), dims(windows)[:2] + [1, 1])
    n_values = tf.reshape(tf.cast(lengths, tf.float32) * (WINDOW_FRAMES * N_INPUT), [-1, 1, 1, 1])

    def mean(values):
        sums = tf.reduce_sum(values * valid, axis=[1, 2, 3], keepdims=True)
        return sums * tf.rsqrt(n_values) * tf.rsqrt(n_values)  # clients cannot divide

    centre = mean(windows)
    return (windows - centre) * tf.rsqrt(mean(tf.math.squared_difference(windows, centre)))


def logarithm(x: tf.Tensor) -> tf.Tensor:
    """Returns the natural logarithms of positive numbers, float32 [n, k] with k known.

    The published clients' only operation that takes logarithms is `Mfcc`: of mel bands, sums of the square roots of
    what it is given, and then transforms them by cosines. So each number is put between two bands of its own, which
    share it in a known proportion, and the transform is undone.
    """
    n_values = x.shape.as_list()[1]
    n_bands = 2 * n_values
    last_hz = 4 * (n_bands + 1)  # so many bins, one Hertz apart, leave about four to a band
    spacing = hz_to_mel(last_hz) / (n_bands + 1)
    middles = spacing * (1.5 + np.arange(0, n_bands, 2))  # between the centres of a number's two bands
    bins = np.rint(mel_to_hz(middles)).astype(int)
    share = 0.5 + (middles - hz_to_mel(bins)) / spacing  # of the lower band
    positions = np.zeros([n_values, last_hz + 1])
    positions[np.arange(n_values), bins] = 1
    spectrogram = tf.reshape(tf.matmul(x, tf.constant(positions, tf.float32)), [1, -1, last_hz + 1])
    coefficients = mfcc(spectrogram, 2 * last_hz, n_bands, last_hz, lower_hz=0., n_bands=n_bands)
    order = np.arange(n_bands)
    inverse = np.sqrt(2 / n_bands) * np.cos(np.pi / n_bands * np.outer(order, order + 0.5))
    inverse[0] /= 2
    of_both_bands = inverse[:, ::2] + inverse[:, 1::2]  # twice the logarithm of a square root
    return (tf.matmul(tf.reshape(coefficients, [-1, n_bands]), tf.constant(of_both_bands, tf.float32))
            - tf.constant(np.log(share * (1 - share)), tf.float32))
