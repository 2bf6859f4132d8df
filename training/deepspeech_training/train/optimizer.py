"""What becomes of the gradients: sums over several steps, clipping of their norm, Adam, weight decay."""

from typing import Any, List, Optional, Sequence, Tuple

from ..compat import tf
from ..settings.config import OptimizerConfig


class AdamW(tf.train.AdamOptimizer):
    """Adam (Kingma & Ba 2015) with weight decay beside the gradients (Loshchilov & Hutter 2019).

    Before Adam's step, every matrix is multiplied by 1 - learning rate * decay. Biases and the parameters of layer
    normalisation, which have one axis, do not decay. With a decay of 0 it is Adam.

    Args:
      config: OptimizerConfig.
      learning_rate: float32 [], the rate of the update.
    """

    def __init__(self, config: OptimizerConfig, learning_rate: 'tf.Tensor') -> None:
        super().__init__(learning_rate, config.beta1, config.beta2, config.epsilon, name='Adam')
        self._kept = 1. - learning_rate * config.weight_decay if config.weight_decay else None

    def apply_gradients(self, grads_and_vars: Sequence[Tuple['tf.Tensor', 'tf.Variable']],
                        global_step: Optional['tf.Variable'] = None, name: Optional[str] = None) -> Any:
        """Returns the operation of an update, as `tf.train.Optimizer` does."""
        if self._kept is None:
            return super().apply_gradients(grads_and_vars, global_step, name)
        # All gradients first: those of lower layers are made with the weights as they were.
        with tf.control_dependencies([gradient for gradient, _ in grads_and_vars]):
            decayed = [variable.assign(variable * self._kept) for _, variable in grads_and_vars if variable.shape.ndims > 1]
        with tf.control_dependencies(decayed):
            return super().apply_gradients(grads_and_vars, global_step, name)


def clipped(gradients: Sequence['tf.Tensor'], max_norm: float) -> Tuple[List['tf.Tensor'], 'tf.Tensor']:
    """Scales gradients down by a common factor so that their norm, all together, is at most `max_norm`; 0: leaves them.

    What is not finite makes all of them so.

    Returns:
      the gradients, and what their norm was before, float32 [].
    Source: Pascanu et al. 2013.
    """
    norm = tf.global_norm(gradients)
    if not max_norm:
        return list(gradients), norm
    scale = max_norm / tf.maximum(norm, max_norm)
    return [gradient * scale for gradient in gradients], norm


class Accumulators:
    """The gradients of the steps of an update so far, added up in variables that this creates in the current graph.

    No checkpoint holds these: a run that is stopped within an update takes its steps again, from the weights of the update
    before, which are still there.

    Args:
      sums: gradients of the present step.
      variables: what they are gradients of.

    Attributes:
      add: operation that adds those of the present step; for all steps of an update but the last.
      totals: tensors, the gradients of all steps with those of the present one; for the last.
      initialize: operation, to be run before the first step.
    """

    def __init__(self, sums: Sequence['tf.Tensor'], variables: Sequence['tf.Variable']) -> None:
        self._variables = [
            tf.get_variable(f'{variable.op.name}/accumulated', variable.shape, tf.float32, tf.zeros_initializer(),
                            trainable=False, collections=[tf.GraphKeys.LOCAL_VARIABLES], use_resource=False)
            for variable in variables]
        self.initialize: 'tf.Operation' = tf.variables_initializer(self._variables)
        self.add: 'tf.Operation' = tf.group(*[mine.assign_add(each) for mine, each in zip(self._variables, sums)])
        self.totals: List['tf.Tensor'] = [mine + each for mine, each in zip(self._variables, sums)]

    def clear(self) -> 'tf.Operation':
        """Returns the operation that begins the next update."""
        return tf.group(*[mine.assign(tf.zeros_like(mine)) for mine in self._variables])
