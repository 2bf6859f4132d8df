"""What the real DeepSpeech 0.9.3 wrote: its checkpoint gives its losses, its graph gives what ours gives."""

import json
import os
import shutil

import numpy as np
import pytest

from deepspeech_training.checkpoints.choice import for_evaluation
from deepspeech_training.checkpoints.fit import fit
from deepspeech_training.compat import tf
from deepspeech_training.config import CheckpointConfig, ExportConfig, ModelConfig, ReportConfig, RunConfig, SetConfig
from deepspeech_training.config import DecoderConfig, FeatureConfig
from deepspeech_training.data.audio import read_wav
from deepspeech_training.data.collection import read_each
from deepspeech_training.data.preflight import check_samples
from deepspeech_training.evaluate.test import test as run_test
from deepspeech_training.export.package import export
from deepspeech_training.export.runner import ExportedModel
from deepspeech_training.log import Log

GOLDEN = os.path.join(os.path.dirname(__file__), 'golden', 'ds093-plain')
QUIET = Log(level=3)


@pytest.fixture
def golden_run(alphabet, tmp_path):
    """RunConfig and checkpoint of the golden model."""
    checkpoints = CheckpointConfig(os.path.join(GOLDEN, 'checkpoint'), str(tmp_path))
    run = RunConfig(alphabet, ModelConfig(alphabet.size), frozenset(), checkpoints=checkpoints,
                    decoder=DecoderConfig(beam_width=8), report=ReportConfig(report_count=0),
                    test=SetConfig(batch_size=4), export=ExportConfig(str(tmp_path)))
    source = for_evaluation(checkpoints, checkpoints.load_dir, QUIET)
    return fit(run, source, QUIET), source


def test_checkpoint_gives_the_recorded_losses(golden_run, clips, alphabet, tmp_path):
    run, source = golden_run
    assert (run.model.n_hidden, run.model.direction) == (48, 'unidirectional')
    ((path, samples),) = read_each(SetConfig((str(clips),)))
    samples = check_samples(samples, alphabet, FeatureConfig(), str(tmp_path)).samples
    results = run_test(run, [(path, samples)], source, QUIET)
    with open(os.path.join(GOLDEN, 'test.json'), encoding='utf-8') as file:
        recorded = {os.path.basename(row['wav_filename']): row for row in json.load(file)}
    assert len(results) == 9
    for result in results:
        row = recorded[os.path.basename(result.wav_filename)]
        assert result.src == row['src']
        assert abs(result.loss - row['loss']) < 1e-3


def test_export_of_the_checkpoint_equals_the_recorded_graph(golden_run, clips):
    run, source = golden_run
    ours = export(run, source, QUIET)
    audio, _ = read_wav(str(clips.parent / 'number-not-answering.wav'))
    with ExportedModel(ours) as model, ExportedModel(os.path.join(GOLDEN, 'output_graph.pb')) as recorded:
        np.testing.assert_allclose(model.probabilities(audio), recorded.probabilities(audio), atol=1e-6)
        assert model.alphabet == recorded.alphabet == run.alphabet
        assert (model.features, model.beam_width, model.n_steps) == (recorded.features, 500, 16)


def test_training_goes_on_from_the_checkpoint_with_its_optimizer(golden_run, deepspeech, clips, tmp_path):
    run = deepspeech('--train_files', clips, '--train_batch_size', 3, '--epochs', 1, '--load_checkpoint_dir',
                     os.path.join(GOLDEN, 'checkpoint'), '--save_checkpoint_dir', tmp_path / 'ckpt', '--log_level', 0)
    assert run.returncode == 0, run.stdout + run.stderr
    assert 'Loading best validating checkpoint' in run.stdout
    before = tf.train.load_checkpoint(os.path.join(GOLDEN, 'checkpoint', 'best_dev-18'))
    after = tf.train.load_checkpoint(str(tmp_path / 'ckpt' / 'train-21'))  # 18 updates and 3 of ours
    assert after.get_variable_to_shape_map() == before.get_variable_to_shape_map()
    assert after.get_tensor('global_step') == 21
    assert np.isclose(after.get_tensor('beta1_power'), 0.9 ** 22)


def test_the_best_model_of_another_trainer_is_not_replaced_by_a_worse_one(deepspeech, clips, tmp_path):
    directory = tmp_path / 'ckpt'
    shutil.copytree(os.path.join(GOLDEN, 'checkpoint'), str(directory))
    command = ('--train_files', clips, '--dev_files', clips, '--train_batch_size', 3, '--dev_batch_size', 9, '--epochs', 1,
               '--checkpoint_dir', directory)
    worse = deepspeech(*command, '--learning_rate', 0.05, '--force_initialize_learning_rate')
    assert worse.returncode == 0, worse.stdout + worse.stderr
    assert 'Saved new best' not in worse.stdout
    assert (directory / 'best_dev-18.index').exists()
    state = (directory / 'best_dev_checkpoint').read_text()
    assert state.count('best_dev-18') == 2
