"""How the network is computed: which implementation of the recurrent layer, which numbers products are made of."""

import os
from collections import namedtuple

from ..compat import HAS_BFLOAT16_ON_CPU, VERSION, tf
from ..errors import ConfigError

# lstm: a key of `lstm.IMPLEMENTATIONS`. kind: TensorFlow type that the factors of matrix products are rounded to; sums
# and all else are float32. differentiable: whether gradients are wanted; without, less is remembered. reverse: as
# tf.reverse_sequence, which not every runtime has.
Compute = namedtuple('Compute', 'lstm kind differentiable reverse')
PLAIN = Compute('block', tf.float32, False, tf.reverse_sequence)  # what every runtime can do

KINDS = {'float32': tf.float32, 'bfloat16': tf.bfloat16, 'float16': tf.float16}
# What multiplies bfloat16 numbers faster than float32, by its name in the processor's list of features.
UNITS = {'amx_bf16': 'AMX tiles', 'avx512_bf16': 'AVX-512 BF16'}
PROCESSOR = '/proc/cpuinfo'
FLOAT32_ONLY = {'bfloat16': ('block', 'cudnn'), 'float16': ('block',)}  # implementations that have no such products


def choose(model, on_gpu):
    """Returns the Compute for training and validation, and a sentence that says what was chosen and why.

    Args:
      model: ModelConfig.
      on_gpu: whether the network runs on GPUs.
    Raises:
      ConfigError: what the flags ask for cannot be had here.
    """
    lstm, why_lstm = _lstm(model.lstm, on_gpu)
    precision, why_precision = _precision(model.precision, lstm, on_gpu)
    except_for = ''
    if lstm in FLOAT32_ONLY.get(precision, ()):
        except_for = f', float32 in the recurrent layer, {lstm} has nothing else'
    return (Compute(lstm, KINDS[precision], True, tf.reverse_sequence),
            f'Recurrent layer: {lstm} ({why_lstm}). Matrix products: {precision}{except_for} ({why_precision}).')


def for_inference(model, on_gpu):
    """Returns the Compute for tests: as in training, but in float32 as exported models are."""
    return Compute(_lstm(model.lstm, on_gpu)[0], tf.float32, False, tf.reverse_sequence)


def _lstm(wanted, on_gpu):
    if wanted == 'cudnn' and not on_gpu:  # a script written for a GPU goes on without one
        return 'loop', 'instead of cudnn, as TensorFlow finds no GPU here'
    if wanted != 'auto':
        return wanted, 'as --lstm_impl says'
    return ('cudnn', 'the fastest on GPUs') if on_gpu else ('loop', 'the fastest on processors')


def _precision(wanted, lstm, on_gpu):
    """Returns (key of KINDS, why)."""
    if wanted == 'bfloat16' and not HAS_BFLOAT16_ON_CPU:
        raise ConfigError(f'--precision bfloat16: TensorFlow {VERSION} cannot multiply these numbers on a processor; '
                          f'use TensorFlow 2, or leave the flag out.')
    if wanted not in ('auto', 'mixed'):
        slow = '; on processors float32 is faster' if wanted == 'float16' and not on_gpu else ''
        return wanted, f'as --precision says{slow}'
    if on_gpu:
        if wanted == 'mixed':
            return 'float16', 'mixed precision on a GPU'
        return 'float32', 'the default on GPUs; --precision float16 is faster there'
    if not HAS_BFLOAT16_ON_CPU:
        return 'float32', f'all that TensorFlow {VERSION} has on processors'
    if lstm == 'block':
        return 'float32', 'all that block has'
    unit = bfloat16_unit()
    if not unit:
        return 'float32', 'this processor has no unit for shorter numbers'
    return 'bfloat16', f'this processor has {unit}; sums, weights and loss stay float32'


def bfloat16_unit():
    """Returns what in this processor multiplies bfloat16 numbers fast, or None; knows Linux on x86 only."""
    if os.environ.get('TF_ENABLE_ONEDNN_OPTS') == '0' or not os.path.exists(PROCESSOR):
        return None
    with open(PROCESSOR, encoding='utf-8', errors='replace') as file:
        features = next((line.split(':', 1)[1].split() for line in file if line.startswith('flags')), ())
    return next((unit for feature, unit in UNITS.items() if feature in features), None)
