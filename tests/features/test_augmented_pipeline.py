"""Augmented features: past the cache where they must, from it where they can, never unalignable, the same from any thread."""

from concurrent.futures import ThreadPoolExecutor
from contextlib import closing

import numpy as np
import pytest

from deepspeech_training.compat import tf
from deepspeech_training.console.log import Log
from deepspeech_training.data.batching import BatchPlan
from deepspeech_training.data.feeding import Feeder
from deepspeech_training.data.utterance import AudioFile, Draw, Utterance
from deepspeech_training.errors import DataError
from deepspeech_training.features.augment import audio
from deepspeech_training.features.augment.chain import Chain, check_available
from deepspeech_training.features.augment.draws import fewest_frames
from deepspeech_training.features.augment.sounds import Sounds
from deepspeech_training.features.cache import MemoryFeatureCache
from deepspeech_training.features.mfcc import FeatureComputer
from deepspeech_training.features.pipeline import FeaturePipeline, augmented
from deepspeech_training.settings.augment_table import KINDS
from deepspeech_training.settings.augmentation import augmentations
from deepspeech_training.settings.config import DeviceConfig, SetConfig
from deepspeech_training.settings.features import N_CONTEXT, FeatureConfig

CONFIG = FeatureConfig()
EVERYTHING = [f'{name}[p=0.5{",source=noise" * ("source" in kind.parameters)}'
              f'{f",domain={domain}" * (len(kind.domains) > 1)}]' for name, kind in KINDS.items() for domain in kind.domains]


class CountedFile(AudioFile):
    """Counts how often it is read."""

    read_paths = []

    def read(self):
        self.read_paths.append(self.path)
        return super().read()


@pytest.fixture
def utterances(clips):
    CountedFile.read_paths = []
    sources = [CountedFile.probe(str(path)) for path in sorted(clips.parent.glob('*.wav'))]
    return [Utterance.of(source.path, 'x', [1, 2, 2, 3], CONFIG.frames(source.n_samples), source) for source in sources]


@pytest.fixture
def pipeline(utterances):
    """Function (specifications) that gives what makes augmented features; all utterances are noise, too."""
    with closing(FeaturePipeline(CONFIG, DeviceConfig(), MemoryFeatureCache())) as plain:
        def of(*specifications):
            return augmented(plain, augmentations(specifications), {'noise': [each.audio for each in utterances]}, Log(3))
        of.plain = plain
        yield of


def frames(features):
    return features[N_CONTEXT:-N_CONTEXT]


@pytest.mark.parametrize('specification', EVERYTHING)
def test_each_changes_features_in_each_of_its_domains(specification, pipeline, utterances):
    source, plain = pipeline(specification.replace('p=0.5', 'p=1')), pipeline.plain
    name = specification.partition('[')[0]
    for index, utterance in enumerate(utterances):
        before, after = [frames(each.features(utterance, Draw(1, 0, index, 0.5))) for each in (plain, source)]
        assert after.dtype == np.float32 and np.isfinite(after).all() and after.shape[1] == 26
        assert len(after) == len(before) or name in ('tempo', 'speed')
        assert before.shape != after.shape or not np.allclose(before, after)


def test_utterances_that_keep_their_sound_come_from_the_cache(pipeline, utterances):
    source = pipeline('add[stddev=1] coefficient_mask[p=0.5] volume[p=0] pitch[p=0]')
    first, second = [[source.features(each, Draw(1, epoch, index)) for index, each in enumerate(utterances)]
                     for epoch in (0, 1)]
    assert sorted(CountedFile.read_paths) == sorted(each.id for each in utterances)
    for before, after, utterance in zip(first, second, utterances):
        assert not np.allclose(before, after)
        assert np.array_equal(frames(pipeline.plain.features(utterance, Draw(1, 0, 0))),
                              FeatureComputer(CONFIG, DeviceConfig())(AudioFile.read(utterance.audio)))


def test_sound_is_read_again_only_for_utterances_whose_sound_is_changed(pipeline, utterances):
    chain, source = Chain(augmentations(['volume[p=0.3]'])), pipeline('volume[p=0.3]')
    for index, utterance in enumerate(utterances):
        pipeline.plain.features(utterance, Draw(1, 0, index))
    CountedFile.read_paths.clear()
    draws = [Draw(1, epoch, index) for epoch in range(5) for index in range(len(utterances))]
    for draw in draws:
        source.features(utterances[draw.index], draw)
    changed = [utterances[draw.index].id for draw in draws if chain.drawn(draw)]
    assert CountedFile.read_paths == changed and 0 < len(changed) < len(draws)


@pytest.mark.parametrize('specification', ['tempo[factor=4]', 'speed[factor=4]', 'speed[factor=3] tempo[factor=3]',
                                           'tempo[factor=1,max_time=20]'])
@pytest.mark.parametrize('feature_set', ['current', 'v0.2', 'v0.4'])
def test_no_utterance_becomes_too_short_for_its_labels(specification, feature_set, utterances):
    config = CONFIG.of_set(feature_set)
    with closing(FeaturePipeline(config, DeviceConfig(), MemoryFeatureCache())) as plain:
        source = augmented(plain, augmentations([specification]), {}, Log(3))
        for index, each in enumerate(utterances):
            n_frames = config.frames(each.n_samples)
            for labels in (np.arange(n_frames), np.zeros(n_frames // 2, np.int32), np.arange(n_frames * 3 // 4), [5]):
                utterance = Utterance.of(each.id, 'x', labels, n_frames, each.audio)
                found = len(frames(source.features(utterance, Draw(1, 0, index))))
                assert fewest_frames(utterance.labels) <= found <= n_frames
                assert found < n_frames or len(labels) > 1


def test_any_number_of_threads_gives_the_same(pipeline, utterances):
    source = pipeline(*EVERYTHING)
    draws = [Draw(7, epoch, index, epoch / 4) for epoch in range(4) for index in range(len(utterances))]
    expected = [source.features(utterances[draw.index], draw) for draw in draws]
    with ThreadPoolExecutor(4) as pool:
        found = list(pool.map(lambda draw: source.features(utterances[draw.index], draw), reversed(draws)))
    for one, other in zip(expected, reversed(found)):
        assert np.array_equal(one, other)


def test_batches_hold_utterances_that_have_become_longer(pipeline, utterances):
    plan = BatchPlan(utterances, SetConfig(batch_size=4), CONFIG.step_ms)
    with tf.Graph().as_default(), tf.Session() as session:
        feeder = Feeder(pipeline('speed[factor=0.5]'), 'train')
        feeder.start(session, utterances, plan.in_order)
        for step in plan.in_order:
            (batch,) = session.run(feeder.batches)
            assert batch.index.tolist() == step[0].tolist() and (batch.weight == 1).all()
            assert batch.features.shape[1] == batch.lengths.max() + 2 * N_CONTEXT
            for index, n_frames in zip(batch.index, batch.lengths):
                assert n_frames == CONFIG.frames(2 * utterances[index].n_samples)


@pytest.mark.parametrize('specifications, factor', [
    ('volume', 1), ('speed[factor=0.8~0.3]', 2), ('tempo[factor=1.25:2]', 1), ('tempo[factor=2:0.5] speed[factor=0.5]', 4),
    ('tempo[factor=0.5,p=0]', 1)])
def test_how_much_longer_utterances_may_become_is_known(specifications, factor):
    assert Chain(augmentations([specifications])).longest == pytest.approx(factor)


def test_sounds_are_read_once_if_they_fit_into_memory(utterances):
    sources = [each.audio for each in utterances]
    fits = len(AudioFile.read(sources[0]))
    sounds = Sounds(lambda path, rate_hz: sources, kept_bytes=2 * fits)
    first = [sounds.read('noise', 16000, index) for index in range(3)]
    CountedFile.read_paths.clear()
    again = [sounds.read('noise', 16000, index) for index in range(3)]
    assert CountedFile.read_paths == [source.path for source in sources[1:3]]
    for source, one, other in zip(sources, first, again):
        assert np.array_equal(one, other) and np.array_equal(one, AudioFile.read(source))


def test_a_codec_without_its_library_is_refused_before_training(monkeypatch):
    def missing():
        raise DataError('libopus is not there')

    monkeypatch.setattr(audio, 'libopus', missing)
    check_available(augmentations(['volume']))
    with pytest.raises(DataError, match='libopus'):
        check_available(augmentations(['codec']))
