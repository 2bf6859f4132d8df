"""How the network is computed: which implementation of the recurrent layer, which numbers products are made of."""

from typing import Callable, NamedTuple, Optional, Tuple

from ..compat import tf
from ..settings.model import ModelConfig
from .mixed_precision import DTYPES, choose_precision


class Compute(NamedTuple):
    """How to compute a network; it changes speed, memory and rounding, never what is computed."""

    lstm: str  # a key of `lstm.IMPLEMENTATIONS`
    dtype: tf.DType  # what the factors of matrix products are rounded to; sums and all else are float32
    differentiable: bool  # whether gradients are wanted; without, less is remembered
    reverse: Callable[..., tf.Tensor]  # as tf.reverse_sequence, which not every runtime has
    n_threads: int = 1  # of implementations that have threads of their own
    ctc: str = 'tensorflow'  # or 'native': who computes the loss


PLAIN = Compute('block', tf.float32, False, tf.reverse_sequence)  # what every runtime can do
FLOAT32_ONLY = {'bfloat16': ('block', 'cudnn'), 'float16': ('block',)}  # implementations that have no such products


# Told what products are to be made of, it returns what is wrong with cuDNN here, or None: see `cudnn_trial`.
Trial = Callable[[tf.DType], Optional[str]]


def choose(model: ModelConfig, on_gpu: bool, trial: Optional[Trial] = None) -> Tuple[Compute, str]:
    """Returns the Compute for training and validation, and a sentence that says what was chosen and why.

    Args:
      model: what the flags ask for.
      on_gpu: whether the network runs on GPUs.
      trial: asked before cuDNN is chosen; where that fails, the loop stands in for it. None: it is taken unseen.
    Raises:
      ConfigError: what the flags ask for cannot be had here.
    """
    lstm, why_lstm = _choose_lstm(model.lstm, on_gpu)
    precision, why_precision = choose_precision(model.precision, lstm, on_gpu)
    lstm, why_lstm = _tried(lstm, why_lstm, DTYPES[precision], trial)
    except_for = ''
    if lstm in FLOAT32_ONLY.get(precision, ()):
        except_for = f', float32 in the recurrent layer, {lstm} has nothing else'
    ctc = 'native' if lstm == 'native' else 'tensorflow'
    return (Compute(lstm, DTYPES[precision], True, tf.reverse_sequence, n_threads=2, ctc=ctc),
            f'Recurrent layer: {lstm} ({why_lstm}). Matrix products: {precision}{except_for} ({why_precision}).')


def for_inference(model: ModelConfig, on_gpu: bool, trial: Optional[Trial] = None) -> Compute:
    """Returns the Compute for tests: as in training, but in float32 as exported models are. Arguments as of `choose`."""
    lstm, why = _choose_lstm(model.lstm, on_gpu)
    lstm, _ = _tried(lstm, why, tf.float32, trial)
    return Compute(lstm, tf.float32, False, tf.reverse_sequence)


def _tried(lstm, why, dtype, trial):
    """Returns (implementation, why) after the trial of the one that was chosen."""
    problem = trial(dtype) if trial and lstm == 'cudnn' else None
    return ('loop', f'instead of cudnn: {problem}') if problem else (lstm, why)


def _choose_lstm(wanted, on_gpu):
    """Returns (implementation, why)."""
    if wanted == 'cudnn' and not on_gpu:  # a script written for a GPU goes on without one
        return 'loop', 'instead of cudnn, as TensorFlow finds no GPU here'
    if wanted != 'auto':
        return wanted, 'as --lstm_impl says'
    return ('cudnn', 'the fastest on GPUs') if on_gpu else ('loop', 'the fastest on processors')
