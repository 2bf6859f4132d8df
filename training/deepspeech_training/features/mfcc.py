"""From audio to MFCC frames, as published models since release 0.5 were trained on them.

Source: Davis & Mermelstein 1980; filter bank, logarithm and cosine transform as in TensorFlow's `Mfcc` operation.
"""

from ..compat import audio_spectrogram, host_session_config, mfcc, tf
from ..settings.config import N_INPUT
from .releases import legacy_features


def features(samples, config):
    """Returns MFCC frames of one utterance.

    Args:
      samples: float32 [n_samples], mono, in [-1, 1), at `config.rate_hz`.
      config: FeatureConfig.
    Returns:
      float32 [n_frames, 26]; n_frames as `config.frames` says.
    """
    if config.legacy:
        return legacy_features(samples, config)
    spectrogram = audio_spectrogram(tf.expand_dims(samples, 1), config.window_samples, config.step_samples)
    coefficients = mfcc(spectrogram, config.rate_hz, N_INPUT, config.rate_hz / 2)
    return tf.reshape(coefficients, [-1, N_INPUT])


class FeatureComputer:
    """Computes features outside of any other graph, from any thread; the session is closed by `close`.

    Args:
      config: FeatureConfig.
      devices: DeviceConfig.
    """

    def __init__(self, config, devices):
        with tf.Graph().as_default() as graph:
            samples = tf.placeholder(tf.float32, [None])
            frames = features(samples, config)
        self._session = tf.Session(graph=graph, config=host_session_config(devices))
        self._run = self._session.make_callable(frames, [samples])

    def __call__(self, samples):
        """Returns what `features` says, as an array."""
        return self._run(samples)

    def close(self):
        self._session.close()
