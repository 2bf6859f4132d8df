"""Batches: order, padding, several devices, waiting, audio that is gone."""

import time
from contextlib import closing
from dataclasses import replace

import numpy as np
import pytest

from deepspeech_training.compat import tf
from deepspeech_training.settings.config import DeviceConfig, FeatureConfig, N_CONTEXT, SetConfig
from deepspeech_training.data.audio import read_wav
from deepspeech_training.data.datasets import read_set
from deepspeech_training.data.feeding import Feeder
from deepspeech_training.data.batching import BatchPlan
from deepspeech_training.data.preflight import check_samples
from deepspeech_training.features.pipeline import FeaturePipeline
from deepspeech_training.features.cache import NoFeatureCache
from deepspeech_training.errors import DataError, TrainingError


@pytest.fixture
def prepared(clips, alphabet, tmp_path):
    samples = read_set(SetConfig((str(clips),)))
    return check_samples(samples, alphabet, FeatureConfig(), str(tmp_path)).samples


@pytest.fixture
def reader():
    with closing(FeaturePipeline(FeatureConfig(), DeviceConfig(), NoFeatureCache())) as reader:
        yield reader


def steps_of(samples, batch_size, n_devices=1):
    return BatchPlan(samples, SetConfig(batch_size=batch_size), 20, n_devices).in_order


def fed(reader, samples, steps, n_devices=1):
    """Returns the steps of a pass, each a list with one Batch per device."""
    with tf.Graph().as_default(), tf.Session() as session:
        feeder = Feeder(reader, 'train', n_devices)
        feeder.start(session, samples, steps)
        return [session.run(feeder.batches) for _ in steps]


def test_incomplete_last_batch_is_used(reader, prepared):
    steps = fed(reader, prepared, steps_of(prepared, 4))
    assert [list(batch.index) for (batch,) in steps] == [[0, 1, 2, 3], [4, 5, 6, 7], [8]]
    assert all((batch.weight == 1).all() for (batch,) in steps)


def test_features_and_labels_are_padded_after_their_ends(reader, prepared):
    ((batch,),) = fed(reader, prepared, steps_of(prepared, 9))
    for row, sample in enumerate(prepared):
        assert batch.lengths[row] == sample.n_frames
        frames = batch.features[row, N_CONTEXT:N_CONTEXT + sample.n_frames]
        assert np.count_nonzero(frames) == np.count_nonzero(batch.features[row]) > 25 * sample.n_frames
        assert list(batch.labels[row][:len(sample.labels)]) == list(sample.labels)
        assert (batch.labels[row][len(sample.labels):] == -1).all()


@pytest.mark.parametrize('n_devices', [2, 3, 4])
def test_every_sample_counts_once_on_several_devices(reader, prepared, n_devices):
    steps = fed(reader, prepared, steps_of(prepared, 2, n_devices), n_devices)
    counted = [index for step in steps for batch in step for index in batch.index[batch.weight > 0]]
    assert sorted(counted) == list(range(9))
    assert all(len(step) == n_devices for step in steps)
    # What fills up the last step is as small as possible.
    assert all(len(batch.index) == 1 for step in steps for batch in step if not batch.weight.any())


def test_batches_come_in_the_order_asked_for(reader, prepared):
    steps = [[np.array(places, np.int32)] for places in ([8], [3, 0], [5], [1, 1, 1])]
    assert [list(batch.index) for (batch,) in fed(reader, prepared, steps * 10)] == [[8], [3, 0], [5], [1, 1, 1]] * 10


@pytest.mark.parametrize('n_devices', [1, 2])
def test_time_spent_waiting_for_slow_audio_is_measured(reader, prepared, monkeypatch, n_devices):
    def read_slowly(path):
        time.sleep(0.2)
        return read_wav(path)

    monkeypatch.setattr('deepspeech_training.features.pipeline.read_wav', read_slowly)
    samples = prepared[:2 * n_devices]
    (step,) = fed(reader, samples, steps_of(samples, 2, n_devices), n_devices)
    waited_s = [batch.waited_s for batch in step]
    assert waited_s[0] > 0.1 and waited_s == sorted(waited_s)


def failed(reader, samples):
    """Returns what a pass over `samples` fails with."""
    with tf.Graph().as_default(), tf.Session() as session:
        feeder = Feeder(reader, 'train')
        feeder.start(session, samples, steps_of(samples, 1))
        with pytest.raises(tf.errors.OpError) as caught:
            session.run(feeder.batches)
        return feeder.failure(caught.value)


def test_audio_that_vanishes_during_a_run_is_named(reader, prepared, tmp_path):
    gone = replace(prepared[0], sample=replace(prepared[0].sample, audio_path=str(tmp_path / 'gone.wav')))
    failure = failed(reader, [gone])
    assert isinstance(failure, DataError) and 'gone.wav' in str(failure)


def test_audio_whose_rate_changes_during_a_run_is_named(reader, prepared, make_wav):
    other = replace(prepared[0], sample=replace(prepared[0].sample, audio_path=make_wav('other.wav', 8000, 8000)))
    failure = failed(reader, [other])
    assert isinstance(failure, DataError) and 'other.wav: now 8000 Hz, it had 16000 Hz' in str(failure)


def test_running_out_of_memory_names_the_batch_and_what_to_pass(reader, prepared):
    exhausted = tf.errors.ResourceExhaustedError(None, None, 'OOM when allocating')
    with tf.Graph().as_default(), tf.Session() as session:
        feeder = Feeder(reader, 'dev')
        feeder.start(session, prepared, steps_of(prepared, 8))
        first, second = [feeder.failure(exhausted, n_done) for n_done in (0, 1)]
    assert isinstance(first, TrainingError)
    longest_s = prepared[7].n_samples / 16000
    assert str(first) == (f'memory ran out in a batch of 8 utterances of up to {longest_s:.1f} s, 8 s with padding; half of '
                          f'them may fit: pass --dev_batch_size 4 or --batch_seconds {4 * longest_s:.3g}.')
    assert 'a batch of 1 utterance of' in str(second) and '--n_hidden' in str(second)
