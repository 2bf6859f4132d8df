"""The recurrent layer as a loop of few, large operations, with a gradient written by hand.

What does not depend on the step before is one product over all steps: the input's share of the gates beforehand, the
gradients of kernel and input afterwards. The loops carry c and h, backwards their gradients. Both directions of a
bidirectional layer share each step. Steps after a sequence's end need no care: the caller masks their outputs, so that
their gradients are 0.

Letters: T time, B batch, I input, H cell, D directions. Within the loops the batch comes last: so the recurrent kernel
is the left factor of its product, which TensorFlow's CPU library reads in place; as the right factor it would be
rearranged in every step, and reading it is what a step costs.
"""

from ..compat import dims, raw_ops, stacked_product, tf
from .mixed_precision import cast, product


def loop_lstm(inputs, kernels, biases, states, kind, differentiable, wants_c):
    """Runs one or two LSTMs side by side.

    Args:
      inputs: one float32 [T, B, I] per direction, in the direction's own order of time.
      kernels, biases: one [I + H, 4 H] and one [4 H] per direction.
      states: one pair (c, h) per direction, both [B, H], to start from.
      kind: type of the numbers that products are made of; sums and everything else are float32.
      differentiable: whether gradients are wanted; without, less is remembered.
      wants_c: whether `c` is of interest.
    Returns:
      (h, c), one [T, B, H] of all steps per direction; c is None if it is of no interest.
    """
    n_time, n_batch, n_input = dims(inputs[0])
    n_cell = dims(biases[0])[0] // 4
    n = len(inputs)

    def forward(rows, kernels, biases, c0, h0):
        projected = []
        for x, kernel, bias in zip(rows, kernels, biases):
            with tf.control_dependencies(projected[-1:]):  # side by side, products of this size slow each other down
                z = tf.nn.bias_add(tf.matmul(cast(x, kind), cast(kernel[:n_input], kind)), cast(bias, kind))
                projected.append(cast(_batch_last(z, n_time, n_batch), tf.float32))
        recurrent = _side_by_side([tf.transpose(cast(kernel[n_input:], kind)) for kernel in kernels])
        return _run(projected, recurrent, c0, h0, differentiable)

    @tf.custom_gradient
    def recurrence(*values):
        rows, kernels, biases, (c0, h0) = values[:n], values[n:2 * n], values[2 * n:3 * n], values[3 * n:]
        h_path, c_path, z_array = forward(rows, kernels, biases, c0, h0)

        def gradient(dh_all, dc_all=None):
            with tf.control_dependencies([dh_all]):  # or it would be made early and take memory for long
                by_gate = _side_by_side([tf.transpose(tf.reshape(cast(kernel[n_input:], kind), [n_cell, 4, n_cell]),
                                                      [1, 0, 2]) for kernel in kernels])
            dz_all, dc0, dh0 = _run_back(by_gate, c_path, z_array, dh_all, dc_all)
            dx, d_kernels, d_biases = [], [], []
            for x, kernel, h, dz in zip(rows, kernels, _directions(h_path[:-1], n), _directions(dz_all, n)):
                with tf.control_dependencies(d_kernels[-1:]):
                    dz = _rows(dz)  # [T * B, 4 H]
                    dx.append(product(dz, kernel[:n_input], kind, transpose_b=True))
                with tf.control_dependencies(dx[-1:]):
                    # The whole kernel at once: no part of its gradient is copied afterwards.
                    seen = tf.concat([cast(x, kind), cast(_rows(h), kind)], axis=1)
                    d_kernels.append(product(seen, dz, kind, transpose_a=True))
                    d_biases.append(tf.reduce_sum(cast(dz, tf.float32), axis=0))
            return dx + d_kernels + d_biases + [dc0, dh0]

        return ((h_path[1:], c_path[1:]) if wants_c else h_path[1:]), gradient

    rows = [tf.reshape(x, [-1, n_input]) for x in inputs]
    kernels = [tf.convert_to_tensor(kernel) for kernel in kernels]
    c0, h0 = [tf.transpose(tf.stack(values), [0, 2, 1]) for values in zip(*states)]  # [D, H, B]
    if differentiable:
        outputs = recurrence(*rows, *kernels, *biases, c0, h0)
        h_all, c_all = outputs if wants_c else (outputs, None)
    else:
        h_all, c_all = [path[1:] for path in forward(rows, kernels, biases, c0, h0)[:2]]
    return [[tf.transpose(values, [0, 2, 1]) for values in _directions(of_all, n)] if of_all is not None else None
            for of_all in (h_all, c_all)]


def _run(projected, recurrent, c0, h0, keep_z):
    """Walks the steps forward.

    Args:
      projected: one float32 [T, 4 H, B] per direction, the input's share of the gates.
      recurrent: [D, 4 H, H], of the type that products are made of.
      c0, h0: float32 [D, H, B].
      keep_z: whether the gates are remembered.
    Returns:
      (h and c, both [T + 1, D, H, B], the initial ones first, TensorArray of the gates before squashing, T times
      [D, 4 H, B]).
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
    return h_array.stack(), c_array.stack(), z_array


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
