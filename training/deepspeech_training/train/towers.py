"""One copy of the network per device, all on the same variables."""

from collections import namedtuple

from ..compat import on_gpu, tf
from ..settings.config import N_CONTEXT
from ..model.acoustic import acoustic_model, ctc_losses, dropout
from ..model.variables import forward_flops, training_flops
from .loss_scale import LossScale

# losses: float32 [n], index: int32 [n], weight: float32 [n], over the batches of all devices.
# loss_sum and count: sums over the utterances that count; those without a finite loss do not.
# operations: float64, what the network took over all devices, see model.operations. waited_s: float64, seconds until
# the last device had its batch.
Step = namedtuple('Step', 'loss_sum count losses index weight operations waited_s')
Tower = namedtuple('Tower', 'loss_sum count losses')  # the same of one device
HOST = '/cpu:0'


def home(devices):
    """Returns where weights live and are updated: on the first GPU, so that they need not travel in every step."""
    return devices[0] if on_gpu(devices) else HOST


def evaluation_step(model, weights, batches, devices, compute):
    """Builds the forward pass and the loss on every device; returns Step."""
    inference = compute._replace(differentiable=False)
    towers = [_tower(model, weights, batch, device, number, None, inference)
              for number, (batch, device) in enumerate(zip(batches, devices))]
    return _merged(towers, batches, forward_flops(model, 1))


def training_step(model, weights, batches, devices, compute, rates, seed, optimizer, global_step, n_per_step):
    """Builds one update on every device.

    The update follows the sum of the losses of the utterances that count, whatever device they are on, divided by
    `n_per_step`. So every utterance weighs the same: those of an incomplete last batch (with sorted data the few
    longest ones) do not get the say of a whole batch.

    Args:
      model: ModelConfig.
      weights: AcousticWeights.
      batches: one Batch per device.
      devices: device names.
      compute: Compute.
      rates: {layer: dropout probability}.
      seed: int.
      optimizer: a TensorFlow optimizer.
      global_step: variable that counts updates.
      n_per_step: mean number of utterances of a step, over all devices.
    Returns:
      (operation that makes the update, operation that only computes what it needs, Step).
    """
    towers = [_tower(model, weights, batch, device, number, dropout(rates, seed, global_step, number), compute)
              for number, (batch, device) in enumerate(zip(batches, devices))]
    step = _merged(towers, batches, training_flops(model, 1))
    variables = tf.trainable_variables()
    with tf.device(home(devices)):
        loss_scale = LossScale() if compute.dtype == tf.float16 else None
    scale = loss_scale.scale if loss_scale else 1.
    gradients = []
    for number, (tower, device) in enumerate(zip(towers, devices)):
        with tf.device(device), tf.name_scope(f'tower_{number}/gradients'):
            # Gated, or a layer's weights could be updated in place while the layer below still needs the old ones.
            gradients.append(tf.gradients(scale * tower.loss_sum / n_per_step, variables, gate_gradients=True,
                                          colocate_gradients_with_ops=True))
    with tf.device(home(devices)):
        sums = [tf.add_n(list(of_towers)) if len(devices) > 1 else of_towers[0] for of_towers in zip(*gradients)]
        needed = tf.group(*sums)
        if not loss_scale:
            return optimizer.apply_gradients(list(zip(sums, variables)), global_step=global_step), needed, step
        with tf.control_dependencies([loss_scale.update(optimizer, loss_scale.unscaled(sums), variables)]):
            return global_step.assign_add(1).op, needed, step  # counts batches, also those without an update


def _tower(model, weights, batch, device, number, drop, compute):
    with tf.device(device), tf.name_scope(f'tower_{number}'):
        outputs = acoustic_model(model, weights, batch.features, batch.lengths, drop, compute)
        losses = ctc_losses(outputs.logits_tbc, batch.lengths, batch.labels)
        finite = tf.is_finite(losses)
        counted = batch.weight * tf.cast(finite, tf.float32)
        loss_sum = tf.reduce_sum(tf.where(finite, losses, tf.zeros_like(losses)) * batch.weight)
        return Tower(loss_sum, tf.reduce_sum(counted), losses)


def _merged(towers, batches, operations_per_frame):
    with tf.device(HOST):
        n_frames = tf.add_n([tf.size(batch.lengths) * (tf.shape(batch.features)[1] - 2 * N_CONTEXT) for batch in batches])
        return Step(
            tf.add_n([tower.loss_sum for tower in towers]), tf.add_n([tower.count for tower in towers]),
            tf.concat([tower.losses for tower in towers], axis=0),
            tf.concat([batch.index for batch in batches], axis=0),
            tf.concat([batch.weight for batch in batches], axis=0),
            tf.cast(n_frames, tf.float64) * operations_per_frame,
            tf.reduce_max(tf.stack([batch.waited_s for batch in batches])))
