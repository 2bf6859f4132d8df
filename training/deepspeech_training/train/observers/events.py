"""The events of a training, for whoever reports, draws, writes down or saves."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Mapping, Sequence

from ..state import Decision

if TYPE_CHECKING:
    from ..passes import Pass
    from ..transcripts import Validation


class Observer:
    """Is told what happens, always between two steps; a subclass overrides the events that it wants to know.

    The variables of the model may be read in an event, never written.
    """

    def run_began(self, start: Mapping[str, Any]) -> None:
        """The run stands before its first step; `start` is what `run.json` says of it, see `run_record`."""

    def run_ended(self, outcome: str) -> None:
        """The run is over, however it ended: `outcome` is that of `run.json`."""

    def pass_began(self, item: Pass) -> None:
        """A pass over a set begins, before its first step."""

    def step_done(self, item: Pass, loss: float) -> None:
        """A step of a pass is done; `loss` is its mean loss per utterance, NaN if none was finite."""

    def pass_ended(self, item: Pass, learning_rate: float) -> None:
        """A pass is complete; the next update would have this learning rate."""

    def pass_broke_off(self, item: Pass) -> None:
        """A pass ends before its last step: it was interrupted, or something failed."""

    def training_ended(self) -> None:
        """All updates of the epoch are made, by this run or the last ones by an earlier run."""

    def validation_ended(self, validation: Validation, step: int) -> None:
        """All validation sets were passed over after `step` updates."""

    def decided(self, decision: Decision, learning_rate: float) -> None:
        """The validation loss of an epoch has its consequences; the learning rate is already lowered if it is to be."""

    def epoch_ended(self) -> None:
        """The state of the training stands at the beginning of the next epoch."""

    def interrupted(self) -> None:
        """The run is about to end within an epoch, between two steps."""


class Observers(Observer):
    """Tells several observers of each event, in their order. What one of them raises, the later ones are not told."""

    def __init__(self, observers: Sequence[Observer]):
        self._observers = observers

    def run_began(self, start: Mapping[str, Any]) -> None:
        for observer in self._observers:
            observer.run_began(start)

    def run_ended(self, outcome: str) -> None:
        for observer in self._observers:
            observer.run_ended(outcome)

    def pass_began(self, item: Pass) -> None:
        for observer in self._observers:
            observer.pass_began(item)

    def step_done(self, item: Pass, loss: float) -> None:
        for observer in self._observers:
            observer.step_done(item, loss)

    def pass_ended(self, item: Pass, learning_rate: float) -> None:
        for observer in self._observers:
            observer.pass_ended(item, learning_rate)

    def pass_broke_off(self, item: Pass) -> None:
        for observer in self._observers:
            observer.pass_broke_off(item)

    def training_ended(self) -> None:
        for observer in self._observers:
            observer.training_ended()

    def validation_ended(self, validation: Validation, step: int) -> None:
        for observer in self._observers:
            observer.validation_ended(validation, step)

    def decided(self, decision: Decision, learning_rate: float) -> None:
        for observer in self._observers:
            observer.decided(decision, learning_rate)

    def epoch_ended(self) -> None:
        for observer in self._observers:
            observer.epoch_ended()

    def interrupted(self) -> None:
        for observer in self._observers:
            observer.interrupted()
