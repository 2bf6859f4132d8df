"""Batches: order, padding, several devices, waiting, other containers, what chance may depend on, audio that is gone."""

import os
import time
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from wav_files import pcm16, wav_bytes

from deepspeech_training.compat import tf
from deepspeech_training.console.log import Log
from deepspeech_training.data.audio import read_wav
from deepspeech_training.data.batching import BatchPlan
from deepspeech_training.data.datasets import read_set
from deepspeech_training.data.feeding import FeatureSource, Feeder, check_sound
from deepspeech_training.data.preflight import check_rows
from deepspeech_training.data.utterance import AudioFile, AudioSource
from deepspeech_training.errors import DataError, TrainingError
from deepspeech_training.features.cache import MemoryFeatureCache, NoFeatureCache
from deepspeech_training.features.disk_cache import DiskFeatureCache
from deepspeech_training.features.pipeline import FeaturePipeline
from deepspeech_training.settings.config import DeviceConfig, SetConfig
from deepspeech_training.settings.features import N_CONTEXT, FeatureConfig

CACHES = {'none': lambda path: NoFeatureCache(), 'memory': lambda path: MemoryFeatureCache(),
          'disk': lambda path: DiskFeatureCache(str(path / 'cache'), 'mfcc', Log(3))}


@pytest.fixture
def utterances(clips, alphabet, tmp_path):
    rows = read_set(SetConfig((str(clips),)))
    return check_rows(rows, alphabet, FeatureConfig(), str(tmp_path)).utterances


@pytest.fixture
def reader():
    with closing(FeaturePipeline(FeatureConfig(), DeviceConfig(), NoFeatureCache())) as reader:
        yield reader


def steps_of(utterances, batch_size, n_devices=1):
    return BatchPlan(utterances, SetConfig(batch_size=batch_size), 20, n_devices).in_order


def fed(reader, utterances, steps, n_devices=1):
    """Returns the steps of a pass, each a list with one Batch per device."""
    with tf.Graph().as_default(), tf.Session() as session:
        feeder = Feeder(reader, 'train', n_devices)
        feeder.start(session, utterances, steps)
        return [session.run(feeder.batches) for _ in steps]


def test_incomplete_last_batch_is_used(reader, utterances):
    steps = fed(reader, utterances, steps_of(utterances, 4))
    assert [list(batch.index) for (batch,) in steps] == [[0, 1, 2, 3], [4, 5, 6, 7], [8]]
    assert all((batch.weight == 1).all() for (batch,) in steps)


def test_features_and_labels_are_padded_after_their_ends(reader, utterances):
    ((batch,),) = fed(reader, utterances, steps_of(utterances, 9))
    for row, utterance in enumerate(utterances):
        assert batch.lengths[row] == utterance.n_frames
        frames = batch.features[row, N_CONTEXT:N_CONTEXT + utterance.n_frames]
        assert np.count_nonzero(frames) == np.count_nonzero(batch.features[row]) > 25 * utterance.n_frames
        assert list(batch.labels[row][:len(utterance.labels)]) == list(utterance.labels)
        assert (batch.labels[row][len(utterance.labels):] == -1).all()


@pytest.mark.parametrize('n_devices', [2, 3, 4])
def test_every_utterance_counts_once_on_several_devices(reader, utterances, n_devices):
    steps = fed(reader, utterances, steps_of(utterances, 2, n_devices), n_devices)
    counted = [index for step in steps for batch in step for index in batch.index[batch.weight > 0]]
    assert sorted(counted) == list(range(9))
    assert all(len(step) == n_devices for step in steps)
    # What fills up the last step is as small as possible.
    assert all(len(batch.index) == 1 for step in steps for batch in step if not batch.weight.any())


def test_batches_come_in_the_order_asked_for(reader, utterances):
    steps = [[np.array(places, np.int32)] for places in ([8], [3, 0], [5], [1, 1, 1])]
    assert [list(batch.index) for (batch,) in fed(reader, utterances, steps * 10)] == [[8], [3, 0], [5], [1, 1, 1]] * 10


@pytest.mark.parametrize('n_devices', [1, 2])
def test_time_spent_waiting_for_slow_audio_is_measured(reader, utterances, n_devices):
    class SlowFile(AudioFile):
        def read(self):
            time.sleep(0.2)
            return super().read()

    utterances = [replace(each, audio=SlowFile(each.audio.path, each.audio.record)) for each in utterances]
    utterances = utterances[:2 * n_devices]
    (step,) = fed(reader, utterances, steps_of(utterances, 2, n_devices), n_devices)
    waited_s = [batch.waited_s for batch in step]
    assert waited_s[0] > 0.1 and waited_s == sorted(waited_s)


class Span(AudioSource):
    """A part of a longer file: one more container, as it would be added."""

    def __init__(self, whole, first, n_samples):
        self._whole, self._first = whole, first
        self.info = whole.info._replace(n_samples=n_samples)

    @property
    def identity(self):
        return f'{self._whole.identity}\n{self._first}\n{self.n_samples}'

    @property
    def version(self):
        return self._whole.version

    def describe(self):
        return f'{self._whole.describe()} from sample {self._first} on'

    def read(self):
        return self._whole.read()[self._first:self._first + self.n_samples]


@pytest.mark.parametrize('cache', sorted(CACHES))
def test_spans_of_a_long_file_give_the_batches_of_separate_files(reader, utterances, tmp_path, cache):
    waveforms = [read_wav(utterance.audio.path)[0] for utterance in utterances]
    path = tmp_path / 'long.wav'
    path.write_bytes(wav_bytes(pcm16(np.concatenate(waveforms))))
    whole, first, spans = AudioFile.probe(str(path)), 0, []
    for utterance in utterances:
        spans.append(replace(utterance, audio=Span(whole, first, utterance.n_samples)))
        first += utterance.n_samples
    steps = steps_of(utterances, 4)
    expected = fed(reader, utterances, steps)
    with closing(FeaturePipeline(FeatureConfig(), DeviceConfig(), CACHES[cache](tmp_path))) as pipeline:
        for _ in range(2):  # the second time from the cache
            found = fed(pipeline, spans, steps_of(spans, 4))
            for (batch,), (other,) in zip(found, expected):
                for name in ('index', 'weight', 'features', 'lengths', 'labels'):
                    assert np.array_equal(getattr(batch, name), getattr(other, name))
    assert len(found) == len(expected) == 3


def test_each_use_of_an_utterance_has_a_draw_of_its_own(utterances):
    class Recorder(FeatureSource):
        rate_hz = 16000

        def features(self, utterance, draw):
            assert utterance is utterances[draw.index]
            seen.append(draw)
            return np.zeros((utterance.n_frames + 2 * N_CONTEXT, 26), np.float32)

    seen = []
    with tf.Graph().as_default(), tf.Session() as session:
        feeder = Feeder(Recorder(), 'train', seed=7)
        for epoch in (0, 3):
            steps = steps_of(utterances, 4)
            feeder.start(session, utterances, steps, epoch, clocks=[0.25, 0.5, 0.75])
            for _ in steps:
                session.run(feeder.batches)
    clocks = {index: clock for step, clock in zip(steps, (0.25, 0.5, 0.75)) for batch in step for index in batch}
    assert sorted(seen) == [(7, epoch, index, clocks[index]) for epoch in (0, 3) for index in range(9)]


@pytest.fixture
def changed(utterances, make_wav, tmp_path):
    """Function that gives an utterance whose file has been changed since it was checked, in the way asked for."""
    def change(how):
        path = make_wav(f'{how}.wav', utterances[0].n_samples)
        utterance = replace(utterances[0], audio=AudioFile.probe(path))
        content = Path(path).read_bytes()
        if how == 'gone':
            os.remove(path)
        elif how == 'pipe':
            os.remove(path)
            os.mkfifo(path)
        elif how == 'folder':
            os.remove(path)
            os.mkdir(path)
        elif how == 'slower':
            make_wav(f'{how}.wav', 8000, 8000)
        elif how == 'shorter':
            make_wav(f'{how}.wav', utterance.n_samples - 1000)
        elif how == 'floats':
            nothing = np.full(utterance.n_samples, np.nan, '<f4')
            Path(path).write_bytes(wav_bytes(nothing.tobytes(), bits=32, tag=3))
        else:
            Path(path).write_bytes({'cut': content[:-1000], 'page': b'<html>', 'other': content[:44] + content[:43:-1]}[how])
            os.utime(path, (1, 1))
        return utterance
    return change


@pytest.mark.parametrize('how, message', [
    ('gone', 'cannot be opened (No such file or directory)'), ('pipe', 'it is a named pipe'), ('folder', 'it is a directory'),
    ('slower', 'now 8000 Hz, mono, 16-bit, 8000 samples; it had 16000 Hz'), ('cut', 'ends after 0.69 of 0.72 s'),
    ('shorter', 'now 16000 Hz, mono, 16-bit, 10504 samples'), ('floats', 'now 16000 Hz, mono, 32-bit float'),
    ('page', 'not a WAV file (a web page)'), ('other', 'other sound than when the run began')])
def test_audio_that_changes_during_a_run_costs_that_utterance_only(reader, utterances, changed, how, message):
    damaged = changed(how)
    utterances = [utterances[0], damaged, *utterances[1:3]]
    with tf.Graph().as_default(), tf.Session() as session:
        feeder = Feeder(reader, 'train')
        feeder.start(session, utterances, [[np.array([0, 1, 2, 3], np.int32)], [np.array([1], np.int32)]])
        ((batch,), (alone,)) = [session.run(feeder.batches) for _ in range(2)]
        unread = feeder.unread(batch.index)
    assert list(batch.index) == [0, 1, 2, 3] and list(batch.weight) == [1, 0, 1, 1] and list(alone.weight) == [0]
    assert list(unread) == [1] and f'{how}.wav: ' in unread[1] and message in unread[1]
    assert not batch.features[1].any() and np.isfinite(batch.features).all() and (batch.labels[1][1:] == -1).all()
    assert batch.lengths.tolist() == [utterances[0].n_frames, 1, utterances[2].n_frames, utterances[3].n_frames]


def test_a_file_that_is_only_touched_or_copied_back_goes_on(make_wav):
    path = make_wav('a.wav')
    audio, content = AudioFile.probe(path), Path(path).read_bytes()
    os.utime(path, (5, 5))
    before = audio.read()
    os.remove(path)
    Path(path).write_bytes(content)
    np.testing.assert_array_equal(audio.read(), before)


def test_a_set_of_which_most_has_gone_is_not_trained_on():
    unread = {index: f'{index}.wav: cannot be opened.' for index in range(3)}
    check_sound('train.csv', 6, unread)
    with pytest.raises(DataError, match=r'train\.csv: 3 of 5 utterances cannot be read any more, for example 0\.wav: cannot be '
                                        r'opened; see'):
        check_sound('train.csv', 5, unread)


def test_running_out_of_memory_names_the_batch_and_what_to_pass(reader, utterances):
    exhausted = tf.errors.ResourceExhaustedError(None, None, 'OOM when allocating')
    with tf.Graph().as_default(), tf.Session() as session:
        feeder = Feeder(reader, 'dev')
        feeder.start(session, utterances, steps_of(utterances, 8))
        first, second = [feeder.failure(exhausted, n_done) for n_done in (0, 1)]
    assert isinstance(first, TrainingError)
    longest_s = utterances[7].n_samples / 16000
    assert str(first) == (f'memory ran out in a batch of 8 utterances of up to {longest_s:.1f} s, 8 s with padding; half of '
                          f'them may fit: pass --dev_batch_size 4 or --batch_seconds {4 * longest_s:.3g}.')
    assert 'a batch of 1 utterance of' in str(second) and '--n_hidden' in str(second)
