"""The loss against the sum over all alignments."""

import itertools

import numpy as np
import pytest

from deepspeech_training.compat import tf
from deepspeech_training.model.acoustic import NO_LABEL, ctc_losses
from deepspeech_training.model.compute import PLAIN

pytestmark = pytest.mark.parametrize('implementation', ['tensorflow', 'native'])


def collapsed(path, blank):
    return [label for label, _ in itertools.groupby(path) if label != blank]


def brute_force(logits, labels):
    probabilities = np.exp(logits) / np.exp(logits).sum(axis=1, keepdims=True)
    n_time, n_classes = logits.shape
    total = sum(np.prod([probabilities[time, label] for time, label in enumerate(path)])
                for path in itertools.product(range(n_classes), repeat=n_time)
                if collapsed(path, n_classes - 1) == labels)
    return -np.log(total) if total else np.inf


def test_loss_is_the_likelihood_of_all_alignments(implementation):
    logits = np.random.RandomState(0).randn(5, 3, 4).astype(np.float32)  # time, batch, classes
    lengths, transcripts = [5, 3, 3], [[0, 1, 1], [2], [2, 2]]
    labels = np.array([row + [NO_LABEL] * (3 - len(row)) for row in transcripts], np.int32)
    with tf.Graph().as_default(), tf.Session() as session:
        got = session.run(ctc_losses(tf.constant(logits), tf.constant(lengths), tf.constant(labels),
                                     compute=PLAIN._replace(is_native=implementation == 'native')))
    expected = [brute_force(logits[:length, row].astype(np.float64), transcripts[row])
                for row, length in enumerate(lengths)]
    np.testing.assert_allclose(got, expected, rtol=1e-5)


def test_loss_is_infinite_when_repeats_do_not_fit(implementation):
    with tf.Graph().as_default(), tf.Session() as session:
        got = session.run(ctc_losses(tf.zeros([2, 1, 4]), tf.constant([2]), tf.constant([[1, 1]]),
                                     compute=PLAIN._replace(is_native=implementation == 'native')))
    assert np.isinf(got[0])
