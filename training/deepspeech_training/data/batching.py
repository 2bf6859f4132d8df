"""Which utterances of a set are used, in which order, and how they are cut into batches and steps.

Order is decided here and nowhere else, in three stages: `in_set_order` puts the rows of a data set in order before anything
is known of the audio but, where files are merged, its duration; `BatchPlan` puts utterances of like length together;
`BatchPlan.of_epoch` shuffles. Everything is a function of the set, the limits and (seed, epoch): that is what makes an
interrupted epoch go on exactly where it stopped.
"""

import hashlib
from typing import Callable, List, Sequence

import numpy as np

from ..settings.config import SetConfig
from .utterance import Row, Utterance

Batch = np.ndarray  # int32 [batch], indices of the utterances that share it
Step = List[Batch]  # at most one batch per device


def in_set_order(files: Sequence[Sequence[Row]], limits: SetConfig,
                 durations_s: Callable[[Sequence[Row]], Sequence[float]]) -> List[Row]:
    """Returns the rows of a set in its own order: from short to long, or with `limits.reverse` from long to short.

    The rows of a file go by `size_bytes`, equal ones as they stand in the file. Several files are merged by duration, ties as
    the files come. The limit is applied last.

    Args:
      files: the rows of each file, as they stand there.
      limits: its direction and its limit are used.
      durations_s: gives the seconds of each row; not called for a single file.
    """
    rows = [row for file in files for row in sorted(file, key=lambda row: row.size_bytes, reverse=limits.reverse)]
    if len(files) > 1:
        seconds = durations_s(rows)
        rows = [rows[index] for index in sorted(range(len(rows)), key=seconds.__getitem__, reverse=limits.reverse)]
    return rows[:limits.limit] if limits.limit else rows


def cut_into_batches(n_frames: Sequence[int], max_size: int, max_frames: int) -> List[Batch]:
    """Returns the indices of neighbouring utterances that share a batch, list of int32 [batch].

    Args:
      n_frames: feature frames of each utterance, in the order of use.
      max_size: utterances of a batch at most; 0: no limit.
      max_frames: frames of a batch at most, padding included (utterances times the longest); 0: no limit. A single
        utterance longer than that is a batch of its own.
    """
    batches: List[List[int]] = []
    batch: List[int] = []
    longest = 0
    for index, frames in enumerate(n_frames):
        longest = max(longest, frames)
        if batch and not _fits(len(batch) + 1, longest, max_size, max_frames):
            batches.append(batch)
            batch, longest = [], frames
        batch.append(index)
    return [np.array(batch, np.int32) for batch in batches + [batch] if batch]


def _fits(size: int, longest: int, max_size: int, max_frames: int) -> bool:
    return (not max_size or size <= max_size) and (not max_frames or size * longest <= max_frames)


class BatchPlan:
    """A set cut into steps of one batch per device.

    Args:
      utterances: in the set's own order.
      limits: its limits of a batch and its direction are used.
      step_ms: milliseconds from frame to frame.
      n_devices: batches of a step.
      by_length: whether to put utterances of like length together, so that little is padded, or to keep their order.

    Attributes:
      in_order: the steps from short to long utterances, or in the set's own order; a step is a list of at most `n_devices`
        batches, a batch an int32 array of indices of utterances.
    """

    def __init__(self, utterances: Sequence[Utterance], limits: SetConfig, step_ms: int, n_devices: int = 1,
                 by_length: bool = True) -> None:
        n_frames = np.array([utterance.n_frames for utterance in utterances], np.int64)
        order = np.arange(len(utterances), dtype=np.int32)
        if by_length:
            order = np.argsort(-n_frames if limits.reverse else n_frames, kind='stable').astype(np.int32)
        max_frames = max(1, int(limits.batch_seconds * 1000 / step_ms)) if limits.batch_seconds else 0
        batches = cut_into_batches(n_frames[order].tolist(), limits.batch_size, max_frames)
        last_is_full = not _fits(len(batches[-1]) + 1, n_frames[order[batches[-1]]].max(), limits.batch_size, max_frames)
        self._n_frames = n_frames
        self._n_devices = n_devices
        self._limits = limits
        self._n_whole = len(batches) // n_devices - (len(batches) % n_devices == 0 and not last_is_full)
        batches = [order[batch] for batch in batches]
        self.in_order: List[Step] = [batches[first:first + n_devices] for first in range(0, len(batches), n_devices)]

    def of_epoch(self, seed: int, epoch: int, shuffle: bool) -> List[Step]:
        """Returns the steps in the order in which `epoch` (counted from 0) takes them.

        The first epoch follows the set's own order, from short to long utterances, which are easier to begin with. Later
        ones, with `shuffle`, take the steps in random order; the incomplete one comes last.

        Source: Amodei et al. 2016 (Deep Speech 2), section 3.2, for the first epoch.
        """
        if not shuffle or epoch == 0:
            return self.in_order
        order = np.random.RandomState((seed + 1000003 * epoch) % 2 ** 32).permutation(self._n_whole)
        return [self.in_order[step] for step in order] + self.in_order[self._n_whole:]

    def n_updates(self, n_steps: int) -> int:
        """Returns how many updates an epoch has if each takes `n_steps` steps, and the last one those that are left."""
        return -(-len(self.in_order) // n_steps)

    def n_padded(self, step: Step) -> int:
        """Returns the frames of a step, padding included."""
        return sum(len(batch) * int(self._n_frames[batch].max()) for batch in step)

    @property
    def padding_share(self) -> float:
        """Which part of all frames is padding, from 0 to below 1."""
        return 1 - int(self._n_frames.sum()) / sum(map(self.n_padded, self.in_order))

    @property
    def largest(self) -> Step:
        """The batches with the most frames, padding included, as one step; the utterances from long to short."""
        batches = [batch for step in self.in_order for batch in step]
        largest = sorted(batches, key=lambda batch: self.n_padded([batch]), reverse=True)[:self._n_devices]
        return [batch[np.argsort(-self._n_frames[batch], kind='stable')] for batch in largest]

    @property
    def names(self) -> List[str]:
        """The names by which a later run knows these steps, today's first.

        A name stands for the lengths of the utterances in each step, wherever their files are and however many devices share
        it: one device may go on where two were, with batches twice as large. Runs of earlier versions only left two numbers
        behind, which say enough where batches are fixed slices of the set in its own order.
        """
        lengths = [[self._n_frames[np.concatenate(step)].tolist()] for step in self.in_order]
        names = [hashlib.sha256(repr(lengths).encode('ascii')).hexdigest()[:16]]
        flat = np.concatenate([batch for step in self.in_order for batch in step])
        if not self._limits.batch_seconds and (flat == np.arange(len(flat))).all():
            names.append(slices_name(len(flat), self._limits.batch_size * self._n_devices))
        return names


def slices_name(n_utterances: int, n_per_step: int) -> str:
    """Returns the name of steps that are slices of `n_per_step` utterances of a set in its own order."""
    return f'{n_utterances} by {n_per_step}'
