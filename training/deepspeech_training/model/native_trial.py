"""Tries the native recurrent layer once before a training takes it: its numbers and its speed, beside those of the loop.

Which of the two is faster depends on the processor and on how wide the layer is. Both run some steps of a layer of that width
with their gradients, in turns; the best turn of each counts.
"""

import time
from typing import List, Optional

import numpy as np

from ..compat import session_config, tf
from ..console.log import Log
from ..settings.config import DeviceConfig
from ..settings.model import ModelConfig
from .compute import Compute
from .lstm import lstm
from .recurrent import LstmWeights

N_TIME, N_BATCH, TURNS = 64, 16, 3
WIDEST = 512  # wider layers are tried as this one: the trial takes some tenths of a second
# How far the sum of a gradient may be from the loop's, as a part of it.
LARGEST_DIFFERENCE = {tf.float32: 1e-3, tf.float16: 0.05, tf.bfloat16: 0.1}


def try_native(dtype: tf.DType, *, model: ModelConfig, settings: DeviceConfig, n_threads: int, log: Log) -> Optional[str]:
    """Runs both implementations on the processor.

    Args:
      dtype: what products are to be made of.
      model: how wide the layer is, and its directions.
      settings: of the session.
      n_threads: of the native layer.
      log: gets a warning where the numbers differ.
    Returns:
      why the loop is the better choice; None: it is not.
    """
    with tf.Graph().as_default(), tf.device('/cpu:0'):
        ways = [_gradient(Compute(each, dtype, True, tf.reverse_sequence, n_threads), model) for each in ('native', 'loop')]
        seconds: List[List[float]] = [[], []]
        values: List[np.ndarray] = []
        with tf.Session(config=session_config(settings)) as session:
            for _ in range(TURNS):
                values = []
                for way, of_way in zip(ways, seconds):
                    started = time.perf_counter()
                    values.append(session.run(way))
                    of_way.append(time.perf_counter() - started)
    native, loop = values
    difference = np.abs(native - loop).max() / np.abs(loop).max()
    if not difference <= LARGEST_DIFFERENCE[dtype]:
        log.warn(f'The native recurrent layer gives other numbers than the loop: gradients are {difference:.2g} of the largest '
                 f'one away. Please report this with the model of your processor.')
        return 'it gives other numbers here'
    native_s, loop_s = [min(of_way) for of_way in seconds]
    log.debug(f'Tried the recurrent layer: native {1000 * native_s:.1f} ms, loop {1000 * loop_s:.1f} ms.')
    return None if native_s <= loop_s else f'it took {native_s / loop_s:.1f} times as long in a trial'


def _gradient(compute, model):
    """Returns the gradient of the input of a layer with random numbers, the same for every implementation."""
    n_cell, n_directions = min(model.n_cell, WIDEST), 2 if model.bidirectional else 1
    x = _random([N_TIME, N_BATCH, n_cell], 1, 1.)
    cells = [LstmWeights(_random([2 * n_cell, 4 * n_cell], 2 + number, n_cell ** -.5), _random([4 * n_cell], 4 + number, .5))
             for number in range(n_directions)]
    outputs, _ = lstm(compute, x, tf.constant([N_TIME] * N_BATCH), cells, model.forget_bias)
    given = [x] + [value for cell in cells for value in cell]
    gradients = tf.gradients(tf.reduce_sum(outputs * _random([N_TIME, N_BATCH, n_directions * n_cell], 6, 1.)), given)
    with tf.control_dependencies(gradients):  # all of them are computed, one is looked at
        return tf.identity(gradients[0])


def _random(shape, number, largest):
    """Returns float32 of `shape` between -largest and largest, the same in every run."""
    return tf.random.stateless_uniform(shape, [number, 17], minval=-largest, maxval=largest)
