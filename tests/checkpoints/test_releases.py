"""Models of every release give their own loss in our graph, and training goes on with their optimizer state."""


import numpy as np
import pytest
from numpy_network import ctc_loss, logits
from stored_models import CELL, RELEASES

from deepspeech_training.checkpoints.directory import CheckpointDirectory
from deepspeech_training.checkpoints.initialisation import checkpoint_to_evaluate
from deepspeech_training.checkpoints.resolve import resolve
from deepspeech_training.compat import tf
from deepspeech_training.errors import CheckpointError
from deepspeech_training.model.acoustic import NO_LABEL, acoustic_model, ctc_losses
from deepspeech_training.model.variables import acoustic_weights
from deepspeech_training.settings.features import N_CONTEXT, AskedFeatures

LENGTHS = (30, 21)
TRANSCRIPTS = ([2, 2, 0, 4], [1, 3])
OF_THE_TIME = {'v0.1': 'v0.1', 'v0.1 on TensorFlow 1.0': 'v0.1', '0.2-0.4': 'v0.4', '0.4, portable cell': 'v0.4',
               '0.5': 'v0.5', '0.6': 'v0.5'}


def utterances():
    """Returns features of two utterances, float32 [2, 30, 26], zero after their ends."""
    features = np.random.RandomState(5).randn(2, max(LENGTHS), 26).astype(np.float32)
    features[1, LENGTHS[1]:] = 0
    return features


def losses_of(run, source):
    """Returns the losses that our own graph gives."""
    labels = np.full([2, 4], NO_LABEL, np.int32)
    for row, transcript in zip(labels, TRANSCRIPTS):
        row[:len(transcript)] = transcript
    with tf.Graph().as_default(), tf.Session() as session:
        in_context = np.pad(utterances(), [(0, 0), (N_CONTEXT, N_CONTEXT), (0, 0)], 'constant')
        outputs = acoustic_model(run.model, acoustic_weights(run.model), tf.constant(in_context),
                                 tf.constant(np.array(LENGTHS, np.int32)))
        losses = ctc_losses(outputs.logits_tbc, tf.constant(np.array(LENGTHS, np.int32)), tf.constant(labels))
        source.restore(session, tf.global_variables())
        return session.run(losses)


@pytest.mark.parametrize('release', RELEASES)
def test_loss_is_that_of_the_release(release, stored, opened):
    network = stored(release).network
    expected = [ctc_loss(logits(network, features[:length]), transcript)
                for features, length, transcript in zip(utterances(), LENGTHS, TRANSCRIPTS)]
    np.testing.assert_allclose(losses_of(*opened()), expected, rtol=1e-4)


@pytest.mark.parametrize('release', RELEASES)
def test_every_value_arrives_in_its_place(release, stored, opened, loaded_for_training):
    expected = stored(release).expected
    values, fresh = loaded_for_training(*opened())
    assert fresh == set(values) - set(expected) and fresh <= {'learning_rate'}
    for name, value in expected.items():
        np.testing.assert_allclose(values[name], value, rtol=1e-6, atol=1e-7, err_msg=name)


@pytest.mark.parametrize('release', RELEASES)
def test_features_are_those_of_the_time(release, stored, opened, output):
    stored(release)
    run, _ = opened()
    assert run.features.feature_set == OF_THE_TIME.get(release, 'current')
    assert ('pass --feature_set v0.2 if' in output.getvalue()) == (release == '0.2-0.4')
    assert ('pass --feature_set current if' in output.getvalue()) == (release == '0.6')


def test_the_flag_decides_where_names_cannot(stored, make_run, log):
    stored('0.2-0.4')
    asked = make_run(features=AskedFeatures(feature_set='v0.2'))
    source = checkpoint_to_evaluate(CheckpointDirectory(asked.checkpoints.load_dir), 'auto', log)
    assert resolve(asked, source, log).features.feature_set == 'v0.2'


@pytest.mark.parametrize('release, without, names', [
    ('0.6-0.9.3', ['layer_3/bias'], ['variable layer_3/bias', 'incomplete']),
    ('0.2-0.4', ['b5'], ['variable layer_5/bias', 'incomplete']),
    ('0.6-0.9.3', [CELL], [f'variable {CELL}/kernel', 'incomplete']),
    ('v0.1', ['bidirectional_rnn/bw'], ['variable bidirectional_rnn/bw/basic_lstm_cell/kernel', 'incomplete']),
    ('0.6-0.9.3', ['layer_6'], ['neither', 'layer_6/weights', 'h6', 'not an acoustic model'])])
def test_half_a_model_is_refused(release, without, names, stored, opened):
    stored(release, without)
    with pytest.raises(CheckpointError) as error:
        opened()
    for name in names:
        assert name in str(error.value)
