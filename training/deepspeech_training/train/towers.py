"""One copy of the network per device, all on the same variables."""

from typing import Callable, Dict, List, NamedTuple, Optional, Sequence

from ..compat import tf
from ..data.feeding import Batch
from ..model.acoustic import acoustic_model, ctc_losses
from ..model.compute import Compute
from ..model.dropout import NO_DROPOUT, Masks
from ..model.variables import AcousticWeights, forward_flops, training_flops
from ..settings.features import N_CONTEXT
from ..settings.model import ModelConfig
from .engine import HOST


class Network(NamedTuple):
    """What the towers are copies of, and where they stand."""

    model: ModelConfig
    weights: AcousticWeights
    devices: Sequence[str]
    compute: Compute
    first_device: int = 0  # number of the first of `devices` among those of all processes that train together
    n_devices: int = 0  # how many these are; 0: there are no others


class Tower(NamedTuple):
    """What one device computes of a step: see Step."""

    loss_sum: 'tf.Tensor'
    count: 'tf.Tensor'
    losses: 'tf.Tensor'
    path: Optional['tf.Tensor']  # int32 [time, batch], the likeliest class of each frame; of validation only


class Step(NamedTuple):
    """What a step gives over the batches of all devices: tensors, or their values once they were fetched."""

    loss_sum: 'tf.Tensor'  # float32, over the utterances that count; those without a finite loss do not
    count: 'tf.Tensor'  # float32, how many these are
    losses: 'tf.Tensor'  # float32 [n]
    index: 'tf.Tensor'  # int32 [n], which utterance of the set each loss belongs to
    weight: 'tf.Tensor'  # float32 [n], 0 for stand-ins
    flops: 'tf.Tensor'  # float64, see model.variables
    waited_s: 'tf.Tensor'  # float64, seconds until the last device had its batch
    # Of a validation step, for each device: the likeliest class of each frame, and how many frames of each utterance count.
    paths: Sequence['tf.Tensor'] = ()  # int32 [time, batch]
    lengths: Sequence['tf.Tensor'] = ()  # int32 [batch]


class Dropout(NamedTuple):
    """Which masks a training draws: a function of seed, update, step within the update, device and layer."""

    rates: Dict[int, float]  # {layer: drop probability}
    seed: int
    global_step: 'tf.Variable'  # number of the update
    part: Optional['tf.Tensor'] = None  # placeholder, int64 [], number of the step within the update; None: each has one step


def evaluation_step(network: Network, batches: Sequence[Batch]) -> Step:
    """Builds the forward pass, the loss and the best paths on every device.

    Args:
      network: Network.
      batches: one per device.
    """
    inference = network._replace(compute=network.compute._replace(differentiable=False))
    towers = [_tower(inference, batch, number, None) for number, batch in enumerate(batches)]
    step = _merged(towers, batches, forward_flops(network.model, 1))
    return step._replace(paths=[tower.path for tower in towers], lengths=[batch.lengths for batch in batches])


def training_towers(network: Network, batches: Sequence[Batch], masks: Dropout) -> List[Tower]:
    """Builds the forward pass with dropout and the loss on every device.

    Args:
      network: Network.
      batches: one per device.
      masks: Dropout.
    """
    return [_tower(network, batch, number, masks) for number, batch in enumerate(batches)]


def training_step(network: Network, batches: Sequence[Batch], towers: Sequence[Tower]) -> Step:
    """Puts the losses of training towers together."""
    return _merged(towers, batches, training_flops(network.model, 1))


def gradient_sums(network: Network, towers: Sequence[Tower], variables: Sequence['tf.Variable'],
                  objective: Callable[['tf.Tensor'], 'tf.Tensor'], sum_device: str) -> List['tf.Tensor']:
    """Builds the gradients of the training objective, summed over the devices.

    Args:
      network: Network.
      towers: what `training_towers` gave.
      variables: what to differentiate with respect to.
      objective: function from the loss sum of a tower, float32, to what is to fall, float32.
      sum_device: where the sums are made.
    Returns:
      a tensor for each variable, of its shape.
    """
    gradients = []
    for number, (tower, device) in enumerate(zip(towers, network.devices)):
        with tf.device(device), tf.name_scope(f'tower_{number}/gradients'):
            # Gated, or a layer's weights could be updated in place while the layer below still needs the old ones.
            gradients.append(tf.gradients(objective(tower.loss_sum), variables, gate_gradients=True,
                                          colocate_gradients_with_ops=True))
    with tf.device(sum_device):
        return [tf.add_n(list(of_towers)) if len(towers) > 1 else of_towers[0] for of_towers in zip(*gradients)]


def _tower(network: Network, batch: Batch, number: int, masks: Optional[Dropout]) -> Tower:
    # The devices of a later step of an update count on: several steps draw the masks of one with that many more devices.
    counted_on = network.first_device + number
    if masks is not None and masks.part is not None:
        counted_on = counted_on + (network.n_devices or len(network.devices)) * masks.part
    drops = Masks(masks.rates, masks.seed, masks.global_step, counted_on) if masks else NO_DROPOUT
    with tf.device(network.devices[number]), tf.name_scope(f'tower_{number}'):
        outputs = acoustic_model(network.model, network.weights, batch.features, batch.lengths, masks=drops,
                                 compute=network.compute)
        losses = ctc_losses(outputs.logits_tbc, batch.lengths, batch.labels, compute=network.compute)
        finite = tf.is_finite(losses)
        counted = batch.weight * tf.cast(finite, tf.float32)
        loss_sum = tf.reduce_sum(tf.where(finite, losses, tf.zeros_like(losses)) * batch.weight)
        path = tf.argmax(outputs.logits_tbc, axis=2, output_type=tf.int32) if masks is None else None
        return Tower(loss_sum, tf.reduce_sum(counted), losses, path)


def _merged(towers: Sequence[Tower], batches: Sequence[Batch], flops_per_frame: int) -> Step:
    with tf.device(HOST):
        n_frames = tf.add_n([tf.size(batch.lengths) * (tf.shape(batch.features)[1] - 2 * N_CONTEXT) for batch in batches])
        return Step(
            loss_sum=tf.add_n([tower.loss_sum for tower in towers]), count=tf.add_n([tower.count for tower in towers]),
            losses=tf.concat([tower.losses for tower in towers], axis=0),
            index=tf.concat([batch.index for batch in batches], axis=0),
            weight=tf.concat([batch.weight for batch in batches], axis=0),
            flops=tf.cast(n_frames, tf.float64) * flops_per_frame,
            waited_s=tf.reduce_max(tf.stack([batch.waited_s for batch in batches])))
