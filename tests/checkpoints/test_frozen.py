"""Exported graphs as the beginning of a training: real ones of two eras, memory-mapped ones, damaged ones."""

import os
import re
import struct

import numpy as np
import pytest
from stored_models import RATE, save, stored_model

from deepspeech_training.checkpoints import metadata
from deepspeech_training.checkpoints.directory import CheckpointDirectories
from deepspeech_training.checkpoints.frozen import open_frozen
from deepspeech_training.checkpoints.initialisation import initial_model
from deepspeech_training.checkpoints.resolve import resolve
from deepspeech_training.checkpoints.stored_model import open_checkpoint
from deepspeech_training.compat import tf
from deepspeech_training.errors import CheckpointError
from deepspeech_training.settings.model import AskedModel
from deepspeech_training.text.alphabet import Alphabet

GOLDEN = os.path.join(os.path.dirname(os.path.dirname(__file__)), 'golden')
# Exported graphs and the checkpoints that they were made of.
PAIRS = {'0.9.3': ('ds093-plain/output_graph.pb', 'ds093-plain/checkpoint/best_dev-18'),
         'v0.1.1': ('ds011/output_graph.pb', 'ds011/checkpoint/model.ckpt-12')}


def golden(name):
    return os.path.join(GOLDEN, *name.split('/'))


def mapped(path, target, with_lengths=True, min_bytes=100):
    """Converts a frozen graph as TensorFlow's convert_graphdef_memmapped_format does, by the format's description."""
    with open(path, 'rb') as file:
        graph = tf.GraphDef.FromString(file.read())
    content, regions = b'', []
    for node in graph.node:
        if node.op != 'Const' or node.attr['dtype'].type == tf.string.as_datatype_enum:
            continue
        value = tf.make_ndarray(node.attr['value'].tensor)
        if value.nbytes < min_bytes:
            continue
        content += bytes(-len(content) % 64)
        region = 'memmapped_package://' + re.sub('[^A-Za-z0-9_.]', '_', node.name)
        regions.append((region, len(content), value.nbytes))
        content += value.tobytes()
        node.op = 'ImmutableConst'
        dtype = node.attr['dtype'].type
        node.ClearField('attr')
        node.attr['dtype'].type = dtype
        node.attr['shape'].shape.CopyFrom(tf.TensorShape(value.shape).as_proto())
        node.attr['memory_region_name'].s = region.encode()
    serialized = graph.SerializeToString()
    regions.append(('memmapped_package://.', len(content), len(serialized)))
    content += serialized
    directory = b''
    for name, offset, length in regions:
        element = b'\x08' + varint(offset) + b'\x12' + varint(len(name)) + name.encode()
        element += b'\x18' + varint(length) if with_lengths else b''
        directory += b'\x0a' + varint(len(element)) + element
    target.write_bytes(content + directory + struct.pack('<Q', len(content)))
    return len(regions) - 1


def varint(number):
    """Returns a number in base 128, as protocol buffers write it."""
    digits = []
    while number > 127:
        digits.append(number & 127 | 128)
        number >>= 7
    return bytes(digits + [number])


@pytest.fixture
def start(make_run, alphabet, log):
    """Function that gives (RunConfig, StoredModel) of a training from a frozen model."""
    def start_(path, alphabet=alphabet, relu_clip=None, **changes):
        asked = make_run(alphabet=alphabet, model=AskedModel(relu_clip=relu_clip), frozen_model=str(path), **changes)
        source = initial_model(asked.checkpoints, CheckpointDirectories.of(asked.checkpoints), log)
        return resolve(asked, source, log), source
    return start_


def check_weights(loaded, checkpoint):
    """Checks that what a training graph holds are the weights of a checkpoint and a fresh optimizer."""
    values, fresh = loaded
    stored = open_checkpoint(checkpoint, {})
    trained = [name for name in values if f'{name}/Adam' in values]
    assert len(trained) == len(set(values) - fresh) >= 12
    for name in trained:
        np.testing.assert_array_equal(values[name], stored.value(name), err_msg=name)
        assert not values[f'{name}/Adam'].any() and not values[f'{name}/Adam_1'].any()
    assert (values['global_step'], values['learning_rate'], values['beta1_power']) == (0, RATE, np.float32(0.9))


@pytest.mark.parametrize('era', PAIRS)
def test_weights_are_those_of_the_checkpoint_it_was_made_of(era, start, loaded_for_training):
    graph, checkpoint = map(golden, PAIRS[era])
    check_weights(loaded_for_training(*start(graph)), checkpoint)


@pytest.mark.parametrize('with_lengths', [True, False])
@pytest.mark.parametrize('era', PAIRS)
def test_memory_mapped_graphs_give_the_same(era, with_lengths, start, loaded_for_training, tmp_path):
    graph, checkpoint = map(golden, PAIRS[era])
    assert mapped(graph, tmp_path / 'graph.pbmm', with_lengths) > 10
    check_weights(loaded_for_training(*start(tmp_path / 'graph.pbmm')), checkpoint)


def test_the_graph_says_on_what_features_and_alphabet_it_works(alphabet, start):
    run, source = start(golden(PAIRS['0.9.3'][0]))
    assert (run.model.n_hidden, run.model.direction, run.features.feature_set) == (48, 'unidirectional', 'current')
    assert tuple(source.description['alphabet']) == alphabet.labels
    run, _ = start(golden(PAIRS['v0.1.1'][0]))
    assert (run.model.n_hidden, run.model.direction, run.features.feature_set) == (32, 'bidirectional', 'v0.1')


def test_another_alphabet_of_the_same_size_is_refused_unless_the_outputs_are_new(alphabet, start, loaded_for_training):
    other = Alphabet(list(reversed(alphabet.labels)), source='other.txt')
    path = golden(PAIRS['0.9.3'][0])
    with pytest.raises(CheckpointError, match="label 0 is ' ' there and \"'\" in other.txt"):
        start(path, alphabet=other)
    values, fresh = loaded_for_training(*start(path, alphabet=other, drop_source_layers=1))
    assert 'layer_6/weights' in fresh and 'layer_5/weights' not in fresh and values['global_step'] == 0


@pytest.mark.parametrize('release, last, feature_set', [
    ('0.2-0.4', 'Softmax', 'v0.4'), ('0.2-0.4', 'Identity', 'v0.2'), ('v0.1', 'Identity', 'v0.1'),
    ('0.5', 'Softmax', 'v0.5')])
def test_graphs_of_the_releases_between(release, last, feature_set, small_alphabet, start, loaded_for_training,
                                        tmp_path):
    model = stored_model(release)
    with tf.Graph().as_default() as graph:
        for name, value in model.variables.items():
            if 'Adam' not in name and value.ndim:
                tf.constant(value, name=name)
        getattr(tf.raw_ops, last)(**{'logits' if last == 'Softmax' else 'input': tf.constant([[1.]]), 'name': 'logits'})
    (tmp_path / 'graph.pb').write_bytes(graph.as_graph_def().SerializeToString())
    run, source = start(tmp_path / 'graph.pb', alphabet=small_alphabet)
    assert run.features.feature_set == feature_set
    values, fresh = loaded_for_training(run, source)
    for name in set(values) - fresh:
        np.testing.assert_allclose(values[name], model.expected[name], rtol=1e-6)


@pytest.mark.parametrize('limit', [20., 0.1])
def test_activations_are_limited_as_in_the_graph(limit, small_alphabet, start, tmp_path):
    with tf.Graph().as_default() as graph:
        for name, value in stored_model('v0.1').variables.items():
            if 'Adam' not in name and value.ndim:
                tf.constant(value, name=name)
        tf.minimum(tf.nn.relu(tf.constant([1.])), limit)
    (tmp_path / 'graph.pb').write_bytes(graph.as_graph_def().SerializeToString())
    for asked in (None, limit):
        assert start(tmp_path / 'graph.pb', small_alphabet, asked)[0].model.relu_clip == limit
    with pytest.raises(CheckpointError, match=f'--relu_clip 7.0 contradicts .* trained with {limit}; leave the flag out'):
        start(tmp_path / 'graph.pb', small_alphabet, 7.)


def test_a_run_that_was_interrupted_goes_on(start, small_alphabet, tmp_path, output):
    save(stored_model('0.6-0.9.3').variables, tmp_path / 'target')
    metadata.write(str(tmp_path / 'target' / 'train-7'), {'progress': {'epoch': 1, 'last_epoch': 3}})
    path = golden(PAIRS['0.9.3'][0])
    _, source = start(path, alphabet=small_alphabet)
    assert source.path == str(tmp_path / 'target' / 'train-7')
    assert 'is not needed any more: a run of' in output.getvalue()


def test_a_checkpoint_of_another_trainer_gives_way(stored, start):
    stored('0.6-0.9.3')
    _, source = start(golden(PAIRS['0.9.3'][0]))
    assert source.path.endswith('output_graph.pb')


@pytest.mark.parametrize('name, content, what', [
    ('empty.pb', b'', 'it is empty'), ('empty.pbmm', b'', 'it is empty'), ('text.pb', b'no graph\n', 'this is text, not'),
    ('text.pbmm', b'no graph at all\n', 'this is text, not'), ('short.pbmm', b'\1\2\3', 'this is not a graph')])
def test_what_is_no_graph_is_refused(name, content, what, tmp_path):
    path = tmp_path / name
    path.write_bytes(content)
    with pytest.raises(CheckpointError, match=f'{name}: .*{what}'):
        open_frozen(str(path))


@pytest.mark.parametrize('damage, message', [
    (lambda content: content[:-9], 'this is not a graph'),
    (lambda content: b'b'.join(content.rsplit(b'w', 1)), '.* a damaged one .*weights has 0 of [0-9]+ bytes')])
def test_damage_is_told(damage, message, start, loaded_for_training, tmp_path):
    path = tmp_path / 'graph.pbmm'
    mapped(golden(PAIRS['0.9.3'][0]), path)
    path.write_bytes(damage(path.read_bytes()))
    with pytest.raises(CheckpointError, match=f'graph.pbmm: {message}'):
        loaded_for_training(*start(path))


def test_a_graph_that_is_no_acoustic_model_is_refused(tmp_path):
    with tf.Graph().as_default() as graph:
        tf.constant([1.], name='something')
    (tmp_path / 'other.pb').write_bytes(graph.as_graph_def().SerializeToString())
    with pytest.raises(CheckpointError, match='not an acoustic model. It holds something'):
        open_frozen(str(tmp_path / 'other.pb'))
