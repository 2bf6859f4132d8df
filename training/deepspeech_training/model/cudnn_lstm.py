"""The recurrent layer by NVIDIA's cuDNN library, fed from the canonical weights, so that checkpoints need no conversion.

cuDNN takes one flat vector: for each direction the input matrices of the gates i, f, c, o, then the recurrent ones, each
[cell, inputs] by rows; after all matrices the biases in the same order, an input one and a recurrent one per gate. It
adds the two biases; ours are the input ones, so that training moves them as on other devices.
Source: cuDNN's description of cudnnGetRNNLinLayerMatrixParams.
"""

from ..compat import dims, raw_ops, tf
from . import recurrent
from .compute import Compute
from .mixed_precision import cast
from .recurrent import Cells, LstmState, Recurrence, States, zero_states

# Where cuDNN's gates i, f, c, o stand in the order of ours.
GATES = tuple(recurrent.GATES.index(gate) for gate in 'ifco')


def cudnn_lstm(compute: Compute, inputs_tbi: tf.Tensor, lengths: tf.Tensor, cells: Cells, forget_bias: float,
               states: States) -> Recurrence:
    """Runs one or two directions on a GPU; arguments and result as of `lstm.lstm`. The library reverses and masks itself.

    Args:
      compute: Compute; all numbers within the library have its dtype. bfloat16 is not for every version of it, float32
        takes its place.
      inputs_tbi: float32 [time, batch, input].
      lengths: int32 [batch].
      cells: one LstmWeights per direction.
      forget_bias: added to the forget gate.
      states: one LstmState per direction, or None.
    """
    dtype = tf.float16 if compute.dtype == tf.float16 else tf.float32
    initial = states or zero_states(inputs_tbi, cells)
    c0, h0 = [cast(tf.stack(values), dtype) for values in zip(*initial)]
    outputs = raw_ops.CudnnRNNV3(
        input=cast(inputs_tbi, dtype), input_h=h0, input_c=c0, params=cast(flat_weights(cells, forget_bias), dtype),
        sequence_lengths=lengths,
        rnn_mode='lstm', input_mode='linear_input', direction='bidirectional' if len(cells) > 1 else 'unidirectional',
        dropout=0., seed=0, seed2=0, num_proj=0, is_training=compute.differentiable, time_major=True)
    finals = [tf.unstack(cast(values, tf.float32), len(cells)) for values in (outputs.output_c, outputs.output_h)]
    return cast(outputs.output, tf.float32), [LstmState(*final) for final in zip(*finals)] if states else None


def flat_weights(cells: Cells, forget_bias: float) -> tf.Tensor:
    """Returns cuDNN's vector of the weights of all directions, 1-D and of their type."""
    matrices, biases = [], []
    for cell in cells:
        n_rows, n_columns = dims(cell.kernel)
        n_cell = n_columns // 4
        by_gate = tf.split(cell.kernel, 4, axis=1)
        for first, size in ((0, n_rows - n_cell), (n_rows - n_cell, n_cell)):
            matrices += [tf.reshape(tf.transpose(by_gate[gate][first:first + size]), [-1]) for gate in GATES]
        bias_by_gate = tf.split(cell.bias, 4)
        bias_by_gate[recurrent.FORGET_GATE] += forget_bias
        biases += [bias_by_gate[gate] for gate in GATES] + [tf.zeros_like(cell.bias)]
    return tf.concat(matrices + biases, axis=0)
