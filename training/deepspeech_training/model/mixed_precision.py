"""Matrix products of float32 tensors, made of shorter numbers where that is faster: which ones, and how.

Factors are rounded to the shorter type; the library adds up in float32 and rounds the sum to that type once. Weights,
activations, loss and optimiser stay float32.
"""

import os
from typing import Optional, Tuple

from ..compat import HAS_BFLOAT16_ON_CPU, VERSION, tf
from ..errors import ConfigError

DTYPES = {'float32': tf.float32, 'bfloat16': tf.bfloat16, 'float16': tf.float16}
# What multiplies bfloat16 numbers faster than float32, by its name in the processor's list of features.
UNITS = {'amx_bf16': 'AMX tiles', 'avx512_bf16': 'AVX-512 BF16'}
PROCESSOR = '/proc/cpuinfo'


def choose_precision(wanted: str, lstm: str, on_gpu: bool) -> Tuple[str, str]:
    """Returns (key of DTYPES, why) for training.

    Args:
      wanted: one of config.PRECISIONS.
      lstm: the implementation of the recurrent layer.
      on_gpu: whether the network runs on GPUs.
    Raises:
      ConfigError: this TensorFlow has no such products.
    """
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


def bfloat16_unit() -> Optional[str]:
    """Returns what in this processor multiplies bfloat16 numbers fast, or None; knows Linux on x86 only."""
    if os.environ.get('TF_ENABLE_ONEDNN_OPTS') == '0' or not os.path.exists(PROCESSOR):
        return None
    with open(PROCESSOR, encoding='utf-8', errors='replace') as file:
        features = next((line.split(':', 1)[1].split() for line in file if line.startswith('flags')), [])
    return next((unit for feature, unit in UNITS.items() if feature in features), None)


def cast(x: tf.Tensor, dtype: tf.DType) -> tf.Tensor:
    """Returns `x` as numbers of `dtype`, itself where it is of that type already."""
    return x if x.dtype == dtype else tf.cast(x, dtype)


def matmul(left: tf.Tensor, right: tf.Tensor, dtype: tf.DType, transpose_a: bool = False,
           transpose_b: bool = False) -> tf.Tensor:
    """Returns the product of two matrices, float32 [rows, columns].

    Args:
      left, right: float32 or `dtype`, [rows, inner] and [inner, columns], unless transposed.
      dtype: type that the factors are rounded to.
    """
    return cast(tf.matmul(cast(left, dtype), cast(right, dtype), transpose_a=transpose_a, transpose_b=transpose_b),
                tf.float32)
