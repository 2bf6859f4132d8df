"""Tries the native recurrent layer once before a training with bfloat16 takes it: its numbers and its speed beside the loop's.

Which of the two is faster depends on the processor and on how wide the layer is. Both run some steps of a layer of that width
with their gradients, in turns; the best turn of each counts.
"""

import time
from typing import List, Optional

import numpy as np

from ..compat import reason_of, session_config, tf
from ..console.log import Log
from ..settings.config import DeviceConfig
from ..settings.model import ModelConfig
from .compute import Compute
from .cudnn_trial import random_values
from .lstm import lstm
from .recurrent import LstmWeights

N_TIME, N_BATCH, TURNS = 64, 16, 3
WIDEST = 512  # wider layers are tried as this one: the trial is to take a second or two
CLEAR = 0.6  # native's time as a part of the loop's, below which the second turn, in which both are warm, is the last
LARGEST_DIFFERENCE = 0.1  # of a gradient from the loop's, as a part of its largest value; both round to numbers of 8 bits


def try_native(dtype: tf.DType, *, model: ModelConfig, settings: DeviceConfig, n_threads: int, log: Log) -> Optional[str]:
    """Runs both implementations on the processor.

    Args:
      dtype: what products are to be made of.
      model: how wide the layer is, and its directions.
      settings: of the session.
      n_threads: of the native layer.
      log: gets a warning where it fails or the numbers differ.
    Returns:
      why the loop is the better choice; None: it is not, or memory ran out, of which training says more.
    """
    try:
        seconds, difference = _compare(dtype, model, settings, n_threads)
    except tf.errors.ResourceExhaustedError:
        return None
    except tf.errors.OpError as error:
        log.warn(f'The native recurrent layer does not work here: {reason_of(error)}')
        return 'it failed its trial'
    if not difference <= LARGEST_DIFFERENCE:
        log.warn(f'The native recurrent layer gives other numbers than the loop: gradients are {difference:.2g} of the largest '
                 f'one away. Please report this with the model of your processor.')
        return 'it gives other numbers here'
    native_s, loop_s = seconds
    log.debug(f'Tried the recurrent layer: native {1000 * native_s:.1f} ms, loop {1000 * loop_s:.1f} ms.')
    return None if native_s <= loop_s else f'it took {native_s / loop_s:.1f} times as long in a trial'


def _compare(dtype, model, settings, n_threads):
    """Returns (seconds of the best turn of each, largest difference of any gradient as a part of its largest value)."""
    with tf.Graph().as_default(), tf.device('/cpu:0'):
        ways = [_gradients(Compute(each, dtype, True, tf.reverse_sequence, n_threads), model)
                for each in ('native', 'loop')]
        seconds: List[List[float]] = [[], []]
        values: List[List[np.ndarray]] = []
        with tf.Session(config=session_config(settings)) as session:
            for turn in range(TURNS):
                values = []
                for way, of_way in zip(ways, seconds):
                    started = time.perf_counter()
                    values.append(session.run(way))
                    of_way.append(time.perf_counter() - started)
                best = [min(of_way) for of_way in seconds]
                if turn and best[0] < CLEAR * best[1]:
                    break
    differences = [np.abs(native - loop).max() / np.abs(loop).max() for native, loop in zip(*values)]
    return best, float(np.max(differences))  # NaN, where there is one


def _gradients(compute, model):
    """Returns the gradients of input and weights of a layer with random numbers, the same for every implementation."""
    n_cell, n_directions = min(model.n_cell, WIDEST), 2 if model.bidirectional else 1
    x = random_values([N_TIME, N_BATCH, n_cell], 1, 1.)
    cells = [LstmWeights(random_values([2 * n_cell, 4 * n_cell], 2 + number, n_cell ** -.5),
                         random_values([4 * n_cell], 4 + number, .5)) for number in range(n_directions)]
    outputs, _ = lstm(compute, x, tf.constant([N_TIME - 3 * number for number in range(N_BATCH)]), cells, model.forget_bias)
    given = [x] + [value for cell in cells for value in cell]
    return tf.gradients(tf.reduce_sum(outputs * random_values([N_TIME, N_BATCH, n_directions * n_cell], 6, 1.)), given)
