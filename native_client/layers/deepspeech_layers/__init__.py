"""Layers of a network for training on processors, in a native library, over NumPy arrays.

    outputs = run_lstm(shape, directions, keeps_path=True)
    gradients = run_lstm_back(shape, backward_directions)

Where there is no library, or none of its kernels for the processor, `reason_missing()` says so. Other threads run during a
call.

Short because the parts have modules of their own.
"""

from .library import kernels, reason_missing
from .lstm import Backward, BackwardOutputs, Forward, Outputs, Shape, run_lstm, run_lstm_back

__all__ = ['Backward', 'BackwardOutputs', 'Forward', 'Outputs', 'Shape', 'kernels', 'reason_missing', 'run_lstm',
           'run_lstm_back']
