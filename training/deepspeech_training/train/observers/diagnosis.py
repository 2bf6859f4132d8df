"""Says what to try when the network writes nothing, or one letter, for too long: the commonest way in which a training fails.

A network with this loss learns first that blanks are never quite wrong; how letters sound comes later. So the first epochs of a
run write nothing, and that is no fault. It is one when it stays so for `FEW_UPDATES` updates, or to the end of the run.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, List, Optional

from ...console.log import Log
from ...settings.config import RunConfig
from ..state import N_SAME, Decision, TrainingState
from .events import Observer

if TYPE_CHECKING:
    from ..passes import PlannedSet
    from ..transcripts import Validation

FEW_UPDATES = 1000  # of which it is usual that they end in blanks
FEW_HOURS = 20.  # of speech, from which a network of some width hardly learns from scratch
HIGH_RATE = 0.0005
WIDE = 512


class Diagnosis(Observer):
    """Warns, once a run, after at least `N_SAME` such epochs in a row.

    Args:
      log: Log.
      run: RunConfig.
      state: TrainingState, which others keep up to date.
      train: the training set.
    """

    def __init__(self, log: Log, run: RunConfig, state: TrainingState, train: PlannedSet):
        self._log, self._run, self._state, self._hours = log, run, state, train.audio_s.sum() / 3600
        self._validation: Optional[Validation] = None
        self._step = 0

    def validation_ended(self, validation: Validation, step: int) -> None:
        if not validation.of_best:
            self._validation, self._step = validation, step

    def decided(self, decision: Decision, learning_rate: float) -> None:
        if self._validation is None or self._validation.only_label is None or not self._is_due(decision):
            return
        self._state.told_of_same = True
        label = self._validation.only_label
        what = f'nothing but the letter "{label}"' if label else 'nothing at all, only blanks,'
        advice = ''.join(f'\n - {each}' for each in self._advice(learning_rate))
        self._log.warn(f'The network has written {what} in {self._state.n_same} validations in a row, {self._step} updates '
                       f'after its beginning. What helps:{advice}')

    def _is_due(self, decision: Decision) -> bool:
        state = self._state
        is_end = decision.stop or state.epoch >= state.last_epoch
        return state.n_same >= N_SAME and not state.told_of_same and (self._step >= FEW_UPDATES or is_end)

    def _advice(self, learning_rate: float) -> List[str]:
        advice = []
        if self._step < FEW_UPDATES:
            advice.append(f'Patience: that is usual for the first {FEW_UPDATES} updates or so. A smaller --train_batch_size '
                          f'makes more updates of an epoch.')
        if learning_rate > HIGH_RATE:
            advice.append(f'A lower learning rate than {learning_rate:g}: --learning_rate 0.0001 '
                          f'--force_initialize_learning_rate.')
        if self._hours < FEW_HOURS:
            advice.append(f'More speech, or a trained model to begin with (--load_checkpoint_dir, with another alphabet '
                          f'--drop_source_layers 1): the training set has {self._hours:.1f} hours.')
        if self._run.model.n_hidden > WIDE and self._hours < FEW_HOURS:
            advice.append(f'A narrower network, for instance --n_hidden {WIDE}: {self._run.model.n_hidden} is for hundreds of '
                          f'hours.')
        advice.append('A look at the data: do transcripts belong to their recordings, are these speech, is the alphabet that '
                      'of the language? A few clips alone must be learned by heart: --limit_train 10.')
        return advice
