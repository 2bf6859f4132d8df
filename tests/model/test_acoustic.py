"""The network: convolution against windows, padding, both directions, variable names, nothing unused."""

from dataclasses import replace

import numpy as np
import pytest

from deepspeech_training.compat import VERSION, tf
from deepspeech_training.model.acoustic import acoustic_model, ctc_losses, streaming_acoustic_model
from deepspeech_training.model.compute import PLAIN
from deepspeech_training.model.dropout import Masks
from deepspeech_training.model.recurrent import LstmState
from deepspeech_training.model.variables import acoustic_weights
from deepspeech_training.settings.features import N_CONTEXT, WINDOW_FRAMES
from deepspeech_training.settings.model import DIRECTIONS, ModelConfig

TIME = 12

NATIVE = PLAIN._replace(lstm='native', differentiable=True, n_threads=2, is_native=True)


def model(direction, layer_norm=False):
    return ModelConfig(n_labels=5, n_hidden=8, direction=direction, layer_norm=layer_norm)


def windows_of(features):
    """Writes every frame's window of 19 frames out, [batch, time, 19, 26]."""
    return np.stack([features[:, time:time + WINDOW_FRAMES] for time in range(TIME)], axis=1)


def random_features(lengths):
    """Returns [batch, time + 18, 26]: frames in their context, all of it random; zeros after each utterance's own."""
    features = np.random.RandomState(1).randn(len(lengths), TIME + 2 * N_CONTEXT, 26).astype(np.float32)
    for row, length in zip(features, lengths):
        row[length + 2 * N_CONTEXT:] = 0
    return features


@pytest.mark.parametrize('layer_norm', [False, True])
@pytest.mark.parametrize('direction', DIRECTIONS)
def test_convolution_equals_ready_made_windows(direction, layer_norm):
    config, lengths = model(direction, layer_norm), np.array([TIME, 5, 9], np.int32)
    features = random_features(lengths)
    with tf.Graph().as_default(), tf.Session() as session:
        weights = acoustic_weights(config)
        zeros = tf.zeros([3, config.n_cell])
        whole = acoustic_model(config, weights, tf.constant(features), tf.constant(lengths))
        streamed = streaming_acoustic_model(config, weights, tf.constant(windows_of(features)), tf.constant(lengths),
                                            LstmState(zeros, zeros))
        session.run(tf.global_variables_initializer())
        left, right = session.run([whole.logits_tbc, streamed.logits_tbc])
    tolerance = 1e-4 if layer_norm else 1e-5  # dividing by a small deviation magnifies the last bit's difference
    for utterance, length in enumerate(lengths):
        np.testing.assert_allclose(left[:length, utterance], right[:length, utterance], atol=tolerance)


@pytest.mark.parametrize('direction', DIRECTIONS)
def test_padding_does_not_change_an_utterance(direction):
    config, features = model(direction), random_features([7])
    with tf.Graph().as_default(), tf.Session() as session:
        weights = acoustic_weights(config)
        padded = acoustic_model(config, weights, tf.constant(features), tf.constant([7]))
        alone = acoustic_model(config, weights, tf.constant(features[:, :7 + 2 * N_CONTEXT]), tf.constant([7]))
        session.run(tf.global_variables_initializer())
        left, right = session.run([padded.logits_tbc[:7], alone.logits_tbc])
    np.testing.assert_allclose(left, right, atol=1e-5)


def test_only_the_bidirectional_model_hears_the_future():
    for direction, hears in (('unidirectional', False), ('bidirectional', True)):
        config, features = model(direction), random_features([TIME])
        changed = np.array(features)
        changed[0, -1] += 1  # only the windows of the last frames hold it
        with tf.Graph().as_default(), tf.Session() as session:
            weights = acoustic_weights(config)
            outputs = [acoustic_model(config, weights, tf.constant(values), tf.constant([TIME])).logits_tbc[0]
                       for values in (features, changed)]
            session.run(tf.global_variables_initializer())
            before, after = session.run(outputs)
        assert (np.abs(before - after).max() > 1e-6) == hears


def test_variables_carry_the_published_names_and_shapes():
    cell = 'cudnn_lstm/rnn/multi_rnn_cell/cell_0/cudnn_compatible_lstm_cell'
    with tf.Graph().as_default():
        acoustic_weights(model('unidirectional', layer_norm=True))
        shapes = {variable.op.name: variable.shape.as_list() for variable in tf.trainable_variables()}
    expected = {f'layer_{layer}/bias': [8] for layer in (1, 2, 3, 5)}
    expected.update({f'layer_{layer}/weights': [8, 8] for layer in (2, 3, 5)})
    expected.update({f'layer_{layer}/LayerNorm/{name}': [8] for layer in (1, 2, 3, 5) for name in ('beta', 'gamma')})
    expected.update({'layer_1/weights': [494, 8], 'layer_6/weights': [8, 6], 'layer_6/bias': [6],
                     f'{cell}/kernel': [16, 32], f'{cell}/bias': [32]})
    assert shapes == expected


def test_bidirectional_variables_carry_the_names_and_geometry_of_v01():
    with tf.Graph().as_default():
        acoustic_weights(model('bidirectional'))
        shapes = {variable.op.name: variable.shape.as_list() for variable in tf.trainable_variables()}
    cells = {f'bidirectional_rnn/{way}/basic_lstm_cell/{name}': shape
             for way in ('fw', 'bw') for name, shape in (('kernel', [24, 32]), ('bias', [32]))}
    assert shapes == dict(cells, h1=[494, 8], b1=[8], h2=[8, 8], b2=[8], h3=[8, 16], b3=[16], h5=[16, 8], b5=[8],
                          h6=[8, 6], b6=[6])


@pytest.mark.parametrize('direction', DIRECTIONS)
@pytest.mark.parametrize('kind', [tf.float32] + [tf.bfloat16] * (VERSION >= '2'))
@pytest.mark.parametrize('lstm, layer_norm', [('loop', True), ('native', True), ('native', False)])
def test_every_weight_takes_part(direction, kind, lstm, layer_norm):
    config = model(direction, layer_norm=layer_norm)
    compute = (NATIVE if lstm == 'native' else PLAIN)._replace(lstm=lstm, dtype=kind, differentiable=True)
    with tf.Graph().as_default(), tf.Session() as session:
        outputs = acoustic_model(config, acoustic_weights(config), tf.constant(random_features([TIME])),
                                 tf.constant([TIME]), compute=compute)
        losses = ctc_losses(outputs.logits_tbc, tf.constant([TIME]), tf.constant([[1, 2, -1]]))
        gradients = tf.gradients(losses, tf.trainable_variables())
        session.run(tf.global_variables_initializer())
        for variable, gradient in zip(tf.trainable_variables(), session.run(gradients)):
            assert np.abs(gradient).max() > 0, variable.op.name


@pytest.mark.parametrize('direction', DIRECTIONS)
@pytest.mark.parametrize('kind', [tf.float16] + [tf.bfloat16] * (VERSION >= '2'))
@pytest.mark.parametrize('lstm', ['loop', 'native'])
def test_shorter_numbers_point_the_same_way(direction, kind, lstm):
    config, lengths = replace(model(direction), n_hidden=64), [TIME] * 16  # many: single units at the edge of the ReLU flip
    with tf.Graph().as_default(), tf.Session() as session:
        tf.set_random_seed(1)
        weights = acoustic_weights(config)
        results = []
        short = (NATIVE if lstm == 'native' else PLAIN)._replace(lstm=lstm, dtype=kind, differentiable=True)
        for compute in (PLAIN, short):
            logits_tbc = acoustic_model(config, weights, tf.constant(random_features(lengths)), tf.constant(lengths),
                                        compute=compute).logits_tbc
            loss = tf.reduce_mean(ctc_losses(logits_tbc, tf.constant(lengths), tf.constant([[1, 2, -1]] * 16)))
            results.append([loss] + tf.gradients(loss, tf.trainable_variables()))
        session.run(tf.global_variables_initializer())
        (loss, *exact), (rounded_loss, *rounded) = session.run(results)
    assert loss != rounded_loss and abs(loss - rounded_loss) < 0.01 * loss
    for left, right in zip(exact, rounded):
        assert (left * right).sum() / np.linalg.norm(left) / np.linalg.norm(right) > 0.995


def test_clipping_passes_gradients_within_its_limits_only():
    config = replace(model('unidirectional'), relu_clip=0.5)
    with tf.Graph().as_default(), tf.Session() as session:
        weights = acoustic_weights(config)
        results = []
        for compute in (PLAIN, PLAIN._replace(differentiable=True), NATIVE):
            outputs = acoustic_model(config, weights, tf.constant(random_features([TIME])), tf.constant([TIME]),
                                     compute=compute)
            results.append([outputs.logits_tbc] + tf.gradients(outputs.logits_tbc ** 2, tf.trainable_variables()))
        session.run(tf.global_variables_initializer())
        for plain, *clipped in zip(*session.run(results)):
            for each in clipped:
                np.testing.assert_allclose(each, plain, atol=1e-5 * np.abs(plain).max())


def test_dropout_is_a_function_of_step_and_keeps_the_mean():
    with tf.Graph().as_default(), tf.Session() as session:
        step, ones = tf.placeholder(tf.int64, []), tf.ones([200, 200])
        dropped = Masks({1: 0.25}, seed=7, step=step, tower=0).apply(1, ones)
        first, again, other = [session.run(dropped, {step: number}) for number in (3, 3, 4)]
    assert (first == again).all() and (first != other).any()
    assert set(np.unique(first)) == {np.float32(0), np.float32(1 / 0.75)}
    assert abs(first.mean() - 1) < 0.02
