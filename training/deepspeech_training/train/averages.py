"""Moving averages of the weights: validation and the best model, tests and exports use them; updates go on from the weights.

The averages are variables beside the weights, `<name>/ExponentialMovingAverage`, which checkpoints hold; other trainers, which
do not know them, load the weights. Source: Polyak & Juditsky 1992.
"""

from typing import List, Tuple

from ..compat import tf
from ..model.variables import AcousticWeights, average_name


class Averages:
    """Creates a variable for each weight in the current graph.

    Args:
      weights: AcousticWeights of variables.
      decay: what an update leaves of an average, from 0 to below 1.

    Attributes:
      weights: AcousticWeights of the averages.
      variables: the averages.
      begin: operation that sets them to the weights.
    """

    def __init__(self, weights: AcousticWeights, decay: float) -> None:
        self._decay = decay
        self._pairs: List[Tuple['tf.Variable', 'tf.Variable']] = []  # averages and weights
        self.weights: AcousticWeights = tf.nest.map_structure(self._average_of, weights)
        self.variables: List['tf.Variable'] = [average for average, _ in self._pairs]
        self.begin: 'tf.Operation' = tf.group(*[average.assign(weight) for average, weight in self._pairs])

    def _average_of(self, weight: 'tf.Variable') -> 'tf.Variable':
        average = tf.get_variable(average_name(weight.op.name), weight.shape, tf.float32, tf.zeros_initializer(),
                                  trainable=False, use_resource=False)
        self._pairs.append((average, weight))
        return average

    def follow(self, n_updates: 'tf.Tensor') -> 'tf.Operation':
        """Returns the operation that takes the present weights into the averages.

        Early on they follow faster, or they would remember the random weights of the beginning: with (1 + n) / (10 + n) in
        place of a larger decay.

        Args:
          n_updates: int [], that the model has seen; the operation waits for it.
        """
        n = tf.cast(n_updates, tf.float32)
        taken = 1. - tf.minimum(self._decay, (1. + n) / (10. + n))
        with tf.control_dependencies([taken]):
            return tf.group(*[average.assign_sub(taken * (average - weight.read_value())) for average, weight in self._pairs])
