"""Dropout (Srivastava et al. 2014): which activations are dropped is a function of seed, update, device and layer alone, so
that a resumed run drops the same ones.
"""

from typing import Mapping, NamedTuple, Optional, Union

from ..compat import tf


class LayerMask(NamedTuple):
    """What one layer drops."""

    rate: float  # the probability that an activation is dropped; kept ones are divided by 1 - rate
    seed: Optional[tf.Tensor]  # int64 [2]; None where nothing is dropped


class Masks(NamedTuple):
    """What all layers drop."""

    rates: Mapping[int, float]  # {layer: drop probability}
    seed: int = 0  # of the run
    step: Optional[tf.Tensor] = None  # int [], the number of the update
    tower: Union[int, tf.Tensor] = 0  # the device's number, an int or int64 []

    def of_layer(self, layer: int) -> LayerMask:
        """Returns the LayerMask of a layer."""
        rate = self.rates.get(layer, 0.)
        if not rate:
            return LayerMask(0., None)
        number = tf.convert_to_tensor(self.seed * 1009 + self.tower * 17 + layer, tf.int64)
        return LayerMask(rate, tf.stack([tf.cast(self.step, tf.int64), number]))

    def apply(self, layer: int, x: tf.Tensor) -> tf.Tensor:
        """Returns `x`, float32, with some of its numbers dropped."""
        rate, seed = self.of_layer(layer)
        if seed is None:
            return x
        keep = tf.random.stateless_uniform(tf.shape(x), seed) >= rate
        return x * (tf.cast(keep, tf.float32) * (1. / (1. - rate)))


NO_DROPOUT = Masks({})
