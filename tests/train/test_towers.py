"""Several devices train like one with their batches put together; logical CPU devices stand in for GPUs."""

import os

import numpy as np
import pytest
from long_form import long

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
from deepspeech_training.train.observers.events import Observer

N_CLIPS = 9


class Passes(Observer):
    """Keeps what came of each pass."""

    def __init__(self):
        self.losses, self.counts = [], []

    def pass_ended(self, item, learning_rate):
        self.losses.append(item.meter.mean)
        self.counts.append((item.planned.split, item.meter.count))


@pytest.fixture
def trained(clips, alphabet, tmp_path):
    """Function that trains two epochs on some devices; returns (the last checkpoint, Passes)."""
    def run_training(n_devices, batch_size, n_samples=0, log=None):
        directory = str(tmp_path / f'{n_devices}-{batch_size}')
        os.makedirs(directory)
        run = RunConfig(
            alphabet, ModelConfig(alphabet.size, 16, precision='float32'), dropout=(0., 0., 0., 0.),
            train=SetConfig((str(clips),), batch_size, n_samples), dev=SetConfig((str(clips),), 4, n_samples),
            optimizer=OptimizerConfig(learning_rate=0.01), schedule=ScheduleConfig(epochs=2),
            checkpoints=CheckpointConfig(directory, directory), devices=DeviceConfig(n_cpu_devices=n_devices),
            report=ReportConfig(show_progressbar=False, summary_dir=directory))
        log, passes = log or Log(level=3), Passes()
        train(run, prepare_sets(run, str(tmp_path), log).training, None, CheckpointDirectory(directory), log,
              observers=[passes])
        return CheckpointDirectory(directory).last(Log(level=3)), passes
    return run_training


def assert_equal_models(left, right):
    assert left.shapes == right.shapes
    for name in left.shapes:
        # Adam divides by the gradient's own size, so rounding shows where gradients are nearly 0.
        np.testing.assert_allclose(left.value(name), right.value(name), atol=2e-3, err_msg=name)


# Of the last step, all devices but one, some or none have nothing of their own.
@pytest.mark.parametrize('n_devices, batch_size', [(2, 2), (3, 1), (3, 2), long(4, 1), long(4, 2)])
def test_several_devices_equal_one_with_their_batches_together(trained, n_devices, batch_size):
    (one, of_one), (several, of_several) = trained(1, n_devices * batch_size), trained(n_devices, batch_size)
    np.testing.assert_allclose(of_several.losses, of_one.losses, rtol=1e-4)
    assert of_several.counts == [('train', N_CLIPS), ('dev', N_CLIPS)] * 2
    assert_equal_models(one, several)


@pytest.mark.parametrize('n_devices, n_samples', [long(2, 1), (3, 2), long(4, 3)])
def test_fewer_samples_than_devices_train(trained, n_devices, n_samples):
    (one, of_one), (several, of_several) = trained(1, n_samples, n_samples), trained(n_devices, 1, n_samples)
    np.testing.assert_allclose(of_several.losses, of_one.losses, rtol=1e-4)
    assert of_several.counts == [('train', n_samples), ('dev', n_samples)] * 2
    assert_equal_models(one, several)


def test_what_each_device_takes_is_said_where_there_are_several(trained, log, output):
    trained(1, 3, log=log)
    assert 'on each of' not in output.getvalue()
    trained(2, 3, log=log)
    assert output.getvalue().count('I A step takes up to 3 utterances on each of 2 devices, in all 2 times as much.') == 1
