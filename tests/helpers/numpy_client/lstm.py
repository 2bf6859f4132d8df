"""The recurrent layer: TensorFlow's fused LSTM operations.

Kernel [input + cell, 4 * cell] and bias [4 * cell], gates in the order i, c (candidate), f, o. Source: Hochreiter &
Schmidhuber 1997, with the forget gate of Gers et al. 2000.
"""

from typing import Any, Callable, Mapping, Optional, Tuple

import numpy as np

Unused = Optional[np.ndarray]
Outputs = Tuple[Any, ...]  # arrays; None for one that is not computed
Step = Callable[[np.ndarray, np.ndarray, np.ndarray, np.ndarray, np.ndarray], None]


def block_lstm(attributes: Mapping[str, Any], n_valid: Any, x: np.ndarray, c: np.ndarray, h: np.ndarray,
               kernel: np.ndarray, wci: Unused, wcf: Unused, wco: Unused, bias: np.ndarray) -> Outputs:
    """Runs all steps, as TensorFlow's `BlockLSTM`.

    The input projections of all steps are one product. Each step then reads only the recurrent half of the kernel, and
    reading it takes most of the time.

    Args:
      attributes: `forget_bias`, `cell_clip`; `use_peephole` has to be false.
      n_valid: int64 [], number of steps; later ones stay zero.
      x: float32 [time, batch, input].
      c, h: float32 [batch, cell], the state before the first step.
      kernel: float32 [input + cell, 4 * cell].
      wci, wcf, wco: peephole weights, which are not used.
      bias: float32 [4 * cell].
    Returns:
      The operation's seven outputs. Only the second (cell states) and the last one (outputs), both float32
      [time, batch, cell], are computed; the others are None.
    """
    _without_peephole(attributes)
    n_steps, n_batch, n_inputs = x.shape
    n_valid = n_valid.item()
    if not 0 <= n_valid <= n_steps:
        raise ValueError(f'{n_valid} valid steps of {n_steps}')
    kernel = kernel.astype(np.float64)  # of single precision NumPy's versions each have their own
    projected = np.dot(x[:n_valid].reshape(-1, n_inputs), kernel[:n_inputs]).reshape(n_valid, n_batch, kernel.shape[1])
    add_step = _step(attributes, kernel, n_inputs, n_batch)
    projected += bias
    projected[:, :, _gate(projected, 2)] += np.float32(attributes.get('forget_bias', 1.0))
    states = np.zeros((n_steps,) + c.shape)
    outputs = np.zeros_like(states)
    with np.errstate(over='ignore'):  # exp gives infinity, of which the sigmoid is 0, as it should be
        for step in range(n_valid):
            add_step(projected[step], c, h, states[step], outputs[step])
            c, h = states[step], outputs[step]
    return None, states.astype(np.float32), None, None, None, None, outputs.astype(np.float32)


def lstm_block_cell(attributes: Mapping[str, Any], x: np.ndarray, c: np.ndarray, h: np.ndarray, kernel: np.ndarray,
                    wci: Unused, wcf: Unused, wco: Unused, bias: np.ndarray) -> Outputs:
    """Runs one step of x, float32 [batch, input]; arguments and outputs are those of `block_lstm` without the time axis."""
    outputs = block_lstm(attributes, np.array(1), x[np.newaxis], c, h, kernel=kernel, wci=wci, wcf=wcf, wco=wco, bias=bias)
    return tuple(None if output is None else output[0] for output in outputs)


def _step(attributes: Mapping[str, Any], kernel: np.ndarray, n_inputs: int, n_batch: int) -> Step:
    """Returns a function (input projection with bias [batch, 4 * cell], c, h, new c, new h) that fills the last two."""
    recurrent = kernel[n_inputs:]
    n_cell = recurrent.shape[0]
    if recurrent.shape[1] != 4 * n_cell:
        raise ValueError(f'a kernel of {kernel.shape} for {n_inputs} inputs')
    clip = attributes.get('cell_clip', 3.0)
    sums = np.empty((n_batch, 4 * n_cell))
    i, candidate, f, o = (sums[:, gate * n_cell:(gate + 1) * n_cell] for gate in range(4))
    tanh = np.empty((n_batch, n_cell))

    def step(projected: np.ndarray, c: np.ndarray, h: np.ndarray, new_c: np.ndarray, new_h: np.ndarray) -> None:
        np.dot(h, recurrent, out=sums)
        np.add(sums, projected, out=sums)
        np.tanh(candidate, out=tanh)
        np.negative(sums, out=sums)  # sigmoid of all in place, including the candidate, which is not needed any more
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


def _gate(sums: np.ndarray, number: int) -> slice:
    n_cell = sums.shape[-1] // 4
    return slice(number * n_cell, (number + 1) * n_cell)


def _without_peephole(attributes: Mapping[str, Any]) -> None:
    if attributes.get('use_peephole', False):
        raise ValueError('peephole connections are not supported')
