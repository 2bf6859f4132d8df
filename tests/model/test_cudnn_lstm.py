"""The vector of weights that cuDNN gets, read back as its manual says; on a GPU also what cuDNN makes of it."""

import numpy as np
import pytest
from test_lstm import CELL, INPUT, LENGTHS, NAMES, arrays, computed, reference, sigmoid, trained

from deepspeech_training.compat import on_gpu, tf, visible_devices
from deepspeech_training.model.cudnn_lstm import flat_weights
from deepspeech_training.model.lstm import lstm
from deepspeech_training.model.recurrent import LstmWeights
from deepspeech_training.settings.config import DeviceConfig


def as_cudnn_reads(vector, n_directions):
    """Returns per direction ({gate: W}, {gate: R}, {gate: b_W}, {gate: b_R}) of the flat vector.

    Order: for each direction the matrices W_i W_f W_c W_o R_i R_f R_c R_o, then in the same order all biases.
    """
    at = 0

    def take(*shape):
        nonlocal at
        at += int(np.prod(shape))
        return vector[at - int(np.prod(shape)):at].reshape(shape)

    matrices = [[{gate: take(CELL, width) for gate in 'ifco'} for width in (INPUT, CELL)] for _ in range(n_directions)]
    biases = [[{gate: take(CELL) for gate in 'ifco'} for _ in range(2)] for _ in range(n_directions)]
    assert at == len(vector)
    return [tuple(m + b) for m, b in zip(matrices, biases)]


def cudnn_by_numpy(values, weights):
    """cuDNN's equations: every gate has a matrix and a bias for the input and one for the state."""
    outputs, final_c, final_h = np.zeros_like(values['weight']), np.array(values['c']), np.array(values['h'])
    for direction, (w, r, b_w, b_r) in enumerate(weights):
        for utterance, length in enumerate(LENGTHS):
            c, h = final_c[direction, utterance], final_h[direction, utterance]
            for time in reversed(range(length)) if direction else range(length):
                x = values['x'][time, utterance]
                i, f, g, o = [w[gate] @ x + r[gate] @ h + b_w[gate] + b_r[gate] for gate in 'ifco']
                c = sigmoid(f) * c + sigmoid(i) * np.tanh(g)
                h = sigmoid(o) * np.tanh(c)
                outputs[time, utterance, direction * CELL:][:CELL] = h
            final_c[direction, utterance], final_h[direction, utterance] = c, h
    return outputs, final_c, final_h


@pytest.mark.parametrize('n_directions', [1, 2])
@pytest.mark.parametrize('forget_bias', [0.0, 1.0])
def test_canonical_weights_mean_the_same_to_cudnn(n_directions, forget_bias):
    values = arrays(n_directions)
    with tf.Graph().as_default(), tf.Session() as session:
        cells = [LstmWeights(tf.constant(kernel), tf.constant(bias))
                 for kernel, bias in zip(values['kernel'], values['bias'])]
        vector = session.run(flat_weights(cells, forget_bias))
    got = cudnn_by_numpy(values, as_cudnn_reads(vector, n_directions))
    for left, right in zip(got, reference(values, forget_bias)):
        np.testing.assert_allclose(left, right, atol=1e-12)


@pytest.mark.parametrize('n_directions', [1, 2])
def test_gradients_can_be_built(n_directions):
    values = arrays(n_directions)
    with tf.Graph().as_default():
        cells = [LstmWeights(tf.constant(kernel, tf.float32), tf.constant(bias, tf.float32))
                 for kernel, bias in zip(values['kernel'], values['bias'])]
        outputs, _ = lstm(trained('cudnn'), tf.constant(values['x'], tf.float32), tf.constant(LENGTHS), cells, 1.0)
        gradients = tf.gradients(outputs, [cell.kernel for cell in cells])
    assert all(gradient is not None for gradient in gradients)


@pytest.mark.skipif(not on_gpu(visible_devices(DeviceConfig())), reason='cuDNN needs a GPU; there is none here')
@pytest.mark.parametrize('n_directions', [1, 2])
def test_on_a_gpu_outputs_and_gradients_equal_those_of_block(n_directions):
    values = arrays(n_directions)
    outputs, c, h, gradients = computed(trained('cudnn'), values, 1.0, True)
    for got, expected in zip((outputs, c, h), reference(values, 1.0)):
        np.testing.assert_allclose(got, expected, atol=1e-4)
    block = computed(trained('block'), values, 1.0, True)[3]
    for name in NAMES:
        np.testing.assert_allclose(gradients[name], block[name], atol=1e-4, err_msg=name)
