"""The graph of a training: its variables, one update on all devices, one validation step.

Builders take configs and tensors and return named tuples of tensors. The order in which they create operations is fixed:
TensorFlow seeds the initial weights by it.
"""

from typing import List, NamedTuple, Optional, Sequence

from ..compat import tf
from ..data.feeding import Batch
from ..model.variables import AcousticWeights, acoustic_weights
from ..settings.config import OptimizerConfig
from ..settings.model import ModelConfig
from .averages import Averages
from .engine import HOST, Engine
from .loss_scale import VARIABLES as LOSS_SCALE_VARIABLES
from .loss_scale import LossScale
from .optimizer import Accumulators, clipped
from .towers import Dropout, Network, Step, evaluation_step, gradient_sums, training_step, training_towers

DROPOUT_LAYERS = (1, 2, 3, 5)
OPTIONAL = ('learning_rate',) + LOSS_SCALE_VARIABLES  # names of variables that need not be in a checkpoint


class LearningRate(NamedTuple):
    """The learning rate, a variable that travels with the checkpoints, and how to set it."""

    value: 'tf.Variable'  # float32 []
    new: 'tf.Tensor'  # placeholder, float32 []
    assign: 'tf.Tensor'  # sets `value` to what `new` is fed
    factor: 'tf.Tensor'  # placeholder, float32 []: of the schedule; 1 unless it is fed
    scheduled: 'tf.Tensor'  # float32 [], what an update takes


class Variables(NamedTuple):
    """What an update changes, without the optimizer's own variables."""

    weights: AcousticWeights
    global_step: 'tf.Variable'  # int64 [], number of updates
    learning_rate: LearningRate
    averages: Optional[Averages]  # of the weights


class Update(NamedTuple):
    """One update."""

    apply: 'tf.Operation'  # makes the update, in its last step
    gradients: 'tf.Operation'  # only computes what it needs; nothing changes
    step: Step
    n_steps: int = 1  # of an update
    part: Optional['tf.Tensor'] = None  # if these are several: placeholder, int64 [], the number of the step among them,
    accumulate: Optional['tf.Operation'] = None  # and what its other steps run
    gradient_norm: Optional['tf.Tensor'] = None  # float32 [], of all gradients of the update together, before they are clipped


class TrainingGraph(NamedTuple):
    """All that a training runs."""

    global_step: 'tf.Variable'
    learning_rate: LearningRate
    update: Update
    dev_step: Step
    variables: List['tf.Variable']  # all of them, what a checkpoint holds
    weights: List['tf.Variable']  # those of the model
    averages: Optional[Averages]  # of these
    initialize: 'tf.Operation'
    prepare: 'tf.Operation'  # initializes what no checkpoint holds
    weights_are_finite: 'tf.Tensor'  # bool [], and their squares
    weight_norm: 'tf.Tensor'  # float32 [], of all of them together
    take_from_chief: Optional['tf.Operation'] = None  # gives `variables` the values of the chief; None: there are no others

    @property
    def optional(self) -> List[str]:
        """The names of variables that need not be in a checkpoint."""
        return [*OPTIONAL, *(variable.op.name for variable in (self.averages.variables if self.averages else []))]


def training_variables(model: ModelConfig, optimizer: OptimizerConfig, engine: Engine) -> Variables:
    """Creates the variables of the model and of its training in the current graph."""
    with tf.device(engine.weights_device):
        weights = acoustic_weights(model)
        averages = Averages(weights, optimizer.ema_decay) if optimizer.ema_decay else None
    with tf.device(HOST):
        global_step = tf.train.get_or_create_global_step()
        rate = tf.get_variable('learning_rate', initializer=optimizer.learning_rate, trainable=False, use_resource=False)
        new_rate, factor = tf.placeholder(tf.float32, []), tf.placeholder_with_default(1., [])
        learning_rate = LearningRate(rate, new_rate, rate.assign(new_rate), factor, rate * factor)
        return Variables(weights, global_step, learning_rate, averages)


def training_graph(network: Network, variables: Variables, update: Update, dev_batches: Sequence[Batch], engine: Engine
                   ) -> TrainingGraph:
    """Completes a graph that holds an update with the validation step and what a whole training needs besides.

    Args:
      network: Network.
      variables: Variables.
      update: what `training_update` gave.
      dev_batches: one Batch per device.
      engine: Engine.
    """
    averages = variables.averages
    dev_step = evaluation_step(network._replace(weights=averages.weights) if averages else network, dev_batches)
    every, initialize = tf.global_variables(), tf.global_variables_initializer()
    weights = tf.trainable_variables()
    with tf.device(HOST):
        # With their squares: what is so large that those overflow is of no use any more, and neither are Adam's averages.
        norm = tf.global_norm(weights)
        are_finite = tf.reduce_all([tf.reduce_all(tf.is_finite(tf.square(variable))) for variable in weights])
    return TrainingGraph(global_step=variables.global_step, learning_rate=variables.learning_rate, update=update,
                         dev_step=dev_step, variables=every, weights=weights, averages=averages, initialize=initialize,
                         prepare=tf.local_variables_initializer(), weights_are_finite=are_finite, weight_norm=norm,
                         take_from_chief=engine.values_of_chief(every))


def training_update(network: Network, batches: Sequence[Batch], masks: Dropout, optimizer: 'tf.train.Optimizer', *,
                    n_per_update: float, engine: Engine, n_steps: int = 1, max_norm: float = 0.,
                    averages: Optional[Averages] = None) -> Update:
    """Builds one update.

    It follows the sum of the losses of the utterances that count, whatever device they are on, divided by `n_per_update`.
    So every utterance weighs the same: those of an incomplete last batch (with sorted data the few longest ones) do not
    get the say of a whole batch.

    Args:
      network: Network.
      batches: one Batch per device.
      masks: Dropout.
      optimizer: of TensorFlow.
      n_per_update: mean number of utterances of an update, over all devices of all replicas.
      engine: Engine; sums the gradients over the replicas.
      n_steps: of an update; with several, `masks` has a `part`.
      max_norm: of these sums, all together; 0: no limit.
      averages: of the weights, which are to follow them.
    """
    towers = training_towers(network, batches, masks)
    step = training_step(network, batches, towers)
    variables = tf.trainable_variables()
    with tf.device(engine.weights_device):
        loss_scale = LossScale() if network.compute.dtype == tf.float16 else None
    scale = loss_scale.scale if loss_scale else 1.
    sums = gradient_sums(network, towers, variables, lambda loss_sum: scale * loss_sum / n_per_update, engine.weights_device)
    with tf.device(engine.weights_device):
        needed = tf.group(*sums)
        accumulators = Accumulators(sums, variables) if n_steps > 1 else None
        gradients = engine.reduce_gradients(accumulators.totals if accumulators else sums)
        gradients = loss_scale.unscaled(gradients) if loss_scale else gradients
        gradients, norm = clipped(gradients, max_norm)
        if loss_scale:
            update = loss_scale.update(optimizer, gradients, variables)
        else:
            update = optimizer.apply_gradients(list(zip(gradients, variables)))
        with tf.control_dependencies([update]):
            # Counts also what would have been an update but for an overflow.
            n_updates = masks.global_step.assign_add(1)
            others = [accumulators.clear()] if accumulators else []
            others += [averages.follow(n_updates)] if averages else []
            apply = tf.group(n_updates.op, *others)
        return Update(apply, needed, step, n_steps, part=masks.part, accumulate=accumulators.add if accumulators else None,
                      gradient_norm=norm)
