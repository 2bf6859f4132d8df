"""A clipped ReLU with its bias and with dropout, in one pass over the numbers; DSL_RunActivation of the library.

    y = dropped(min(max(x + bias, 0), clip))

Arrays are C-contiguous float32; x and dx are uint16 where they hold the bits of bfloat16. Source of dropout: Srivastava et al.
2014.
"""

import ctypes
from typing import NamedTuple, Tuple

import numpy as np

from .arrays import empty
from .library import CActivation, call


class Activation(NamedTuple):
    """What both passes have in common."""

    clip: float  # upper limit
    drop: float  # the probability that a number is dropped, below 1; kept ones are divided by 1 - drop
    seed: int  # 64 bits; the same seed drops the same numbers
    n_threads: int


def run_activation(of: Activation, x: np.ndarray, bias: np.ndarray) -> np.ndarray:
    """Returns y float32 [rows, units] of x [rows, units] and the bias [units].

    Raises:
      LayerError: not enough memory, or a processor without kernels.
    """
    y = empty(x.shape)
    call('DSL_RunActivation', _structure(of, x), x.ctypes.data, bias.ctypes.data, y.ctypes.data)
    return y


def run_activation_back(of: Activation, y: np.ndarray, dy: np.ndarray, is_bfloat16: bool) -> Tuple[np.ndarray, np.ndarray]:
    """Returns the gradients (dx [rows, units], dbias [units]) of what `run_activation` gave and its gradient `dy`.

    Raises:
      LayerError: not enough memory, or a processor without kernels.
    """
    dx, dbias = empty(y.shape, np.uint16 if is_bfloat16 else np.float32), empty(y.shape[1:])
    call('DSL_RunActivationBack', _structure(of, dx), y.ctypes.data, dy.ctypes.data, dx.ctypes.data, dbias.ctypes.data)
    return dx, dbias


def _structure(of, x):
    n_rows, n_units = x.shape
    return ctypes.byref(CActivation(n_rows=n_rows, n_units=n_units, clip=of.clip, drop=of.drop, seed=of.seed % 2 ** 64,
                                    is_bfloat16=x.dtype == np.uint16, n_threads=of.n_threads))
