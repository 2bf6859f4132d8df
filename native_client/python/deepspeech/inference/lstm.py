"""The recurrent layer: TensorFlow's fused LSTM operations.

Kernel [input + cell, 4 * cell] and bias [4 * cell], gates in the order i, c (candidate), f, o. Source: Hochreiter &
Schmidhuber 1997, with the forget gate of Gers et al. 2000.
"""

import numpy as np


def block_lstm(attributes, n_valid, x, c, h, kernel, wci, wcf, wco, bias):
    """Runs all steps of float32 [time, batch, input]; returns the operation's seven outputs, of which only the second (cell
    states) and the last one (outputs), both [time, batch, cell], are computed.

    The products of the input with the kernel are one for all steps: what is left to do step by step reads half of the
    kernel, and that is what takes the time.
    """
    _without_peephole(attributes)
    n_steps, n_batch, n_inputs = x.shape
    n_valid = n_valid.item()
    if not 0 <= n_valid <= n_steps:
        raise ValueError(f'{n_valid} valid steps of {n_steps}')
    add_step = _step(attributes, kernel, n_inputs, n_batch)
    projected = np.dot(x[:n_valid].reshape(-1, n_inputs), kernel[:n_inputs]).reshape(n_valid, n_batch, kernel.shape[1])
    projected += bias
    projected[:, :, _gate(projected, 2)] += np.float32(attributes.get('forget_bias', 1.0))
    states = np.zeros((n_steps,) + c.shape, np.float32)
    outputs = np.zeros_like(states)
    with np.errstate(over='ignore'):  # of exp, whose infinity becomes the 0 it should be
        for step in range(n_valid):
            add_step(projected[step], c, h, states[step], outputs[step])
            c, h = states[step], outputs[step]
    return None, states, None, None, None, None, outputs


def lstm_block_cell(attributes, x, c, h, kernel, wci, wcf, wco, bias):
    """Runs one step of float32 [batch, input]; returns what `block_lstm` returns, without the time axis."""
    outputs = block_lstm(attributes, np.int64(1), x[np.newaxis], c, h, kernel, wci, wcf, wco, bias)
    return tuple(None if output is None else output[0] for output in outputs)


def _step(attributes, kernel, n_inputs, n_batch):
    """Returns a function (input's part of the sums [batch, 4 * cell], c, h, new c, new h) that fills the last two."""
    recurrent = kernel[n_inputs:]
    n_cell = recurrent.shape[0]
    if recurrent.shape[1] != 4 * n_cell:
        raise ValueError(f'a kernel of {kernel.shape} for {n_inputs} inputs')
    clip = attributes.get('cell_clip', 3.0)
    sums = np.empty((n_batch, 4 * n_cell), np.float32)
    i, candidate, f, o = (sums[:, gate * n_cell:(gate + 1) * n_cell] for gate in range(4))
    tanh = np.empty((n_batch, n_cell), np.float32)

    def step(projected, c, h, new_c, new_h):
        np.dot(h, recurrent, out=sums)
        np.add(sums, projected, out=sums)
        np.tanh(candidate, out=tanh)
        np.negative(sums, out=sums)  # sigmoid of all, in place: also of the candidate, which is done with
        np.exp(sums, out=sums)
        np.add(sums, 1, out=sums)
        np.reciprocal(sums, out=sums)
        np.multiply(f, c, out=new_c)
        np.multiply(i, tanh, out=tanh)
        np.add(new_c, tanh, out=new_c)
        if clip > 0:
            np.clip(new_c, -clip, clip, out=new_c)
        np.tanh(new_c, out=new_h)
        np.multiply(new_h, o, out=new_h)

    return step


def _gate(sums, number):
    n_cell = sums.shape[-1] // 4
    return slice(number * n_cell, (number + 1) * n_cell)


def _without_peephole(attributes):
    if attributes.get('use_peephole', False):
        raise ValueError('peephole connections are not supported')
