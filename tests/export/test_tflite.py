"""TensorFlow Lite files: in TensorFlow's own interpreter they give what the frozen graph gives."""

import os
from contextlib import closing
from dataclasses import replace

import numpy as np
import pytest
from client_windows import client_windows, features_of_windows
from deepspeech.formats.flexbuffer import flexbuffer
from deepspeech.network import Network
from lite_files import Interpreter
from lite_model import LiteModel
from numpy_client import open_network
from tensorflow_client import TensorFlowModel

from deepspeech_training.checkpoints.directory import CheckpointDirectory
from deepspeech_training.checkpoints.initialisation import checkpoint_to_evaluate
from deepspeech_training.checkpoints.resolve import resolve
from deepspeech_training.console.log import Log
from deepspeech_training.data.audio import read_wav
from deepspeech_training.errors import ExportError
from deepspeech_training.export import tflite_file
from deepspeech_training.export.graph import trained_weights
from deepspeech_training.export.package import export, export_spec
from deepspeech_training.export.tflite import tflite_model
from deepspeech_training.features.mfcc import FeatureComputer
from deepspeech_training.settings.config import Asked, CheckpointConfig, DeviceConfig, ExportConfig, ModelCard
from deepspeech_training.settings.features import FeatureConfig

GOLDEN = os.path.join(os.path.dirname(__file__), os.pardir, 'golden')
QUIET = Log(level=3)


@pytest.fixture
def golden(alphabet, tmp_path):
    """Function that gives RunConfig, checkpoint and weights of a model of 0.9.3."""
    def open_(name):
        checkpoints = CheckpointConfig(os.path.join(GOLDEN, name, 'checkpoint'), str(tmp_path))
        asked = Asked(alphabet, checkpoints=checkpoints, export=ExportConfig(str(tmp_path), card=ModelCard(language='de-AT')))
        source = checkpoint_to_evaluate(CheckpointDirectory(checkpoints.load_dir), 'auto', QUIET)
        run = resolve(asked, source, QUIET)
        return run, source, trained_weights(run.model, source)
    return open_


@pytest.fixture
def audio(clips):
    return read_wav(str(clips.parent / 'number-not-answering.wav'))[0]


def int16(audio):
    return np.clip(np.rint(audio * 32767), -32768, 32767).astype(np.int16)


@pytest.mark.parametrize('name', ['ds093-plain', 'ds093-layer_norm'])
@pytest.mark.parametrize('n_steps', [16, 1, 7])
def test_float_file_equals_the_frozen_graph(name, n_steps, golden, audio):
    run, source, weights = golden(name)
    model = LiteModel(tflite_model(export_spec(run)._replace(n_steps=n_steps), weights, quantize=False))
    with TensorFlowModel(export(run, source, QUIET)[0]) as graph:
        expected = graph.probabilities(audio)
    np.testing.assert_allclose(model.probabilities(model.windows(audio)), expected, atol=2e-6)


@pytest.mark.parametrize('name', ['ds093-plain', 'ds093-layer_norm'])
def test_client_hears_in_the_file_what_it_hears_in_the_frozen_graph(name, golden, audio, tmp_path):
    run, source, weights = golden(name)
    (tmp_path / 'model.tflite').write_bytes(tflite_model(export_spec(run)._replace(n_steps=16), weights, quantize=False))
    file, graph = (Network(path) for path in (str(tmp_path / 'model.tflite'), export(run, source, QUIET)[0]))
    assert (file.rate_hz, file.n_steps, file.n_classes) == (graph.rate_hz, graph.n_steps, graph.n_classes)
    samples = int16(audio)
    np.testing.assert_array_equal(file.features(samples), graph.features(samples))
    np.testing.assert_allclose(file.probabilities(samples), graph.probabilities(samples), atol=2e-6)


def test_quantised_file_is_a_third_as_large_and_close(golden, audio):
    run, _, weights = golden('ds093-plain')
    exact, rounded = (tflite_model(export_spec(run)._replace(n_steps=16), weights, quantize) for quantize in (False, True))
    assert len(rounded) < 0.4 * len(exact)
    model = LiteModel(exact)
    windows = model.windows(audio)
    difference = np.abs(LiteModel(rounded).probabilities(windows) - model.probabilities(windows)).max()
    assert 1e-6 < difference < 0.01


def test_weights_are_rounded_to_the_nearest_of_255_values(golden):
    run, _, weights = golden('ds093-plain')
    model = LiteModel(tflite_model(export_spec(run)._replace(n_steps=16), weights, quantize=True)).interpreter
    stored = [(tensor['quantization'][0], model.get_tensor(tensor['index'])) for tensor in model.get_tensor_details()
              if tensor['dtype'] == np.int8]
    kernel = weights.cells[0].kernel
    matrices = [weights.dense[layer].weights for layer in (1, 2, 3)] + [kernel[:48], kernel[48:]] + [
        weights.dense[layer].weights for layer in (5, 6)]
    assert len(stored) == len(matrices)
    for (scale, values), matrix in zip(stored, matrices):
        assert np.abs(values).max() == 127
        np.testing.assert_allclose(scale * values.T.astype(np.float64), matrix, atol=0.5001 * scale)


def test_small_matrices_keep_their_precision(make_trained):
    run, source = make_trained('unidirectional', 'current')  # 16 wide
    weights = trained_weights(run.model, source)
    model = LiteModel(tflite_model(export_spec(run)._replace(n_steps=16), weights, quantize=True)).interpreter
    rounded = sorted(tuple(tensor['shape']) for tensor in model.get_tensor_details() if tensor['dtype'] == np.int8)
    assert rounded == [(16, 494), (64, 16), (64, 16)]


def test_file_has_the_published_names_in_order(golden):
    run, _, weights = golden('ds093-plain')
    model = LiteModel(tflite_model(export_spec(run)._replace(n_steps=16), weights, quantize=True))
    assert [(name, tensor['shape'].tolist()) for name, tensor in model.inputs.items()] == [
        ('input_node', [1, 16, 19, 26]), ('previous_state_c', [1, 48]), ('previous_state_h', [1, 48]),
        ('input_samples', [512])]
    assert [(name, tensor['shape'].tolist(), np.dtype(tensor['dtype']).kind)
            for name, tensor in model.outputs.items()] == [
        ('logits', [16, 29], 'f'), ('new_state_c', [1, 48], 'f'), ('new_state_h', [1, 48], 'f'),
        ('mfccs', [1, 26], 'f'), ('metadata_version', [1], 'i'), ('metadata_sample_rate', [1], 'i'),
        ('metadata_feature_win_len', [1], 'i'), ('metadata_feature_win_step', [1], 'i'),
        ('metadata_beam_width', [1], 'i'), ('metadata_alphabet', [1], 'S'), ('metadata_language', [1], 'S')]
    model.features(np.zeros(512))
    assert {name: model.value(name).tolist() for name in model.outputs if name.startswith('metadata_')} == {
        'metadata_version': [6], 'metadata_sample_rate': [16000], 'metadata_feature_win_len': [32],
        'metadata_feature_win_step': [20], 'metadata_beam_width': [500],
        'metadata_alphabet': [run.alphabet.serialize()], 'metadata_language': [b'de-AT']}


def test_features_of_another_rate_equal_the_trainers(golden, audio):
    run, _, weights = golden('ds093-plain')
    config = FeatureConfig(8000, 40, 10)
    model = LiteModel(tflite_model(export_spec(replace(run, features=config)), weights, quantize=False))
    with closing(FeatureComputer(config, DeviceConfig())) as compute:
        for begin in range(0, 3200, 320):
            window = audio[begin:begin + 320]
            np.testing.assert_allclose(model.features(window), compute(window), atol=1e-4)


@pytest.mark.parametrize('feature_set', ['v0.2', 'v0.4'])
def test_features_of_earlier_generations_equal_the_trainers(feature_set, make_trained, audio):
    run, source = make_trained('unidirectional', feature_set)
    model = LiteModel(tflite_model(export_spec(run)._replace(n_steps=16), trained_weights(run.model, source), quantize=True))
    windows = client_windows(audio, run.features)
    found = np.concatenate([model.features(window) for window in windows])
    # The interpreter of 1.15 adds up a window's products one by one; its bands of little energy feel it.
    np.testing.assert_allclose(found, features_of_windows(windows, run.features), atol=1e-3)
    assert model.value('metadata_feature_set') == feature_set.encode('utf-8')


WHOLE = [('bidirectional', 'current'), ('unidirectional', 'v0.1'), ('bidirectional', 'v0.1')]


@pytest.mark.parametrize('direction, feature_set', WHOLE)
def test_client_hears_in_files_that_are_told_the_length_what_it_hears_in_the_frozen_graph(direction, feature_set, make_trained,
                                                                                        audio):
    run, source = make_trained(direction, feature_set)  # 50 steps a call
    graph = Network(export(run, source, QUIET)[0])
    file = Network(export(replace(run, export=replace(run.export, tflite=True, quantized=False)), source, QUIET)[0])
    samples = int16(audio)
    assert (graph.n_steps, file.n_steps) == (50, 50) and 50 * 320 < len(samples) < 2 * 50 * 320
    for length in (len(samples), 40 * 320, 1):  # a call and a rest; less than a call; next to nothing
        np.testing.assert_allclose(file.probabilities(samples[:length]), graph.probabilities(samples[:length]), atol=1e-5)


@pytest.mark.parametrize('direction, feature_set', WHOLE)
def test_plain_runtimes_hear_what_the_judge_hears_if_told_the_length(direction, feature_set, make_trained):
    run, source = make_trained(direction, feature_set)
    (path,) = export(replace(run, export=replace(run.export, tflite=True, quantized=False)), source, QUIET)
    with open(path, 'rb') as file:
        interpreter = Interpreter(file.read())
    network = open_network(path)
    windows = np.random.RandomState(2).randn(50, 19, 26).astype(np.float32)  # what is beyond the length is there, too
    zeros = np.zeros([1, 16], np.float32)
    for length in (50, 21, 1):
        heard = interpreter(input_node=windows[np.newaxis], input_lengths=np.array([length], np.int32),
                            previous_state_c=zeros, previous_state_h=zeros, input_samples=np.zeros(512, np.float32)[
                                :run.features.window_samples])
        assert heard['metadata_version'].tolist() == [0]
        expected, _ = network.probabilities(windows[:length], network.zero_state)
        np.testing.assert_allclose(heard['logits'][:length], expected, atol=1e-5)


@pytest.mark.parametrize('direction, feature_set', WHOLE)
def test_who_may_run_a_file_that_is_told_the_length_is_said(direction, feature_set, make_trained, log, output):
    run, source = make_trained(direction, feature_set)
    export(replace(run, export=replace(run.export, tflite=True)), source, log)
    assert 'published TensorFlow Lite clients cannot tell it and refuse the file' in output.getvalue()


def test_larger_batches_are_refused(golden):
    run, _, weights = golden('ds093-plain')
    with pytest.raises(ExportError, match='--export_batch_size 2.*one utterance'):
        tflite_model(export_spec(run)._replace(batch_size=2), weights, quantize=True)


def test_models_too_large_for_a_file_are_refused(golden, monkeypatch):
    run, _, weights = golden('ds093-plain')
    monkeypatch.setattr(tflite_file, 'MAX_SIZE_BYTES', 100000)
    tflite_model(export_spec(run)._replace(n_steps=16), weights, quantize=True)
    with pytest.raises(ExportError, match='--n_hidden'):
        tflite_model(export_spec(run)._replace(n_steps=16), weights, quantize=False)


def test_options_are_laid_out_as_flexbuffers_are():
    # Worked out by hand: two names; their offsets, back from where they stand; 7 and 2.5; their types; the root.
    assert flexbuffer({'b': 2.5, 'a': 7}) == (
        b'a\0b\0' + b'\2\0\0\0' + b'\x08\0\0\0' + b'\x0a\0\0\0' + b'\x08\0\0\0' + b'\4\0\0\0' + b'\2\0\0\0'
        + b'\7\0\0\0' + b'\0\0\x20\x40' + b'\x06\x0e' + b'\x0a\x26\x01')
