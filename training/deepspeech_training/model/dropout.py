"""Dropout whose masks are a function of (seed, step, tower, layer), so that a resumed run draws the same ones."""

from ..compat import tf


def dropout(rates, seed, step, tower):
    """Returns a function (layer, tensor) -> tensor.

    Args:
      rates: {layer: drop probability}; kept values are scaled by 1 / (1 - rate) (Srivastava et al. 2014).
      seed: int.
      step: scalar int tensor, the number of the update.
      tower: int, the device's number.
    """
    def apply(layer, x):
        rate = rates.get(layer, 0.)
        if not rate:
            return x
        draw_seed = tf.stack([tf.cast(step, tf.int64), tf.constant(seed * 1009 + tower * 17 + layer, tf.int64)])
        keep = tf.random.stateless_uniform(tf.shape(x), draw_seed) >= rate
        return x * (tf.cast(keep, tf.float32) * (1. / (1. - rate)))

    return apply
