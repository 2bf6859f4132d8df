"""Tells people who do not look: of early stops and plateaus, and where the training stood if it ends without a word."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from ...notification.outbox import Outbox
from ..state import MEASURE_NAMES, Decision
from .events import Observer

if TYPE_CHECKING:
    from ..passes import Pass
    from ..transcripts import Validation

NOTE_EVERY_S = 10.  # within a pass


class Notify(Observer):
    """Passes on what happens; how the run ends is told by whoever runs it.

    Args:
      outbox: Outbox.
      best_by: the measure that decides, one of MEASURES.
    """

    def __init__(self, outbox: Outbox, best_by: str = 'loss'):
        self._outbox, self._measure = outbox, MEASURE_NAMES[best_by]
        self._epoch = 0
        self._due_s = 0.

    def pass_began(self, item: Pass) -> None:
        self._epoch = item.epoch
        self._outbox.note(epoch=item.epoch)

    def step_done(self, item: Pass, loss: float) -> None:
        if item.planned.split == 'train' and time.monotonic() >= self._due_s:
            self._due_s = time.monotonic() + NOTE_EVERY_S
            self._outbox.note(losses={'train': item.meter.mean})

    def pass_ended(self, item: Pass, learning_rate: float) -> None:
        if item.planned.split == 'train':
            self._outbox.note(losses={'train': item.meter.mean})

    def validation_ended(self, validation: Validation, step: int) -> None:
        if not validation.of_best:
            self._outbox.note(losses={'dev': validation.loss})

    def decided(self, decision: Decision, learning_rate: float) -> None:
        if decision.plateau:
            self._outbox.tell('plateau', f'The validation {self._measure}, {decision.value:.6g}, does not fall any more after '
                                         f'epoch {self._epoch}: the learning rate falls to {learning_rate:g}.')
        if decision.stop:
            self._outbox.tell('early_stop', f'Training stops early after epoch {self._epoch}: the validation {self._measure}, '
                                            f'{decision.value:.6g}, does not fall any more.')
