"""The recurrent layer: one function, one weight layout, several implementations with equal results.

    z = [x_t, h_(t-1)] kernel + bias                                   gates in z: i, c (candidate), f, o
    c_t = sigmoid(f + forget_bias) * c_(t-1) + sigmoid(i) * tanh(c)
    h_t = sigmoid(o) * tanh(c_t)

Outputs at t >= length are 0. A second direction reads each sequence from its end. Source: Hochreiter & Schmidhuber
1997, with the forget gate of Gers et al. 2000; Schuster & Paliwal 1997 for two directions.

An implementation is a function with the arguments and the result of `lstm`, in a file of its own, and a line in
`IMPLEMENTATIONS`.
"""

from typing import Callable, Dict

from ..compat import tf
from .block_lstm import block_lstm
from .compute import Compute
from .cudnn_lstm import cudnn_lstm
from .loop_lstm import loop_lstm
from .native_lstm import native_lstm
from .recurrent import Cells, Recurrence, States

IMPLEMENTATIONS: Dict[str, Callable[..., Recurrence]] = {'block': block_lstm, 'loop': loop_lstm, 'native': native_lstm,
                                                        'cudnn': cudnn_lstm}


def lstm(compute: Compute, inputs_tbi: tf.Tensor, lengths: tf.Tensor, cells: Cells, forget_bias: float,
         states: States = None) -> Recurrence:
    """Runs an LSTM over a batch of sequences, in one direction or in both.

    Args:
      compute: which implementation, and which numbers its products are made of; `block` takes float32 for them whatever
        it says.
      inputs_tbi: float32 [time, batch, input].
      lengths: int32 [batch]; steps at and after a sequence's length give 0.
      cells: one LstmWeights per direction, forward first.
      forget_bias: added to the forget gate.
      states: one LstmState per direction to start from; None: zeros.
    Returns:
      (outputs float32 [time, batch, directions * cell], one LstmState per direction after the last valid step of each
      sequence). The latter is None when `states` is: who starts from zeros does not go on from there.
    """
    implementation = IMPLEMENTATIONS[compute.lstm]
    return implementation(compute, inputs_tbi, lengths, cells, forget_bias=forget_bias, states=states)
