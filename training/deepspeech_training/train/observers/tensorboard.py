"""TensorBoard event files: one directory each for training, validation and metrics sets."""

from __future__ import annotations

import os
import time
from typing import TYPE_CHECKING, Dict

from ...compat import tf
from ...console.throughput import Rates
from ...plain_paths import PlainPath
from .events import Observer

if TYPE_CHECKING:
    from ..passes import Pass

SPLITS = ('train', 'dev', 'metrics')
THROUGHPUT_EVERY_S = 5.
# By the fields of Rates. Groups are called `pace` and `epoch_pace`, so that curves of earlier runs go on.
TAGS = {'audio': 'audio_seconds_per_second', 'gflops': 'gflop_per_second', 'wait_share': 'input_wait_share',
        'step_s': 'step_seconds'}


class TensorBoard(Observer):
    """Writes curves below `directory`; use as a context manager so that the last points reach the disk."""

    def __init__(self, directory: str):
        self._plain = PlainPath(os.path.join(directory, ''))
        self._writers = {split: tf.summary.FileWriter(os.path.join(self._plain.path, split)) for split in SPLITS}
        self._due_s = 0.

    def step_done(self, item: Pass, loss: float) -> None:
        split, recent = item.planned.split, item.throughput.recent
        self._add(split, {'step_loss': loss}, item.step)
        if split == 'train' and recent and time.monotonic() >= self._due_s:
            self._due_s = time.monotonic() + THROUGHPUT_EVERY_S
            self._add(split, _tagged('pace', recent), item.step)

    def pass_ended(self, item: Pass, learning_rate: float) -> None:
        split, whole = item.planned.split, item.throughput.whole
        if split == 'train':
            self._add(split, {'epoch_loss': item.meter.mean}, item.step)
        if whole:
            self._add(split, _tagged('epoch_pace', whole), item.step)
        if split == 'train':
            self._add(split, {'learning_rate': learning_rate}, item.step)

    def validation_ended(self, loss: float, step: int) -> None:
        self._add('dev', {'epoch_loss': loss}, step)

    def _add(self, split: str, values: Dict[str, float], step: int) -> None:
        summaries = [tf.Summary.Value(tag=tag, simple_value=float(value)) for tag, value in values.items()]
        self._writers[split].add_summary(tf.Summary(value=summaries), step)

    def __enter__(self) -> TensorBoard:
        return self

    def __exit__(self, *_: object) -> None:
        for writer in self._writers.values():
            writer.close()
        self._plain.close()


def _tagged(group: str, rates: Rates) -> Dict[str, float]:
    return {f'{group}/{TAGS[name]}': value for name, value in rates._asdict().items()}
