"""The native loss: losses and gradients of all alignments, of logarithms in NumPy, of TensorFlow; what it refuses."""

import itertools

import deepspeech_layers
import numpy as np
import pytest

from deepspeech_training.compat import tf
from deepspeech_training.model.acoustic import NO_LABEL, ctc_losses
from deepspeech_training.model.compute import PLAIN, choose
from deepspeech_training.settings.model import ModelConfig

CTC = ('tensorflow', 'native')


def filled(transcripts):
    """Returns transcripts as one array of labels."""
    longest = max(map(len, transcripts))
    return np.array([row + [NO_LABEL] * (longest - len(row)) for row in transcripts], np.int32)


def log_softmax(logits):
    shifted = logits - logits.max(axis=1, keepdims=True)
    return shifted - np.log(np.exp(shifted).sum(axis=1, keepdims=True))


def of_all_paths(logits, labels):
    """Returns (loss, gradient) of one utterance, a sum over every path that there is."""
    log_p = log_softmax(logits.astype(np.float64))
    n_time, n_classes = log_p.shape
    whole, of_class = 0., np.zeros_like(log_p)
    for path in itertools.product(range(n_classes), repeat=n_time):
        if [label for label, _ in itertools.groupby(path) if label != n_classes - 1] == labels:
            likelihood = np.exp(sum(log_p[time, label] for time, label in enumerate(path)))
            whole += likelihood
            of_class[np.arange(n_time), path] += likelihood
    return (-np.log(whole), np.exp(log_p) - of_class / whole) if whole else (np.inf, np.exp(log_p))


def beginnings(log_p, states):
    """Returns the logarithms of the sums over the beginnings of all paths, [time, state]."""
    skips = np.zeros(len(states), bool)
    skips[3::2] = states[3::2] != states[1:-2:2]
    sums = np.full([len(log_p), len(states)], -np.inf)
    sums[0, :2] = log_p[0, states[:2]]
    for time in range(1, len(log_p)):
        before = np.concatenate([[-np.inf] * 2, sums[time - 1]])
        entered = np.logaddexp(before[2:], before[1:-1])
        sums[time] = np.where(skips, np.logaddexp(entered, before[:-2]), entered) + log_p[time, states]
    return sums


def of_logarithms(logits, labels):
    """Returns (loss, gradient) of one utterance that has a path, in float64."""
    log_p = log_softmax(logits.astype(np.float64))
    states = np.full(2 * len(labels) + 1, logits.shape[1] - 1)
    states[1::2] = labels
    begun = beginnings(log_p, states)
    ended = beginnings(log_p[::-1], states[::-1])[::-1, ::-1]
    likelihood = np.logaddexp.reduce(begun[-1, -2:])
    gradient = np.exp(log_p)
    posteriors = np.exp(begun + ended - log_p[:, states] - likelihood)
    for number, state in enumerate(states):
        gradient[:, state] -= posteriors[:, number]
    return -likelihood, gradient


def in_a_graph(implementation, logits, lengths, labels, weights=None):
    """Returns (losses, gradients of their weighted sum)."""
    compute = PLAIN._replace(is_native=implementation == 'native', differentiable=True, n_threads=2)
    with tf.Graph().as_default(), tf.Session() as session:
        scores = tf.constant(np.asarray(logits, np.float32))
        losses = ctc_losses(scores, tf.constant(lengths, tf.int32), tf.constant(labels, tf.int32), compute=compute)
        objective = losses if weights is None else losses * tf.constant(weights, tf.float32)
        return session.run([losses, tf.gradients(objective, scores)[0]])


def test_losses_and_gradients_are_those_of_all_paths():
    transcripts, lengths = [[0, 1], [], [2, 2], [1], [1, 1, 1], [0, 2, 0]], [5, 4, 3, 1, 4, 5]
    logits = np.random.RandomState(0).randn(5, len(lengths), 4).astype(np.float32) * 2
    losses, gradients = deepspeech_layers.run_ctc(logits, np.array(lengths), filled(transcripts), 2, True)
    assert np.isinf(losses[4]), 'three alike need five frames'
    for row, (length, labels) in enumerate(zip(lengths, transcripts)):
        loss, gradient = of_all_paths(logits[:length, row], labels)
        np.testing.assert_allclose(losses[row], loss, rtol=1e-6)
        np.testing.assert_allclose(gradients[:length, row], gradient, rtol=0, atol=1e-6)
        assert not gradients[length:, row].any()


@pytest.mark.parametrize('n_time, n_labels, scale', [
    (3000, 600, 80), (3000, 600, .01), (300, 290, 80), (1000, 30, 3), (40, 0, 3)])
def test_long_utterances_and_extreme_scores_stay_exact(n_time, n_labels, scale):
    random = np.random.RandomState(n_time)
    logits = random.uniform(-scale, scale, [n_time, 1, 29]).astype(np.float32)
    labels = np.cumsum(random.randint(1, 28, [1, n_labels]), axis=1) % 28  # none like the one before it
    losses, gradients = deepspeech_layers.run_ctc(logits, np.array([n_time]), labels, 1, True)
    loss, gradient = of_logarithms(logits[:, 0], labels[0])
    np.testing.assert_allclose(losses[0], loss, rtol=1e-6)
    np.testing.assert_allclose(gradients[:, 0], gradient, rtol=0, atol=1e-6)


def test_a_loss_near_zero_keeps_its_digits():
    logits = np.full([500, 1, 29], -4., np.float32)
    labels = np.arange(20)[np.newaxis] % 28
    sure = np.full(500, 28)
    sure[10:490:24] = labels
    logits[np.arange(500), 0, sure] = 16
    losses, gradients = deepspeech_layers.run_ctc(logits, np.array([500]), labels, 1, True)
    loss, gradient = of_logarithms(logits[:, 0], labels[0])
    assert loss < 1e-3
    np.testing.assert_allclose(losses[0], loss, rtol=1e-5)
    np.testing.assert_allclose(gradients[:, 0], gradient, rtol=1e-5, atol=1e-12)


@pytest.mark.parametrize('seed', range(5))
def test_losses_and_gradients_equal_those_of_tensorflow(seed):
    # Short: TensorFlow adds logarithms in float32, those of long utterances are large numbers, and off by 1e-5 and more.
    random = np.random.RandomState(seed)
    n_batch, lengths = 9, random.randint(8, 17, 9)
    transcripts = [list(random.randint(0, 2 if row % 2 else 7, random.randint(1, 6))) for row in range(n_batch)]
    transcripts[1], lengths[1] = [3] * 8, 14  # seven blanks between them do not fit
    logits, weights = random.randn(16, n_batch, 8) * 2, random.uniform(-1, 1, n_batch)
    expected, got = [in_a_graph(ctc, logits, lengths, filled(transcripts), weights) for ctc in CTC]
    assert np.isinf(expected[0][1]) and np.isfinite(np.delete(expected[0], 1)).all()
    np.testing.assert_allclose(got[0], expected[0], rtol=1e-5)
    np.testing.assert_allclose(got[1], expected[1], rtol=0, atol=1e-5)


def test_gradients_without_a_path_are_as_tensorflow_gives_them():
    logits = np.random.RandomState(0).randn(4, 1, 5)
    expected, got = [in_a_graph(ctc, logits, [3], [[1, 1, 1]]) for ctc in CTC]
    assert np.isinf(expected[0]).all() and np.isinf(got[0]).all()
    np.testing.assert_allclose(got[1], expected[1], rtol=0, atol=1e-6)


def test_only_tensorflow_refuses_an_empty_transcript():
    logits = np.random.RandomState(0).randn(4, 2, 5)
    with pytest.raises(tf.errors.InvalidArgumentError, match='Labels length is zero'):
        in_a_graph('tensorflow', logits, [4, 4], [[-1], [1]])
    losses, gradients = in_a_graph('native', logits, [4, 4], [[-1], [1]])
    loss, gradient = of_all_paths(logits[:, 0], [])
    np.testing.assert_allclose(losses[0], loss, rtol=1e-6)
    np.testing.assert_allclose(gradients[:, 0], gradient, rtol=0, atol=1e-6)


def test_any_number_of_threads_gives_the_same():
    random = np.random.RandomState(4)
    logits = random.randn(60, 11, 29).astype(np.float32)
    arguments = logits, random.randint(0, 61, 11), random.randint(0, 28, [11, 12])
    first = deepspeech_layers.run_ctc(*arguments, n_threads=1, wants_gradients=True)
    for n_threads in (2, 3, 11, 40):
        again = deepspeech_layers.run_ctc(*arguments, n_threads=n_threads, wants_gradients=True)
        for left, right in zip(first, again):
            np.testing.assert_array_equal(left, right)
    without = deepspeech_layers.run_ctc(*arguments, n_threads=2, wants_gradients=False)
    np.testing.assert_array_equal(without.losses, first.losses)
    assert without.gradients is None


@pytest.mark.parametrize('spoilt', [np.nan, np.inf])
def test_scores_that_are_no_numbers_spoil_their_utterance_only(spoilt):
    logits = np.random.RandomState(0).randn(6, 3, 5)
    logits[4, 1, 2] = logits[5, 2, 2] = spoilt  # the latter behind the end
    for losses, gradients in [in_a_graph(ctc, logits, [6, 6, 5], [[1, 2], [0, 3], [1, 1]]) for ctc in CTC]:
        assert np.isnan(losses[1]) and np.isfinite(losses[[0, 2]]).all()
        assert np.isnan(gradients[:, 1]).all() and np.isfinite(gradients[:, [0, 2]]).all()


@pytest.mark.parametrize('lengths, labels, reason', [
    ([2, 4], [[0, 1, 2], [1, -1, -1]], 'Utterance 0 of a batch has 3 labels, but 2 frames'),
    ([4, 4], [[0, 4, 2], [1, -1, -1]], r'has the label 4, but the labels of 5 classes are 0 \.\.\. 3'),
    ([4, 5], [[0, 1], [1, -1]], r'have 4 \.\.\. 5 frames, but the batch has 4'),
    ([-1, 4], [[-1, -1], [1, -1]], r'have -1 \.\.\. 4 frames, but the batch has 4')])
def test_what_tensorflow_refuses_is_refused_in_a_sentence(lengths, labels, reason):
    with pytest.raises(tf.errors.InvalidArgumentError):
        in_a_graph('tensorflow', np.zeros([4, 2, 5]), lengths, labels)
    with pytest.raises(tf.errors.InvalidArgumentError, match=reason):
        in_a_graph('native', np.zeros([4, 2, 5]), lengths, labels)


def test_the_library_says_why_it_does_nothing():
    with pytest.raises(deepspeech_layers.LayerError, match='label is none of the classes'):
        deepspeech_layers.run_ctc(np.zeros([4, 1, 5], np.float32), np.array([4]), np.array([[7]]), 1, False)
    with pytest.raises(ValueError, match='2 utterances'):
        deepspeech_layers.run_ctc(np.zeros([4, 2, 5], np.float32), np.array([4]), np.array([[1]]), 1, False)


def test_the_native_recurrent_layer_comes_with_the_native_loss():
    assert choose(ModelConfig(28, 16, lstm='native'), on_gpu=False)[0].is_native
    assert not choose(ModelConfig(28, 16, lstm='loop'), on_gpu=False)[0].is_native
