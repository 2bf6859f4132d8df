"""The acoustic model: from feature frames to one score per label and frame.

Three clipped-ReLU layers, the first over a window of 19 frames; a recurrent layer in one or both directions; one
more clipped-ReLU layer; a linear layer. Beside it, what training adds: dropout and the loss of connectionist temporal
classification. Source: Hannun et al. 2014 (Deep Speech), with an LSTM for its recurrence.
Letters in comments: B batch, T time, H n_hidden, C cell outputs.
"""

from typing import NamedTuple, Optional

from ..compat import dims, raw_ops, tf
from ..settings.features import N_CONTEXT, N_INPUT, WINDOW_FRAMES
from ..settings.model import ModelConfig
from .compute import PLAIN, Compute
from .dropout import NO_DROPOUT, Masks
from .lstm import lstm
from .mixed_precision import cast
from .native_activation import NATIVE_TYPES, native_activation
from .native_ctc import native_ctc_losses
from .recurrent import LstmState
from .variables import AcousticWeights

NORM_EPSILON = 1e-12
NO_LABEL = -1  # fills short transcripts up to the longest of a batch


class AcousticOutputs(NamedTuple):
    """What the network gives."""

    logits_tbc: tf.Tensor  # float32 [time, batch, labels + 1], no softmax
    state: Optional[LstmState]  # of the forward direction at the end


def acoustic_model(config: ModelConfig, weights: AcousticWeights, features: tf.Tensor, lengths: tf.Tensor,
                   masks: Masks = NO_DROPOUT, compute: Compute = PLAIN) -> AcousticOutputs:
    """Builds the network over whole utterances.

    Args:
      config: geometry.
      weights: variables of that geometry.
      features: float32 [batch, time + 18, 26], each utterance's frames between the context of its first and last one.
      lengths: int32 [batch], frames of each utterance.
      masks: of the dropout after layers 1, 2, 3 and 5.
      compute: how to compute it.
    """
    n_time = dims(features)[1] - 2 * N_CONTEXT
    # A dense layer over a sliding window is a convolution; so the window is never written out 19 times.
    kernel = tf.reshape(weights.dense[1].weights, [WINDOW_FRAMES, N_INPUT, config.n_hidden])
    first = tf.nn.conv1d(cast(features, compute.dtype), cast(kernel, compute.dtype), stride=1, padding='VALID')  # [B, T, H]
    first = tf.reshape(tf.transpose(first, [1, 0, 2]), [-1, config.n_hidden])  # [T * B, H]
    layers = _Layers(config, weights, masks, compute)
    return _after_first_product(layers, first, n_time, lengths, None)


def streaming_acoustic_model(config: ModelConfig, weights: AcousticWeights, windows: tf.Tensor, lengths: tf.Tensor,
                             state: LstmState) -> AcousticOutputs:
    """Builds the network over ready-made context windows, as published clients feed it.

    Uses only operations of the published runtime. In the bidirectional model the forward direction goes on from
    `state`, the backward one starts anew at the end of these steps.

    Args:
      config: geometry.
      weights: variables of that geometry.
      windows: float32 [batch, steps, 19, 26], both batch and steps known.
      lengths: int32 [batch], valid steps.
      state: of the forward direction.
    """
    _, n_time, _, _ = dims(windows)
    flat = tf.reshape(tf.transpose(windows, [1, 0, 2, 3]), [-1, WINDOW_FRAMES * N_INPUT])  # [T * B, 494]
    first = tf.matmul(flat, weights.dense[1].weights)
    layers = _Layers(config, weights, NO_DROPOUT, PLAIN._replace(reverse=_reverse_by_gathering))
    return _after_first_product(layers, first, n_time, lengths, state)


class _Layers(NamedTuple):
    """The dense layers that end in an activation; `x` is [T * B, inputs], time-major."""

    config: ModelConfig
    weights: AcousticWeights
    masks: Masks
    compute: Compute

    def dense(self, layer, x):
        dtype = self.compute.dtype
        return self.activated(layer, tf.matmul(cast(x, dtype), cast(self.weights.dense[layer].weights, dtype)))

    def activated(self, layer, product):
        """Returns what follows the product of a layer, which may still be of the shorter type, as float32."""
        bias = self.weights.dense[layer].bias
        is_native = self.compute.is_native and self.compute.differentiable and product.dtype in NATIVE_TYPES
        if is_native and not self.config.layer_norm:  # that comes before dropout
            return native_activation(self.compute, product, bias, self.config.relu_clip, self.masks.of_layer(layer))
        # The bias is added in the product's own type: so both become one operation, which rounds once.
        x = tf.nn.bias_add(product, cast(bias, product.dtype))
        x = _clipped_relu(cast(x, tf.float32), self.config.relu_clip, self.compute.differentiable)
        if self.config.layer_norm:
            mean, variance = tf.nn.moments(x, [-1], keep_dims=True)
            norm = self.weights.norms[layer]
            x = tf.nn.batch_normalization(x, mean, variance, offset=norm.beta, scale=norm.gamma,
                                          variance_epsilon=NORM_EPSILON)
        return self.masks.apply(layer, x)


def _after_first_product(layers, first, n_time, lengths, state):
    """Returns the AcousticOutputs; `first` is the first layer's product [T * B, H], time-major."""
    config, weights = layers.config, layers.weights
    n_batch = dims(lengths)[0]
    x = layers.activated(1, first)
    x = layers.dense(2, x)
    x = layers.dense(3, x)
    x = tf.reshape(x, [n_time, n_batch, config.n_rnn_input])
    states = None if state is None else [state] + [_zeros_like(state)] * (len(weights.cells) - 1)
    with tf.name_scope('recurrent'):
        x, states = lstm(layers.compute, x, lengths, weights.cells, config.forget_bias, states=states)
    x = tf.reshape(x, [-1, config.n_rnn_output])
    x = layers.dense(5, x)
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
    mirrored = tf.cast(tf.nn.relu(tf.cast(tf.expand_dims(lengths - 1, 0) - steps, tf.float32)), tf.int32)  # [T, B]
    batch = tf.tile(tf.expand_dims(tf.range(n_batch), 0), [n_time, 1])
    return tf.gather_nd(x, tf.stack([mirrored, batch], axis=2))


def ctc_losses(logits_tbc: tf.Tensor, lengths: tf.Tensor, labels: tf.Tensor, compute: Compute = PLAIN) -> tf.Tensor:
    """Returns the negative log-likelihood of each utterance's transcript, natural log, not divided by its length.

    Args:
      logits_tbc: float32 [time, batch, labels + 1]; the last class is the blank.
      lengths: int32 [batch], frames of each utterance.
      labels: int32 [batch, longest transcript], filled up with `NO_LABEL`.
      compute: which implementation.
    Returns:
      float32 [batch]; infinite where the frames do not suffice for the transcript.
    Source: Graves et al. 2006 (connectionist temporal classification).
    """
    with tf.name_scope('ctc'):
        if compute.is_native:
            return native_ctc_losses(compute, logits_tbc, lengths, labels)
        indices = tf.where(labels >= 0)
        sparse = tf.SparseTensor(indices, tf.gather_nd(labels, indices), tf.shape(labels, out_type=tf.int64))
        return tf.nn.ctc_loss(labels=sparse, inputs=logits_tbc, sequence_length=lengths)
