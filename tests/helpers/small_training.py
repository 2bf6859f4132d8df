"""A training of a few steps, within the process of the test, that can be stopped after any step.

    learned = SmallTraining(clips, alphabet, tmp_path)
    learned('name', stops=(3,), optimizer=dict(weight_decay=0.1))    # the last checkpoint, a StoredModel
"""

import json
import os
import signal
from dataclasses import replace

import numpy as np

from deepspeech_training.checkpoints.directory import CheckpointDirectory
from deepspeech_training.console.log import Log
from deepspeech_training.data.datasets import prepare_sets
from deepspeech_training.settings.config import (
    CheckpointConfig,
    OptimizerConfig,
    ReportConfig,
    RunConfig,
    ScheduleConfig,
    SetConfig,
)
from deepspeech_training.settings.model import ModelConfig
from deepspeech_training.train import engine
from deepspeech_training.train.loop import train


class SmallTraining:
    """Trains nine clips, two at a time, three epochs long with validation: 15 steps in all."""

    def __init__(self, clips, alphabet, directory, log=None):
        self._clips, self._directory, self._log = str(clips), str(directory), log or Log(3)
        self._run = RunConfig(
            alphabet, ModelConfig(alphabet.size, 8, 'unidirectional', precision='float32', lstm='block'),
            train=SetConfig((self._clips,), 2), dev=SetConfig((self._clips,), 9), schedule=ScheduleConfig(epochs=3),
            optimizer=OptimizerConfig(0.01), report=ReportConfig(show_progressbar=False))

    def path(self, name):
        return os.path.join(self._directory, name)

    def __call__(self, name, stops=(), kind='last', ends=True, **changes):
        """Trains in the directory `name`; goes on in it if something is there.

        Args:
          name: of the directory.
          stops: after how many steps (of training and validation) each of the first calls of the trainer is stopped.
          ends: whether the last call is left alone.
          kind: which checkpoint to return.
          changes: to fields of the RunConfig; {name: value} for a part of it.
        """
        directory = self.path(name)
        os.makedirs(directory, exist_ok=True)
        run = replace(self._run, checkpoints=CheckpointConfig(directory, directory))
        run = replace(run, report=replace(run.report, summary_dir=directory))
        for field, change in changes.items():
            value = replace(getattr(run, field), **change) if isinstance(change, dict) else change
            run = replace(run, **{field: value})
        for n_steps in [*stops, None] if ends else stops:
            self._train(run, n_steps)
        return CheckpointDirectory(directory).find(kind, Log(3))

    def _train(self, run, n_steps):
        made_of = engine.LocalEngine.total
        n_done = 0

        def total(_, loss_sum, count, received):
            nonlocal n_done
            n_done += 1
            return engine.StepTotals(loss_sum, count, signal.SIGTERM if n_done == n_steps else received)

        engine.LocalEngine.total = total
        try:
            directory = CheckpointDirectory(run.checkpoints.save_dir)
            sets = prepare_sets(run, self._directory, Log(3)).training
            ended_by = train(run, sets, directory.newest_of_own_run(Log(3)), directory, self._log)
        finally:
            engine.LocalEngine.total = made_of
        assert ended_by == (None if n_steps is None else signal.SIGTERM)

    def history(self, name):
        """Returns the lines of the history, without times and names."""
        with open(os.path.join(self.path(name), 'history.jsonl'), encoding='utf-8') as file:
            lines = [json.loads(line) for line in file]
        return [{key: line[key] for key in ('epoch', 'step', 'set', 'loss', 'rate')} for line in lines]


def assert_same_bits(left, right):
    """Two StoredModels hold the same, and so do their runs remember."""
    assert left.shapes == right.shapes
    for name in left.shapes:
        np.testing.assert_array_equal(left.value(name), right.value(name), err_msg=name)
    assert dict(left.progress, run='') == dict(right.progress, run='')
