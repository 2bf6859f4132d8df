"""What all implementations of the recurrent layer share: weights, states, and the order of gates and of time.

Layout of the weights: kernel [input + cell, 4 * cell] and bias [4 * cell], gates in the order `GATES`.
"""

from typing import List, NamedTuple, Optional, Sequence, Tuple

from ..compat import dims, tf
from .compute import Compute

GATES = 'icfo'  # input, candidate, forget, output: the order in kernels and biases
FORGET_GATE = GATES.index('f')


class LstmWeights(NamedTuple):
    """The weights of one direction."""

    kernel: tf.Tensor  # float32 [input + cell, 4 * cell]
    bias: tf.Tensor  # float32 [4 * cell]


class LstmState(NamedTuple):
    """Where one direction stands, both float32 [batch, cell]."""

    c: tf.Tensor
    h: tf.Tensor


Cells = Sequence[LstmWeights]  # one per direction, forward first
States = Optional[List[LstmState]]  # one per direction
Recurrence = Tuple[tf.Tensor, States]  # outputs float32 [time, batch, directions * cell], final states


def cell_width(cells: Cells) -> int:
    """Returns the width of one direction."""
    return dims(cells[0].bias)[0] // len(GATES)


def zero_states(inputs_tbi: tf.Tensor, cells: Cells) -> List[LstmState]:
    """Returns the state before the first step of float32 [time, batch, input], for each direction."""
    zeros = tf.zeros([dims(inputs_tbi)[1], cell_width(cells)])
    return [LstmState(zeros, zeros)] * len(cells)


def in_order(compute: Compute, inputs_tbi: tf.Tensor, lengths: tf.Tensor, cells: Cells) -> List[tf.Tensor]:
    """Returns the inputs, float32 [time, batch, input], of each direction in its own order of time."""
    return [inputs_tbi] + [compute.reverse(inputs_tbi, lengths, seq_axis=0, batch_axis=1) for _ in cells[1:]]


def finished(compute: Compute, lengths: tf.Tensor, hidden: Sequence[tf.Tensor], memory: Optional[Sequence[tf.Tensor]],
             states: States) -> Recurrence:
    """Returns what `lstm.lstm` does.

    Args:
      compute: Compute.
      lengths: int32 [batch].
      hidden: h of all steps, float32 [time, batch, cell], one per direction in its own order of time.
      memory: c likewise; not looked at without `states`.
      states: the initial ones, or None if nobody wants the final ones.
    """
    mask = tf.expand_dims(tf.transpose(tf.sequence_mask(lengths, dims(hidden[0])[0], tf.float32)), 2)
    outputs = [h * mask for h in hidden]
    outputs[1:] = [compute.reverse(h, lengths, seq_axis=0, batch_axis=1) for h in outputs[1:]]
    joined = tf.concat(outputs, axis=2) if len(outputs) > 1 else outputs[0]
    if states is None or memory is None:
        return joined, None
    return joined, [LstmState(_at_length(c, state.c, lengths), _at_length(h, state.h, lengths))
                    for h, c, state in zip(hidden, memory, states)]


def _at_length(sequence_tbh, initial, lengths):
    """Returns each sequence's value after its last valid step; the initial one for length 0."""
    with_initial = tf.concat([tf.expand_dims(initial, 0), sequence_tbh], axis=0)
    return tf.gather_nd(with_initial, tf.stack([lengths, tf.range(dims(lengths)[0])], axis=1))
