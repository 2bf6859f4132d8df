"""Features of v0.1 to v0.4: the numbers of those releases and of the library they used, counts, threads, settings."""

import os
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing

import numpy as np
import pytest

from deepspeech_training.data.audio import read_wav
from deepspeech_training.data.utterance import AudioFile, Draw, Utterance
from deepspeech_training.errors import ConfigError
from deepspeech_training.features.cache import MemoryFeatureCache
from deepspeech_training.features.mfcc import FeatureComputer
from deepspeech_training.features.pipeline import FeaturePipeline, in_context
from deepspeech_training.settings.config import DeviceConfig
from deepspeech_training.settings.features import N_CONTEXT, WINDOW_FRAMES, AskedFeatures, FeatureConfig

GOLDEN = os.path.join(os.path.dirname(__file__), os.pardir, 'golden', 'ds011', 'features_logits.npz')
EARLY = ('v0.1', 'v0.2', 'v0.4')

# Frames 0, 18 and the last one, 35, of letters_k.wav by python_speech_features 0.6:
# mfcc(samples, 16000, numcep=26)[::2], and with winlen=0.032, winstep=0.02, winfunc=numpy.hamming.
LIBRARY = {'v0.2': """
8.379368 -31.13797 5.528757 5.398194 8.54744 7.53408 1.117962 -2.278113 -5.0324 -2.513384 -5.796005 2.961822 10.44747
4.087328 3.820337 -2.919445 0.954684 -4.564523 1.092654 -1.472589 -2.279509 -1.568312 -0.5161291 0.03651283 0.2220091
-0.7368311
18.66128 0.698793 1.795187 10.60738 -39.33586 -27.09818 -1.15155 5.296684 -28.15423 5.310333 -16.71411 -16.9495
-6.755482 -12.36442 -1.089641 -7.653438 -9.755868 -0.9955217 -6.165268 -3.575814 0.3902328 -0.04011421 -0.09275248
0.04936836 -0.3730437 1.89686
8.212789 -32.00282 4.18092 -4.121577 6.473386 4.129851 -1.388717 7.116507 -10.42094 -5.539735 0.08972226 -8.792169
-4.699002 -7.781562 -6.604191 -6.521548 -8.215742 -7.833955 -4.024204 -1.833721 -1.567867 0.4045498 0.09808853
0.02433605 0.2715538 0.8631701
""", 'v0.4': """
7.71967 -34.33423 6.088306 4.876276 9.270927 13.50333 9.352872 3.314204 -3.973034 -2.210463 -8.585333 -6.522405
-0.1952059 3.874583 -2.390861 -2.538416 5.010969 -0.8453872 2.434419 -1.095695 -1.991509 -1.642739 -0.641227 0.3646636
0.7372999 -0.5770192
17.82526 -3.540491 -3.819037 0.6747169 -51.45494 -42.20516 -17.20605 -12.06297 -48.56604 -11.63965 -32.96165 -36.52911
-24.52284 -29.14812 -12.70662 -20.18471 -18.7847 -8.765349 -13.80713 -7.435688 -2.398006 -1.08786 -0.627044 0.2187205
0.3584048 1.920614
7.391928 -29.76514 7.654475 -3.44664 4.890701 2.49989 -1.077359 11.11049 -6.73258 -10.03172 -2.860333 -5.846697
-3.366346 -9.342692 -7.543465 -4.873833 -5.41729 -9.554174 -1.630548 -1.86093 0.234642 0.4556285 -0.04498162
0.04175537 0.4907734 -0.07670247
"""}


def computed(feature_set, *utterances, rate_hz=16000):
    with closing(FeatureComputer(FeatureConfig(rate_hz).of_set(feature_set), DeviceConfig())) as compute:
        return [compute(samples) for samples in utterances]


def windows_of(padded):
    return np.stack([padded[begin:begin + WINDOW_FRAMES] for begin in range(len(padded) - 2 * N_CONTEXT)])


@pytest.fixture
def clip(clips):
    return str(clips.parent / 'letters_k.wav')


@pytest.mark.parametrize('feature_set', sorted(LIBRARY))
def test_features_are_those_of_the_library(feature_set, clip):
    (frames,) = computed(feature_set, read_wav(clip)[0])
    expected = np.array(LIBRARY[feature_set].split(), np.float64).reshape(3, 26)
    assert frames.shape == (36, 26)
    np.testing.assert_allclose(frames[[0, 18, 35]], expected, atol=1e-4)


def test_features_of_v01_are_the_recorded_ones_windowed_and_whitened(clip):
    with closing(FeaturePipeline(FeatureConfig().of_set('v0.1'), DeviceConfig(), MemoryFeatureCache())) as pipeline:
        utterance = Utterance.of('k', None, (), 36, AudioFile.probe(clip))
        computed_now, from_memory = [pipeline.features(utterance, Draw(1, epoch, 0)) for epoch in range(2)]
    recorded = np.load(GOLDEN)['letters_k.wav:features']
    assert np.array_equal(computed_now, from_memory)
    np.testing.assert_allclose(windows_of(computed_now).reshape(-1, 494), recorded, atol=1e-5)


@pytest.mark.parametrize('n_frames', [1, 5, 40])
def test_whitened_windows_have_mean_0_and_deviation_1(n_frames):
    frames = np.random.RandomState(1).normal(7, 3, [n_frames, 26]).astype(np.float32)
    windows = windows_of(in_context(frames, whiten=True))
    assert abs(windows.mean(dtype=np.float64)) < 1e-6 and abs(windows.std(dtype=np.float64) - 1) < 1e-6
    plain = windows_of(in_context(frames, whiten=False))
    np.testing.assert_allclose(windows, (plain - plain.mean()) / plain.std(), atol=1e-5)


@pytest.mark.parametrize('feature_set', EARLY)
@pytest.mark.parametrize('rate_hz', [8000, 16000])
def test_number_of_frames_is_as_configured_and_as_the_library_counts(feature_set, rate_hz):
    config = FeatureConfig(rate_hz).of_set(feature_set)
    window, hop = config.window_samples, rate_hz // (50 if feature_set == 'v0.4' else 100)
    counts = [1, window - 1, window, window + 1, window + hop, window + hop + 1, window + 2 * hop,
              window + 2 * hop + 1, window + 3 * hop, 5000]
    frames = computed(feature_set, *[np.full(n_samples, .1, np.float32) for n_samples in counts], rate_hz=rate_hz)
    for n_samples, found in zip(counts, frames):
        by_library = 1 if n_samples <= window else 1 + int(np.ceil((n_samples - window) / hop))
        kept = by_library if feature_set == 'v0.4' else int(np.ceil(by_library / 2))
        assert len(found) == config.frames(n_samples) == kept
    assert config.frames(0) == 0


def test_digital_silence_has_the_least_energy_there_is():
    (frames,) = computed('v0.2', np.zeros(400, np.float32))
    np.testing.assert_allclose(frames, [[-36.04365] + [0] * 25], atol=1e-4)


def test_threads_compute_the_same_bits(clip):
    samples = read_wav(clip)[0]
    with closing(FeatureComputer(FeatureConfig().of_set('v0.1'), DeviceConfig())) as compute:
        with ThreadPoolExecutor(4) as pool:
            results = list(pool.map(compute, [samples] * 16))
    assert all(np.array_equal(results[0], each) for each in results)


def test_a_set_brings_its_own_window_and_step():
    times = {feature_set: FeatureConfig().of_set(feature_set) for feature_set in EARLY + ('current',)}
    assert [(config.window_samples, config.step_samples) for config in times.values()] == [
        (400, 320), (400, 320), (512, 320), (512, 320)]
    assert times['v0.1'].of_set('current') == FeatureConfig()
    assert AskedFeatures(window_ms=25).of_set('current').window_ms == 25


@pytest.mark.parametrize('asked, message', [
    (AskedFeatures(window_ms=32), '--feature_win_len 32: in features of v0.1 it is 25 ms'),
    (AskedFeatures(step_ms=10), '--feature_win_step 10: in features of v0.1 it is 20 ms'),
    (AskedFeatures(48000), '--audio_sample_rate 48000: features of v0.1 have at most 512 samples in a window')])
def test_settings_that_a_set_never_had_are_refused(asked, message):
    with pytest.raises(ConfigError, match=message):
        asked.of_set('v0.1')


def test_unknown_sets_are_refused():
    with pytest.raises(ConfigError, match='--feature_set v0.3: choose one of auto, v0.1, v0.2, v0.4, v0.5, current'):
        FeatureConfig().of_set('v0.3')
