"""From audio to MFCC frames, as published models were trained on them.

Source: Davis & Mermelstein 1980; filter bank, logarithm and cosine transform as in TensorFlow's `Mfcc` operation.
"""

from ..compat import audio_spectrogram, mfcc, tf
from ..config import N_INPUT


def features(samples, config):
    """Returns MFCC frames of one utterance.

    Args:
      samples: float32 [n_samples], mono, in [-1, 1), at `config.rate_hz`.
      config: FeatureConfig.
    Returns:
      float32 [n_frames, 26]; n_frames = 1 + (n_samples - window) // step, no padding.
    """
    spectrogram = audio_spectrogram(tf.expand_dims(samples, 1), config.window_samples, config.step_samples)
    coefficients = mfcc(spectrogram, config.rate_hz, N_INPUT, config.rate_hz / 2)
    return tf.reshape(coefficients, [-1, N_INPUT])
