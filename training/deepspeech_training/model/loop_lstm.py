"""The recurrent layer as a loop of few, large operations, with a gradient written by hand.

What does not depend on the step before is one product over all steps: the input's share of the gates beforehand, the
gradients of kernel and input afterwards. The loops carry c and h, backwards their gradients. Both directions of a
bidirectional layer share each step. Steps after a sequence's end need no care: the caller masks their outputs, so that
their gradients are 0.

Letters: T time, B batch, I input, H cell, D directions. Within the loops the batch comes last: so the recurrent kernel
is the left factor of its product, which TensorFlow's CPU library reads in place; as the right factor it would be
rearranged in every step, and reading it is what a step costs.
"""

from typing import NamedTuple, Tuple

from ..compat import dims, raw_ops, stacked_product, tf
from .compute import Compute
from .mixed_precision import cast, matmul
from .recurrent import FORGET_GATE, GATES, Cells, Recurrence, States, cell_width, finished, in_order, zero_states


class _Sizes(NamedTuple):
    n_time: int  # this and the next may be scalar int32 tensors
    n_batch: int
    n_input: int
    n_cell: int
    n_directions: int


class _Operands(NamedTuple):
    """What the recurrence is computed from: all float32, the first three one per direction."""

    rows: Tuple[tf.Tensor, ...]  # [T * B, I], in the direction's own order of time
    kernels: Tuple[tf.Tensor, ...]  # [I + H, 4 H]
    biases: Tuple[tf.Tensor, ...]  # [4 H], forget bias included
    c0: tf.Tensor  # [D, H, B]
    h0: tf.Tensor


class _Path(NamedTuple):
    """All steps of the recurrence: h and c are float32 [T + 1, D, H, B], the initial ones first."""

    h: tf.Tensor
    c: tf.Tensor
    z: tf.TensorArray  # the gates before squashing, T times [D, 4 H, B]; empty if no gradients are wanted


def loop_lstm(compute: Compute, inputs_tbi: tf.Tensor, lengths: tf.Tensor, cells: Cells, forget_bias: float,
              states: States) -> Recurrence:
    """Runs one or two directions side by side; arguments and result as of `lstm.lstm`.

    Args:
      compute: Compute; products are made of numbers of its dtype, sums and all else are float32.
      inputs_tbi: float32 [time, batch, input].
      lengths: int32 [batch].
      cells: one LstmWeights per direction.
      forget_bias: added to the forget gate.
      states: one LstmState per direction, or None.
    """
    n_cell = cell_width(cells)
    of_gate = [[1.] * n_cell if gate == FORGET_GATE else [0.] * n_cell for gate in range(len(GATES))]
    opened = forget_bias * tf.constant(sum(of_gate, []))
    inputs = in_order(compute, inputs_tbi, lengths, cells)
    biases = tuple(cell.bias + opened for cell in cells)
    initial = states or zero_states(inputs_tbi, cells)
    n_time, n_batch, n_input = dims(inputs[0])
    sizes = _Sizes(n_time, n_batch, n_input, n_cell=n_cell, n_directions=len(cells))
    rows = tuple(tf.reshape(x, [-1, sizes.n_input]) for x in inputs)
    kernels = tuple(tf.convert_to_tensor(cell.kernel) for cell in cells)
    c0, h0 = [tf.transpose(tf.stack(values), [0, 2, 1]) for values in zip(*initial)]
    operands = _Operands(rows, kernels, biases, c0, h0)
    h_all, c_all = _all_steps(compute, sizes, operands, wants_c=states is not None)
    hidden = _batch_before_cell(h_all, len(cells))
    memory = None if c_all is None else _batch_before_cell(c_all, len(cells))
    return finished(compute, lengths, hidden, memory, states)


def _all_steps(compute, sizes, operands, wants_c):
    """Returns h and c of all steps, float32 [T, D, H, B] each; c is None if a training has no use for it."""
    if not compute.differentiable:
        path = _forward(compute.dtype, sizes, operands, keep_z=False)
        return path.h[1:], path.c[1:]
    n = sizes.n_directions

    @tf.custom_gradient
    def recurrence(*values):
        given = _Operands(values[:n], values[n:2 * n], values[2 * n:3 * n], *values[3 * n:])
        path = _forward(compute.dtype, sizes, given, keep_z=True)

        def gradient(dh_all, dc_all=None):
            return _gradients(compute.dtype, sizes, given, path, (dh_all, dc_all))

        return ((path.h[1:], path.c[1:]) if wants_c else path.h[1:]), gradient

    outputs = recurrence(*operands.rows, *operands.kernels, *operands.biases, operands.c0, operands.h0)
    return outputs if wants_c else (outputs, None)


def _forward(dtype, sizes, operands, keep_z):
    """Returns the _Path."""
    projected = []
    for x, kernel, bias in zip(operands.rows, operands.kernels, operands.biases):
        with tf.control_dependencies(projected[-1:]):  # side by side, products of this size slow each other down
            z = tf.nn.bias_add(tf.matmul(cast(x, dtype), cast(kernel[:sizes.n_input], dtype)), cast(bias, dtype))
            projected.append(cast(_batch_last(z, sizes.n_time, sizes.n_batch), tf.float32))
    recurrent = _side_by_side([tf.transpose(cast(kernel[sizes.n_input:], dtype)) for kernel in operands.kernels])
    return _run(projected, recurrent, operands.c0, operands.h0, keep_z)


def _gradients(dtype, sizes, operands, path, d_outputs):
    """Returns the gradients of all operands, a list in their order.

    Args:
      d_outputs: gradients of h and of c of all steps, float32 [T, D, H, B]; the latter may be None.
    """
    n_input, n_cell, n = sizes.n_input, sizes.n_cell, sizes.n_directions
    dh_all, dc_all = d_outputs
    with tf.control_dependencies([dh_all]):  # or it would be made early and take memory for long
        by_gate = _side_by_side([tf.transpose(tf.reshape(cast(kernel[n_input:], dtype), [n_cell, 4, n_cell]), [1, 0, 2])
                                 for kernel in operands.kernels])
    dz_all, dc0, dh0 = _run_back(by_gate, path.c, path.z, dh_all, dc_all)
    dx = []
    d_kernels = []
    d_biases = []
    for x, kernel, h, dz in zip(operands.rows, operands.kernels, _directions(path.h[:-1], n), _directions(dz_all, n)):
        with tf.control_dependencies(d_kernels[-1:]):
            dz = _rows(dz)  # [T * B, 4 H]
            dx.append(matmul(dz, kernel[:n_input], dtype, transpose_b=True))
        with tf.control_dependencies(dx[-1:]):
            # The whole kernel at once: no part of its gradient is copied afterwards.
            seen = tf.concat([cast(x, dtype), cast(_rows(h), dtype)], axis=1)
            d_kernels.append(matmul(seen, dz, dtype, transpose_a=True))
            d_biases.append(tf.reduce_sum(cast(dz, tf.float32), axis=0))
    return dx + d_kernels + d_biases + [dc0, dh0]


def _run(projected, recurrent, c0, h0, keep_z):
    """Walks the steps forward.

    Args:
      projected: one float32 [T, 4 H, B] per direction, the input's share of the gates.
      recurrent: [D, 4 H, H], of the type that products are made of.
      c0, h0: float32 [D, H, B].
      keep_z: whether the gates are remembered.
    Returns:
      _Path.
    """
    n_time = tf.shape(projected[0])[0]

    def step(time, c, h, h_array, c_array, z_array):
        z = _side_by_side([values[time] for values in projected])  # [D, 4 H, B]
        z += cast(stacked_product(recurrent, cast(h, recurrent.dtype)), tf.float32)
        i, g, f, o = _squashed(z)
        c = f * c + i * g
        h = o * tf.tanh(c)
        if keep_z:
            z_array = z_array.write(time, z)
        return time + 1, c, h, h_array.write(time + 1, h), c_array.write(time + 1, c), z_array

    arrays = [tf.TensorArray(tf.float32, n_time + 1).write(0, h0), tf.TensorArray(tf.float32, n_time + 1).write(0, c0),
              tf.TensorArray(tf.float32, n_time)]
    *_, h_array, c_array, z_array = tf.while_loop(
        lambda time, *_: time < n_time, step, [tf.constant(0), c0, h0] + arrays, back_prop=False)
    return _Path(h_array.stack(), c_array.stack(), z_array)


def _run_back(by_gate, c_path, z_array, dh_all, dc_all):
    """Walks the steps backwards.

    Args:
      by_gate: [D, 4, H, H], the recurrent kernel by gate, of the type that products are made of.
      c_path: [T + 1, D, H, B], as `_run` returned it.
      z_array: as `_run` returned it; what is read from it is forgotten at once, which saves memory.
      dh_all, dc_all: gradients of all h and c; dc_all may be None.
    Returns:
      (dz [T, D, 4, H, B] of the type that products are made of, dc0, dh0).
    """
    n_time = tf.shape(c_path)[0] - 1
    zeros = tf.zeros_like(c_path[0])

    def step(time, dc, dh, dz_array):
        i, g, f, o = _squashed(z_array.read(time))
        tanh_c = tf.tanh(c_path[time + 1])
        dh += dh_all[time]
        if dc_all is not None:
            dc += dc_all[time]
        dc += raw_ops.TanhGrad(y=tanh_c, dy=dh * o)
        dz = cast(tf.stack([raw_ops.SigmoidGrad(y=i, dy=dc * g), raw_ops.TanhGrad(y=g, dy=dc * i),
                            raw_ops.SigmoidGrad(y=f, dy=dc * c_path[time]),
                            raw_ops.SigmoidGrad(y=o, dy=dh * tanh_c)], axis=1), by_gate.dtype)
        dh = tf.reduce_sum(cast(stacked_product(by_gate, dz), tf.float32), axis=1)
        return time - 1, dc * f, dh, dz_array.write(time, dz)

    _, dc0, dh0, dz_array = tf.while_loop(
        lambda time, *_: time >= 0, step,
        [n_time - 1, zeros, zeros, tf.TensorArray(by_gate.dtype, n_time)], back_prop=False)
    return dz_array.stack(), dc0, dh0


def _squashed(z):
    """Returns the gates i, g, f, o, each [D, H, B], of `z` [D, 4 H, B]."""
    n_directions, n_gates, n_batch = dims(z)
    if n_directions == 1:  # then the parts of z lie one after the other and are not copied
        parts = tf.unstack(tf.reshape(z, [4, 1, n_gates // 4, n_batch]))
    else:
        parts = tf.unstack(tf.reshape(z, [n_directions, 4, n_gates // 4, n_batch]), axis=1)
    i, g, f, o = parts
    return tf.sigmoid(i), tf.tanh(g), tf.sigmoid(f), tf.sigmoid(o)


def _side_by_side(values):
    """Returns [D, ...] of one tensor per direction."""
    return tf.stack(values) if len(values) > 1 else tf.expand_dims(values[0], 0)


def _directions(values, n):
    """Returns the directions of [T, D, ...] one by one."""
    return tf.unstack(values, axis=1) if n > 1 else [tf.squeeze(values, 1)]


def _batch_before_cell(values, n):
    """Returns one [T, B, H] per direction of [T, D, H, B]."""
    return [tf.transpose(of_direction, [0, 2, 1]) for of_direction in _directions(values, n)]


def _batch_last(rows, n_time, n_batch):
    """Returns [T, X, B] of [T * B, X]."""
    return tf.transpose(tf.reshape(rows, [n_time, n_batch, dims(rows)[1]]), [0, 2, 1])


def _rows(values):
    """Returns [T * B, X] of [T, ..., B]; X is all that lies between."""
    n_time, *between, n_batch = dims(values)
    width = 1
    for size in between:
        width *= size
    return tf.reshape(tf.transpose(tf.reshape(values, [n_time, width, n_batch]), [0, 2, 1]), [-1, width])
