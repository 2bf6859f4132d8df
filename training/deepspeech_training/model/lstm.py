"""The recurrent layer: one function, one weight layout, several implementations with equal results.

Layout: kernel [input + cell, 4 * cell] and bias [4 * cell], gates in the order i, c (candidate), f, o.

    z = [x_t, h_(t-1)] kernel + bias
    c_t = sigmoid(f + forget_bias) * c_(t-1) + sigmoid(i) * tanh(c)
    h_t = sigmoid(o) * tanh(c_t)

Outputs at t >= length are 0. A second direction reads each sequence from its end. Source: Hochreiter & Schmidhuber
1997, with the forget gate of Gers et al. 2000; Schuster & Paliwal 1997 for two directions.
"""

from collections import namedtuple

from ..compat import dims, raw_ops, tf
from .cudnn_lstm import cudnn_lstm
from .loop_lstm import loop_lstm

LstmWeights = namedtuple('LstmWeights', 'kernel bias')
LstmState = namedtuple('LstmState', 'c h')  # both float32 [batch, cell]


def lstm(compute, inputs_tbi, lengths, cells, forget_bias, states=None):
    """Runs an LSTM over a batch of sequences, in one direction or in both.

    Args:
      compute: compute.Compute; `block` makes its products of float32 whatever it says.
      inputs_tbi: float32 [time, batch, input].
      lengths: int32 [batch]; steps at and after a sequence's length give 0.
      cells: one LstmWeights per direction, forward first.
      forget_bias: float added to the forget gate.
      states: one LstmState per direction to start from; None: zeros.
    Returns:
      (outputs float32 [time, batch, directions * cell], one LstmState per direction after the last valid step of each
      sequence). The latter is None when `states` is: nobody who starts from zeros goes on from there.
    """
    return IMPLEMENTATIONS[compute.lstm](compute, inputs_tbi, lengths, cells, forget_bias, states)


def _block(compute, inputs_tbi, lengths, cells, forget_bias, states):
    """TensorFlow's fused operation; also what exported graphs use."""
    n_cell = _n_cell(cells)
    peephole = tf.zeros([n_cell])  # the operation wants peephole weights even when it does not use them
    last = tf.cast(tf.reduce_max(lengths), tf.int64)
    hidden, memory = [], []
    for x, cell, state in zip(_in_order(compute, inputs_tbi, lengths, cells), cells,
                              states or _zero_states(inputs_tbi, cells)):
        outputs = raw_ops.BlockLSTM(seq_len_max=last, x=x, cs_prev=state.c, h_prev=state.h, w=cell.kernel,
                                    wci=peephole, wcf=peephole, wco=peephole, b=cell.bias,
                                    forget_bias=float(forget_bias), cell_clip=-1.0, use_peephole=False)
        hidden.append(outputs.h)
        memory.append(outputs.cs)
    return _finished(compute, lengths, hidden, memory, states)


def _loop(compute, inputs_tbi, lengths, cells, forget_bias, states):
    """See loop_lstm.py."""
    n_cell = _n_cell(cells)
    opened = forget_bias * tf.constant([0.] * 2 * n_cell + [1.] * n_cell + [0.] * n_cell)
    h_all, c_all = loop_lstm(_in_order(compute, inputs_tbi, lengths, cells), [cell.kernel for cell in cells],
                             [cell.bias + opened for cell in cells], states or _zero_states(inputs_tbi, cells),
                             compute.kind, compute.differentiable, states is not None)
    return _finished(compute, lengths, h_all, c_all, states)


def _cudnn(compute, inputs_tbi, lengths, cells, forget_bias, states):
    """NVIDIA's library, see cudnn_lstm.py; it reverses and masks by itself."""
    outputs, finals = cudnn_lstm(inputs_tbi, lengths, cells, forget_bias, states or _zero_states(inputs_tbi, cells),
                                 compute.kind, compute.differentiable)
    return outputs, [LstmState(*final) for final in finals] if states else None


IMPLEMENTATIONS = {'block': _block, 'loop': _loop, 'cudnn': _cudnn}


def _n_cell(cells):
    return dims(cells[0].bias)[0] // 4


def _zero_states(inputs_tbi, cells):
    zeros = tf.zeros([dims(inputs_tbi)[1], _n_cell(cells)])
    return [LstmState(zeros, zeros)] * len(cells)


def _in_order(compute, inputs_tbi, lengths, cells):
    """Returns the inputs of each direction in its own order of time."""
    return [inputs_tbi] + [compute.reverse(inputs_tbi, lengths, seq_axis=0, batch_axis=1) for _ in cells[1:]]


def _finished(compute, lengths, hidden, memory, states):
    """Returns what `lstm` does, of each direction's h and c of all steps, [time, batch, cell] in its order of time."""
    mask = tf.expand_dims(tf.transpose(tf.sequence_mask(lengths, dims(hidden[0])[0], tf.float32)), 2)
    outputs = [h * mask for h in hidden]
    outputs[1:] = [compute.reverse(h, lengths, seq_axis=0, batch_axis=1) for h in outputs[1:]]
    outputs = tf.concat(outputs, axis=2) if len(outputs) > 1 else outputs[0]
    if states is None:
        return outputs, None
    return outputs, [LstmState(_at_length(c, state.c, lengths), _at_length(h, state.h, lengths))
                     for h, c, state in zip(hidden, memory, states)]


def _at_length(sequence_tbh, initial, lengths):
    """Returns each sequence's value after its last valid step; the initial one for length 0."""
    with_initial = tf.concat([tf.expand_dims(initial, 0), sequence_tbh], axis=0)
    return tf.gather_nd(with_initial, tf.stack([lengths, tf.range(dims(lengths)[0])], axis=1))
