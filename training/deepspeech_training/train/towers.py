"""One copy of the network per device, all on the same variables."""

from collections import namedtuple

from ..compat import tf
from ..model.acoustic import acoustic_model
from ..model.ctc import ctc_losses
from ..model.dropout import dropout

# losses: float32 [n], index: int32 [n], weight: float32 [n], over the batches of all devices.
# loss_sum and count: sums over the utterances that count; those without a finite loss do not.
Step = namedtuple('Step', 'loss_sum count losses index weight')
HOST = '/cpu:0'


def evaluation_step(model, weights, batches, devices):
    """Builds the forward pass and the loss on every device; returns Step."""
    return _merged([_tower(model, weights, batch, device, number, None, 'block')
                    for number, (batch, device) in enumerate(zip(batches, devices))])


def training_step(model, weights, batches, devices, rates, seed, optimizer, global_step, n_per_step):
    """Builds one update on every device.

    The update follows the sum of the losses of the utterances that count, whatever device they are on, divided by
    `n_per_step`. So every utterance weighs the same: those of an incomplete last batch (with sorted data the few
    longest ones) do not get the say of a whole batch.

    Args:
      model: ModelConfig.
      weights: AcousticWeights.
      batches: one Batch per device.
      devices: device names.
      rates: {layer: dropout probability}.
      seed: int.
      optimizer: a TensorFlow optimizer.
      global_step: variable that counts updates.
      n_per_step: mean number of utterances of a step, over all devices.
    Returns:
      (operation that makes the update, operation that only computes what it needs, Step).
    """
    implementation = 'loop' if model.lstm == 'auto' else model.lstm
    towers = [_tower(model, weights, batch, device, number, dropout(rates, seed, global_step, number), implementation)
              for number, (batch, device) in enumerate(zip(batches, devices))]
    step = _merged(towers)
    variables = tf.trainable_variables()
    gradients = []
    for number, (tower, device) in enumerate(zip(towers, devices)):
        with tf.device(device), tf.name_scope(f'tower_{number}/gradients'):
            # Gated, or a layer's weights could be updated in place while the layer below still needs the old ones.
            gradients.append(tf.gradients(tower.loss_sum / n_per_step, variables, gate_gradients=True,
                                          colocate_gradients_with_ops=True))
    with tf.device(HOST):
        sums = [tf.add_n(list(of_towers)) if len(devices) > 1 else of_towers[0] for of_towers in zip(*gradients)]
        update = optimizer.apply_gradients(list(zip(sums, variables)), global_step=global_step)
    return update, tf.group(*sums), step


def _tower(model, weights, batch, device, number, drop, implementation):
    with tf.device(device), tf.name_scope(f'tower_{number}'):
        outputs = acoustic_model(model, weights, batch.features, batch.lengths, drop, implementation)
        losses = ctc_losses(outputs.logits_tbc, batch.lengths, batch.labels)
        finite = tf.is_finite(losses)
        counted = batch.weight * tf.cast(finite, tf.float32)
        loss_sum = tf.reduce_sum(tf.where(finite, losses, tf.zeros_like(losses)) * batch.weight)
        return Step(loss_sum, tf.reduce_sum(counted), losses, batch.index, batch.weight)


def _merged(towers):
    with tf.device(HOST):
        return Step(tf.add_n([tower.loss_sum for tower in towers]), tf.add_n([tower.count for tower in towers]),
                    *[tf.concat([getattr(tower, name) for tower in towers], axis=0)
                      for name in ('losses', 'index', 'weight')])
