"""From audio to MFCC frames, as published models since release 0.5 were trained on them; those of 0.5 and 0.6 end at 4000 Hz.

Source: Davis & Mermelstein 1980; filter bank, logarithm and cosine transform as in TensorFlow's `Mfcc` operation.
"""

import numpy as np

from ..compat import audio_spectrogram, host_session_config, mfcc, tf
from ..settings.config import DeviceConfig
from ..settings.features import N_INPUT, FeatureConfig
from .mel import LOWEST_HZ, N_BANDS
from .releases import legacy_features, legacy_of_spectrogram, legacy_spectrogram


def spectrogram(samples: tf.Tensor, config: FeatureConfig) -> tf.Tensor:
    """Returns the squared magnitudes of an utterance, of any feature set, float32 [1, n_frames, n_bins].

    Args:
      samples: float32 [n_samples], mono, in [-1, 1), at `config.rate_hz`.
      config: says which.
    """
    if config.legacy:
        return tf.expand_dims(legacy_spectrogram(samples, config), 0)
    return audio_spectrogram(tf.expand_dims(samples, 1), config.window_samples, config.step_samples)


def cepstra(magnitudes: tf.Tensor, config: FeatureConfig) -> tf.Tensor:
    """Returns the frames, float32 [n_frames, 26], of what `spectrogram` gives."""
    if config.legacy:
        return legacy_of_spectrogram(magnitudes[0], config)
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
            power = spectrogram(samples, config)[0]
            changed = tf.placeholder(tf.float32, [None, None])
            of_changed = cepstra(tf.expand_dims(changed, 0), config)
        self._session = tf.Session(graph=graph, config=host_session_config(devices))
        self._run = self._session.make_callable(frames, [samples])
        self._power = self._session.make_callable(power, [samples])
        self._of_power = self._session.make_callable(of_changed, [changed])

    def __call__(self, samples: np.ndarray) -> np.ndarray:
        """Returns what `features` says, float32 [n_frames, 26], of samples float32 [n_samples]."""
        return self._run(samples)

    def power(self, samples: np.ndarray) -> np.ndarray:
        """Returns the spectrogram of samples, squared magnitudes float32 [n_frames, n_bins]."""
        return self._power(samples)

    def of_power(self, power: np.ndarray) -> np.ndarray:
        """Returns the features, float32 [n_frames, 26], of what `power` gave, or of what has become of it."""
        return self._of_power(power)

    def close(self) -> None:
        self._session.close()
