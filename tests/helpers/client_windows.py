"""What clients hand over to a model of earlier generations, and its features."""

import numpy as np

from deepspeech_training.compat import tf
from deepspeech_training.features.releases import cepstra


def client_windows(audio, config):
    """Returns the windows that a client hands over, [n, window]; the last one is filled up with zeros."""
    window, step = config.window_samples, config.step_samples
    n_frames = (len(audio) - window) // step + 2
    padded = np.pad(audio, (0, window + step), 'constant')
    return np.stack([padded[begin:begin + window] for begin in range(0, n_frames * step, step)])


def features_of_windows(windows, config):
    """Returns their features as the training computes them, each window alone and its first sample after one alike."""
    samples = 32768. * windows.astype(np.float64)
    emphasised = samples - 0.97 * np.concatenate([samples[:, :1], samples[:, :-1]], axis=1)
    with tf.Graph().as_default(), tf.Session() as session:
        return session.run(cepstra(tf.constant(emphasised, tf.float32), config, tf.math.log))
