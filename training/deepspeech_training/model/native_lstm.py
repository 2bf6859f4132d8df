"""The recurrent layer in a native library: all steps of a batch in one call on the way forward and one on the way back.

The products with all steps at once (the input's share of the gates; the gradients of inputs and kernel) stay TensorFlow's. The
library honours lengths and reverses by itself, so nothing is turned round or masked here. It is reached by a Python function
within the graph, so that one build serves every TensorFlow; other threads run during the calls.

Letters: T time, B batch, I input, H cell, D directions.
"""

from typing import NamedTuple, Tuple

import numpy as np

from ..compat import dims, tf
from .compute import Compute
from .mixed_precision import cast, matmul
from .native_library import layers
from .recurrent import FORGET_GATE, GATES, Cells, LstmState, Recurrence, States, cell_width, zero_states


class _Operands(NamedTuple):
    """What the layer is computed from, float32."""

    rows: tf.Tensor  # [T * B, I]
    kernels: Tuple[tf.Tensor, ...]  # [I + H, 4 H], one per direction, as the next
    biases: Tuple[tf.Tensor, ...]  # [4 H], forget bias included
    c0: tf.Tensor  # [D, B, H]
    h0: tf.Tensor


class _Forward(NamedTuple):
    h: tf.Tensor  # float32 [T, B, D * H]
    c_last: tf.Tensor  # float32 [D, B, H]
    h_last: tf.Tensor
    gates: Tuple[tf.Tensor, ...]  # float32 [T * B, 4 H], one per direction; empty if no gradients are wanted
    c: Tuple[tf.Tensor, ...]  # float32 [T * B, H]


def native_lstm(compute: Compute, inputs_tbi: tf.Tensor, lengths: tf.Tensor, cells: Cells, forget_bias: float,
                states: States) -> Recurrence:
    """Runs one or two directions; arguments and result as of `lstm.lstm`.

    Args:
      compute: Compute; products are made of numbers of its dtype, those of float16 in the recurrence of float32; sums and
        all else are float32.
      inputs_tbi: float32 [time, batch, input].
      lengths: int32 [batch].
      cells: one LstmWeights per direction.
      forget_bias: added to the forget gate.
      states: one LstmState per direction, or None.
    """
    n_cell, n = cell_width(cells), len(cells)
    opened = tf.constant(sum(([forget_bias * (gate == FORGET_GATE)] * n_cell for gate in range(len(GATES))), []))
    layer = _Layer(compute, n_cell, n, lengths)
    c0, h0 = [tf.stack(values) for values in zip(*(states or zero_states(inputs_tbi, cells)))]
    operands = _Operands(tf.reshape(inputs_tbi, [-1, dims(inputs_tbi)[2]]),
                         tuple(tf.convert_to_tensor(cell.kernel) for cell in cells),
                         tuple(cell.bias + opened for cell in cells), c0, h0)
    results = _differentiable(layer, operands, states) if compute.differentiable else layer.forward(operands, False)[:3]
    if states is None:
        return results[0], None
    return results[0], [LstmState(*final) for final in zip(tf.unstack(results[1], n), tf.unstack(results[2], n))]


def _differentiable(layer, operands, states):
    """Returns (h, c_last, h_last) of the layer, the latter two without `states`: who starts from zeros does not go on."""
    n = layer.n_directions

    @tf.custom_gradient
    def recurrence(*values):
        given = _Operands(values[0], values[1:1 + n], values[1 + n:1 + 2 * n], *values[1 + 2 * n:])
        outputs = layer.forward(given, keeps_path=True)

        def gradient(dh, *d_last):
            return layer.gradients(given, outputs, dh, d_last)

        return outputs[:3] if states else outputs.h, gradient

    results = recurrence(operands.rows, *operands.kernels, *operands.biases, operands.c0, operands.h0)
    return results if states else [results]


class _Layer:
    """The two passes, as operations of the graph."""

    def __init__(self, compute, n_cell, n_directions, lengths):
        self.n_cell, self.n_directions = n_cell, n_directions
        self._dtype, self._lengths, self._n_threads = compute.dtype, lengths, compute.n_threads
        self._is_bfloat16 = compute.dtype == tf.bfloat16
        self._has_gradients = False

    def forward(self, operands, keeps_path):
        """Returns the _Forward."""
        n, n_cell = self.n_directions, self.n_cell
        shares = []
        for kernel in operands.kernels:
            with tf.control_dependencies(shares[-1:]):  # side by side, products of this size slow each other down
                z = tf.matmul(cast(operands.rows, self._dtype), cast(kernel[:-n_cell], self._dtype))
            shares.append(tf.bitcast(z, tf.uint16) if self._is_bfloat16 else cast(z, tf.float32))

        def run(lengths, c0, h0, *values):
            shape = self._shape(len(values[0]) // len(lengths), lengths)
            directions = [layers().Forward(number == 1, *values[number::n], c0[number], h0[number])
                          for number in range(n)]
            h, *last, paths = layers().run_lstm(shape, directions, keeps_path)
            return [h] + last + [array for path in paths for array in path]

        n_path = 2 * n * keeps_path
        h, c_last, h_last, *path = tf.numpy_function(
            run, [self._lengths, operands.c0, operands.h0, *shares, *operands.kernels, *operands.biases],
            [tf.float32] * (3 + n_path))
        h.set_shape([None, dims(self._lengths)[0] if self._lengths.shape.is_fully_defined() else None, n * n_cell])
        for last in (c_last, h_last):
            last.set_shape(operands.c0.shape)
        return _Forward(h, c_last, h_last, tuple(path[::2]), tuple(path[1::2]))

    def gradients(self, operands, outputs, dh, d_last):
        """Returns the gradients of all operands, a list in their order; `d_last` are those of c_last and h_last, or nothing.

        The library writes over the gates, which nobody else reads: so there is one gradient only. What TensorFlow made it must
        not write over: that may be a constant of the graph.
        """
        if self._has_gradients:
            raise NotImplementedError('Gradients of a native layer can be built once in a graph; take loop for more.')
        self._has_gradients = True
        n = self.n_directions

        def run(lengths, dh, c0, *values):
            shape = self._shape(len(dh), lengths)
            directions = [layers().Backward(number == 1, *values[number:3 * n:n], c0[number]) for number in range(n)]
            results = layers().run_lstm_back(shape, directions, dh, *values[3 * n:])
            return ([result.dz for result in results] + [result.dbias for result in results] +
                    [np.stack(values) for values in zip(*[result[2:] for result in results])])

        dz_type = tf.uint16 if self._is_bfloat16 else tf.float32
        values = tf.numpy_function(
            run, [self._lengths, dh, operands.c0, *outputs.gates, *outputs.c, *operands.kernels, *d_last],
            [dz_type] * n + [tf.float32] * (n + 2))
        dz_all, d_biases, (dc0, dh0) = values[:n], values[n:2 * n], values[2 * n:]
        dx, d_kernels = [], []
        for number, dz in enumerate(dz_all):
            dz.set_shape([None, 4 * self.n_cell])
            with tf.control_dependencies(d_kernels[-1:]):
                dz = tf.bitcast(dz, tf.bfloat16) if self._is_bfloat16 else dz
                dx.append(matmul(dz, operands.kernels[number][:-self.n_cell], self._dtype, transpose_b=True))
            with tf.control_dependencies(dx[-1:]):
                d_kernels.append(self._kernel_gradient(operands, outputs.h, dz, number, has_states=bool(d_last)))
        for values, given in zip((d_biases, [dc0, dh0]), (operands.biases, (operands.c0, operands.h0))):
            for value, operand in zip(values, given):
                value.set_shape(operand.shape)
        return [tf.add_n(dx)] + d_kernels + d_biases + [dc0, dh0]

    def _kernel_gradient(self, operands, h, dz, number, has_states):
        """Returns the gradient of the kernel of a direction, of which `dz` [T * B, 4 H] is the gates' gradient."""
        n_batch = tf.shape(self._lengths)[0]
        h = tf.reshape(h, [-1, self.n_directions * self.n_cell])[:, number * self.n_cell:(number + 1) * self.n_cell]
        # Where a sequence begins, and behind its end, one of the two is 0.
        before, after = (h[:-n_batch], dz[n_batch:]) if number == 0 else (h[n_batch:], dz[:-n_batch])
        of_recurrent = matmul(before, after, self._dtype, transpose_a=True)
        if has_states:  # the first steps follow the given states
            first = tf.maximum(self._lengths - 1, 0) * number * n_batch + tf.range(n_batch)
            of_recurrent += matmul(operands.h0[number], tf.gather(dz, first), self._dtype, transpose_a=True)
        return tf.concat([matmul(operands.rows, dz, self._dtype, transpose_a=True), of_recurrent], axis=0)

    def _shape(self, n_time, lengths):
        return layers().Shape(n_time, self.n_cell, lengths, self._n_threads, self._is_bfloat16)
