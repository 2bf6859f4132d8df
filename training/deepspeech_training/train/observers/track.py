"""Tells trackers of experiments what `history.jsonl` says of passes, and the last steps every few seconds."""

from __future__ import annotations

import math
import os
import time
from typing import TYPE_CHECKING, Any, Dict, Iterator, Mapping, Tuple

from ...tracking.libraries import RunFacts
from ...tracking.tracking import Tracking
from .events import Observer

if TYPE_CHECKING:
    from ..passes import Pass
    from ..transcripts import Validation

STEPS_EVERY_S = 5.
SOUND = ('complete', 'early_stop')  # outcomes of a run that is not taken for a failed one


class Track(Observer):
    """Passes on metrics under names such as `train/loss`, `dev/wer`; their step is the number of updates.

    Args:
      tracking: Tracking.
    """

    def __init__(self, tracking: Tracking):
        self._tracking = tracking
        self._due_s = 0.

    def run_began(self, start: Mapping[str, Any]) -> None:
        config = dict(_leaves(start['configuration']))
        config.update(_leaves({name: start[name] for name in ('versions', 'content')}))
        directory = start['configuration']['checkpoints']['save_dir']
        name = f'{os.path.basename(os.path.abspath(directory))}-{start["run"]}'
        self._tracking.begin(RunFacts(start['run'], name, directory, config))

    def step_done(self, item: Pass, loss: float) -> None:
        if item.planned.split == 'train' and not item.is_within_update and time.monotonic() >= self._due_s:
            self._due_s = time.monotonic() + STEPS_EVERY_S
            self._tell({'train/step_loss': loss, 'train/gradient_norm': item.gradient_norm}, item.step)

    def pass_ended(self, item: Pass, learning_rate: float) -> None:
        if item.planned.split != 'train':
            return
        values = {'loss': item.meter.mean, 'learning_rate': learning_rate, 'weight_norm': item.weight_norm}
        rates = item.throughput.whole
        if rates:
            values.update(audio_seconds_per_second=rates.audio, input_wait_share=rates.wait_share, step_seconds=rates.step_s,
                          gflop_per_second=rates.gflops)
        self._tell(dict({f'train/{name}': value for name, value in values.items()}, epoch=item.epoch), item.step)

    def validation_ended(self, validation: Validation, step: int) -> None:
        if validation.of_best:
            return
        self._tell({f'dev/{name}': getattr(validation, name) for name in ('loss', 'wer', 'cer', 'blank_share')}, step)
        self._tracking.tell(samples=[sample._asdict() for sample in validation.samples], step=int(step))

    def run_ended(self, outcome: str) -> None:
        self._tracking.end(outcome in SOUND)

    def _tell(self, values: Dict[str, float], step: int) -> None:
        finite = {name: float(value) for name, value in values.items() if math.isfinite(value)}
        self._tracking.tell(metrics=finite, step=int(step))


def _leaves(values: Mapping[str, Any], name: str = '') -> Iterator[Tuple[str, Any]]:
    """Yields (dotted name, value) of what is in nested objects."""
    for key, value in values.items():
        path = f'{name}.{key}' if name else key
        if isinstance(value, dict):
            yield from _leaves(value, path)
        else:
            yield path, value if isinstance(value, (int, float, str)) else ' '.join(map(str, value or []))
