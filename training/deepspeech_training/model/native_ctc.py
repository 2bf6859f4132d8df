"""The loss of connectionist temporal classification in a native library: threads take one utterance after the other.

Its gradients are computed together with it and kept, as they are no larger than the scores. It is reached by a Python function
within the graph, as the recurrent layer is. Letters: T time, B batch, C classes.
"""

import numpy as np

from ..compat import tf
from .compute import Compute
from .native_library import layers


def native_ctc_losses(compute: Compute, logits_tbc: tf.Tensor, lengths: tf.Tensor, labels: tf.Tensor) -> tf.Tensor:
    """Returns the losses; other arguments and result as of `acoustic.ctc_losses`, errors at run time as of TensorFlow's.

    Args:
      compute: Compute; whether gradients are wanted, how many threads there are.
      logits_tbc: float32 [T, B, C].
      lengths: int32 [B].
      labels: int32 [B, longest].
    """
    def run(logits, lengths, labels):
        _check(logits.shape, lengths, labels)
        results = layers().run_ctc(logits, lengths, labels, compute.n_threads, compute.differentiable)
        return list(results) if compute.differentiable else results.losses

    if not compute.differentiable:
        losses = tf.numpy_function(run, [logits_tbc, lengths, labels], tf.float32)
        losses.set_shape(lengths.shape)
        return losses

    @tf.custom_gradient
    def differentiable(logits_tbc):
        losses, slopes = tf.numpy_function(run, [logits_tbc, lengths, labels], [tf.float32] * 2)
        losses.set_shape(lengths.shape)
        slopes.set_shape(logits_tbc.shape)
        return losses, lambda d_losses: slopes * tf.reshape(d_losses, [1, -1, 1])

    return differentiable(logits_tbc)


def _check(shape, lengths, labels):
    """Raises ValueError, in the graph an InvalidArgumentError, for what is no batch; `shape` is that of the scores."""
    n_time, _, n_classes = shape
    if labels.size and labels.max() >= n_classes - 1:
        raise ValueError(f'A transcript has the label {labels.max()}, but the labels of {n_classes} classes are 0 ... '
                         f'{n_classes - 2}; check the alphabet.')
    if lengths.size and not 0 <= lengths.min() <= lengths.max() <= n_time:
        raise ValueError(f'Utterances have {lengths.min()} ... {lengths.max()} frames, but the batch has {n_time}.')
    n_labels = np.sum(labels >= 0, axis=1)
    for number in np.flatnonzero(n_labels > lengths)[:1]:
        raise ValueError(f'Utterance {number} of a batch has {n_labels[number]} labels, but {lengths[number]} frames; '
                         f'CTC needs one for each label. Leave it out.')
