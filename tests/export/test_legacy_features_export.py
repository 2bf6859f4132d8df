"""Exported models of earlier generations: their features from windows alone, with what published clients can run."""

from contextlib import closing

import numpy as np
import pytest
from client_windows import client_windows, features_of_windows
from tensorflow_client import TensorFlowModel

from deepspeech_training.compat import tf
from deepspeech_training.console.log import Log
from deepspeech_training.data.audio import read_wav
from deepspeech_training.export.legacy_features import logarithm, window_features
from deepspeech_training.export.package import export
from deepspeech_training.features.mfcc import FeatureComputer
from deepspeech_training.features.pipeline import in_context
from deepspeech_training.settings.config import DeviceConfig
from deepspeech_training.settings.features import FeatureConfig

QUIET = Log(level=3)
LEGACY = ('v0.1', 'v0.2', 'v0.4')
RELEASES = [('bidirectional', 'v0.1'), ('unidirectional', 'v0.2'), ('unidirectional', 'v0.4')]


@pytest.fixture(params=RELEASES, ids=LEGACY)
def trained_legacy(request, make_trained):
    """RunConfig and checkpoint of a model of each generation."""
    return make_trained(*request.param)


@pytest.fixture
def audio(clips):
    return read_wav(str(clips.parent / 'letters_k.wav'))[0]


def test_exported_graph_equals_the_network_on_features_of_the_windows(trained_legacy, probabilities_of, audio):
    run, source = trained_legacy
    frames = features_of_windows(client_windows(audio, run.features), run.features)
    expected = probabilities_of(run, source, in_context(frames, run.features.whitened))
    with TensorFlowModel(export(run, source, QUIET)[0]) as model:
        np.testing.assert_allclose(model.probabilities(audio), expected, atol=2e-5)
        assert model.features == run.features


def test_exported_graph_keeps_to_the_published_runtime(trained_legacy, runtime_operations):
    run, source = trained_legacy
    with open(export(run, source, QUIET)[0], 'rb') as file:
        graph = tf.GraphDef.FromString(file.read())
    assert {node.op for node in graph.node} <= runtime_operations
    nodes = {node.name: node for node in graph.node}
    assert [dim.size for dim in nodes['input_samples'].attr['shape'].shape.dim] == [run.features.window_samples]
    times_ms = [tf.make_ndarray(nodes[f'metadata_feature_win_{name}'].attr['value'].tensor) for name in ('len', 'step')]
    assert times_ms == [run.features.window_ms, 20]


@pytest.mark.parametrize('feature_set', LEGACY)
def test_windows_alone_change_features_about_as_much_as_a_recording_that_begins_a_sample_later(feature_set, clips):
    config = FeatureConfig().of_set(feature_set)
    kinds = [], [], []
    with closing(FeatureComputer(config, DeviceConfig())) as compute, tf.Graph().as_default(), tf.Session() as session:
        window = tf.placeholder(tf.float32, [config.window_samples])
        frame = window_features(window, config)
        for path in sorted(clips.parent.glob('*.wav')):
            samples = read_wav(str(path))[0]
            windows = client_windows(samples, config)[:-2]  # whole ones
            by_window = np.concatenate([session.run(frame, {window: each}) for each in windows])
            for frames, kind in zip((compute(samples), compute(samples[1:]), by_window), kinds):
                kind.append(frames[:len(windows)])
    as_trained, later, by_window = [np.concatenate(kind) for kind in kinds]

    def change(frames):
        return np.sqrt(np.mean(np.square((frames - as_trained) / as_trained.std(axis=0))))

    assert change(by_window) < 1.2 * change(later) < 0.25


def test_logarithms_without_an_operation_for_them():
    x = np.exp(np.random.RandomState(1).uniform(-36, 36, [100, 27])).astype(np.float32)
    with tf.Graph().as_default(), tf.Session() as session:
        found = session.run(logarithm(tf.constant(x)))
    np.testing.assert_allclose(found, np.log(x.astype(np.float64)), atol=1e-4)


def test_whitened_models_hear_whole_utterances_by_default(make_trained):
    from dataclasses import replace
    run, source = make_trained('unidirectional', 'v0.1')
    run = replace(run, export=replace(run.export, n_steps=0))
    with TensorFlowModel(export(run, source, QUIET)[0]) as model:
        assert model.n_steps == 500
