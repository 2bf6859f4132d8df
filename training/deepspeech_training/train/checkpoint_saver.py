"""Keeps what a training has reached: saves it, but never a model that went astray."""

import os
import time

from ..checkpoints.files import LAST_PREFIX
from ..errors import TrainingError


class CheckpointSaver:
    """Saves the variables of a session through a CheckpointWriter.

    Args:
      session: TensorFlow session.
      store: checkpoints.writer.CheckpointWriter.
      global_step: variable that counts updates.
      sound: bool tensor, whether all weights are finite.
      every_s: seconds after which a checkpoint is due; 0: never.

    Attributes:
      path: the last checkpoint of the run, or None.
    """

    def __init__(self, session, store, global_step, sound, every_s):
        self._session, self._store = session, store
        self._global_step, self._sound, self._every_s = global_step, sound, every_s
        self._saved_s = time.monotonic()
        self._current_step = None  # number of updates at which `path` holds just the values that the variables have
        self.path = None

    def loaded(self, source, directory):
        """Takes note that the variables were just loaded from `source`, a StoredModel."""
        is_last = os.path.basename(source.path).startswith(LAST_PREFIX) and source.is_in(directory)
        if is_last and source.description.get('files'):
            self.path, self._current_step = source.path, self._session.run(self._global_step)

    def changed(self):
        """Takes note that the variables have other values than before, after as many updates."""
        self._current_step = None

    def is_due(self):
        """Returns whether the time since the last checkpoint asks for one."""
        return 0 < self._every_s <= time.monotonic() - self._saved_s

    def start_clock(self):
        """Counts the time until the next checkpoint from now."""
        self._saved_s = time.monotonic()

    def save_last(self, schedule, losses_are_finite=True):
        """Saves `train-<step>`; of one that is there already only what is remembered beside it.

        Raises:
          TrainingError: the model went astray.
          CheckpointError: it cannot be written.
        """
        step = self._session.run(self._global_step)
        if step == self._current_step:
            self._store.update_progress(self.path, schedule.as_dict())
        else:
            if not losses_are_finite or not self._session.run(self._sound):
                raise TrainingError(
                    f'training went astray in epoch {schedule.epoch}: no loss is finite any more. Lower --learning_rate (with '
                    f'--force_initialize_learning_rate) and run again; it goes on from '
                    f'{self.path or "where it began"}, which is sound.')
            self.path = self._store.save_last(self._session, step, schedule.as_dict())
            self._current_step = step
        self.start_clock()

    def save_best(self, schedule):
        """Saves `best_dev-<step>`; returns the path prefix. Raises CheckpointError."""
        return self._store.save_best(self._session, self._session.run(self._global_step), schedule.as_dict())
