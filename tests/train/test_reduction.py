"""Sums over all workers: what rounding they take part in. Devices of one process stand in for workers."""

import numpy as np
import pytest

from deepspeech_training.compat import HAS_ALL_TO_ALL, tf
from deepspeech_training.train.reduction import LONG, Sums

RELATIVE = 2. ** -8  # half of what a bit of bfloat16 is worth, at most


def sums_of(summands, kind):
    """Returns what each of as many workers gets, float32 [n_workers, n]."""
    with tf.Graph().as_default():
        outputs = []
        for index, summand in enumerate(summands):
            with tf.device(f'/cpu:{index}'):
                outputs.append(getattr(Sums(len(summands)), kind)(tf.constant(summand)))
        with tf.Session(config=tf.ConfigProto(device_count={'CPU': len(summands)})) as session:
            return np.array(session.run(outputs))


def rounded(numbers):
    """Returns float32 numbers rounded to bfloat16, to even."""
    bits = np.asarray(numbers, np.float32).view(np.uint32)
    return ((bits + 0x7fff + (bits >> 16 & 1)) & 0xffff0000).astype(np.uint32).view(np.float32)


@pytest.mark.parametrize('n_workers, n', [(2, 7), (3, 1000), (5, 3), (3, LONG + 1)])
def test_all_workers_get_the_sum(n_workers, n):
    summands = np.random.RandomState(n).randn(n_workers, n).astype(np.float32)
    sums = sums_of(summands, 'of')
    assert np.array_equal(sums, np.repeat(sums[:1], n_workers, axis=0))
    np.testing.assert_allclose(sums[0], summands.sum(axis=0), rtol=1e-4, atol=1e-5)


@pytest.mark.skipif(not HAS_ALL_TO_ALL, reason='this TensorFlow has no such sums')
@pytest.mark.parametrize('n_workers, n', [(2, 7), (3, 1000), (4, 6), (5, 3), (7, 999), (3, LONG + 1)])
def test_what_travels_in_bfloat16_is_summed_in_float32(n_workers, n):
    """Bit for bit the sum, in the order of the workers, of numbers that were rounded once."""
    summands = np.random.RandomState(n).randn(n_workers, n).astype(np.float32)
    expected = rounded(sum(rounded(each) for each in summands))
    sums = sums_of(summands, 'of_rounded')
    for of_worker in sums:
        np.testing.assert_allclose(of_worker, expected, rtol=RELATIVE, atol=0.)
        assert np.mean(of_worker == expected) > 0.99
    assert np.array_equal(sums, np.repeat(sums[:1], n_workers, axis=0))


@pytest.mark.skipif(not HAS_ALL_TO_ALL, reason='this TensorFlow has no such sums')
def test_many_small_numbers_are_not_lost_beside_a_large_one():
    """A sum in bfloat16 would stay at 256: the next number that it knows is 258."""
    summands = np.ones((7, 2), np.float32)
    summands[0] = 256.
    assert sums_of(summands, 'of_rounded').tolist() == [[262., 262.]] * 7


@pytest.mark.skipif(not HAS_ALL_TO_ALL, reason='this TensorFlow has no such sums')
def test_a_number_that_is_none_is_none_for_all():
    summands = np.zeros((2, 4), np.float32)
    summands[1] = [np.nan, np.inf, 3e38, 1e-30]
    sums = sums_of(summands, 'of_rounded')
    assert np.isnan(sums[:, 0]).all() and np.isinf(sums[:, 1]).all() and (sums[:, 2:] > 0).all()
