"""From audio to MFCC frames, as published models since release 0.5 were trained on them; those of 0.5 and 0.6 end at 4000 Hz.

Source: Davis & Mermelstein 1980; filter bank, logarithm and cosine transform as in TensorFlow's `Mfcc` operation.
"""

import numpy as np

from ..compat import audio_spectrogram, host_session_config, mfcc, tf
from ..settings.config import DeviceConfig
from ..settings.features import N_INPUT, FeatureConfig
from .mel import LOWEST_HZ, N_BANDS
from .releases import legacy_features


def spectrogram(samples: tf.Tensor, config: FeatureConfig) -> tf.Tensor:
    """Returns the squared magnitudes of an utterance, float32 [1, n_frames, n_bins].

    Args:
      samples: float32 [n_samples], mono, in [-1, 1), at `config.rate_hz`.
      config: of current features.
    """
    return audio_spectrogram(tf.expand_dims(samples, 1), config.window_samples, config.step_samples)


def cepstra(magnitudes: tf.Tensor, config: FeatureConfig) -> tf.Tensor:
    """Returns the MFCC frames, float32 [n_frames, 26], of what `spectrogram` gives."""
    coefficients = mfcc(magnitudes, config.rate_hz, N_INPUT, config.upper_hz, lower_hz=LOWEST_HZ, n_bands=N_BANDS)
    return tf.reshape(coefficients, [-1, N_INPUT])


def features(samples: tf.Tensor, config: FeatureConfig) -> tf.Tensor:
    """Returns the frames of one utterance, of any feature set.

    Args:
      samples: float32 [n_samples], mono, in [-1, 1), at `config.rate_hz`.
      config: says which.
    Returns:
      float32 [n_frames, 26]; n_frames as `config.frames` says.
    """
    return legacy_features(samples, config) if config.legacy else cepstra(spectrogram(samples, config), config)


class FeatureComputer:
    """Computes features outside of any other graph, from any thread; the session is closed by `close`.

    Args:
      config: what features are.
      devices: threads of the session.
    """

    def __init__(self, config: FeatureConfig, devices: DeviceConfig) -> None:
        with tf.Graph().as_default() as graph:
            samples = tf.placeholder(tf.float32, [None])
            frames = features(samples, config)
        self._session = tf.Session(graph=graph, config=host_session_config(devices))
        self._run = self._session.make_callable(frames, [samples])

    def __call__(self, samples: np.ndarray) -> np.ndarray:
        """Returns what `features` says, float32 [n_frames, 26], of samples float32 [n_samples]."""
        return self._run(samples)

    def close(self) -> None:
        self._session.close()
