"""Models of releases 0.1 to 0.4 in the client: what 0.1.1 recorded, and what the trainer's own graph gives.

Long because three releases are held to the same recordings and checks.
"""

import json
import re
import struct
import wave
from pathlib import Path

import numpy as np
import pytest
from deepspeech import DeepSpeechError, Model, errors
from deepspeech.formats.memory_mapped import memory_mapped
from deepspeech.network import Network
from numpy_client import legacy_features, open_network, utterance_probabilities

from deepspeech_training.checkpoints.frozen import open_frozen
from deepspeech_training.checkpoints.resolve import resolve
from deepspeech_training.checkpoints.stored_model import open_checkpoint
from deepspeech_training.compat import tf
from deepspeech_training.data.datasets import read_set
from deepspeech_training.data.preflight import check_rows
from deepspeech_training.decode.interface import make_decoder
from deepspeech_training.evaluate.forward import forward_pass
from deepspeech_training.features.mfcc import FeatureComputer
from deepspeech_training.features.pipeline import in_context
from deepspeech_training.lm.build import LanguageModelConfig
from deepspeech_training.lm.legacy_files import build_legacy_files
from deepspeech_training.model.acoustic import ctc_losses
from deepspeech_training.settings.config import Asked, DecoderConfig, DeviceConfig, SetConfig
from deepspeech_training.settings.features import FeatureConfig
from deepspeech_training.settings.model import AskedModel

TESTS = Path(__file__).resolve().parent.parent
GOLDEN = TESTS / 'golden' / 'ds011'
GRAPH = str(GOLDEN / 'output_graph.pb')
NEWER_GRAPH = str(TESTS / 'golden' / 'ds093-plain' / 'output_graph.pb')
ALPHABET = str(TESTS.parent / 'data' / 'alphabet.txt')
CLIP = str(TESTS / 'clips' / 'letters_k.wav')
RECORDED = ['digits_h-10.wav', 'letters_k.wav', 'spy-sip.wav']
BOTH = ('bidirectional_rnn/fw/basic_lstm_cell', 'bidirectional_rnn/bw/basic_lstm_cell')
TODAY, TENSORFLOW_1_0 = ('kernel', 'bias'), ('weights', 'biases')
# Names of the cells, operation that `logits` was, features.
RELEASES = {'v0.1': (BOTH, TODAY, 'Identity', 'v0.1'),
            'v0.1 on TensorFlow 1.0': (BOTH, TENSORFLOW_1_0, 'Identity', 'v0.1'),
            'v0.2': (('lstm_fused_cell',), TODAY, 'Identity', 'v0.2'),
            'v0.4': (('lstm_fused_cell',), TODAY, 'Softmax', 'v0.4'),
            'v0.4, portable cell': (('rnn/lstm_cell',), TODAY, 'Softmax', 'v0.4')}


def samples_of(path=CLIP):
    with wave.open(path) as file:
        return np.frombuffer(file.readframes(file.getnframes()), np.int16)


def recorded(name, what):
    return np.load(str(GOLDEN / 'features_logits.npz'))[f'{name}:{what}']


def log_softmax(scores):
    return scores - np.logaddexp.reduce(scores, axis=1, keepdims=True)


def probabilities(path, samples):
    """Returns what the network in a file hears."""
    return Network(path, ALPHABET).probabilities(samples)


@pytest.fixture
def whole_set(alphabet, clips, tmp_path):
    """Function (RunConfig, Source) -> {path: (loss, probabilities)} of the trainer's test graph for all clips."""
    def evaluate(run, source):
        samples = check_rows(read_set(SetConfig((str(clips),))), alphabet, run.features, str(tmp_path)).utterances
        found = {}
        with forward_pass(source, run.model, run.features, run.devices, run.test.batch_size) as forward:
            for outputs in forward.batches(samples):
                for place, rows, length, loss, _ in zip(*outputs):
                    found[samples[place].id] = loss, rows[:length]
        return found
    return evaluate


@pytest.fixture
def run_of(alphabet, log):
    """Function: RunConfig that fits a Source."""
    def fitted(source, **settings):
        asked = Asked(alphabet, AskedModel(**settings), test=SetConfig(batch_size=4))
        return resolve(asked, source, log)
    return fitted


@pytest.fixture
def make_graph(alphabet, tmp_path):
    """Function: path of a graph with random weights, as a release froze it; its loop no client may run."""
    def make(release, relu_clip=20.):
        scopes, parts, last, _ = RELEASES[release]
        random, n_hidden, n_rnn = np.random.RandomState(3), 12, 12 * len(scopes)
        with tf.Graph().as_default() as graph:
            def weight(name, *shape):
                value = random.randn(*shape) * (1. if len(shape) == 1 else 1.5 / np.sqrt(shape[0]))
                return tf.identity(tf.constant(value, tf.float32, name=name), f'{name}/read')

            for layer, n_in, n_out in ((1, 494, n_hidden), (2, n_hidden, n_hidden), (3, n_hidden, n_rnn),
                                       (5, n_rnn, n_hidden), (6, n_hidden, alphabet.size + 1)):
                bias, weights = weight(f'b{layer}', n_out), weight(f'h{layer}', n_in, n_out)
                if layer != 6:
                    tf.minimum(tf.nn.relu(tf.matmul(tf.zeros([1, n_in]), weights) + bias), relu_clip)
            for scope in scopes:
                weight(f'{scope}/{parts[0]}', n_rnn + n_hidden, 4 * n_hidden)
                weight(f'{scope}/{parts[1]}', 4 * n_hidden)
            looped = tf.while_loop(lambda i: i < 3, lambda i: i + 1, [tf.constant(0)])
            getattr(tf.raw_ops, last)(**{'logits' if last == 'Softmax' else 'input': [[tf.cast(looped, tf.float32)]],
                                         'name': 'logits'})
        path = tmp_path / 'early.pb'
        path.write_bytes(graph.as_graph_def().SerializeToString())
        return str(path)
    return make


@pytest.fixture
def changed_graph(tmp_path):
    """Function: path of the golden graph after a function has changed each of its nodes, or let it go with None."""
    def change(change_node):
        with open(GRAPH, 'rb') as file:
            graph = tf.GraphDef.FromString(file.read())
        nodes = [change_node(node) for node in graph.node]
        del graph.node[:]
        graph.node.extend(node for node in nodes if node is not None)
        path = tmp_path / 'changed.pb'
        path.write_bytes(graph.SerializeToString())
        return str(path)
    return change


def test_features_are_those_that_01_recorded():
    windows = recorded('letters_k.wav', 'features').reshape(-1, 19, 26)
    np.testing.assert_allclose(Network(GRAPH, ALPHABET).features(samples_of()), windows[:, 9], rtol=5e-6, atol=1e-6)


def test_scores_are_those_that_01_recorded():
    scores = np.log(probabilities(GRAPH, samples_of()))
    np.testing.assert_allclose(scores, log_softmax(recorded('letters_k.wav', 'logits')), atol=1e-4)


def test_logits_are_those_that_01_recorded():
    logits = Network(GRAPH, ALPHABET).logits(samples_of())
    np.testing.assert_allclose(logits, recorded('letters_k.wav', 'logits'), atol=2e-5)


@pytest.mark.parametrize('name', RECORDED)
def test_the_judge_gives_the_scores_that_01_recorded(name):
    windows = recorded(name, 'features')
    frames = np.concatenate([windows[0].reshape(19, 26), windows[1:, -26:]])
    scores = np.log(np.concatenate(list(open_network(GRAPH).probabilities(frames))))
    np.testing.assert_allclose(scores, log_softmax(recorded(name, 'logits')), atol=1e-5)


@pytest.mark.parametrize('name', legacy_features.FEATURE_SETS)
def test_features_of_the_judge_are_those_of_training_for_any_length(name, monkeypatch):
    monkeypatch.setattr(legacy_features, 'BLOCK_FRAMES', 3)
    samples, config = samples_of(), FeatureConfig().of_set(name)
    computer = FeatureComputer(config, DeviceConfig())
    for n_samples in (1, 399, 400, 401, 512, 513, 560, 561, 720, 721, 5000, len(samples)):
        expected = in_context(computer(samples[:n_samples].astype(np.float32) / 32767), config.whitened)
        found = legacy_features.legacy_features(samples[:n_samples], legacy_features.FEATURE_SETS[name])
        # Training computes in single precision, where little energy has less exact logarithms.
        np.testing.assert_allclose(found, expected, rtol=1e-5, atol=2e-4, err_msg=str(n_samples))
    computer.close()


def test_a_model_of_01_hears_what_its_checkpoint_hears_in_training(run_of, whole_set, alphabet):
    source = open_checkpoint(str(GOLDEN / 'checkpoint' / 'model.ckpt-12'), {})
    with open(str(GOLDEN / 'test_losses.json'), encoding='utf-8') as file:
        losses = json.load(file)
    found = whole_set(run_of(source), source)
    assert len(found) == 9
    for path, (loss, expected) in found.items():
        np.testing.assert_allclose(probabilities(GRAPH, samples_of(path)), expected, atol=1e-5)
        assert abs(loss - losses[Path(path).name]) < 1e-5 * loss


def test_losses_are_those_that_01_recorded(alphabet, clips):
    with open(str(GOLDEN / 'test_losses.json'), encoding='utf-8') as file:
        losses = json.load(file)
    with tf.Graph().as_default(), tf.Session() as session:
        for sample in read_set(SetConfig((str(clips),))):
            scores = np.log(probabilities(GRAPH, samples_of(sample.id)))[:, np.newaxis]
            labels = np.array([alphabet.encode(sample.transcript)], np.int32)
            (loss,) = session.run(ctc_losses(tf.constant(scores), tf.constant([len(scores)]), tf.constant(labels)))
            assert loss == pytest.approx(losses[Path(sample.id).name], rel=1e-5)


@pytest.mark.parametrize('release', RELEASES)
def test_models_of_each_release_hear_what_they_hear_in_training(release, make_graph, run_of, whole_set):
    path = make_graph(release)
    source = open_frozen(path)
    run = run_of(source)
    assert run.features.feature_set == RELEASES[release][-1]
    for wav, (_, expected) in whole_set(run, source).items():
        np.testing.assert_allclose(probabilities(path, samples_of(wav)), expected, atol=1e-5)


def test_activations_are_limited_as_in_the_graph(make_graph, run_of, whole_set):
    path = make_graph('v0.4', relu_clip=0.75)
    source = open_frozen(path)
    for wav, (_, expected) in whole_set(run_of(source), source).items():
        np.testing.assert_allclose(probabilities(path, samples_of(wav)), expected, atol=1e-5)


@pytest.mark.parametrize('release', RELEASES)
def test_long_audio_is_heard_to_its_end(release, make_graph):
    """More than is computed at once, which both directions have to pass through."""
    path = make_graph(release)
    samples = np.tile(samples_of(), 100)
    assert len(samples) > 65 * 16000
    np.testing.assert_allclose(probabilities(path, samples), utterance_probabilities(open_network(path), samples), atol=1e-5)


def test_memory_mapped_models_give_the_same(make_graph, tmp_path):
    path = make_graph('v0.4')
    pieces, n_mapped = memory_mapped(Path(path).read_bytes(), min_bytes=100)
    (tmp_path / 'early.pbmm').write_bytes(b''.join(pieces))
    assert n_mapped >= 7
    assert np.array_equal(probabilities(path, samples_of()), probabilities(str(tmp_path / 'early.pbmm'), samples_of()))


def test_pieces_of_any_size_give_the_result_of_the_whole():
    model, samples = Model(GRAPH, ALPHABET), samples_of()
    assert (model.sampleRate(), model.beamWidth()) == (16000, 500)
    whole = model.sttWithMetadata(samples, 3)
    stream, buffer = model.createStream(), np.empty(700, np.int16)
    for begin in range(0, len(samples), len(buffer)):
        piece = buffer[:len(samples) - begin]
        piece[:] = samples[begin:begin + len(buffer)]  # the same memory for each, as a microphone has it
        stream.feedAudioContent(piece)
        assert stream.intermediateDecode() == ''
    assert stream.finishStreamWithMetadata(3) == whole
    assert len(whole.transcripts) == 3 and whole.transcripts[0].tokens[-1].start_time < len(samples) / 16000


def test_silence_and_next_to_nothing_are_heard_and_nothing_is_not():
    model = Model(GRAPH, ALPHABET)
    assert model.stt(np.zeros(0, np.int16)) == '' and model.createStream().finishStream() == ''
    for samples in (np.ones(1, np.int16), np.zeros(16000, np.int16)):
        assert np.isfinite(model.sttWithMetadata(samples).transcripts[0].confidence)


def test_the_files_of_01_together_transcribe(alphabet, tmp_path):
    words = 'the number is not answering yesterday was monday'
    (tmp_path / 'text.txt').write_text(f'{words}\n' * 3, encoding='utf-8')
    config = LanguageModelConfig(order=2, prune=(0,), structure='probing', discount_fallback=True)
    build_legacy_files(str(tmp_path / 'text.txt'), str(tmp_path), alphabet, config, alpha=0.9, beta=1.2,
                       report=lambda line: None)
    lm, trie = str(tmp_path / 'lm.binary'), str(tmp_path / 'trie')
    model = Model(GRAPH, ALPHABET)
    without = model.stt(samples_of())
    model.enableDecoderWithLM(lm, trie, 1.5, 2.25)
    decoder = make_decoder(DecoderConfig(beam_width=500, cutoff_top_n=40, lm_binary_path=lm, lm_trie_path=trie,
                                         lm_alpha=1.5, lm_beta=2.25), alphabet)
    (expected,) = decoder.decode(probabilities(GRAPH, samples_of()))
    (best,) = model.sttWithMetadata(samples_of()).transcripts
    assert best.confidence == pytest.approx(expected.score, rel=1e-6)
    assert ''.join(token.text for token in best.tokens) == expected.text == model.stt(samples_of())
    assert set(expected.text.split()) <= set(words.split()) and expected.text != without


def test_the_alphabet_has_to_be_given(tmp_path):
    with pytest.raises(DeepSpeechError, match='CreateModel failed .*output_graph.pb: models of releases before 0.5 '
                                              'have no alphabet in them; pass the alphabet.txt') as error:
        Model(GRAPH)
    assert error.value.code == errors.INVALID_ALPHABET
    path = tmp_path / 'none.txt'
    with pytest.raises(DeepSpeechError, match=r"\(0x2000\): .*none.txt: the file cannot be read"):
        Model(GRAPH, alphabet_path=path)
    path.write_text('a\nb\n', encoding='utf-8')
    with pytest.raises(DeepSpeechError, match='none.txt has 2 labels, but its network tells 28 apart; pass the alph'):
        Model(GRAPH, alphabet_path=str(path))


def test_an_alphabet_given_for_a_newer_model_has_to_be_its_own(alphabet, tmp_path):
    assert Model(NEWER_GRAPH, ALPHABET).stt(samples_of()) == Model(NEWER_GRAPH).stt(samples_of())
    path = tmp_path / 'other.txt'
    labels = list(alphabet.labels)
    path.write_text('\n'.join(labels[:24] + ['ä', 'y', 'z', "'"]) + '\n', encoding='utf-8')
    with pytest.raises(DeepSpeechError, match="label 24 is 'x' in it and 'ä' in .*other.txt; leave the file") as error:
        Model(NEWER_GRAPH, str(path))
    assert error.value.code == errors.INVALID_ALPHABET
    path.write_text('a\n', encoding='utf-8')
    with pytest.raises(DeepSpeechError, match='the alphabet in it has 28 labels, .*other.txt has 1; leave the file'):
        Model(NEWER_GRAPH, str(path))


def reshaped(name, shape):
    def change(node):
        if node.name == name:
            node.attr['value'].tensor.CopyFrom(tf.make_tensor_proto(np.zeros(shape, np.float32)))
        return node
    return change


@pytest.mark.parametrize('change, message, code', [
    (lambda node: None if node.name == 'h5' else node, 'the constant h5 is missing', errors.MODEL_INCOMPATIBLE),
    (lambda node: None if 'lstm' in node.name else node, 'the weights of the recurrent layer are missing',
     errors.MODEL_INCOMPATIBLE),
    (lambda node: None if node.name == 'b1' else node, 'b1 and b6 do not say', errors.INVALID_SHAPE),
    (reshaped('h3', (32, 32)), r'h3 is float32 \(32, 32\), but the other layers need float32 \(32, 64\)',
     errors.INVALID_SHAPE),
    (reshaped('h1', (390, 32)), r'h1 is float32 \(390, 32\), .*\(494, 32\)', errors.INVALID_SHAPE)])
def test_graphs_that_are_not_whole_are_refused(change, message, code, changed_graph):
    with pytest.raises(DeepSpeechError, match=f'changed.pb: {message}') as error:
        Model(changed_graph(change), ALPHABET)
    assert error.value.code == code


def test_what_is_not_a_number_is_told(changed_graph):
    def change(node):
        if node.name == 'h2':
            node.attr['value'].tensor.CopyFrom(tf.make_tensor_proto(np.full((32, 32), np.nan, np.float32)))
        return node

    with pytest.raises(DeepSpeechError) as error:
        Model(changed_graph(change), ALPHABET).stt(samples_of())
    assert error.value.code == errors.FAIL_RUN_SESS


def test_damaged_files_are_refused_or_run(tmp_path):
    content = Path(GRAPH).read_bytes()
    # The large constants are numbers whatever is in them; what is around them is of interest.
    places = np.array([match.start() for match in re.finditer(b'[hb][1-6]|lstm_cell|read|Const|value|dtype', content)])
    random, n_refused, path = np.random.RandomState(5), 0, tmp_path / 'damaged.pb'
    for _ in range(60):
        damaged = bytearray(content[:random.randint(len(content))] if random.rand() < 0.2 else content)
        for place in random.choice(places, 3) + random.randint(-8, 24, 3):
            damaged[min(max(place, 0), len(damaged) - 1)] = random.randint(256)
        path.write_bytes(bytes(damaged))
        try:
            Model(str(path), ALPHABET).stt(samples_of()[:3200])
        except DeepSpeechError:
            n_refused += 1
    assert 20 < n_refused < 60


def test_a_graph_with_a_version_is_not_taken_for_an_early_one(tmp_path):
    assert Network(GRAPH, ALPHABET).n_steps == 0 and Network(NEWER_GRAPH).n_steps == 16  # whole utterances; frames of a call
    content = Path(GRAPH).read_bytes()
    node = b'\n\x10metadata_version\x12\x05Const'  # of a later release, with names of an early one
    (tmp_path / 'mixed.pb').write_bytes(content + b'\n' + struct.pack('B', len(node)) + node)
    with pytest.raises(DeepSpeechError, match='has the operation'):
        Model(str(tmp_path / 'mixed.pb'), ALPHABET)
