"""A layer's bias, clipped ReLU and dropout in a native library: one pass over the numbers forward, one backward.

As TensorFlow's own operations they are eight passes, and its random numbers cost as much as all of them. It is reached by a
Python function within the graph, as the recurrent layer is.
"""

from ..compat import tf
from .compute import Compute
from .dropout import LayerMask
from .native_library import layers

NATIVE_TYPES = (tf.float32, tf.bfloat16)  # of products


def native_activation(compute: Compute, product: tf.Tensor, bias: tf.Tensor, clip: float, mask: LayerMask) -> tf.Tensor:
    """Returns the activations, float32 [rows, units].

    Args:
      compute: Compute.
      product: of one of `NATIVE_TYPES`, [rows, units].
      bias: float32 [units].
      clip: upper limit of the activations.
      mask: what is dropped.
    """
    is_bfloat16 = product.dtype == tf.bfloat16
    seed = tf.zeros([2], tf.int64) if mask.seed is None else mask.seed

    def settings(seed):
        # Seeds differ by small numbers; these multiples of them do not meet.
        mixed = int(seed[0]) * 0x9E3779B97F4A7C15 + int(seed[1]) * 0xC2B2AE3D27D4EB4F
        return layers().Activation(clip, mask.rate, mixed, compute.n_threads)

    def run(x, bias, seed):
        return layers().run_activation(settings(seed), x, bias)

    def run_back(y, dy, seed):
        return list(layers().run_activation_back(settings(seed), y, dy, is_bfloat16))

    @tf.custom_gradient
    def activated(product, bias):
        y = tf.numpy_function(run, [tf.bitcast(product, tf.uint16) if is_bfloat16 else product, bias, seed], tf.float32)
        y.set_shape(product.shape)

        def gradient(dy):
            dx, d_bias = tf.numpy_function(run_back, [y, dy, seed], [tf.uint16 if is_bfloat16 else tf.float32, tf.float32])
            dx.set_shape(product.shape)
            d_bias.set_shape(bias.shape)
            return tf.bitcast(dx, tf.bfloat16) if is_bfloat16 else dx, d_bias

        return y, gradient

    return activated(product, tf.convert_to_tensor(bias))
