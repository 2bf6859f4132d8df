"""Several devices train like one with their batches put together; logical CPU devices stand in for GPUs."""

import os

import numpy as np
import pytest

from deepspeech_training.checkpoints.directory import CheckpointDirectory
from deepspeech_training.console.log import Log
from deepspeech_training.data.datasets import prepare_sets
from deepspeech_training.settings.config import (
    CheckpointConfig,
    DeviceConfig,
    OptimizerConfig,
    ReportConfig,
    RunConfig,
    ScheduleConfig,
    SetConfig,
)
from deepspeech_training.settings.model import ModelConfig
from deepspeech_training.train.loop import train


@pytest.fixture
def trained(clips, alphabet, tmp_path):
    """Function that trains two epochs on some devices; returns the last checkpoint."""
    def run_training(n_devices, batch_size, n_samples=0, log=None):
        directory = str(tmp_path / f'{n_devices}-{batch_size}')
        os.makedirs(directory)
        run = RunConfig(
            alphabet, ModelConfig(alphabet.size, 16, precision='float32'), dropout=(0., 0., 0., 0.),
            train=SetConfig((str(clips),), batch_size, n_samples), dev=SetConfig((str(clips),), 4, n_samples),
            optimizer=OptimizerConfig(learning_rate=0.01), schedule=ScheduleConfig(epochs=2),
            checkpoints=CheckpointConfig(directory, directory), devices=DeviceConfig(n_cpu_devices=n_devices),
            report=ReportConfig(show_progressbar=False, summary_dir=directory))
        log = log or Log(level=3)
        train(run, prepare_sets(run, str(tmp_path), log).training, None, CheckpointDirectory(directory), log)
        return CheckpointDirectory(directory).last(Log(level=3))
    return run_training


def assert_equal_models(left, right):
    assert left.shapes == right.shapes
    for name in left.shapes:
        # Adam divides by the gradient's own size, so rounding shows where gradients are nearly 0.
        np.testing.assert_allclose(left.value(name), right.value(name), atol=2e-3, err_msg=name)
    assert np.isclose(left.description['progress']['best'], right.description['progress']['best'], rtol=1e-4)


def test_two_devices_equal_one_with_twice_the_batch(trained):
    # Nine clips: the last step holds one, so that one of the devices has nothing of its own.
    assert_equal_models(trained(1, 4), trained(2, 2))


def test_fewer_samples_than_devices_train(trained):
    assert_equal_models(trained(1, 3, n_samples=2), trained(3, 1, n_samples=2))


def test_what_each_device_takes_is_said_where_there_are_several(trained, log, output):
    trained(1, 3, log=log)
    assert 'on each of' not in output.getvalue()
    trained(2, 3, log=log)
    assert output.getvalue().count('I A step takes up to 3 utterances on each of 2 devices, in all 2 times as much.') == 1
