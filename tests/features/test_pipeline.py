"""Features are the same bits whether they are computed, remembered or read from disk."""

from contextlib import closing

import numpy as np
import pytest

from deepspeech_training.compat import tf
from deepspeech_training.console.log import Log
from deepspeech_training.data.audio import read_wav
from deepspeech_training.data.utterance import AudioFile, Draw, Utterance
from deepspeech_training.features.cache import MemoryFeatureCache, NoFeatureCache
from deepspeech_training.features.disk_cache import DiskFeatureCache
from deepspeech_training.features.mfcc import features
from deepspeech_training.features.pipeline import FeaturePipeline
from deepspeech_training.settings.config import DeviceConfig
from deepspeech_training.settings.features import N_CONTEXT, FeatureConfig

DRAW = Draw(seed=1, epoch=0, index=0)
CACHES = {'none': lambda path: NoFeatureCache(), 'memory': lambda path: MemoryFeatureCache(),
          'disk': lambda path: DiskFeatureCache(str(path / 'cache'), 'mfcc', Log(3))}


def utterance_of(path, audio=AudioFile):
    return Utterance.of(path, None, (), 0, audio.probe(path))


def computed(path):
    """Returns the features of a file as a plain graph computes them, between zeros."""
    with tf.Graph().as_default(), tf.Session() as session:
        frames = session.run(features(tf.constant(read_wav(path)[0]), FeatureConfig()))
    return np.pad(frames, [(N_CONTEXT, N_CONTEXT), (0, 0)], 'constant')


@pytest.mark.parametrize('kind', sorted(CACHES))
def test_features_are_the_bits_of_the_plain_graph_every_time(kind, clips, tmp_path):
    paths = [str(path) for path in sorted(clips.parent.glob('*.wav'))]
    with closing(FeaturePipeline(FeatureConfig(), DeviceConfig(), CACHES[kind](tmp_path))) as pipeline:
        first, second = [[pipeline.features(utterance_of(path), DRAW) for path in paths] for _ in range(2)]
    for path, before, after in zip(paths, first, second):
        assert before.dtype == np.float32 and np.array_equal(before, computed(path)) and np.array_equal(before, after)


@pytest.mark.parametrize('kind, n_read', [('none', 3), ('memory', 1), ('disk', 1)])
def test_audio_is_read_only_where_nothing_is_remembered(kind, n_read, make_wav, tmp_path):
    class CountedFile(AudioFile):
        def read(self):
            read.append(self.path)
            return super().read()

    read = []
    utterance = utterance_of(make_wav('a.wav'), CountedFile)
    with closing(FeaturePipeline(FeatureConfig(), DeviceConfig(), CACHES[kind](tmp_path))) as pipeline:
        for _ in range(3):
            pipeline.features(utterance, DRAW)
        assert len(read) == n_read
        assert pipeline.forget() is (kind != 'none')
        pipeline.features(utterance, DRAW)
    assert len(read) == n_read + 1
