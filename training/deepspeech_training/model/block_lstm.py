"""The recurrent layer by TensorFlow's fused operation, one call per direction; also what exported graphs use.

Its products are always made of float32 numbers.

Short because TensorFlow does the work; each implementation has a module of its own.
"""

from ..compat import raw_ops, tf
from .compute import Compute
from .recurrent import Cells, Recurrence, States, cell_width, finished, in_order, zero_states


def block_lstm(compute: Compute, inputs_tbi: tf.Tensor, lengths: tf.Tensor, cells: Cells, forget_bias: float,
               states: States) -> Recurrence:
    """Runs one or two directions; arguments and result as of `lstm.lstm`.

    Args:
      compute: Compute; its dtype is not looked at.
      inputs_tbi: float32 [time, batch, input].
      lengths: int32 [batch].
      cells: one LstmWeights per direction.
      forget_bias: added to the forget gate.
      states: one LstmState per direction, or None.
    """
    n_cell = cell_width(cells)
    peephole = tf.zeros([n_cell])  # the operation wants peephole weights even when it does not use them
    last = tf.cast(tf.reduce_max(lengths), tf.int64)
    hidden, memory = [], []
    for x, cell, state in zip(in_order(compute, inputs_tbi, lengths, cells), cells,
                              states or zero_states(inputs_tbi, cells)):
        outputs = raw_ops.BlockLSTM(seq_len_max=last, x=x, cs_prev=state.c, h_prev=state.h, w=cell.kernel,
                                    wci=peephole, wcf=peephole, wco=peephole, b=cell.bias,
                                    forget_bias=float(forget_bias), cell_clip=-1.0, use_peephole=False)
        hidden.append(outputs.h)
        memory.append(outputs.cs)
    return finished(compute, lengths, hidden, memory, states)
