"""Saves what a training has reached: the last state, within an epoch too, and the best model."""

import time
from typing import Optional

from ...checkpoints.writer import CheckpointWriter
from ...compat import tf
from ...console.log import Log
from ...errors import DivergenceError
from ..graph import TrainingGraph
from ..passes import Pass
from ..state import Decision, TrainingState
from .events import Observer

N_DIVERGED = 2  # utterances without a finite loss in the last steps: one alone may be to blame itself


class CheckpointSaver(Observer):
    """Saves the variables of a session through a CheckpointWriter; never those of a training that has diverged.

    Args:
      session: TensorFlow session.
      writer: CheckpointWriter.
      graph: TrainingGraph.
      state: TrainingState, which others keep up to date.
      every_s: seconds after which a checkpoint is due within an epoch; 0: never.
      path: the last checkpoint of the run, or None.
      is_current: whether `path` holds just the values that the variables have.
      log: Log.

    Attributes:
      path: the last checkpoint of the run, or None.
    """

    def __init__(self, session: 'tf.Session', writer: CheckpointWriter, graph: TrainingGraph, state: TrainingState, *,
                 every_s: float, path: Optional[str], is_current: bool, log: Log):
        self._session, self._writer, self._graph, self._state = session, writer, graph, state
        self._every_s, self._log = every_s, log
        self._saved_s = time.monotonic()
        self._n_lost = 0  # utterances since the last step that had any finite loss
        self.path = path
        self._current_step = self._step() if is_current else -1  # at which `path` was saved; -1: it has other values

    def pass_began(self, item: Pass) -> None:
        if item.planned.split == 'train':
            self._saved_s = time.monotonic()

    def step_done(self, item: Pass, loss: float) -> None:
        if item.planned.split == 'train':
            self._n_lost = item.meter.n_lost
            # The last step is saved when the training pass has ended, and so is in the history.
            if item.throughput.steps < item.throughput.n_steps and 0 < self._every_s <= time.monotonic() - self._saved_s:
                self._save_within_epoch()

    def training_ended(self) -> None:
        self._save_within_epoch()

    def interrupted(self) -> None:
        self._save_within_epoch()

    def decided(self, decision: Decision, learning_rate: float) -> None:
        if decision.plateau:
            self._current_step = -1  # another learning rate, and perhaps the weights of the best model
        if decision.best or decision.plateau:  # once, or a run killed in between would forget the reduction
            path = self._writer.save_best(self._session, self._step(), self._state.as_dict())
            if decision.best:
                self._log.info(f'Saved new best validating model with {self._state.measure} {self._state.best:f} to: '
                               f'{path}')
            if decision.plateau:
                self._log.info(f'Encountered a plateau, reducing learning rate to {learning_rate:g}')
                self._log.info(f'Saved best validating model with reduced learning rate to: {path}')

    def epoch_ended(self) -> None:
        self._save_last(losses_are_finite=True)

    def _step(self) -> int:
        return self._session.run(self._graph.global_step)

    def _save_within_epoch(self) -> None:
        self._save_last(losses_are_finite=self._n_lost < N_DIVERGED)

    def _save_last(self, losses_are_finite: bool) -> None:
        """Saves `train-<step>`; of one that is there already only what is remembered beside it.

        Raises:
          DivergenceError: the training has diverged.
          CheckpointError: the checkpoint cannot be written.
        """
        step = self._step()
        if self.path is not None and step == self._current_step:
            self._writer.update_progress(self.path, self._state.as_dict())
        else:
            if not losses_are_finite or not self._session.run(self._graph.weights_are_finite):
                raise DivergenceError(
                    f'training diverged in epoch {self._state.epoch}: losses or weights are no usable numbers any more. Lower '
                    f'--learning_rate (with --force_initialize_learning_rate) and run again; it goes on from '
                    f'{self.path or "where it began"}, which is sound.')
            self.path = self._writer.save_last(self._session, step, self._state.as_dict())
            self._current_step = step
        self._saved_s = time.monotonic()
