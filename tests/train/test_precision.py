"""Every precision learns, and trains on what another one has saved."""

import os

import numpy as np
import pytest
from long_form import long

from deepspeech_training.checkpoints.directory import CheckpointDirectory
from deepspeech_training.compat import VERSION
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
from deepspeech_training.train.loop import train

PRECISIONS = ['float32', 'float16'] + ['bfloat16'] * (VERSION >= '2')
EPOCHS = 4


@pytest.fixture
def trained(clips, alphabet, tmp_path):
    """Function that trains a few epochs in a precision, from scratch or on from a checkpoint; returns the last one."""
    def run_training(precision, first=None):
        directory = str(tmp_path / (precision if first is None else f'{precision}-2'))
        os.makedirs(directory)
        run = RunConfig(
            alphabet, ModelConfig(alphabet.size, 32, precision=precision), dropout=(0., 0., 0., 0.),
            train=SetConfig((str(clips),), 3), dev=SetConfig((str(clips),), 4),
            optimizer=OptimizerConfig(learning_rate=0.003), schedule=ScheduleConfig(epochs=EPOCHS),
            checkpoints=CheckpointConfig(directory, directory),
            report=ReportConfig(show_progressbar=False, summary_dir=directory))
        train(run, prepare_sets(run, str(tmp_path), Log(3)).training, first, CheckpointDirectory(directory), Log(3))
        return CheckpointDirectory(directory).last(Log(level=3))
    return run_training


def best(source):
    return source.description['progress']['best']


@pytest.mark.parametrize('precision', [*map(long, PRECISIONS[:-1]), PRECISIONS[-1]])
def test_every_precision_goes_on_with_every_checkpoint(trained, precision):
    first = trained(precision)
    assert best(first) < 75, 'nothing was learned'  # untrained: about 200
    for other in PRECISIONS:
        if other != precision:
            second = trained(other, first)
            assert best(second) < best(first)
            assert int(second.value('global_step')) == 2 * EPOCHS * 3
            assert second.value('h1').dtype == np.float32
