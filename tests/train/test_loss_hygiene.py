"""Utterances without a finite loss are named, counted, and leave the loss and the gradient alone."""

import os

import numpy as np
import pytest

from deepspeech_training.checkpoints.directory import CheckpointDirectory
from deepspeech_training.console.log import Log
from deepspeech_training.data.datasets import TrainingSets, prepare_sets
from deepspeech_training.data.utterance import Utterance
from deepspeech_training.errors import TrainingError
from deepspeech_training.settings.config import CheckpointConfig, ReportConfig, RunConfig, ScheduleConfig, SetConfig
from deepspeech_training.settings.model import ModelConfig
from deepspeech_training.train.loop import train


@pytest.fixture
def trained(clips, alphabet, tmp_path, log):
    """Function (change of the list of samples, epochs) that trains; returns the last checkpoint."""
    def run_training(name, change, n_epochs=1, batch_size=18):
        directory = str(tmp_path / name)
        os.makedirs(directory)
        run = RunConfig(
            alphabet, ModelConfig(alphabet.size, 8, precision='float32'), dropout=(0., 0., 0., 0.),
            train=SetConfig((str(clips),), batch_size), dev=SetConfig((str(clips),), 9),
            schedule=ScheduleConfig(epochs=n_epochs),
            checkpoints=CheckpointConfig(directory, directory),
            report=ReportConfig(show_progressbar=False, summary_dir=directory))
        samples = change(prepare_sets(run, str(tmp_path), Log(3)).training.train)
        train(run, TrainingSets(samples, [('dev.csv', samples)], []), None, CheckpointDirectory(directory), log)
        return CheckpointDirectory(directory).last(log)
    return run_training


def impossible(sample):
    """Returns the sample with as many labels as frames, all alike: CTC needs a blank between any two of them."""
    return Utterance.of(sample.id, sample.transcript, [0] * sample.n_frames, sample.n_frames, sample.audio)


def test_an_utterance_without_a_finite_loss_changes_nothing_but_the_log(trained, output):
    without = trained('without', lambda samples: (samples * 2)[1:])
    assert 'infinite' not in output.getvalue()
    with_it = trained('with', lambda samples: [impossible(samples[0])] + (samples * 2)[1:], n_epochs=2)
    said = output.getvalue()
    path = [line for line in said.split('\n') if line.startswith('E The following files caused an infinite (or NaN) loss: ')]
    assert len(path) == 1 and path[0].endswith('.wav') and ',' not in path[0]
    assert said.count('W 1 without a finite loss left out of this pass, 1 different ones so far.') == 4
    assert np.isfinite(with_it.progress['best'])
    one_epoch = trained('again', lambda samples: [impossible(samples[0])] + (samples * 2)[1:])
    for name in without.shapes:
        if name.endswith('/Adam'):  # a tenth of the gradient of a step of 18 utterances, and of one of 17
            np.testing.assert_allclose(18 * one_epoch.value(name), 17 * without.value(name), rtol=1e-3, atol=1e-6, err_msg=name)
    assert np.isclose(one_epoch.progress['best'], without.progress['best'], rtol=1e-5)


def test_one_such_utterance_in_the_last_step_is_no_reason_to_give_up(trained):
    last = trained('last', lambda samples: samples + [impossible(samples[-1])], batch_size=1)
    assert last.progress['epoch'] == 1


def test_many_such_utterances_end_the_run_and_some_are_named(trained):
    with pytest.raises(TrainingError) as caught:
        trained('many', lambda samples: samples + [impossible(sample) for sample in samples[:4]] + samples, batch_size=2)
    said = str(caught.value)
    assert said.startswith('4 of 22 utterances of ') and 'no finite loss in epoch 0, for example ' in said
    assert 'at most 10 % are left out' in said and said.count('.wav') == 3
