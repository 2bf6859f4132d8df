"""The acoustic model: from feature frames to one score per label and frame.

Three clipped-ReLU layers, the first over a window of 19 frames; a recurrent layer in one or both directions; one
more clipped-ReLU layer; a linear layer. Source: Hannun et al. 2014 (Deep Speech), with an LSTM for its recurrence.
Letters in comments: B batch, T time, H n_hidden, C cell outputs.
"""

from collections import namedtuple

from ..compat import dims, raw_ops, tf
from ..settings.config import N_CONTEXT, N_INPUT, WINDOW_FRAMES
from .compute import PLAIN
from .lstm import LstmState, lstm
from .mixed_precision import cast

# logits_tbc: float32 [time, batch, labels + 1], no softmax. state: the forward direction's LstmState at the end.
AcousticOutputs = namedtuple('AcousticOutputs', 'logits_tbc state')
NORM_EPSILON = 1e-12


def acoustic_model(config, weights, features, lengths, drop=None, compute=PLAIN):
    """Builds the network over whole utterances.

    Args:
      config: ModelConfig.
      weights: AcousticWeights.
      features: float32 [batch, time + 18, 26], each utterance's frames between the context of its first and last one.
      lengths: int32 [batch], frames of each utterance.
      drop: function (layer, tensor) -> tensor that applies dropout after layers 1, 2, 3 and 5, or None.
      compute: Compute.
    Returns:
      AcousticOutputs.
    """
    n_time = dims(features)[1] - 2 * N_CONTEXT
    # A dense layer over a sliding window is a convolution; so the window is never written out 19 times.
    kernel = tf.reshape(weights.dense[1].weights, [WINDOW_FRAMES, N_INPUT, config.n_hidden])
    first = tf.nn.conv1d(cast(features, compute.kind), cast(kernel, compute.kind), stride=1, padding='VALID')  # [B, T, H]
    first = tf.reshape(tf.transpose(first, [1, 0, 2]), [-1, config.n_hidden])  # [T * B, H]
    return _after_first_product(config, weights, first, n_time, lengths, drop, compute, None)


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
    compute = PLAIN._replace(reverse=_reverse_by_gathering)
    return _after_first_product(config, weights, first, n_time, lengths, None, compute, state)


def _after_first_product(config, weights, first, n_time, lengths, drop, compute, state):
    """The network from the first layer's product on. `first` is [T * B, H], time-major."""
    drop = drop or (lambda layer, x: x)
    n_batch = dims(lengths)[0]

    def activated(layer, product_of_kind):
        # The bias is added in the product's own type: so both become one operation, which rounds once.
        x = tf.nn.bias_add(product_of_kind, cast(weights.dense[layer].bias, product_of_kind.dtype))
        x = _clipped_relu(cast(x, tf.float32), config.relu_clip, compute.differentiable)
        if config.layer_norm:
            mean, variance = tf.nn.moments(x, [-1], keep_dims=True)
            x = tf.nn.batch_normalization(x, mean, variance, weights.norms[layer].beta, weights.norms[layer].gamma,
                                          NORM_EPSILON)
        return drop(layer, x)

    def dense(layer, x):
        return activated(layer, tf.matmul(cast(x, compute.kind), cast(weights.dense[layer].weights, compute.kind)))

    x = activated(1, first)
    x = dense(2, x)
    x = dense(3, x)
    x = tf.reshape(x, [n_time, n_batch, config.n_rnn_input])
    states = None if state is None else [state] + [_zeros_like(state)] * (len(weights.cells) - 1)
    x, states = lstm(compute, x, lengths, weights.cells, config.forget_bias, states)
    x = tf.reshape(x, [-1, config.n_rnn_output])
    x = dense(5, x)
    # The scores stay float32: what is rounded here is a sizeable part of a probability.
    x = tf.nn.bias_add(tf.matmul(x, weights.dense[6].weights), weights.dense[6].bias)
    return AcousticOutputs(tf.reshape(x, [n_time, n_batch, config.n_outputs], name='raw_logits'),
                           states[0] if states else None)


def _clipped_relu(x, clip, differentiable):
    """Returns `x` limited to 0 ... `clip`."""
    if not differentiable:
        return tf.minimum(tf.nn.relu(x), clip)

    @tf.custom_gradient
    def clipped(x):  # one operation, and only its result is kept for the gradient
        y = raw_ops.ClipByValue(t=x, clip_value_min=0., clip_value_max=clip)

        def gradient(dy):
            with tf.control_dependencies([dy]):  # or it would be made early and take memory for long
                inside = y * (clip - y)  # positive within the limits, 0 on them
            return raw_ops.ReluGrad(gradients=dy, features=inside)

        return y, gradient

    return clipped(x)


def _zeros_like(state):
    return LstmState(tf.zeros_like(state.c), tf.zeros_like(state.h))


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
