"""Augmentations of spectrograms against TensorFlow's resizing, against plain loops, and on spectrograms of real speech."""

import numpy as np
import pytest
from sounds import speech

from deepspeech_training.compat import tf
from deepspeech_training.features.augment import spectrogram
from deepspeech_training.features.mfcc import cepstra
from deepspeech_training.features.mfcc import spectrogram as spectrogram_of
from deepspeech_training.settings.features import FeatureConfig

SIZES = [(1, 1), (1, 257), (2, 3), (7, 5), (50, 257), (313, 29)]


def power_of(n_frames, n_bins, seed=1):
    power = np.square(np.random.RandomState(seed).normal(size=(n_frames, n_bins))).astype(np.float32)
    power.flags.writeable = False
    return power


def resized(array, shape, resize):
    """Returns what an operation of TensorFlow makes of a float [n, m]; neither corners nor centres are aligned."""
    with tf.Graph().as_default(), tf.Session() as session:
        image = tf.constant(array[np.newaxis, :, :, np.newaxis], tf.float32)
        return session.run(resize(image, shape, align_corners=False))[0, :, :, 0]


def bilinear(array, shape):
    return resized(array, shape, tf.image.resize_bilinear)


def moved(power, late, high):
    """Returns by a plain loop what is sampled between frames and bins, `late` and `high` of them before each place."""
    n_frames, n_bins = power.shape
    result = np.zeros(power.shape)
    for t, f in np.ndindex(*power.shape):
        y, x = min(max(t - late[t, f], 0), n_frames - 1), min(max(f - high[t, f], 0), n_bins - 1)
        y0, x0 = int(y), int(x)
        y1, x1 = min(y0 + 1, n_frames - 1), min(x0 + 1, n_bins - 1)
        top = power[y0, x0] + (power[y0, x1] - power[y0, x0]) * (x - x0)
        bottom = power[y1, x0] + (power[y1, x1] - power[y1, x0]) * (x - x0)
        result[t, f] = top + (bottom - top) * (y - y0)
    return result


def test_a_line_resized_by_the_published_rule():
    line = np.arange(4, dtype=np.float32)
    expected = [0, 0.6667, 1.3333, 2, 2.6667, 3]
    np.testing.assert_allclose(spectrogram.tempo(line[:, np.newaxis], 6)[:, 0], expected, atol=1e-4)
    np.testing.assert_allclose(spectrogram.pitch(line[np.newaxis], 1.5)[0], expected[:4], atol=1e-4)


@pytest.mark.parametrize('size', SIZES)
@pytest.mark.parametrize('n_frames', [1, 2, 6, 45, 333])
def test_tempo_resizes_time_as_tensorflow_does(size, n_frames):
    power = power_of(*size)
    result = spectrogram.tempo(power, n_frames)
    assert result.dtype == np.float32
    np.testing.assert_allclose(result, bilinear(power, (n_frames, size[1])), rtol=1e-6, atol=1e-6)


@pytest.mark.parametrize('size', SIZES)
@pytest.mark.parametrize('factor', [0.01, 0.5, 0.95, 1, 1.075, 1.2, 3])
def test_pitch_resizes_frequency_as_tensorflow_does(size, factor):
    power, n_bins = power_of(*size), size[1]
    n_resized = max(1, int(np.float32(n_bins) * np.float32(factor)))
    expected = np.zeros(size)
    expected[:, :n_resized] = bilinear(power, (size[0], n_resized))[:, :n_bins]
    result = spectrogram.pitch(power, factor)
    assert result.dtype == np.float32
    np.testing.assert_allclose(result, expected, rtol=1e-6, atol=1e-6)


def test_a_higher_pitch_moves_a_tone_up():
    power = np.zeros((3, 257), np.float32)
    power[:, 100] = 1
    assert [int(np.argmax(spectrogram.pitch(power, factor)[0])) for factor in (0.9, 1, 1.2)] == [90, 100, 120]


@pytest.mark.parametrize('n_frames, factor, fewest, most, expected', [
    (100, 1.1, 1, None, 90), (100, 1, 1, None, 100), (100, 0.9, 1, None, 111), (100, 4, 30, None, 30), (100, 0.5, 1, 150, 150),
    (100, 0.5, 160, 150, 160), (1, 5, 0, None, 1), (7, 0.7, 1, None, 10), (100, 1, 120, None, 120)])
def test_there_are_always_frames_enough(n_frames, factor, fewest, most, expected):
    assert spectrogram.tempo_frames(n_frames, factor, fewest, most) == expected


@pytest.mark.parametrize('shape', [(1, 1), (2, 2), (3, 3), (3, 257), (499, 257), (7, 1), (1000, 3)])
@pytest.mark.parametrize('n_knots', [(3, 3), (2, 2), (4, 7), (12, 3)])
def test_knots_are_interpolated_as_tensorflow_does(n_knots, shape):
    """Weights are the difference of terms up to 12, of which float32 knows 1e-6; steps of 1/1024 tell apart 1e-3."""
    knots = np.random.RandomState(2).uniform(-1, 1, n_knots)
    np.testing.assert_allclose(spectrogram.bicubic(knots, shape), resized(knots, shape, tf.image.resize_bicubic), atol=4e-6)


@pytest.mark.parametrize('size', SIZES)
@pytest.mark.parametrize('n_knots', [(1, 1), (3, 2)])
@pytest.mark.parametrize('time, frequency', [(1, 0), (0, 1), (1, 1), (0, 0), (100, 100)])
def test_warp_samples_where_the_flow_comes_from(size, n_knots, time, frequency):
    power, random = power_of(*size), np.random.RandomState(3)
    time_knots, frequency_knots = (scale * random.normal(size=n_knots) for scale in (time, frequency))
    late, high = (resized(np.pad(knots, 1, 'constant'), size, tf.image.resize_bicubic)
                  for knots in (time_knots, frequency_knots))
    result = spectrogram.warp(power, time_knots, frequency_knots)
    assert result.dtype == np.float32
    # Positions of up to 313 frames are known to 2e-5 of one, values change by up to 15 from one frame to the next.
    np.testing.assert_allclose(result, moved(power, late.astype(float), high.astype(float)), atol=1e-3)


def test_a_knot_above_zero_makes_the_middle_later_and_higher():
    power = np.zeros((90, 90), np.float32)
    power[30, 30] = 1  # where the knot has its full effect
    moved_in_time = spectrogram.warp(power, np.array([[6.]]), np.zeros((1, 1)))
    moved_in_frequency = spectrogram.warp(power, np.zeros((1, 1)), np.array([[6.]]))
    assert [int(n) for n in np.argwhere(moved_in_time == moved_in_time.max())[0]] == [36, 30]
    assert [int(n) for n in np.argwhere(moved_in_frequency == moved_in_frequency.max())[0]] == [30, 36]


@pytest.mark.parametrize('function, axis', [(spectrogram.time_mask, 0), (spectrogram.frequency_mask, 1)])
@pytest.mark.parametrize('first, size, masked', [(2, 3, range(2, 5)), (8, 9, (8, 9)), (-2, 4, (0, 1)), (0, 99, range(10)),
                                                 (10, 3, ()), (-9, 3, ()), (4, 0, ())])
def test_masks_hide_a_range_behind_the_mean_level_of_each_bin(function, axis, first, size, masked):
    power = power_of(10, 10)
    expected, mean = power.astype(float), np.exp(np.log(power.astype(float)).mean(axis=0))
    for index in masked:
        if axis == 0:
            expected[index] = mean
        else:
            expected[:, index] = mean[index]
    np.testing.assert_allclose(function(power, first, size), expected, rtol=1e-5)


def test_masked_speech_stays_among_features_of_speech():
    """A masked frame is as far from the mean as frames are, where 0 is farther than any."""
    config = FeatureConfig()
    with tf.Graph().as_default(), tf.Session() as session:
        power = session.run(spectrogram_of(tf.constant(speech() / 32767, tf.float32), config))[0]
        blank = power.copy()
        blank[20:25] = 0
        masked = spectrogram.time_mask(power, 20, 5)
        natural, ours, published = [session.run(cepstra(tf.constant(spectrum[np.newaxis]), config))
                                    for spectrum in (power, masked, blank)]
    farthest = np.abs((natural - natural.mean(axis=0)) / natural.std(axis=0)).max()
    distances = [np.abs((frames[20:25] - natural.mean(axis=0)) / natural.std(axis=0)).max() for frames in (ours, published)]
    assert distances[0] < 0.2 * farthest and distances[1] > 2 * farthest


@pytest.mark.parametrize('power', [np.zeros((1, 257), np.float32), np.zeros((30, 257), np.float32), np.ones((1, 1), np.float32),
                                   np.zeros((0, 257), np.float32)], ids=['1x257', '30x257', '1x1', '0x257'])
def test_silence_and_next_to_nothing_stay_numbers(power):
    knots = np.full((1, 1), 5.)
    results = [spectrogram.pitch(power, 0.9), spectrogram.pitch(power, 1.1), spectrogram.warp(power, knots, knots),
               spectrogram.time_mask(power, 0, 1), spectrogram.frequency_mask(power, 0, 5)]
    results += [spectrogram.tempo(power, 7)]
    for result in results:
        assert result.dtype == np.float32 and np.isfinite(result).all() and (result >= 0).all()
        assert result.shape[1] == power.shape[1]
