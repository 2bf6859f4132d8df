"""How the network is computed: which implementation of the recurrent layer, which numbers products are made of."""

from typing import Callable, NamedTuple, Optional, Sequence, Tuple

from ..compat import tf
from ..errors import ConfigError
from ..processors import n_processors
from ..settings.config import DeviceConfig
from ..settings.model import ModelConfig
from .mixed_precision import DTYPES, choose_precision
from .native_library import reason_missing


class Compute(NamedTuple):
    """How to compute a network; it changes speed, memory and rounding, never what is computed."""

    lstm: str  # a key of `lstm.IMPLEMENTATIONS`
    dtype: tf.DType  # what the factors of matrix products are rounded to; sums and all else are float32
    differentiable: bool  # whether gradients are wanted; without, less is remembered
    reverse: Callable[..., tf.Tensor]  # as tf.reverse_sequence, which not every runtime has
    n_threads: int = 1  # of implementations that have threads of their own
    is_native: bool = False  # whether the native library computes activations and the loss, too


PLAIN = Compute('block', tf.float32, False, tf.reverse_sequence)  # what every runtime can do
FLOAT32_ONLY = {'bfloat16': ('block', 'cudnn'), 'float16': ('block',)}  # implementations that have no such products


# Told an implementation and what products are to be made of, it returns why it cannot be had here or is no gain, or None: see
# `trials`.
Trial = Callable[[str, tf.DType], Optional[str]]


def choose(model: ModelConfig, on_gpu: bool, trial: Optional[Trial] = None, *, n_threads: int = 1, before: str = ''
           ) -> Tuple[Compute, str]:
    """Returns the Compute for training and validation, and a sentence that says what was chosen and why.

    Args:
      model: what the flags ask for.
      on_gpu: whether the network runs on GPUs.
      trial: asked before what need not work or gain everywhere is chosen; the loop stands in for it. None: it is taken unseen.
      n_threads: how many threads of a processor one tower has.
      before: what computed the recurrent layer of the run that goes on: it is chosen again, lest results differ by rounding;
        empty: nothing has yet.
    Raises:
      ConfigError: what the flags ask for cannot be had here.
    """
    lstm, why_lstm = _choose_lstm(model.lstm, on_gpu)
    precision, why_precision = choose_precision(model.precision, lstm, on_gpu)
    if model.lstm in ('auto', 'cudnn') and not on_gpu and before == 'loop':
        lstm, why_lstm = before, 'as this run was computed before; --lstm_impl native changes that'
    elif lstm == 'cudnn' or model.lstm != 'native' and before != lstm:  # the library may be another one than it was
        lstm, why_lstm = _tried(lstm, why_lstm, DTYPES[precision], trial)
    except_for = ''
    if lstm in FLOAT32_ONLY.get(precision, ()):
        except_for = f', float32 in the recurrent layer, {lstm} has nothing else'
    return (Compute(lstm, DTYPES[precision], True, tf.reverse_sequence, n_threads,
                    is_native=lstm == 'native'),  # one goes with the other, so a run goes on with what it began with
            f'Recurrent layer: {lstm} ({why_lstm}). Matrix products: {precision}{except_for} ({why_precision}).')


def threads_of_tower(settings: DeviceConfig, devices: Sequence[str]) -> int:
    """Returns how many threads of the processors one of `devices` has, where all of them are processors."""
    n_threads = settings.intra_op_threads or n_processors()
    return max(1, n_threads // len(devices))


def for_inference(model: ModelConfig, on_gpu: bool, trial: Optional[Trial] = None, *, n_threads: int = 1) -> Compute:
    """Returns the Compute for tests: as in training, but in float32 as exported models are. Arguments as of `choose`."""
    lstm, why = _choose_lstm(model.lstm, on_gpu)
    if lstm == 'cudnn':
        lstm, _ = _tried(lstm, why, tf.float32, trial)
    return Compute(lstm, tf.float32, False, tf.reverse_sequence, n_threads)


def _tried(lstm, why, dtype, trial):
    """Returns (implementation, why) after the trial of the one that was chosen."""
    problem = trial(lstm, dtype) if trial and lstm in ('cudnn', 'native') else None
    return ('loop', f'instead of {lstm}: {problem}') if problem else (lstm, why)


def _choose_lstm(wanted, on_gpu):
    """Returns (implementation, why)."""
    if wanted == 'cudnn' and not on_gpu:  # a script written for a GPU goes on without one
        lstm, why = _fastest_on_processors()
        return lstm, f'instead of cudnn, as TensorFlow finds no GPU here; {why}'
    if wanted == 'native' and (on_gpu or reason_missing()):
        reason = 'it is for processors, and the network runs on a GPU' if on_gpu else reason_missing()
        raise ConfigError(f'--lstm_impl native cannot be had here: {reason}; leave the flag out.')
    if wanted != 'auto':
        return wanted, 'as --lstm_impl says'
    return ('cudnn', 'the fastest on GPUs') if on_gpu else _fastest_on_processors()


def _fastest_on_processors():
    reason = reason_missing()
    return ('loop', f'native is faster, but {reason}') if reason else ('native', 'the fastest on processors')
