"""Layers of a network for training on processors, in a native library, over NumPy arrays.

    outputs = run_lstm(shape, directions, keeps_path=True)
    gradients = run_lstm_back(shape, backward_directions)
    y = run_activation(activation, x, bias)
    losses, gradients = run_ctc(logits, lengths, labels, n_threads=2, wants_gradients=True)

Where there is no library, or none of its kernels for the processor, `reason_missing()` says so. Other threads run during a
call.

Short because the parts have modules of their own.
"""

from .activation import Activation, run_activation, run_activation_back
from .ctc import Losses, run_ctc
from .library import INTERFACE, LayerError, LayerMemoryError, kernels, reason_missing
from .lstm import Backward, BackwardOutputs, Forward, Outputs, Shape, run_lstm, run_lstm_back

__all__ = ['INTERFACE', 'Activation', 'Backward', 'BackwardOutputs', 'Forward', 'LayerError', 'LayerMemoryError', 'Losses',
           'Outputs', 'Shape', 'kernels', 'reason_missing', 'run_activation', 'run_activation_back', 'run_ctc', 'run_lstm',
           'run_lstm_back']
