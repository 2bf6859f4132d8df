"""Tries cuDNN's recurrent layer before a network counts on it.

Some pairs of a driver and cuDNN fail with sequences of different lengths, or with any, and say so only when a step runs
(mozilla/DeepSpeech#3088, tensorflow/tensorflow#41630 and #105092). So a step with its gradients is run twice, in two shapes, as
wide and with the numbers that training will have, and compared with the loop.
"""

import os
from typing import Any, Dict, List, Optional, Sequence

import numpy as np

from ..compat import reason_of, session_config, tf
from ..console.log import Log
from ..errors import ConfigError
from ..settings.config import DeviceConfig
from ..settings.model import ModelConfig
from .compute import Compute
from .lstm import lstm
from .recurrent import LstmWeights

SHAPES = ((12, [12, 7, 1, 4]), (9, [2, 9, 5]))  # (steps, lengths) of each step that is tried
# How far a value may be from the loop's, of the largest one; GPUs make float32 products of numbers with 10 bits.
LARGEST_DIFFERENCE = {tf.float32: 0.02, tf.float16: 0.05}


def try_cudnn(dtype: tf.DType, *, model: ModelConfig, devices: Sequence[str], settings: DeviceConfig, log: Log
              ) -> Optional[str]:
    """Runs cuDNN's recurrent layer on every device.

    Args:
      dtype: what products are to be made of.
      model: how wide the layer is, and its directions.
      devices: names of GPUs.
      settings: of the sessions.
      log: gets a warning with the reason if it fails.
    Returns:
      what to say of cuDNN if it cannot be used here; None: it can, or memory ran out, of which training says more.
    Raises:
      ConfigError: it has failed, and nothing else can be computed in this process any more.
    """
    # It draws no random numbers; what it keeps for them fails when the shape of a batch changes.
    os.environ.setdefault('TF_CUDNN_RESET_RND_GEN_STATE', '1')
    log.info('Trying cuDNN once. Should the program end here: --lstm_impl loop does without it.')
    try:
        reason = _compare(dtype, model, devices, settings)
    except tf.errors.ResourceExhaustedError:
        return None
    except tf.errors.OpError as error:
        reason = reason_of(error)
    if reason is None:
        return None
    log.warn(f"cuDNN's recurrent layer does not work here: {reason} CUDA libraries other than TensorFlow was built with are a "
             f'usual reason; "GPU=yes bash bin/setup.sh" installs the right ones.')
    try:
        _run_a_product(devices, settings)
    except tf.errors.OpError as error:
        raise ConfigError(f'cuDNN has failed, and the GPU computes nothing after that ({reason_of(error)}); pass --lstm_impl '
                          f'loop.') from error
    return 'cudnn failed its trial'


def _compare(dtype, model, devices, settings):
    """Returns a sentence on the first device whose results are not those of the loop, or None."""
    kind = tf.float16 if dtype == tf.float16 else tf.float32  # see `cudnn_lstm`
    for device in devices:
        with tf.Graph().as_default(), tf.device(device):
            distances = largest_differences('cudnn', 'loop', dtype, model)
            with tf.Session(config=session_config(settings)) as session:
                for steps, lengths in SHAPES:
                    for what, distance in session.run(distances.of, distances.fed(steps, lengths)).items():
                        if distance > LARGEST_DIFFERENCE[kind]:
                            return (f'on {device}, {what} are {distance:.2g} of the largest one away from those of the loop '
                                    f'(sequences of {lengths} steps).')
    return None


class Differences:
    """How far the results of one implementation are from those of another one; made by `largest_differences`.

    Attributes:
      of: {what: float32 [], the largest difference, as a part of the largest value; infinite where values are}.
    """

    def __init__(self, of: Any, shape: tf.Tensor, lengths: tf.Tensor) -> None:
        self.of, self._shape, self._lengths = of, shape, lengths

    def fed(self, steps: int, lengths: List[int]) -> Any:
        """Returns what to feed for sequences of `lengths` in a batch of `steps`."""
        return {self._shape: [steps, len(lengths)], self._lengths: lengths}


def largest_differences(one: str, other: str, dtype: tf.DType, model: ModelConfig) -> Differences:
    """Builds the recurrent layer of `model` with random numbers twice in the current graph, on the current device.

    Args:
      one, other: implementations; `one` makes its products of `dtype`, `other` of float32.
      dtype: see there.
      model: ModelConfig.
    """
    shape, lengths = tf.placeholder(tf.int32, [2]), tf.placeholder(tf.int32, [None])
    n_input, n_cell, n_directions = model.n_rnn_input, model.n_cell, 2 if model.bidirectional else 1
    x = random_values([shape[0], shape[1], n_input], 1, 1.)
    x.set_shape([None, None, n_input])
    cells = [LstmWeights(random_values([n_input + n_cell, 4 * n_cell], 2 + number, n_cell ** -.5),
                         random_values([4 * n_cell], 4 + number, .5)) for number in range(n_directions)]
    weight = random_values([shape[0], shape[1], n_directions * n_cell], 6, 1.)
    names = ['outputs', 'gradients of the input'] + [f'gradients of the {each}' for each in LstmWeights._fields for _ in cells]
    results = []
    for implementation, kind in ((one, dtype), (other, tf.float32)):
        compute = Compute(implementation, kind, True, tf.reverse_sequence)
        outputs, _ = lstm(compute, x, lengths, cells, model.forget_bias)
        results.append([outputs] + tf.gradients(tf.reduce_sum(outputs * weight), [x] + [
            getattr(cell, each) for each in LstmWeights._fields for cell in cells]))
    by_name: Dict[str, tf.Tensor] = {}
    for name, left, right in zip(names, *results):
        distance = tf.reduce_max(tf.abs(left - right)) / tf.reduce_max(tf.abs(right))
        # The largest of some numbers passes over what is none in TensorFlow 1.15.
        distance = tf.where(tf.reduce_all(tf.is_finite(left)), distance, tf.constant(np.inf, tf.float32))
        by_name[name] = tf.maximum(by_name[name], distance) if name in by_name else distance
    return Differences(by_name, shape, lengths)


def random_values(shape: Sequence[Any], number: int, largest: float) -> tf.Tensor:
    """Returns float32 of `shape` between -largest and largest, the same in every run."""
    return tf.random.stateless_uniform(shape, [number, 17], minval=-largest, maxval=largest)


def _run_a_product(devices, settings):
    with tf.Graph().as_default():
        products = []
        for device in devices:
            with tf.device(device):
                products.append(tf.matmul(tf.ones([8, 8]), tf.ones([8, 8])))
        with tf.Session(config=session_config(settings)) as session:
            session.run(products)
