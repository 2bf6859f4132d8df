"""Models with the features of 0.5 and 0.6, whose mel bands end at 4000 Hz, made with TensorFlow's published operations."""

import json
import os

import numpy as np
import pytest

from deepspeech_training.checkpoints.directory import CheckpointDirectory
from deepspeech_training.checkpoints.frozen import open_frozen
from deepspeech_training.checkpoints.initialisation import checkpoint_to_evaluate
from deepspeech_training.checkpoints.resolve import resolve
from deepspeech_training.compat import tf
from deepspeech_training.console.log import Log
from deepspeech_training.data.audio import read_wav
from deepspeech_training.data.datasets import read_each
from deepspeech_training.data.preflight import check_rows
from deepspeech_training.errors import CheckpointError, ConfigError
from deepspeech_training.evaluate.run import test as run_test
from deepspeech_training.export.package import export
from deepspeech_training.features.mfcc import FeatureComputer
from deepspeech_training.settings.config import (
    Asked,
    CheckpointConfig,
    DecoderConfig,
    DeviceConfig,
    ExportConfig,
    ReportConfig,
    SetConfig,
)
from deepspeech_training.settings.features import AskedFeatures, FeatureConfig

HERE = os.path.dirname(os.path.abspath(__file__))
GOLDEN = os.path.join(HERE, 'golden', 'mel4000')
QUIET = Log(level=3)


@pytest.fixture
def asked(alphabet, tmp_path):
    """Function that gives the Asked of a test with the checkpoint of a release."""
    def make(release, **changes):
        return Asked(alphabet, checkpoints=CheckpointConfig(os.path.join(GOLDEN, release, 'checkpoint'), str(tmp_path)),
                     decoder=DecoderConfig(beam_width=8), report=ReportConfig(report_count=0), test=SetConfig(batch_size=4),
                     export=ExportConfig(str(tmp_path)), **changes)
    return make


@pytest.fixture
def losses_of(clips, alphabet, tmp_path):
    """Function that gives {file name of a clip: loss} of a model."""
    def test_(run, source):
        ((path, rows),) = read_each(SetConfig((str(clips),)))
        utterances = check_rows(rows, alphabet, run.features, str(tmp_path)).utterances
        return {os.path.basename(result.wav_filename): result.loss
                for result in run_test(run, [(path, utterances)], source, QUIET)}
    return test_


def recorded_losses(release):
    with open(os.path.join(GOLDEN, release, 'losses.json'), encoding='utf-8') as file:
        return json.load(file)


def opened(asked):
    source = checkpoint_to_evaluate(CheckpointDirectory(asked.checkpoints.load_dir), 'auto', QUIET)
    return resolve(asked, source, QUIET), source


def test_features_are_those_of_the_published_operations():
    samples, _ = read_wav(os.path.join(HERE, 'clips', 'letters_k.wav'))
    features = FeatureComputer(FeatureConfig(feature_set='v0.5'), DeviceConfig())
    # TensorFlow's reader of WAV files divides by 32768, training by 32767.
    found = features(samples * np.float32(32767 / 32768))
    features.close()
    np.testing.assert_allclose(found, np.load(os.path.join(GOLDEN, 'letters_k.npy')), rtol=1e-5, atol=1e-5)


@pytest.mark.parametrize('release', ['0.5', '0.6'])
def test_checkpoints_are_known_by_their_variables_and_give_their_losses(release, asked, losses_of):
    run, source = opened(asked(release))
    assert run.features.feature_set == 'v0.5'
    expected = recorded_losses(release)
    losses = losses_of(run, source)
    assert sorted(losses) == sorted(expected) and len(losses) == 9
    for name, loss in losses.items():
        assert loss == pytest.approx(expected[name], rel=1e-5)


@pytest.mark.parametrize('release', ['0.5', '0.6'])
def test_exported_graphs_are_known_by_their_mel_bands_and_give_their_losses(release, asked, losses_of):
    model = open_frozen(os.path.join(GOLDEN, release, 'output_graph.pb'))
    run = resolve(asked(release), model, QUIET)
    assert run.features.feature_set == 'v0.5'
    expected = recorded_losses(release)
    for name, loss in losses_of(run, model).items():
        assert loss == pytest.approx(expected[name], rel=1e-5)


def test_a_new_export_keeps_the_mel_bands(asked, tmp_path, losses_of):
    run, source = opened(asked('0.6'))
    export(run, source, QUIET, [])
    model = open_frozen(str(tmp_path / 'output_graph.pb'))
    assert model.feature_sets == ('v0.5',)
    again = resolve(asked('0.6'), model, QUIET)
    expected = recorded_losses('0.6')
    for name, loss in losses_of(again, model).items():
        assert loss == pytest.approx(expected[name], rel=1e-5)


def test_the_flag_decides_over_the_guess_of_0_6(asked):
    run, _ = opened(asked('0.6', features=AskedFeatures(feature_set='current')))
    assert run.features.feature_set == 'current'


def test_the_flag_cannot_contradict_the_mel_bands_of_a_graph(asked):
    model = open_frozen(os.path.join(GOLDEN, '0.6', 'output_graph.pb'))
    with pytest.raises(CheckpointError, match='--feature_set current contradicts .* trained with v0.5'):
        resolve(asked('0.6', features=AskedFeatures(feature_set='current')), model, QUIET)


def test_mel_bands_of_no_release_are_refused(tmp_path):
    graph, path = tf.GraphDef(), tmp_path / 'odd.pb'
    with open(os.path.join(GOLDEN, '0.6', 'output_graph.pb'), 'rb') as file:
        graph.ParseFromString(file.read())
    (node,) = [node for node in graph.node if node.op == 'Mfcc']
    node.attr['upper_frequency_limit'].f = 7000
    path.write_bytes(graph.SerializeToString())
    with pytest.raises(CheckpointError, match='mel bands end at 7000 Hz'):
        open_frozen(str(path))


def test_bands_up_to_4000_hz_need_a_rate_of_8000_hz():
    assert FeatureConfig(rate_hz=8000, feature_set='v0.5').upper_hz == 4000
    with pytest.raises(ConfigError, match='at least 8000 Hz'):
        FeatureConfig(rate_hz=7000, feature_set='v0.5')
