"""A recurrent layer over a batch of sequences, forward and backward; DSL_RunLstm and DSL_RunLstmBack of the library.

    z = x kernel + bias + h_before recurrent      gates in z: i, candidate, f, o
    c = sigmoid(f) c_before + sigmoid(i) tanh(candidate)
    h = sigmoid(o) tanh(c)

Letters: T time, B batch, H units of a direction, D directions. Arrays are C-contiguous float32. Where a
shape says bfloat16, z and dz are its bits as uint16, and the factors of the recurrent products are rounded to it; sums and
state are float32. The gates of float32 become dz, where they lie.
"""

import ctypes
from typing import List, NamedTuple, Optional, Sequence, Tuple

import numpy as np

from .arrays import empty
from .library import CBackward, CForward, CShape, call


class Shape(NamedTuple):
    """What both passes have in common."""

    n_time: int
    n_cell: int
    lengths: np.ndarray  # int32 [B], 0 ... T
    n_threads: int
    is_bfloat16: bool = False


class Forward(NamedTuple):
    """One direction on the way forward."""

    is_reversed: bool  # reads each sequence from its end
    z: np.ndarray  # [T * B, 4 H], the input's share of the gates, without bias
    kernel: np.ndarray  # [inputs + H, 4 H]; the last H rows are the recurrent ones
    bias: np.ndarray  # [4 H], the forget bias included
    c0: np.ndarray  # [B, H]
    h0: np.ndarray


class Outputs(NamedTuple):
    """What the way forward gives."""

    h: np.ndarray  # [T, B, D H], 0 from a sequence's length on
    c_last: np.ndarray  # [D, B, H], after the last step of each sequence
    h_last: np.ndarray
    paths: List[Tuple[np.ndarray, np.ndarray]]  # of each direction gates [T * B, 4 H] and c [T * B, H]; empty if not wanted


class Backward(NamedTuple):
    """One direction on the way back."""

    is_reversed: bool
    gates: np.ndarray  # of Outputs.paths; overwritten unless bfloat16
    c: np.ndarray
    kernel: np.ndarray
    c0: np.ndarray


class BackwardOutputs(NamedTuple):
    """The gradients of one direction."""

    dz: np.ndarray  # [T * B, 4 H], 0 from a sequence's length on
    dbias: np.ndarray  # [4 H]
    dc0: np.ndarray  # [B, H]
    dh0: np.ndarray


def run_lstm(shape: Shape, directions: Sequence[Forward], keeps_path: bool) -> Outputs:
    """Runs one or two directions; the outputs of the second stand behind those of the first.

    Raises:
      LayerError: not enough memory, or a processor without kernels.
    """
    n_batch, n_cell = len(shape.lengths), shape.n_cell
    h = empty([shape.n_time, n_batch, n_cell * len(directions)])
    c_last, h_last = [empty([len(directions), n_batch, n_cell]) for _ in range(2)]
    paths = [(empty(of.z.shape), empty([len(of.z), n_cell])) for of in directions if keeps_path]
    structures = (CForward * len(directions))()
    for number, (of, structure) in enumerate(zip(directions, structures)):
        gates, c = paths[number] if keeps_path else (None, None)
        _fill(structure, is_reversed=of.is_reversed, z=of.z, recurrent=of.kernel[-n_cell:], bias=of.bias, c0=of.c0, h0=of.h0,
              h=h[:, :, number * n_cell:], gates=gates, c=c, c_last=c_last[number], h_last=h_last[number])
    call('DSL_RunLstm', ctypes.byref(_shape(shape, len(directions))), structures)
    return Outputs(h, c_last, h_last, paths)


def run_lstm_back(shape: Shape, directions: Sequence[Backward], dh: np.ndarray, dc_last: Optional[np.ndarray] = None,
                  dh_last: Optional[np.ndarray] = None) -> List[BackwardOutputs]:
    """Runs the directions backward.

    Args:
      shape: as on the way forward.
      directions: likewise.
      dh: gradients of Outputs.h; those from a sequence's length on do not count.
      dc_last, dh_last: gradients of those of Outputs; None: zeros.
    Raises:
      LayerError: not enough memory, or a processor without kernels.
    """
    n_batch, n_cell = len(shape.lengths), shape.n_cell
    results = []
    structures = (CBackward * len(directions))()
    for number, (of, structure) in enumerate(zip(directions, structures)):
        result = BackwardOutputs(empty(of.gates.shape, np.uint16) if shape.is_bfloat16 else of.gates, empty([4 * n_cell]),
                                 empty([n_batch, n_cell]), empty([n_batch, n_cell]))
        results.append(result)
        _fill(structure, is_reversed=of.is_reversed, gates=of.gates, c=of.c, recurrent=of.kernel[-n_cell:], c0=of.c0,
              dh=dh[:, :, number * n_cell:], dc_last=None if dc_last is None else dc_last[number],
              dh_last=None if dh_last is None else dh_last[number], **result._asdict())
    call('DSL_RunLstmBack', ctypes.byref(_shape(shape, len(directions))), structures)
    return results


def _shape(shape, n_directions):
    """Returns the C structure, which lives no longer than the lengths."""
    return CShape(n_time=shape.n_time, n_batch=len(shape.lengths), n_cell=shape.n_cell, n_directions=n_directions,
                  lengths=shape.lengths.ctypes.data, is_bfloat16=shape.is_bfloat16, n_threads=shape.n_threads,
                  h_stride=n_directions * shape.n_cell)


def _fill(structure, is_reversed, **arrays):
    """Sets the fields of a C structure to the addresses of arrays, which have to outlive it."""
    structure.is_reversed = is_reversed
    for name, array in arrays.items():
        setattr(structure, name, None if array is None else array.ctypes.data)
