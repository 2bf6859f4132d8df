"""Which cache is chosen, and what is said about it."""

import io
from types import SimpleNamespace

import pytest

from deepspeech_training.console.log import Log
from deepspeech_training.data.utterance import AudioFile
from deepspeech_training.errors import ConfigError
from deepspeech_training.features import cache
from deepspeech_training.features.disk_cache import DiskFeatureCache
from deepspeech_training.memory import available_bytes
from deepspeech_training.settings.features import FeatureConfig

HOUR = SimpleNamespace(n_frames=50 * 3600)  # 18.7 MB of features


@pytest.fixture
def opened(monkeypatch):
    """Function (setting, hours, available bytes) -> (type of the cache, what was said)."""
    def open_feature_cache(setting, n_hours, available):
        monkeypatch.setattr(cache, 'available_bytes', lambda: available)
        said = io.StringIO()
        opened_cache = cache.open_feature_cache(setting, FeatureConfig(), [HOUR] * n_hours, Log(1, said))
        opened_cache.close()
        return type(opened_cache), said.getvalue()
    return open_feature_cache


def test_small_sets_are_kept_in_memory_by_themselves(opened):
    assert opened('', 5, 10 ** 9) == (cache.MemoryFeatureCache, '')


@pytest.mark.parametrize('available', [10 ** 9, None])
def test_large_sets_are_not_and_it_is_said_how_to_keep_them(opened, available):
    kind, said = opened('', 6, available)
    assert kind is cache.NoFeatureCache
    assert said.startswith('I The features of all sets take 112.3 MB') and '--feature_cache memory' in said


def test_memory_is_taken_whatever_it_takes_but_not_in_silence(opened):
    assert opened('memory', 6, 10 ** 9) == (cache.MemoryFeatureCache, '')
    kind, said = opened('memory', 60, 10 ** 9)
    assert kind is cache.MemoryFeatureCache and said.startswith('W The features of all sets take 1.1 GB, but only 1.0 GB')


def test_off_is_off(opened):
    assert opened('off', 1, 10 ** 9) == (cache.NoFeatureCache, '')


def test_anything_else_is_a_path(opened, tmp_path):
    assert opened(str(tmp_path / 'memory'), 1, 10 ** 9) == (DiskFeatureCache, '')
    with pytest.raises(ConfigError, match='--feature_cache .*gone/cache: the cache cannot be opened'):
        opened(str(tmp_path / 'gone' / 'cache'), 1, 10 ** 9)


def test_features_of_other_settings_are_not_taken(tmp_path, make_wav):
    import numpy as np
    audio = AudioFile.probe(make_wav('a.wav'))
    frames = np.ones((3, 26), np.float32)

    def found(config):
        opened_cache = cache.open_feature_cache(str(tmp_path / 'cache'), config, [], Log(3))
        try:
            return opened_cache.find(audio) is not None or opened_cache.find_by_samples(audio, frames) is not None
        finally:
            opened_cache.add(audio, frames, frames)
            opened_cache.close()

    configs = [FeatureConfig(), FeatureConfig(rate_hz=8000), FeatureConfig(window_ms=25), FeatureConfig(step_ms=10)]
    configs += [FeatureConfig().of_set(feature_set) for feature_set in ('v0.1', 'v0.2', 'v0.4')]
    assert [found(config) for config in configs * 2] == 7 * [False] + 7 * [True]


def test_available_memory_is_between_nothing_and_all_there_is():
    with open('/proc/meminfo') as file:
        total = 1024 * int(next(line for line in file if line.startswith('MemTotal')).split()[1])
    assert 0 < available_bytes() < total
