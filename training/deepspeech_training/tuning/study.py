"""A search: which trials there were, which comes next, which one is the best.

Everything is kept in `search.sqlite` below the directory of the search, and each trial's checkpoints beside it, so the same
command goes on where it was interrupted, within a trial too.
"""

import hashlib
import json
import os
import sqlite3
from typing import List, NamedTuple, Sequence

import optuna
from optuna.exceptions import StorageInternalError
from optuna.trial import FrozenTrial, TrialState
from sqlalchemy.exc import SQLAlchemyError

from ..console.log import Log
from ..errors import ConfigError
from .results import TABLE, loss_of
from .space import Params, Space, flags_of
from .trial import Outcome, run_trial

NAME = 'search.sqlite'
LOCKED_S = 5.  # how long to wait for another process that writes to it
MOST_FAILED = 3  # trials without any validation, before the search ends
WARM_UP_TRIALS, WARM_UP_EPOCHS = 4, 2  # before any is stopped: medians of fewer say nothing


class Task(NamedTuple):
    """What is searched for."""

    flags: Sequence[str]  # of every training
    space: Space
    n_epochs: int
    seed: int

    @property
    def name(self) -> str:
        """The same for searches that can go on with each other's trials."""
        parts = json.dumps([list(self.flags), [list(each) for each in self.space], self.n_epochs, self.seed])
        return hashlib.blake2b(parts.encode('utf-8', 'surrogateescape'), digest_size=8).hexdigest()


class Search:
    """A search in a directory.

    Args:
      task: Task.
      directory: where everything is kept, locked for this search.
      log: what is told.
    Raises:
      ConfigError: what is kept there cannot be read, or is of something else.
    """

    def __init__(self, task: Task, directory: str, log: Log) -> None:
        self._task, self._directory, self._log = task, directory, log
        os.makedirs(directory, exist_ok=True)
        path = os.path.join(directory, NAME)
        table = os.path.join(directory, TABLE)
        if os.path.exists(table) and not os.path.exists(path):
            raise ConfigError(f'{table}: is there without a search, and would be written over; choose another directory.')
        optuna.logging.set_verbosity(optuna.logging.WARNING)
        try:
            storage = optuna.storages.RDBStorage('sqlite://', {'creator': lambda: sqlite3.connect(path, LOCKED_S)})
            self._study = optuna.create_study(
                storage=storage, study_name=task.name, load_if_exists=True, direction='minimize',
                pruner=optuna.pruners.MedianPruner(n_startup_trials=WARM_UP_TRIALS, n_warmup_steps=WARM_UP_EPOCHS))
            n_done = len(self.trials)
        except (SQLAlchemyError, StorageInternalError, RuntimeError, ValueError, KeyError, sqlite3.Error) as error:
            raise ConfigError(f'{path}: the trials of the search cannot be read ({error}); end what else uses it, or remove it '
                              f'to start over.') from error
        if n_done:
            log.info(f'Taking up {n_done} trials of an earlier run in {directory}.')

    @property
    def trials(self) -> List[FrozenTrial]:
        """Those that have come to an end, in their order."""
        return self._study.get_trials(deepcopy=False, states=(TrialState.COMPLETE, TrialState.PRUNED, TrialState.FAIL))

    def run(self, n_trials: int) -> None:
        """Runs trials until there are so many.

        Raises:
          ConfigError: not even one epoch of the first `MOST_FAILED` trials could be trained; says why.
        """
        while len(self.trials) < n_trials:
            number = len(self.trials)
            # A sampler per trial: what it draws depends on the trials before, not on how many runs they took.
            self._study.sampler = optuna.samplers.TPESampler(seed=(self._task.seed + 1000003 * number) % 2 ** 32)
            interrupted = self._study.get_trials(deepcopy=False, states=(TrialState.RUNNING,))
            trial = (optuna.Trial(self._study, interrupted[0]._trial_id) if interrupted else self._study.ask())
            params = {each.name: each.suggest(trial) for each in self._task.space}
            self._log.info(f'Trial {number + 1} of {n_trials}{" goes on" if interrupted else ""}: {" ".join(flags_of(params))}')
            self._end(trial, self._train(trial, params))

    def _train(self, trial: 'optuna.Trial', params: Params) -> Outcome:
        known = dict(self._study.get_trials(deepcopy=False)[trial.number].intermediate_values)

        def is_hopeless(epoch: int, loss: float) -> bool:
            if epoch not in known:
                trial.report(loss, epoch)
            return trial.should_prune()

        directory = os.path.join(self._directory, f'{self._task.name}-{trial.number}')
        flags = [*self._task.flags, f'--summary_dir={directory}', *flags_of(params)]
        return run_trial(flags, directory, self._task.n_epochs, is_hopeless=is_hopeless)

    def _end(self, trial: 'optuna.Trial', outcome: Outcome) -> None:
        known = self._study.get_trials(deepcopy=False)[trial.number]
        loss = loss_of(known)
        failure = outcome.failure or ('no validation loss of it is a usable number.' if loss is None else '')
        if failure:
            self._study.tell(trial, state=TrialState.FAIL)
            self._log.warn(f'It failed: {failure}')
            trials = self.trials
            if len(trials) >= MOST_FAILED and not any(loss_of(each) is not None for each in trials):
                raise ConfigError(f'the first {len(trials)} trainings failed before they were validated, the last one because '
                                  f'of: {failure}')
            return
        if outcome.was_stopped:
            self._study.tell(trial, state=TrialState.PRUNED)
            self._log.info(f'Stopped after {len(known.intermediate_values)} epochs, where more than half of the others were '
                           f'better: validation loss {loss:f}.')
            return
        self._study.tell(trial, loss)
        best = ', the best so far' if self._study.best_trial.number == trial.number else ''
        self._log.info(f'Validation loss {loss:f}{best}.')
