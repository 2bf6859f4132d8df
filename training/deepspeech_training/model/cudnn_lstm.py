"""The recurrent layer by NVIDIA's cuDNN library, fed from the canonical weights, so that checkpoints need no conversion.

cuDNN takes one flat vector: for each direction the input matrices of the gates i, f, c, o, then the recurrent ones, each
[cell, inputs] by rows; after all matrices the biases in the same order, an input one and a recurrent one per gate. It
adds the two biases; ours are the input ones, so that training moves them as on other devices.
Source: cuDNN's description of cudnnGetRNNLinLayerMatrixParams.
"""

from ..compat import dims, raw_ops, tf
from .mixed_precision import cast

# Where cuDNN's gates i, f, c, o stand in the canonical order i, c, f, o.
GATES = (0, 2, 1, 3)


def cudnn_lstm(inputs_tbi, lengths, cells, forget_bias, states, kind, differentiable):
    """Runs one or two directions. Needs a GPU.

    Args:
      inputs_tbi: float32 [time, batch, input].
      lengths: int32 [batch].
      cells: one LstmWeights per direction.
      forget_bias: float added to the forget gate.
      states: one pair (c, h) per direction, both [batch, cell].
      kind: type of all numbers within the library; bfloat16 is not for every version of it, float32 takes its place.
      differentiable: whether gradients are wanted.
    Returns:
      (outputs float32 [time, batch, directions * cell], one pair (c, h) per direction after each sequence's end).
    """
    kind = tf.float16 if kind == tf.float16 else tf.float32
    c0, h0 = [cast(tf.stack(values), kind) for values in zip(*states)]
    outputs = raw_ops.CudnnRNNV3(
        input=cast(inputs_tbi, kind), input_h=h0, input_c=c0, params=cast(flat_weights(cells, forget_bias), kind),
        sequence_lengths=lengths,
        rnn_mode='lstm', input_mode='linear_input', direction='bidirectional' if len(cells) > 1 else 'unidirectional',
        dropout=0., seed=0, seed2=0, num_proj=0, is_training=differentiable, time_major=True)
    finals = [tf.unstack(cast(values, tf.float32), len(cells)) for values in (outputs.output_c, outputs.output_h)]
    return cast(outputs.output, tf.float32), list(zip(*finals))


def flat_weights(cells, forget_bias):
    """Returns cuDNN's vector of the canonical weights of all directions."""
    matrices, biases = [], []
    for cell in cells:
        n_rows, n_columns = dims(cell.kernel)
        n_cell = n_columns // 4
        by_gate = tf.split(cell.kernel, 4, axis=1)
        for first, size in ((0, n_rows - n_cell), (n_rows - n_cell, n_cell)):
            matrices += [tf.reshape(tf.transpose(by_gate[gate][first:first + size]), [-1]) for gate in GATES]
        bias_by_gate = tf.split(cell.bias, 4)
        bias_by_gate[2] += forget_bias
        biases += [bias_by_gate[gate] for gate in GATES] + [tf.zeros_like(cell.bias)]
    return tf.concat(matrices + biases, axis=0)
