"""Every implementation of the recurrent layer gives the same values and gradients as plain NumPy."""

import numpy as np
import pytest

from deepspeech_training.compat import VERSION, tf
from deepspeech_training.model.compute import PLAIN
from deepspeech_training.model.lstm import IMPLEMENTATIONS, lstm
from deepspeech_training.model.recurrent import LstmState, LstmWeights

TIME, BATCH, INPUT, CELL = 7, 3, 4, 5
LENGTHS = np.array([7, 1, 4], np.int32)
NAMES = ('x', 'kernel', 'bias', 'c', 'h')
ON_CPU = sorted(set(IMPLEMENTATIONS) - {'cudnn'})  # that one: test_cudnn_lstm.py


def arrays(n_directions, seed=0):
    """Float64 values; all but x have one part per direction."""
    random = np.random.RandomState(seed)
    d = n_directions
    return {'x': random.randn(TIME, BATCH, INPUT), 'kernel': random.randn(d, INPUT + CELL, 4 * CELL) * .5,
            'bias': random.randn(d, 4 * CELL) * .3, 'c': random.randn(d, BATCH, CELL),
            'h': random.randn(d, BATCH, CELL), 'weight': random.randn(TIME, BATCH, d * CELL),
            'weight_c': random.randn(d, BATCH, CELL), 'weight_h': random.randn(d, BATCH, CELL)}


def sigmoid(x):
    return 1 / (1 + np.exp(-x))


def reference(values, forget_bias):
    """The equations of the layer in float64, one utterance, direction and step at a time."""
    n_directions = len(values['c'])
    outputs = np.zeros([TIME, BATCH, n_directions * CELL])
    final_c, final_h = np.array(values['c']), np.array(values['h'])
    for direction in range(n_directions):
        for utterance in range(BATCH):
            c, h = final_c[direction, utterance], final_h[direction, utterance]
            steps = range(LENGTHS[utterance])
            for time in reversed(steps) if direction else steps:
                z = np.concatenate([values['x'][time, utterance], h]) @ values['kernel'][direction]
                i, g, f, o = np.split(z + values['bias'][direction], 4)
                c = sigmoid(f + forget_bias) * c + sigmoid(i) * np.tanh(g)
                h = sigmoid(o) * np.tanh(c)
                outputs[time, utterance, direction * CELL:][:CELL] = h
            final_c[direction, utterance], final_h[direction, utterance] = c, h
    return outputs, final_c, final_h


def objective(values, forget_bias, with_states):
    """A scalar of everything that comes out, so that its gradient tests all of them."""
    outputs, final_c, final_h = reference(values, forget_bias)
    return (outputs * values['weight']).sum() + with_states * (
        (final_c * values['weight_c']).sum() + (final_h * values['weight_h']).sum())


def numeric_gradient(values, name, forget_bias, with_states, epsilon=1e-5):
    gradient = np.zeros_like(values[name])
    for index in np.ndindex(*gradient.shape):
        sides = []
        for sign in (1, -1):
            moved = dict(values, **{name: np.array(values[name])})
            moved[name][index] += sign * epsilon
            sides.append(objective(moved, forget_bias, with_states))
        gradient[index] = (sides[0] - sides[1]) / (2 * epsilon)
    return gradient


def computed(compute, values, forget_bias, with_states):
    """Returns (outputs, final c, final h, {name: gradient of the objective})."""
    with tf.Graph().as_default(), tf.Session() as session:
        tensors = {name: tf.constant(value, tf.float32) for name, value in values.items()}
        directions = range(len(values['c']))
        states = [LstmState(tensors['c'][d], tensors['h'][d]) for d in directions] if with_states else None
        outputs, finals = lstm(compute, tensors['x'], tf.constant(LENGTHS),
                               [LstmWeights(tensors['kernel'][d], tensors['bias'][d]) for d in directions], forget_bias,
                               states=states)
        loss = tf.reduce_sum(outputs * tensors['weight'])
        names = NAMES[:3]
        final = LstmState(tf.zeros([]), tf.zeros([]))
        if with_states:
            names = NAMES
            final = LstmState(*[tf.stack(values) for values in zip(*finals)])
            loss += tf.reduce_sum(final.c * tensors['weight_c']) + tf.reduce_sum(final.h * tensors['weight_h'])
        gradients = tf.gradients(loss, [tensors[name] for name in names]) if compute.differentiable else []
        got, c, h, slopes = session.run([outputs, final.c, final.h, gradients])
    return got, c, h, dict(zip(names, slopes))


def trained(implementation):
    return PLAIN._replace(lstm=implementation, differentiable=True)


@pytest.mark.parametrize('implementation', ON_CPU)
@pytest.mark.parametrize('forget_bias', [0.0, 1.0])
@pytest.mark.parametrize('n_directions', [1, 2])
@pytest.mark.parametrize('with_states', [False, True])
def test_outputs_and_gradients_equal_numpy(implementation, forget_bias, n_directions, with_states):
    values = arrays(n_directions)
    if not with_states:
        values.update(c=np.zeros_like(values['c']), h=np.zeros_like(values['h']))
    outputs, c, h, gradients = computed(trained(implementation), values, forget_bias, with_states)
    expected, expected_c, expected_h = reference(values, forget_bias)
    np.testing.assert_allclose(outputs, expected, atol=1e-5)
    if with_states:
        np.testing.assert_allclose(c, expected_c, atol=1e-5)
        np.testing.assert_allclose(h, expected_h, atol=1e-5)
    for name, gradient in gradients.items():
        np.testing.assert_allclose(gradient, numeric_gradient(values, name, forget_bias, with_states), atol=1e-5,
                                   err_msg=name)


@pytest.mark.parametrize('n_directions', [1, 2])
def test_nothing_changes_when_no_gradients_are_wanted(n_directions):
    values = arrays(n_directions)
    kept = computed(trained('loop'), values, 1.0, True)
    plain = computed(PLAIN._replace(lstm='loop'), values, 1.0, True)
    for left, right in zip(kept[:3], plain[:3]):
        np.testing.assert_array_equal(left, right)


@pytest.mark.parametrize('kind', [tf.float16] + [tf.bfloat16] * (VERSION >= '2'))
def test_shorter_numbers_round_the_products_only(kind):
    values = arrays(2)
    exact = computed(trained('loop'), values, 1.0, True)
    rounded = computed(trained('loop')._replace(dtype=kind), values, 1.0, True)
    for left, right in list(zip(exact[:3], rounded[:3])) + [(exact[3][name], rounded[3][name]) for name in NAMES]:
        difference = np.abs(left - right).max()
        assert 0 < difference < (.05 if kind == tf.bfloat16 else .01) * np.abs(left).max()


def test_gradients_through_hundreds_of_steps_equal_those_of_block():
    random = np.random.RandomState(3)
    inputs, kernel, bias, direction = [random.randn(*shape).astype('f') for shape in (
        (300, 2, 16), (32, 64), (64,), (300, 2, 16))]
    results = []
    for implementation in ('block', 'loop'):
        with tf.Graph().as_default(), tf.Session() as session:
            weights = LstmWeights(tf.constant(kernel * .3), tf.constant(bias))
            x = tf.constant(inputs)
            outputs, _ = lstm(trained(implementation), x, tf.constant([300, 250]), [weights], 1.0)
            gradients = tf.gradients(tf.reduce_sum(outputs * direction), [x, weights.kernel, weights.bias])
            results.append(session.run([outputs] + gradients))
    for block, loop in zip(*results):
        np.testing.assert_allclose(loop, block, atol=1e-5 * np.abs(block).max())
