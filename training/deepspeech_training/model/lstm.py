"""The recurrent layer: one function, one weight layout, several implementations with equal results.

Layout: kernel [input + cell, 4 * cell] and bias [4 * cell], gates in the order i, c (candidate), f, o.

    z = [x_t, h_(t-1)] kernel + bias
    c_t = sigmoid(f + forget_bias) * c_(t-1) + sigmoid(i) * tanh(c)
    h_t = sigmoid(o) * tanh(c_t)

Outputs at t >= length are 0. Source: Hochreiter & Schmidhuber 1997, with the forget gate of Gers et al. 2000.
"""

from collections import namedtuple

from ..compat import dims, raw_ops, tf

LstmWeights = namedtuple('LstmWeights', 'kernel bias')
LstmState = namedtuple('LstmState', 'c h')  # both float32 [batch, cell]


def lstm(implementation, inputs_tbi, lengths, weights, forget_bias, state=None):
    """Runs one direction of an LSTM over a batch of sequences.

    Args:
      implementation: a key of `IMPLEMENTATIONS`.
      inputs_tbi: float32 [time, batch, input].
      lengths: int32 [batch]; steps at and after a sequence's length give 0.
      weights: LstmWeights.
      forget_bias: float added to the forget gate.
      state: LstmState to start from; None: zeros.
    Returns:
      (outputs float32 [time, batch, cell], LstmState after the last valid step of each sequence).
    """
    n_time, n_batch, _ = dims(inputs_tbi)
    if state is None:
        zeros = tf.zeros([n_batch, dims(weights.bias)[0] // 4])
        state = LstmState(zeros, zeros)
    hidden, cells = IMPLEMENTATIONS[implementation](inputs_tbi, lengths, weights, forget_bias, state)
    mask = tf.transpose(tf.sequence_mask(lengths, n_time, tf.float32))  # [time, batch]
    final = LstmState(_at_length(cells, state.c, lengths), _at_length(hidden, state.h, lengths))
    return hidden * tf.expand_dims(mask, 2), final


def _at_length(sequence_tbh, initial, lengths):
    """Returns each sequence's value after its last valid step; the initial one for length 0."""
    with_initial = tf.concat([tf.expand_dims(initial, 0), sequence_tbh], axis=0)
    return tf.gather_nd(with_initial, tf.stack([lengths, tf.range(dims(lengths)[0])], axis=1))


def _block(inputs_tbi, lengths, weights, forget_bias, state):
    """TensorFlow's fused operation; also what exported graphs use."""
    cell = dims(weights.bias)[0] // 4
    peephole = tf.zeros([cell])  # the operation wants peephole weights even when it does not use them
    outputs = raw_ops.BlockLSTM(
        seq_len_max=tf.cast(tf.reduce_max(lengths), tf.int64), x=inputs_tbi, cs_prev=state.c, h_prev=state.h,
        w=weights.kernel, wci=peephole, wcf=peephole, wco=peephole, b=weights.bias,
        forget_bias=float(forget_bias), cell_clip=-1.0, use_peephole=False)
    return outputs.h, outputs.cs


def _loop(inputs_tbi, lengths, weights, forget_bias, state):
    """A loop that carries only h and c; everything that does not depend on the step before is one large product.

    The gradient is written by hand: its loop carries dh and dc and stacks the gates' gradients, and the weight
    gradients are single products over all steps afterwards. Steps after a sequence's end need no care: the caller
    masks their outputs, so that their gradients are 0.
    """
    del lengths
    n_time, n_batch, n_input = dims(inputs_tbi)
    cell = dims(weights.bias)[0] // 4
    gate_bias = weights.bias + forget_bias * tf.constant([0.] * 2 * cell + [1.] * cell + [0.] * cell)
    input_kernel, recurrent_kernel = tf.split(weights.kernel, [n_input, cell])
    projected = tf.nn.bias_add(tf.matmul(tf.reshape(inputs_tbi, [-1, n_input]), input_kernel), gate_bias)
    projected = tf.reshape(projected, [n_time, n_batch, 4 * cell])
    return _recurrence(projected, recurrent_kernel, state.c, state.h)


@tf.custom_gradient
def _recurrence(projected, recurrent, c0, h0):
    """Returns (h, c), both [time, batch, cell], for gate inputs `projected` [time, batch, 4 * cell]."""
    n_time = tf.shape(projected)[0]
    cell = dims(recurrent)[0]
    inputs = tf.TensorArray(tf.float32, n_time).unstack(projected)

    def step(time, c, h, gate_array, c_array, h_array):
        i, g, f, o = tf.split(inputs.read(time) + tf.matmul(h, recurrent), 4, axis=1)
        i, g, f, o = tf.sigmoid(i), tf.tanh(g), tf.sigmoid(f), tf.sigmoid(o)
        c = f * c + i * g
        h = o * tf.tanh(c)
        return (time + 1, c, h, gate_array.write(time, tf.concat([i, g, f, o], axis=1)), c_array.write(time, c),
                h_array.write(time, h))

    arrays = [tf.TensorArray(tf.float32, n_time, element_shape=[None, width]) for width in (4 * cell, cell, cell)]
    _, _, _, gate_array, c_array, h_array = tf.while_loop(
        lambda time, *_: time < n_time, step, [tf.constant(0), c0, h0] + arrays, back_prop=False)
    gates, c_all, h_all = gate_array.stack(), c_array.stack(), h_array.stack()

    def gradient(dh_all, dc_all):
        dz, dc0, dh0 = _recurrence_gradient(recurrent, c0, gates, c_all, dh_all, dc_all)
        h_before = tf.concat([tf.expand_dims(h0, 0), h_all[:-1]], axis=0)
        d_recurrent = tf.matmul(tf.reshape(h_before, [-1, cell]), tf.reshape(dz, [-1, 4 * cell]), transpose_a=True)
        return dz, d_recurrent, dc0, dh0

    return (h_all, c_all), gradient


def _recurrence_gradient(recurrent, c0, gates, c_all, dh_all, dc_all):
    """Returns (dz [time, batch, 4 * cell], dc0, dh0); walks the steps backwards."""
    n_time = tf.shape(gates)[0]
    cell = dims(recurrent)[0]
    recurrent_transposed = tf.transpose(recurrent)  # once, not in every step
    c_before = tf.concat([tf.expand_dims(c0, 0), c_all[:-1]], axis=0)
    gate_array, c_array, c_before_array, dh_array, dc_array = [
        tf.TensorArray(tf.float32, n_time).unstack(values) for values in (gates, c_all, c_before, dh_all, dc_all)]

    def step(time, dc, dh, dz_array):
        i, g, f, o = tf.split(gate_array.read(time), 4, axis=1)
        tanh_c = tf.tanh(c_array.read(time))
        dh = dh + dh_array.read(time)
        dc = dc + dc_array.read(time) + dh * o * (1. - tanh_c * tanh_c)
        dz = tf.concat([dc * g * i * (1. - i), dc * i * (1. - g * g), dc * c_before_array.read(time) * f * (1. - f),
                        dh * tanh_c * o * (1. - o)], axis=1)
        return time - 1, dc * f, tf.matmul(dz, recurrent_transposed), dz_array.write(time, dz)

    dz_array = tf.TensorArray(tf.float32, n_time, element_shape=[None, 4 * cell])
    _, dc0, dh0, dz_array = tf.while_loop(
        lambda time, *_: time >= 0, step, [n_time - 1, tf.zeros_like(c0), tf.zeros_like(c0), dz_array],
        back_prop=False)
    return dz_array.stack(), dc0, dh0


IMPLEMENTATIONS = {'block': _block, 'loop': _loop}
