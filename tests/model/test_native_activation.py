"""Bias, clipped ReLU and dropout of the native library: against NumPy, and the masks' statistics."""

import deepspeech_layers
import numpy as np
import pytest
from deepspeech_layers import Activation, run_activation, run_activation_back

from deepspeech_training.compat import HAS_BFLOAT16_ON_CPU, tf
from deepspeech_training.model.compute import PLAIN
from deepspeech_training.model.dropout import Masks
from deepspeech_training.model.native_activation import native_activation

CLIP = 1.5
NATIVE = PLAIN._replace(is_native=True, differentiable=True, n_threads=2)


def numbers(n_rows=300, n_units=130, seed=0):
    random = np.random.RandomState(seed)
    return random.randn(n_rows, n_units).astype('f') * 2, random.randn(n_units).astype('f')


def mask_of(drop, seed, n_rows=300, n_units=130, n_threads=1):
    """Returns where numbers are kept."""
    ones = np.ones([n_rows, n_units], 'f')
    return run_activation(Activation(20., drop, seed, n_threads), ones, np.zeros(n_units, 'f')) > 0


@pytest.mark.parametrize('drop', [0., .3])
@pytest.mark.parametrize('n_threads', [1, 2, 5])
def test_equals_numpy(drop, n_threads):
    x, bias = numbers()
    of = Activation(CLIP, drop, 11, n_threads)
    keep = mask_of(drop, 11) if drop else True
    scale = np.float32(1) / (np.float32(1) - np.float32(drop))
    y = run_activation(of, x, bias)
    np.testing.assert_array_equal(y, np.where(keep, np.clip(x + bias, 0, np.float32(CLIP)) * scale, 0))
    dy, _ = numbers(seed=1)
    dx, d_bias = run_activation_back(of, y, dy, is_bfloat16=False)
    inside = keep & (x + bias > 0) & (x + bias < CLIP)
    np.testing.assert_array_equal(dx, np.where(inside, dy * scale, 0))
    np.testing.assert_allclose(d_bias, dx.sum(axis=0, dtype='d'), atol=1e-4)


def test_what_is_no_number_stays_so():
    x, bias = numbers()
    x[3, 7] = np.nan
    y = run_activation(Activation(CLIP, 0., 0, 2), x, bias)
    assert np.isnan(y[3, 7]) and np.isnan(y).sum() == 1


@pytest.mark.parametrize('drop', [.05, .2, .5])
def test_masks_are_as_random_as_they_should_be(drop):
    keep = mask_of(drop, 5, 2000, 512)
    n = keep.size
    assert abs(keep.mean() - (1 - drop)) < 5 * (drop * (1 - drop) / n) ** .5
    kept = keep - keep.mean()
    for shifted in (np.roll(kept, 1, 0), np.roll(kept, 1, 1), np.roll(kept, 16, 1), kept[:, ::-1], kept[::-1]):
        assert abs((kept * shifted).mean()) / kept.var() < 5 / n ** .5
    for axis in (0, 1):  # no row or column is dropped more than others, by chance neither
        of_line = keep.mean(axis=axis)
        expected = (drop * (1 - drop) / keep.shape[axis]) ** .5
        assert .85 * expected < of_line.std() < 1.15 * expected


def test_every_seed_drops_others():
    masks = [mask_of(.5, seed) for seed in (0, 1, 2, 2 ** 32, 2 ** 63)]
    for number, one in enumerate(masks):
        for other in masks[:number]:
            assert abs((one == other).mean() - .5) < .02


def activations(compute, step=3, layer=1, rate=.25, dtype=tf.float32):
    """Returns the activations and the gradients of product and bias; the product has numbers of bfloat16, whatever its type."""
    x, bias = numbers()
    with tf.Graph().as_default(), tf.Session() as session:
        product, bias = tf.cast(tf.cast(tf.constant(x), tf.bfloat16), dtype), tf.constant(bias)
        mask = Masks({layer: rate} if rate else {}, 7, tf.constant(step), 0).of_layer(layer)
        y = native_activation(compute, product, bias, CLIP, mask)
        dx, d_bias = tf.gradients(y ** 2, [product, bias])
        return session.run([y, tf.cast(dx, tf.float32), d_bias])


def test_the_graph_drops_by_step_and_layer():
    first, again = activations(NATIVE), activations(NATIVE._replace(n_threads=1))
    for left, right in zip(first, again):
        np.testing.assert_array_equal(left, right)
    for other in (activations(NATIVE, step=4)[0], activations(NATIVE, layer=2)[0]):
        assert (other != first[0]).any()
    np.testing.assert_allclose(first[1], 2 * first[0] * ((first[0] > 0) & (first[0] < 2.)) / .75, atol=1e-5)


@pytest.mark.skipif(not HAS_BFLOAT16_ON_CPU, reason='TensorFlow 1.15 has no such products')
def test_products_of_bfloat16_are_taken_as_they_are():
    exact, short = activations(NATIVE), activations(NATIVE, dtype=tf.bfloat16)
    np.testing.assert_array_equal(short[0], exact[0])
    np.testing.assert_array_equal(short[2], exact[2])
    np.testing.assert_allclose(short[1], exact[1], rtol=2 ** -8)
    assert (short[1] != exact[1]).any(), 'the gradient of the product has its type'


def test_a_rate_of_1_is_refused():
    with pytest.raises(deepspeech_layers.LayerError, match='at least 0 and below 1'):
        run_activation(Activation(CLIP, 1., 0, 1), *numbers())
