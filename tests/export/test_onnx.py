"""ONNX files give in onnxruntime what the frozen graph gives in TensorFlow, and more: any length, any batch."""

import base64
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import numpy as np
import onnx
import onnxruntime
import pytest
from client_windows import client_windows, features_of_windows

from deepspeech_training.checkpoints.directory import CheckpointDirectory
from deepspeech_training.checkpoints.initialisation import checkpoint_to_evaluate
from deepspeech_training.checkpoints.resolve import resolve
from deepspeech_training.compat import tf
from deepspeech_training.data.audio import read_wav
from deepspeech_training.errors import ExportError
from deepspeech_training.export import onnx_graph
from deepspeech_training.export.graph import frozen_graph, trained_weights
from deepspeech_training.export.onnx import onnx_model
from deepspeech_training.export.package import export_spec
from deepspeech_training.features.mfcc import FeatureComputer
from deepspeech_training.settings.config import Asked, CheckpointConfig, DeviceConfig
from deepspeech_training.settings.features import N_CONTEXT, FeatureConfig
from deepspeech_training.settings.model import DIRECTIONS

GOLDEN = Path(__file__).resolve().parent.parent / 'golden'
RELEASES = [('unidirectional', 'current'), ('bidirectional', 'current'), ('bidirectional', 'v0.1'),
               ('unidirectional', 'v0.2'), ('unidirectional', 'v0.4')]
NETWORK_OUTPUTS = ['logits', 'new_state_c', 'new_state_h']


class OnnxModel:
    """An ONNX file, checked and in onnxruntime; what is not of interest in a call is fed with a size of 0."""

    def __init__(self, run, source, n_steps=16):
        self.width = run.model.n_cell
        self.content = onnx_model(export_spec(run)._replace(n_steps=n_steps), trained_weights(run.model, source))
        onnx.checker.check_model(self.content, full_check=True)
        self.session = onnxruntime.InferenceSession(self.content, providers=['CPUExecutionProvider'])

    def features(self, samples):
        return self._run(['mfccs'], samples, np.zeros([1, 0, 19, 26]), [0], np.zeros([2, 1, self.width]))[0]

    def network(self, windows, lengths=None, state=None):
        """Returns probabilities [steps, batch, labels + 1] and the new state, c and h."""
        lengths = [windows.shape[1]] * len(windows) if lengths is None else lengths
        state = np.zeros([2, len(windows), self.width]) if state is None else state
        logits, c, h = self._run(NETWORK_OUTPUTS, np.zeros(0), windows, lengths, state)
        return logits, np.stack([c, h])

    def _run(self, outputs, samples, windows, lengths, state):
        return self.session.run(outputs, {
            'input_samples': np.asarray(samples, np.float32), 'input_node': np.asarray(windows, np.float32),
            'input_lengths': np.asarray(lengths, np.int32), 'previous_state_c': np.asarray(state[0], np.float32),
            'previous_state_h': np.asarray(state[1], np.float32)})


class FrozenModel:
    """The frozen graph in TensorFlow, for the same calls as an OnnxModel."""

    def __init__(self, run, source, n_steps):
        definition, self.graph = frozen_graph(export_spec(run)._replace(n_steps=n_steps), source), tf.Graph()
        with self.graph.as_default():
            tf.import_graph_def(definition, name='')
        self.session = tf.Session(graph=self.graph)

    def network(self, windows, lengths, state):
        logits, c, h = self._run(NETWORK_OUTPUTS, input_node=windows, input_lengths=lengths,
                                 previous_state_c=state[0], previous_state_h=state[1])
        return logits, np.stack([c, h])

    def _run(self, outputs, **feeds):
        def tensors(names):
            return [f'{name}:0' for name in names] if isinstance(names, list) else f'{names}:0'
        return self.session.run(tensors(outputs), {tensors(name): value for name, value in feeds.items()})


def in_context(frames):
    """Returns windows [1, steps, 19, 26] of the frames of one utterance."""
    padded = np.pad(frames, [(N_CONTEXT, N_CONTEXT), (0, 0)], 'constant')
    return np.stack([padded[start:start + 19] for start in range(len(frames))])[np.newaxis]


@pytest.fixture
def audio(clips):
    return read_wav(str(clips.parent / 'letters_k.wav'))[0]


@pytest.mark.parametrize('direction, feature_set', RELEASES)
def test_file_equals_the_frozen_graph_call_by_call(direction, feature_set, make_trained, audio):
    run, source = make_trained(direction, feature_set)
    file, graph = OnnxModel(run, source), FrozenModel(run, source, 16)
    windows, state = in_context(file.features(audio))[:, :40], np.zeros([2, 1, 16], np.float32)
    for start in range(0, windows.shape[1], 16):
        part = windows[:, start:start + 16]
        n_valid = part.shape[1]
        whole = np.pad(part, [(0, 0), (0, 16 - n_valid), (0, 0), (0, 0)], 'constant')
        expected, expected_state = graph.network(whole, [n_valid], state)
        for found, found_state in (file.network(part, state=state), file.network(whole, [n_valid], state)):
            np.testing.assert_allclose(found[:n_valid], expected[:n_valid], atol=1e-5)
            np.testing.assert_allclose(found_state, expected_state, atol=1e-5)
        state = expected_state
    assert np.abs(state).max() > 0.1


@pytest.mark.parametrize('direction', DIRECTIONS)
def test_whole_utterances_of_different_lengths_equal_a_frozen_graph_for_each(direction, make_trained, clips):
    run, source = make_trained(direction, 'current')
    file = OnnxModel(run, source)
    windows = [in_context(file.features(read_wav(str(path))[0])) for path in sorted(clips.parent.glob('*.wav'))[:2]]
    lengths = [each.shape[1] for each in windows]
    batch = np.random.RandomState(2).uniform(-9, 9, [2, max(lengths), 19, 26])  # what comes after an end has no effect
    for item, each in zip(batch, windows):
        item[:each.shape[1]] = each[0]
    probabilities, states = file.network(batch, lengths)
    for index, (each, length) in enumerate(zip(windows, lengths)):
        expected, state = FrozenModel(run, source, length).network(each, [length], np.zeros([2, 1, 16]))
        np.testing.assert_allclose(probabilities[:length, index], expected[:, 0], atol=1e-5)
        np.testing.assert_allclose(states[:, index], state[:, 0], atol=1e-5)


def test_utterance_in_chunks_of_any_length_equals_it_in_one(make_trained, audio):
    run, source = make_trained('unidirectional', 'current')
    file, random = OnnxModel(run, source), np.random.RandomState(4)
    windows = in_context(file.features(audio))
    expected, expected_state = file.network(windows)
    parts, state, start = [], None, 0
    while start < windows.shape[1]:
        n_steps = random.randint(0, 9)
        part, state = file.network(windows[:, start:start + n_steps], state=state)
        parts.append(part)
        start += n_steps
    np.testing.assert_allclose(np.concatenate(parts), expected, atol=1e-6)
    np.testing.assert_allclose(state, expected_state, atol=1e-6)


@pytest.mark.parametrize('direction', DIRECTIONS)
def test_no_valid_step_leaves_the_state_as_it_was(direction, make_trained):
    run, source = make_trained(direction, 'current')
    state = np.random.RandomState(5).uniform(-1, 1, [2, 1, 16]).astype(np.float32)
    file = OnnxModel(run, source)
    for n_steps in (0, 3):
        np.testing.assert_array_equal(file.network(np.zeros([1, n_steps, 19, 26]), [0], state)[1], state)


def test_features_equal_the_trainers(make_trained, clips):
    run, source = make_trained('unidirectional', 'current')
    for config in (FeatureConfig(), FeatureConfig(16000, 25, 10), FeatureConfig(8000),
                   *(FeatureConfig().of_set(legacy) for legacy in ('v0.1', 'v0.2', 'v0.4'))):
        file = OnnxModel(replace(run, features=config), source)
        with closing(FeatureComputer(config, DeviceConfig())) as compute:
            for name in ('digits_yesterday.wav', 'letters_k.wav', 'number-not-answering.wav'):
                audio = read_wav(str(clips.parent / name))[0]
                if config.legacy:
                    expected = features_of_windows(client_windows(audio, config), config)[:-1]
                else:
                    expected = compute(audio)
                np.testing.assert_allclose(file.features(audio), expected, atol=1e-4)


def test_features_of_less_than_a_window_are_none_and_of_silence_finite(make_trained):
    file = OnnxModel(*make_trained('unidirectional', 'current'))
    assert file.features(np.zeros(511)).shape == (0, 26)
    silence = np.zeros(26)
    silence[0] = -247.13936  # sqrt(2 / 40) * 40 * log(1e-12)
    np.testing.assert_allclose(file.features(np.zeros(512)), silence[np.newaxis], atol=1e-4)


def test_published_checkpoint_with_layer_norm(alphabet, audio, log):
    directory = str(GOLDEN / 'ds093-layer_norm' / 'checkpoint')
    asked = Asked(alphabet, checkpoints=CheckpointConfig(directory, load_evaluate='best'))
    source = checkpoint_to_evaluate(CheckpointDirectory(directory), 'auto', log)
    run = resolve(asked, source, log)
    assert run.model.layer_norm and run.model.n_hidden == 48
    file = OnnxModel(run, source)
    windows = in_context(file.features(audio))
    n_steps = windows.shape[1]
    expected, _ = FrozenModel(run, source, n_steps).network(windows, [n_steps], np.zeros([2, 1, 48]))
    np.testing.assert_allclose(file.network(windows)[0], expected, atol=1e-5)


def onnx_model_of(trained, n_steps=16):
    run, source = trained
    return onnx_model(export_spec(run)._replace(n_steps=n_steps), trained_weights(run.model, source))


def test_file_says_what_the_frozen_graph_says(make_trained):
    run, source = make_trained('bidirectional', 'v0.1')
    described = OnnxModel(run, source, 500).session.get_modelmeta().custom_metadata_map
    alphabet = described.pop('metadata_alphabet')
    assert base64.b64decode(alphabet) == run.alphabet.serialize()
    assert described == {
        'metadata_version': '6', 'metadata_sample_rate': '16000', 'metadata_feature_win_len': '25',
        'metadata_feature_win_step': '20', 'metadata_beam_width': '500', 'metadata_language': 'de-AT',
        'metadata_feature_set': 'v0.1', 'n_steps': '500'}


def test_models_too_large_for_a_file_are_refused(make_trained, monkeypatch):
    trained = make_trained('unidirectional', 'current')
    size_bytes = len(onnx_model_of(trained))
    monkeypatch.setattr(onnx_graph, 'MAX_SIZE_BYTES', size_bytes)
    onnx_model_of(trained)
    monkeypatch.setattr(onnx_graph, 'MAX_SIZE_BYTES', size_bytes - 1)
    with pytest.raises(ExportError, match='--n_hidden'):
        onnx_model_of(trained)
