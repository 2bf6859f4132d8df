"""The trained weights as arrays, for formats that are written without TensorFlow."""

import numpy as np

from ..compat import tf
from ..model.variables import acoustic_weights

FORGET_GATE = 2  # the gates' order in kernels and biases: i, c (candidate), f, o


def trained_weights(run, source):
    """Returns AcousticWeights whose leaves are float32 arrays; the forget bias is in the biases of the cells.

    Args:
      run: RunConfig that fits `source`.
      source: StoredCheckpoint.
    """
    with tf.Graph().as_default(), tf.Session() as session:
        weights = acoustic_weights(run.model)
        source.restore(session, tf.global_variables())
        weights = session.run(weights)
    for cell in weights.cells:
        cell.bias.reshape(4, -1)[FORGET_GATE] += np.float32(run.model.forget_bias)
    return weights
