"""Exported graphs: same results as the network, only operations that published clients have, a full card."""

from contextlib import closing

import numpy as np
import pytest
from tensorflow_client import TensorFlowModel

from deepspeech_training.compat import tf
from deepspeech_training.console.log import Log
from deepspeech_training.data.audio import read_wav
from deepspeech_training.data.utterance import AudioFile
from deepspeech_training.errors import ExportError
from deepspeech_training.export.package import export
from deepspeech_training.features.mfcc import FeatureComputer
from deepspeech_training.features.pipeline import in_context

QUIET = Log(level=3)


def test_exported_graph_equals_the_network(trained, probabilities_of, clips):
    run, source = trained
    audio, _ = read_wav(str(clips.parent / 'letters_k.wav'))
    # The client adds one frame from the remaining samples, filled with zeros.
    n_frames = run.features.frames(len(audio)) + 1
    padded = np.zeros(512 + (n_frames - 1) * 320, np.float32)
    padded[:len(audio)] = audio[:len(padded)]
    with closing(FeatureComputer(run.features, run.devices)) as compute:
        expected = probabilities_of(run, source, in_context(compute(padded), whiten=False))
    with TensorFlowModel(export(run, source, QUIET)[0]) as model:
        np.testing.assert_allclose(model.probabilities(audio), expected, atol=1e-5)


def test_exported_graph_keeps_to_the_published_runtime(trained, runtime_operations):
    run, source = trained
    with open(export(run, source, QUIET)[0], 'rb') as file:
        graph = tf.GraphDef.FromString(file.read())
    assert {node.op for node in graph.node} <= runtime_operations
    nodes = {node.name: node for node in graph.node}
    shapes = {name: [dim.size for dim in nodes[name].attr['shape'].shape.dim]
              for name in ('input_samples', 'input_node', 'input_lengths', 'previous_state_c', 'previous_state_h')}
    assert shapes == {'input_samples': [512], 'input_node': [1, 50, 19, 26], 'input_lengths': [1],
                      'previous_state_c': [1, 16], 'previous_state_h': [1, 16]}
    constants = {name: tf.make_ndarray(nodes[name].attr['value'].tensor).tolist() for name in nodes
                 if name.startswith('metadata_') or name == 'logits_shape'}
    assert constants == {
        'metadata_version': [6], 'metadata_sample_rate': [16000], 'metadata_feature_win_len': [32],
        'metadata_feature_win_step': [20], 'metadata_beam_width': [500],
        'metadata_alphabet': [run.alphabet.serialize()], 'metadata_language': [b'de-AT'], 'logits_shape': [50, 1, 29]}


def test_a_graph_for_larger_batches_transcribes_too(trained, clips):
    from dataclasses import replace
    run, source = trained
    audio, _ = read_wav(str(clips.parent / 'letters_k.wav'))
    with TensorFlowModel(export(run, source, QUIET)[0]) as model:
        expected = model.probabilities(audio)
    with TensorFlowModel(export(replace(run, export=replace(run.export, batch_size=2)), source, QUIET)[0]) as model:
        np.testing.assert_allclose(model.probabilities(audio), expected, atol=1e-6)


def test_card_has_its_keys_in_order(trained, tmp_path):
    run, source = trained
    export(run, source, QUIET)[0]
    lines = (tmp_path / 'export' / 'author_model_0.0.1.md').read_text(encoding='utf-8').split('\n')
    assert lines[0] == lines[12] == '---'
    assert [line.split(':')[0] for line in lines[1:12]] == [
        'author', 'model_name', 'model_version', 'contact_info', 'license', 'language', 'runtime', 'min_ds_version',
        'max_ds_version', 'acoustic_model_url', 'scorer_url']


def test_removing_an_old_export_spares_foreign_files(trained, tmp_path):
    from dataclasses import replace
    run, source = trained
    run = replace(run, export=replace(run.export, remove_existing=True))
    (tmp_path / 'export' / 'old.pb').write_bytes(b'old')
    (tmp_path / 'export' / '.tmp-killed').write_bytes(b'what an export leaves that was killed')
    export(run, source, QUIET)[0]
    assert sorted(path.name for path in (tmp_path / 'export').iterdir()) == [
        'author_model_0.0.1.md', 'output_graph.pb', 'output_graph.pbmm']
    (tmp_path / 'export' / 'thesis.txt').write_text('years of work')
    with pytest.raises(ExportError, match='thesis.txt'):
        export(run, source, QUIET)[0]
    assert (tmp_path / 'export' / 'output_graph.pb').exists()


def test_a_model_that_hears_something_else_is_not_written(trained, tmp_path, monkeypatch):
    from deepspeech_training.export import package
    run, source = trained
    before = {path.name for path in (tmp_path / 'export').iterdir()}
    graph = package.frozen_graph

    def damaged(*arguments):
        definition = graph(*arguments)
        (bias,) = [node for node in definition.node if node.name in ('layer_6/bias', 'b6')]
        values = np.frombuffer(bias.attr['value'].tensor.tensor_content, np.float32) + np.arange(29, dtype=np.float32)
        bias.attr['value'].tensor.tensor_content = values.tobytes()
        return definition

    monkeypatch.setattr(package, 'frozen_graph', damaged)
    with pytest.raises(ExportError, match='output_graph.pb: its probabilities differ'):
        export(run, source, QUIET)
    assert {path.name for path in (tmp_path / 'export').iterdir()} == before


def test_export_says_what_it_verified(trained, log, output, clips):
    run, source = trained
    export(run, source, log, [AudioFile.probe(str(clips.parent / 'letters_k.wav'))])
    lines = [line for line in output.getvalue().splitlines() if 'verified' in line]
    assert len(lines) == 2 and all('frames of speech' in line for line in lines)
    for line in lines:
        assert float(line.split('by more than ')[1]) < 1e-5
