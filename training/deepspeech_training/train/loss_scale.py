"""Training with matrix products of float16 numbers: the loss is scaled up, so that small gradients do not vanish.

Source: Micikevicius et al. 2018 (Mixed Precision Training), with a scale that adapts itself.
"""

from typing import List, Sequence

from ..compat import tf

FIRST_SCALE = 2. ** 15
LARGEST_SCALE = 2. ** 24
GROW_EVERY = 2000  # updates without an overflow
# Names of the variables as published checkpoints of mixed-precision training have them.
VARIABLES = ('current_loss_scale', 'good_steps')


class LossScale:
    """The current scale and how it changes. Creates its variables in the current graph."""

    def __init__(self) -> None:
        self.scale = tf.get_variable(VARIABLES[0], initializer=FIRST_SCALE, trainable=False, use_resource=False)
        self._n_good = tf.get_variable(VARIABLES[1], initializer=tf.constant(0, tf.int64), trainable=False,
                                       use_resource=False)

    def unscaled(self, gradients: Sequence['tf.Tensor']) -> List['tf.Tensor']:
        """Returns the gradients of the loss itself."""
        return [gradient / self.scale for gradient in gradients]

    def update(self, optimizer: 'tf.train.Optimizer', gradients: Sequence['tf.Tensor'],
               variables: Sequence['tf.Variable']) -> 'tf.Operation':
        """Returns the operation that applies `gradients` if they are finite and adapts the scale.

        An overflow halves the scale and leaves the variables as they are; after `GROW_EVERY` updates without one it
        doubles.
        """
        pairs = list(zip(gradients, variables))
        optimizer.apply_gradients(pairs)  # never run; creates the optimizer's variables under their usual names
        finite = tf.reduce_all([tf.reduce_all(tf.is_finite(gradient)) for gradient in gradients])

        def apply():
            grows = tf.greater_equal(self._n_good + 1, GROW_EVERY)
            with tf.control_dependencies([optimizer.apply_gradients(pairs), grows]):
                scale = tf.where(grows, tf.minimum(self.scale * 2., LARGEST_SCALE), self.scale + 0.)
                n_good = tf.where(grows, tf.constant(0, tf.int64), self._n_good + 1)
                with tf.control_dependencies([scale, n_good]):
                    return tf.group(self.scale.assign(scale), self._n_good.assign(n_good))

        def skip():
            return tf.group(self.scale.assign(tf.maximum(self.scale / 2., 1.)), self._n_good.assign(0))

        return tf.cond(finite, apply, skip)
