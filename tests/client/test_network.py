"""The network without decoding: the library gives what the judge in NumPy gives, for files of every format and kind."""

from pathlib import Path

import numpy as np
import pytest
from deepspeech import Model
from deepspeech.formats.memory_mapped import memory_mapped
from deepspeech.network import Network
from numpy_client import open_network, utterance_probabilities

TESTS = Path(__file__).resolve().parent.parent
GOLDEN = TESTS / 'golden'
ALPHABET = str(TESTS.parent / 'data' / 'alphabet.txt')
MODELS = {'0.9.3': 'ds093-plain/output_graph.pb', '0.9.3, bytes': 'ds093-bytes/output_graph.pb',
          '0.1, two directions': 'ds011/output_graph.pb', 'tflite, unrolled': 'unrolled/float32.tflite',
          'tflite, two directions in loops': 'loop/both_directions.tflite'}
CLIPS = sorted(path.name for path in (TESTS / 'clips').glob('*.wav'))


def open_both(path):
    """Returns the Network in a file and its judge."""
    judge = open_network(str(path))
    return Network(str(path), None if judge.alphabet else ALPHABET), judge


@pytest.mark.parametrize('name', MODELS)
def test_library_gives_what_the_judge_gives(name, read_clip):
    network, judge = open_both(GOLDEN / MODELS[name])
    assert (network.rate_hz, network.step_samples, network.n_classes) == (judge.rate_hz, judge.step_samples, judge.n_classes)
    for clip in CLIPS:
        samples = read_clip(clip)
        for length in (len(samples), 512, 1):
            expected = utterance_probabilities(judge, samples[:length])
            np.testing.assert_allclose(network.probabilities(samples[:length]), expected, atol=1e-5)
            assert len(network.features(samples[:length])) == len(expected)


def test_a_memory_mapped_model_gives_the_same_numbers(model_path, clip, tmp_path):
    pieces, n_regions = memory_mapped(Path(model_path).read_bytes(), 64)
    path = tmp_path / 'model.pbmm'
    path.write_bytes(b''.join(pieces))
    assert n_regions > 5
    np.testing.assert_array_equal(Network(str(path)).probabilities(clip), Network(model_path).probabilities(clip))
    np.testing.assert_allclose(Network(str(path)).probabilities(clip), utterance_probabilities(open_network(str(path)), clip),
                               atol=1e-5)


@pytest.mark.parametrize('name', MODELS)
def test_softmax_of_the_logits_gives_the_probabilities(name, read_clip):
    network, _ = open_both(GOLDEN / MODELS[name])
    for clip in CLIPS[:3]:
        samples = read_clip(clip)
        logits = network.logits(samples)
        exponentials = np.exp(logits - logits.max(axis=1, keepdims=True))
        np.testing.assert_allclose(exponentials / exponentials.sum(axis=1, keepdims=True), network.probabilities(samples),
                                   atol=1e-6)
        assert np.abs(np.logaddexp.reduce(logits, axis=1)).max() > 0.1  # they are no logarithms of probabilities


def test_features_are_those_of_the_judge(model_path, clip):
    network, judge = open_both(model_path)
    whole = clip[:512 + (len(clip) - 512) // 320 * 320]
    expected = judge.features(whole.astype(np.float32) / 32768)
    found = network.features(whole)
    assert found.shape == (len(expected) + 1, 26)  # the last one is of the window that is filled up with zeros
    np.testing.assert_allclose(found[:-1], expected, atol=1e-4)


def test_what_is_told_of_a_network(model_path):
    network = Network(model_path)
    assert (network.rate_hz, network.window_samples, network.step_samples) == (16000, 512, 320)
    assert (network.n_features, network.n_context, network.n_steps, network.n_classes) == (26, 9, 16, 29)
    assert (network.n_threads, network.weights) == (1, 'float32') and network.kernels


def test_nothing_gives_nothing(model_path):
    network = Network(model_path)
    assert network.probabilities(np.zeros(0, np.int16)).shape == network.logits([]).shape == (0, 29)
    assert network.features([]).shape == (0, 26)


@pytest.mark.parametrize('name', MODELS)
def test_pieces_of_20_ms_give_what_the_whole_gives(name, read_clip):
    model = Model(str(GOLDEN / MODELS[name]), ALPHABET if name.startswith('0.1') else None)
    for clip in CLIPS[:3]:
        samples = read_clip(clip)
        stream = model.createStream()
        for start in range(0, len(samples), 320):
            stream.feedAudioContent(samples[start:start + 320])
        found, expected = stream.finishStreamWithMetadata(3), model.sttWithMetadata(samples, 3)
        assert [each.tokens for each in found.transcripts] == [each.tokens for each in expected.transcripts]
        assert [each.confidence for each in found.transcripts] == pytest.approx(
            [each.confidence for each in expected.transcripts], abs=1e-4)
