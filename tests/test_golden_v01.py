"""What the real DeepSpeech v0.1.1 computed: its checkpoint and its features give its scores and its losses."""

import json
import os

import numpy as np
import pytest
from tensorflow_client import TensorFlowModel

from deepspeech_training.checkpoints.stored_model import open_checkpoint
from deepspeech_training.compat import tf
from deepspeech_training.console.log import Log
from deepspeech_training.data.datasets import read_set
from deepspeech_training.data.preflight import check_rows
from deepspeech_training.evaluate.forward import forward_pass
from deepspeech_training.export.package import export
from deepspeech_training.model.acoustic import ctc_losses
from deepspeech_training.settings.config import ExportConfig, RunConfig, SetConfig
from deepspeech_training.settings.features import FeatureConfig
from deepspeech_training.settings.model import ModelConfig

GOLDEN = os.path.join(os.path.dirname(__file__), 'golden', 'ds011')


@pytest.fixture
def source():
    return open_checkpoint(os.path.join(GOLDEN, 'checkpoint', 'model.ckpt-12'), {})


@pytest.fixture
def run(alphabet, tmp_path):
    return RunConfig(alphabet, ModelConfig(alphabet.size, 32, 'bidirectional'),
                     features=FeatureConfig().of_set('v0.1'), test=SetConfig(batch_size=4),
                     export=ExportConfig(str(tmp_path)))


@pytest.fixture
def samples(run, clips, tmp_path):
    return check_rows(read_set(SetConfig((str(clips),))), run.alphabet, run.features, str(tmp_path)).utterances


@pytest.fixture
def recorded():
    """{name of the clip: loss}"""
    with open(os.path.join(GOLDEN, 'test_losses.json'), encoding='utf-8') as file:
        return json.load(file)


def name_of(prepared):
    return os.path.basename(prepared.id)


def test_checkpoint_gives_the_recorded_scores_and_losses(run, source, samples, recorded):
    logits = np.load(os.path.join(GOLDEN, 'features_logits.npz'))['letters_k.wav:logits']
    expected = np.exp(logits) / np.exp(logits).sum(axis=1, keepdims=True)
    found = {}
    with forward_pass(source, run.model, run.features, run.devices, run.test.batch_size) as forward:
        for outputs in forward.batches(samples):
            for place, probabilities, length, loss, _ in zip(*outputs):
                found[name_of(samples[place])] = loss, probabilities[:length]
    assert len(found) == 9
    for name, (loss, _) in found.items():
        assert abs(loss - recorded[name]) < 1e-5 * recorded[name]
    np.testing.assert_allclose(found['letters_k.wav'][1], expected, atol=1e-6)


def test_export_comes_near_the_recorded_losses(run, source, samples, recorded):
    # No nearer: clients know neither the sample before a window nor where the audio ends.
    with TensorFlowModel(export(run, source, Log(level=3))[0]) as model, tf.Graph().as_default(), tf.Session() as session:
        for prepared in samples:
            logits = np.log(model.probabilities(prepared.audio.read()))[:, np.newaxis]
            losses = ctc_losses(tf.constant(logits), tf.constant([len(logits)]), tf.constant(prepared.labels[np.newaxis]))
            (loss,) = session.run(losses)
            assert abs(loss - recorded[name_of(prepared)]) < 0.05 * recorded[name_of(prepared)]
