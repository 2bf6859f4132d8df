"""Batches: order, padding, incomplete last ones, several devices, waiting."""

import time

import numpy as np
import pytest

from deepspeech_training.compat import tf
from deepspeech_training.config import FeatureConfig, SetConfig
from deepspeech_training.data.collection import read_set
from deepspeech_training.data import feeding
from deepspeech_training.data.feeding import Feeder
from deepspeech_training.data.preflight import check_samples
from deepspeech_training.errors import DataError


@pytest.fixture
def prepared(clips, alphabet, tmp_path):
    samples = read_set(SetConfig((str(clips),)))
    return check_samples(samples, alphabet, FeatureConfig(), str(tmp_path)).samples


def fed(samples, batch_size, n_devices=1, done=0):
    """Returns the steps of a pass, each a list with one Batch per device."""
    with tf.Graph().as_default(), tf.Session() as session:
        feeder = Feeder(FeatureConfig(), batch_size, n_devices)
        return [session.run(feeder.batches) for _ in range(feeder.start(session, samples, done=done))]


def test_incomplete_last_batch_is_used(prepared):
    steps = fed(prepared, 4)
    assert [list(batch.index) for (batch,) in steps] == [[0, 1, 2, 3], [4, 5, 6, 7], [8]]
    assert all((batch.weight == 1).all() for (batch,) in steps)


def test_features_and_labels_are_padded_after_their_ends(prepared):
    ((batch,),) = fed(prepared, 9)
    for row, sample in enumerate(prepared):
        assert batch.lengths[row] == sample.n_frames
        assert (batch.features[row, sample.n_frames:] == 0).all() and (batch.features[row, :sample.n_frames] != 0).any()
        assert list(batch.labels[row][:len(sample.labels)]) == list(sample.labels)
        assert (batch.labels[row][len(sample.labels):] == -1).all()


@pytest.mark.parametrize('n_devices', [2, 3, 4])
def test_every_sample_counts_once_on_several_devices(prepared, n_devices):
    steps = fed(prepared, 2, n_devices)
    counted = [index for step in steps for batch in step for index in batch.index[batch.weight > 0]]
    assert sorted(counted) == list(range(9))
    assert all(len(batch.index) == 2 for step in steps for batch in step)


def test_a_pass_goes_on_where_an_earlier_one_ended(prepared):
    assert [list(batch.index) for (batch,) in fed(prepared, 4, done=2)] == [[8]]
    assert fed(prepared, 4, done=3) == []


@pytest.mark.parametrize('n_devices', [1, 2])
def test_time_spent_waiting_for_slow_audio_is_measured(prepared, monkeypatch, n_devices):
    read_wav = feeding.read_wav

    def read_slowly(path):
        time.sleep(0.2)
        return read_wav(path)

    monkeypatch.setattr(feeding, 'read_wav', read_slowly)
    (step,) = fed(prepared[:2 * n_devices], 2, n_devices)
    waited_s = [batch.waited_s for batch in step]
    assert waited_s[0] > 0.1 and waited_s == sorted(waited_s)


def test_audio_that_vanishes_during_a_run_is_named(prepared, tmp_path):
    from dataclasses import replace
    gone = replace(prepared[0], sample=replace(prepared[0].sample, audio_path=str(tmp_path / 'gone.wav')))
    with tf.Graph().as_default(), tf.Session() as session:
        feeder = Feeder(FeatureConfig(), 1)
        feeder.start(session, [gone])
        with pytest.raises(tf.errors.OpError) as caught:
            session.run(feeder.batches)
        failure = feeder.failure(caught.value)
    assert isinstance(failure, DataError) and 'gone.wav' in str(failure)
