"""Every implementation of the recurrent layer gives the same values and gradients as plain NumPy."""

import numpy as np
import pytest

from deepspeech_training.compat import tf
from deepspeech_training.model.lstm import IMPLEMENTATIONS, LstmState, LstmWeights, lstm

TIME, BATCH, INPUT, CELL = 7, 3, 4, 5
LENGTHS = np.array([7, 1, 4], np.int32)


def arrays(seed=0):
    random = np.random.RandomState(seed)
    return {'x': random.randn(TIME, BATCH, INPUT), 'kernel': random.randn(INPUT + CELL, 4 * CELL) * .5,
            'bias': random.randn(4 * CELL) * .3, 'c': random.randn(BATCH, CELL), 'h': random.randn(BATCH, CELL),
            'weight': random.randn(TIME, BATCH, CELL), 'weight_c': random.randn(BATCH, CELL)}


def sigmoid(x):
    return 1 / (1 + np.exp(-x))


def reference(x, kernel, bias, c, h, forget_bias):
    """The equations of the layer in float64, one utterance and one step at a time."""
    outputs, final_c = np.zeros([TIME, BATCH, CELL]), np.array(c)
    for utterance in range(BATCH):
        c_t, h_t = c[utterance], h[utterance]
        for time in range(LENGTHS[utterance]):
            z = np.concatenate([x[time, utterance], h_t]) @ kernel + bias
            i, g, f, o = np.split(z, 4)
            c_t = sigmoid(f + forget_bias) * c_t + sigmoid(i) * np.tanh(g)
            h_t = sigmoid(o) * np.tanh(c_t)
            outputs[time, utterance] = h_t
        final_c[utterance] = c_t
    return outputs, final_c


def objective(values, forget_bias):
    """A scalar of everything that comes out, so that its gradient tests all of them."""
    outputs, final_c = reference(*[values[name] for name in ('x', 'kernel', 'bias', 'c', 'h')], forget_bias)
    return (outputs * values['weight']).sum() + (final_c * values['weight_c']).sum()


def numeric_gradient(values, name, forget_bias, epsilon=1e-6):
    gradient = np.zeros_like(values[name])
    for index in np.ndindex(*gradient.shape):
        sides = []
        for sign in (1, -1):
            moved = dict(values, **{name: np.array(values[name])})
            moved[name][index] += sign * epsilon
            sides.append(objective(moved, forget_bias))
        gradient[index] = (sides[0] - sides[1]) / (2 * epsilon)
    return gradient


@pytest.mark.parametrize('implementation', sorted(IMPLEMENTATIONS))
@pytest.mark.parametrize('forget_bias', [0.0, 1.0])
def test_outputs_and_gradients_equal_numpy(implementation, forget_bias):
    values = arrays()
    with tf.Graph().as_default(), tf.Session() as session:
        tensors = {name: tf.constant(value, tf.float32) for name, value in values.items()}
        outputs, state = lstm(implementation, tensors['x'], tf.constant(LENGTHS),
                              LstmWeights(tensors['kernel'], tensors['bias']), forget_bias,
                              LstmState(tensors['c'], tensors['h']))
        loss = (tf.reduce_sum(outputs * tensors['weight']) + tf.reduce_sum(state.c * tensors['weight_c']))
        names = ['x', 'kernel', 'bias', 'c', 'h']
        got, final_c, final_h, gradients = session.run(
            [outputs, state.c, state.h, tf.gradients(loss, [tensors[name] for name in names])])
    expected, expected_c = reference(*[values[name] for name in names], forget_bias)
    np.testing.assert_allclose(got, expected, atol=1e-5)
    np.testing.assert_allclose(final_c, expected_c, atol=1e-5)
    for utterance, length in enumerate(LENGTHS):
        np.testing.assert_allclose(final_h[utterance], expected[length - 1, utterance], atol=1e-5)
    for name, gradient in zip(names, gradients):
        np.testing.assert_allclose(gradient, numeric_gradient(values, name, forget_bias), atol=2e-5, err_msg=name)


@pytest.mark.parametrize('implementation', sorted(IMPLEMENTATIONS))
def test_starts_from_zeros_without_a_state(implementation):
    values = arrays()
    with tf.Graph().as_default(), tf.Session() as session:
        weights = LstmWeights(tf.constant(values['kernel'], tf.float32), tf.constant(values['bias'], tf.float32))
        outputs, _ = lstm(implementation, tf.constant(values['x'], tf.float32), tf.constant(LENGTHS), weights, 0.0)
        got = session.run(outputs)
    zeros = np.zeros([BATCH, CELL])
    np.testing.assert_allclose(got, reference(values['x'], values['kernel'], values['bias'], zeros, zeros, 0.0)[0],
                               atol=1e-5)
