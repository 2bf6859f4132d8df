"""Masks and noise on arrays of any meaning."""

import numpy as np
import pytest

from deepspeech_training.features.augment import elements


def frames(n=20, width=26, seed=1):
    array = np.random.RandomState(seed).normal(3, 2, (n, width)).astype(np.float32)
    array.flags.writeable = False
    return array


@pytest.mark.parametrize('first, size, masked', [(5, 3, range(5, 8)), (18, 9, (18, 19)), (-2, 4, (0, 1)), (0, 99, range(20)),
                                                 (20, 3, ()), (-9, 3, ()), (4, 0, ())])
def test_masked_frames_are_the_mean_frame_and_the_others_stay(first, size, masked):
    array = frames()
    result = elements.time_mask(array, first, size)
    assert result.dtype == np.float32 and result.shape == array.shape
    for index in range(20):
        expected = array.astype(float).mean(axis=0) if index in masked else array[index]
        np.testing.assert_allclose(result[index], expected, rtol=1e-5)


def test_masked_samples_are_their_mean():
    samples = np.array([0.1, -0.2, 0.3, 0.4], np.float32)
    np.testing.assert_allclose(elements.time_mask(samples, 1, 2), [0.1, 0.15, 0.15, 0.4], rtol=1e-6)


@pytest.mark.parametrize('shape', [(0,), (0, 26), (1,), (1, 26)])
def test_nothing_and_next_to_nothing_can_be_masked(shape):
    array = np.ones(shape, np.float32)
    assert np.array_equal(elements.time_mask(array, 0, 1), array)


@pytest.mark.parametrize('rate, kept', [(0, 1), (0.05, 0.95), (0.5, 0.5), (1, 0), (7, 0), (-1, 1)])
def test_dropout_keeps_what_is_not_to_be_dropped(rate, kept):
    array, uniform = frames(1000), np.random.RandomState(2).uniform(size=(1000, 26))
    result = elements.dropout(array, uniform, rate)
    assert result.dtype == np.float32
    assert np.array_equal(result[result != 0], array[result != 0])
    assert np.mean(result != 0) == pytest.approx(kept, abs=0.01)


@pytest.mark.parametrize('kind', [np.float32, np.float64])
def test_noise_has_the_deviation_asked_for(kind):
    array, normal = frames(2000), np.random.RandomState(3).normal(size=(2000, 26)).astype(kind)
    added, multiplied = elements.add(array, normal, 0.5), elements.multiply(array, normal, 0.1)
    assert added.dtype == multiplied.dtype == np.float32
    assert np.std(added - array) == pytest.approx(0.5, rel=0.02) and np.mean(added - array) == pytest.approx(0, abs=0.01)
    factors = multiplied / array
    assert np.median(factors) == pytest.approx(1, abs=0.01)
    np.testing.assert_allclose(factors, 1 + 0.1 * normal, rtol=1e-4, atol=1e-4)


def test_no_noise_changes_nothing():
    array, normal = frames(), np.random.RandomState(4).normal(size=(20, 26))
    for function in (elements.add, elements.multiply):
        assert np.array_equal(function(array, normal, 0), array)


@pytest.mark.parametrize('first, n_kept', [(13, 13), (0, 0), (26, 26), (40, 26), (-3, 0)])
def test_only_coefficients_below_the_first_are_left(first, n_kept):
    array = frames()
    result = elements.coefficient_mask(array, first)
    assert np.array_equal(result[:, :n_kept], array[:, :n_kept]) and not result[:, n_kept:].any()
