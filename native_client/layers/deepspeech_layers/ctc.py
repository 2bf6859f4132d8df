"""The loss of connectionist temporal classification over a batch of utterances, and its gradients; DSL_RunCtc of the library.

Letters: T time, B batch, C classes. Sums are of double precision and exact for any length and any scores, but that a class more
than 690 below the best one of its frame counts as 690 below. Source: Graves et al. 2006.
"""

import ctypes
from typing import NamedTuple, Optional

import numpy as np

from .arrays import empty
from .library import CCtc, call


class Losses(NamedTuple):
    """What a batch gives."""

    losses: np.ndarray  # float32 [B], -log(likelihood); infinite where the frames do not suffice, NaN where a score is
    gradients: Optional[np.ndarray]  # float32 [T, B, C], d loss / d logits; 0 from a length on; None if not wanted


def run_ctc(logits: np.ndarray, lengths: np.ndarray, labels: np.ndarray, n_threads: int, wants_gradients: bool) -> Losses:
    """Returns the Losses; the gradients of an infinite loss are the probabilities, as TensorFlow gives them.

    Args:
      logits: float32 [T, B, C], no softmax; the last class is the blank.
      lengths: int32 [B], 0 ... T.
      labels: int32 [B, longest], each below C - 1; negative ones are none.
      n_threads: each takes one utterance after the other.
      wants_gradients: whether they are to be computed too.
    Raises:
      LayerError: a length or a label is out of its range; not enough memory; a processor without kernels.
    """
    n_time, n_batch, n_classes = logits.shape
    logits, lengths, labels = (np.ascontiguousarray(values, dtype) for values, dtype in (
        (logits, np.float32), (lengths, np.int32), (labels, np.int32)))
    if lengths.shape != (n_batch,) or labels.ndim != 2 or len(labels) != n_batch:
        raise ValueError(f'scores {logits.shape} of {n_batch} utterances, but lengths {lengths.shape}, labels {labels.shape}')
    losses = empty([n_batch])
    gradients = empty(logits.shape) if wants_gradients else None
    call('DSL_RunCtc', ctypes.byref(CCtc(
        n_time=n_time, n_batch=n_batch, n_classes=n_classes, n_labels=labels.shape[1], n_threads=n_threads,
        logits=logits.ctypes.data, lengths=lengths.ctypes.data, labels=labels.ctypes.data, losses=losses.ctypes.data,
        gradients=None if gradients is None else gradients.ctypes.data)))
    return Losses(losses, gradients)
