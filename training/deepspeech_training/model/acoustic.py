"""The acoustic model: from feature frames to one score per label and frame.

Three clipped-ReLU layers, the first over a window of 19 frames; a recurrent layer in one or both directions; one
more clipped-ReLU layer; a linear layer. Source: Hannun et al. 2014 (Deep Speech), with an LSTM for its recurrence.
Letters in comments: B batch, T time, H n_hidden, C cell outputs.
"""

from collections import namedtuple

from ..compat import dims, tf
from ..config import N_INPUT, WINDOW_FRAMES
from .lstm import lstm

# logits_tbc: float32 [time, batch, labels + 1], no softmax. state: the forward direction's LstmState at the end.
AcousticOutputs = namedtuple('AcousticOutputs', 'logits_tbc state')
NORM_EPSILON = 1e-12


def acoustic_model(config, weights, features, lengths, drop=None, implementation='block'):
    """Builds the network over whole utterances.

    Args:
      config: ModelConfig.
      weights: AcousticWeights.
      features: float32 [batch, time, 26], zero after each utterance's end.
      lengths: int32 [batch], frames of each utterance.
      drop: function (layer, tensor) -> tensor that applies dropout after layers 1, 2, 3 and 5, or None.
      implementation: which LSTM, see `lstm.IMPLEMENTATIONS`.
    Returns:
      AcousticOutputs.
    """
    _, n_time, _ = dims(features)
    # A dense layer over a sliding window is a convolution; so the window is never written out 19 times.
    kernel = tf.reshape(weights.dense[1].weights, [WINDOW_FRAMES, N_INPUT, config.n_hidden])
    first = tf.nn.conv1d(features, kernel, stride=1, padding='SAME')  # [B, T, H]
    first = tf.reshape(tf.transpose(first, [1, 0, 2]), [-1, config.n_hidden])  # [T * B, H]
    return _after_first_product(config, weights, first, n_time, lengths, drop, implementation, None, tf.reverse_sequence)


def streaming_acoustic_model(config, weights, windows, lengths, state):
    """Builds the network over ready-made context windows, as published clients feed it.

    Uses only operations of the published runtime. In the bidirectional model the forward direction goes on from
    `state`, the backward one starts anew at the end of these steps.

    Args:
      config: ModelConfig.
      weights: AcousticWeights.
      windows: float32 [batch, steps, 19, 26], both batch and steps known.
      lengths: int32 [batch], valid steps.
      state: LstmState of the forward direction.
    Returns:
      AcousticOutputs.
    """
    _, n_time, _, _ = dims(windows)
    flat = tf.reshape(tf.transpose(windows, [1, 0, 2, 3]), [-1, WINDOW_FRAMES * N_INPUT])  # [T * B, 494]
    first = tf.matmul(flat, weights.dense[1].weights)
    return _after_first_product(config, weights, first, n_time, lengths, None, 'block', state, _reverse_by_gathering)


def _after_first_product(config, weights, first, n_time, lengths, drop, implementation, state, reverse):
    """The network from the first layer's product on. `first` is [T * B, H], time-major."""
    drop = drop or (lambda layer, x: x)
    n_batch = dims(lengths)[0]

    def activated(layer, product):
        x = tf.minimum(tf.nn.relu(tf.nn.bias_add(product, weights.dense[layer].bias)), config.relu_clip)
        if config.layer_norm:
            mean, variance = tf.nn.moments(x, [-1], keep_dims=True)
            x = tf.nn.batch_normalization(x, mean, variance, weights.norms[layer].beta, weights.norms[layer].gamma,
                                          NORM_EPSILON)
        return drop(layer, x)

    def dense(layer, x):
        return activated(layer, tf.matmul(x, weights.dense[layer].weights))

    x = activated(1, first)
    x = dense(2, x)
    x = dense(3, x)
    x = tf.reshape(x, [n_time, n_batch, config.n_rnn_input])
    x, state = _recurrent(config, weights.cells, x, lengths, implementation, state, reverse)
    x = tf.reshape(x, [-1, config.n_rnn_output])
    x = dense(5, x)
    x = tf.nn.bias_add(tf.matmul(x, weights.dense[6].weights), weights.dense[6].bias)
    return AcousticOutputs(tf.reshape(x, [n_time, n_batch, config.n_outputs], name='raw_logits'), state)


def _recurrent(config, cells, x, lengths, implementation, state, reverse):
    """Returns ([T, B, C], forward LstmState)."""
    forward, state = lstm(implementation, x, lengths, cells[0], config.forget_bias, state)
    if not config.bidirectional:
        return forward, state
    backward, _ = lstm(implementation, reverse(x, lengths, seq_axis=0, batch_axis=1), lengths, cells[1],
                       config.forget_bias)
    return tf.concat([forward, reverse(backward, lengths, seq_axis=0, batch_axis=1)], axis=2), state


def _reverse_by_gathering(x, lengths, seq_axis, batch_axis):
    """Reverses each sequence's valid steps like `tf.reverse_sequence`, with operations every runtime has.

    Steps after the end get the sequence's first step: they come after the valid ones again and do not matter.
    """
    del seq_axis, batch_axis
    n_time, n_batch, _ = dims(x)
    steps = tf.expand_dims(tf.range(n_time), 1)  # [T, 1]
    # The published runtime has no integer maximum; a ReLU does it.
    source = tf.cast(tf.nn.relu(tf.cast(tf.expand_dims(lengths - 1, 0) - steps, tf.float32)), tf.int32)  # [T, B]
    batch = tf.tile(tf.expand_dims(tf.range(n_batch), 0), [n_time, 1])
    return tf.gather_nd(x, tf.stack([source, batch], axis=2))
