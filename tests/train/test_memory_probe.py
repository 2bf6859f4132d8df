"""The largest batch first: when it is tried, that it changes nothing, and what is said when memory runs out."""

import io
import os
from contextlib import closing
from types import SimpleNamespace

import numpy as np
import pytest

from deepspeech_training.checkpoints.directory import CheckpointDirectory
from deepspeech_training.compat import tf
from deepspeech_training.console.log import Log
from deepspeech_training.data.batching import BatchPlan
from deepspeech_training.data.datasets import prepare_sets, read_set
from deepspeech_training.data.feeding import Feeder
from deepspeech_training.data.preflight import check_rows
from deepspeech_training.errors import TrainingError
from deepspeech_training.features.cache import NoFeatureCache
from deepspeech_training.features.pipeline import FeaturePipeline
from deepspeech_training.settings.config import (
    CheckpointConfig,
    DeviceConfig,
    ReportConfig,
    RunConfig,
    ScheduleConfig,
    SetConfig,
)
from deepspeech_training.settings.features import FeatureConfig
from deepspeech_training.settings.model import ModelConfig
from deepspeech_training.train import memory_probe
from deepspeech_training.train.loop import train
from deepspeech_training.train.planning import PlannedSet, seconds_of_audio


def is_worth_it(n_frames, n_epochs, done=0, **limits):
    samples = [SimpleNamespace(n_frames=frames) for frames in n_frames]
    steps = BatchPlan(samples, SetConfig(**limits), 20)
    return memory_probe.is_worth_probing(steps, steps.in_order[done:], n_epochs)


def test_the_largest_batch_is_tried_in_runs_that_are_much_longer():
    assert is_worth_it(range(1, 1001), 1, batch_size=4)
    assert not is_worth_it(range(1, 41), 1, batch_size=4) and is_worth_it(range(1, 41), 20, batch_size=4)


def test_it_is_not_tried_where_it_comes_first_anyway_or_nothing_is_left():
    assert not is_worth_it(range(1, 1001), 9, batch_size=4, reverse=True)
    assert not is_worth_it(range(1, 1001), 9, done=249, batch_size=4)
    assert not is_worth_it(range(1, 1001), 1, done=250, batch_size=4)


@pytest.fixture
def trained(clips, alphabet, tmp_path, monkeypatch):
    """Function that trains two epochs with a trial of some cost at most; returns the last checkpoint and what was said."""
    def run_training(largest_share, n_devices):
        monkeypatch.setattr(memory_probe, 'LARGEST_SHARE', largest_share)
        directory = str(tmp_path / f'{largest_share}-{n_devices}')
        os.makedirs(directory)
        run = RunConfig(
            alphabet, ModelConfig(alphabet.size, 16), train=SetConfig((str(clips),), 2),
            dev=SetConfig((str(clips),), 4), schedule=ScheduleConfig(epochs=2),
            checkpoints=CheckpointConfig(directory, directory), devices=DeviceConfig(1, 1, n_cpu_devices=n_devices),
            report=ReportConfig(show_progressbar=False, summary_dir=directory))
        said = io.StringIO()
        train(run, prepare_sets(run, str(tmp_path), Log(3)).training, None, CheckpointDirectory(directory), Log(1, said))
        return CheckpointDirectory(directory).last(Log(level=3)), said.getvalue()
    return run_training


@pytest.mark.parametrize('n_devices', [1, 2])
def test_a_trial_changes_no_bit_of_the_training(trained, n_devices):
    without, said_without = trained(0, n_devices)
    tried, said = trained(1, n_devices)
    assert 'Trying' not in said_without
    assert said.index('I Trying the largest batch first (2 utterances of up to ') < said.index('Training epoch 0')
    assert tried.shapes == without.shapes
    for name in without.shapes:
        assert np.array_equal(tried.value(name), without.value(name)), name
    assert dict(tried.progress, run='') == dict(without.progress, run='')


@pytest.mark.parametrize('n_fit, words', [
    (5, 'batch of 9 utterances of up to 1.6 s, 15 s with padding; 4 of them fit: pass --train_batch_size 4 or '
        '--batch_seconds 6.59.'),
    (1, '1 of them fit: pass --train_batch_size 1'), (0, 'not even one fits: leave out')])
def test_when_memory_does_not_suffice_it_says_what_does(clips, alphabet, tmp_path, n_fit, words):
    def compute(lengths):
        if len(lengths) > n_fit:
            raise MemoryError  # TensorFlow makes a ResourceExhaustedError of it
        return np.float32(0)

    utterances = check_rows(read_set(SetConfig((str(clips),))), alphabet, FeatureConfig(), str(tmp_path)).utterances
    planned = PlannedSet(split='train', path=str(clips), pass_index=0, utterances=utterances,
                         audio_s=seconds_of_audio(utterances, 16000), plan=BatchPlan(utterances, SetConfig(batch_size=16), 20))
    with tf.Graph().as_default(), tf.Session() as session, closing(
            FeaturePipeline(FeatureConfig(), DeviceConfig(), NoFeatureCache())) as reader:
        feeder = Feeder(reader, 'train')
        compute_all = tf.numpy_function(compute, [feeder.batches[0].lengths], tf.float32)
        with pytest.raises(TrainingError) as caught:
            memory_probe.probe_largest_batch(session, feeder, planned, compute_all, log=Log(3))
    assert words in str(caught.value)
