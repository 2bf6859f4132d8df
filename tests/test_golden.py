"""What real DeepSpeech wrote: its checkpoints give its losses and train on, its graph gives what ours gives."""

import json
import os
import shutil

import numpy as np
import pytest
from tensorflow_client import TensorFlowModel

from deepspeech_training.checkpoints.directory import CheckpointDirectory
from deepspeech_training.checkpoints.initialisation import checkpoint_to_evaluate
from deepspeech_training.checkpoints.resolve import resolve
from deepspeech_training.compat import tf
from deepspeech_training.console.log import Log
from deepspeech_training.data.audio import read_wav
from deepspeech_training.data.datasets import read_each
from deepspeech_training.data.preflight import check_rows
from deepspeech_training.evaluate.run import test as run_test
from deepspeech_training.export.package import export
from deepspeech_training.model.acoustic import streaming_acoustic_model
from deepspeech_training.model.recurrent import LstmState
from deepspeech_training.model.variables import acoustic_weights
from deepspeech_training.settings.config import Asked, CheckpointConfig, DecoderConfig, ExportConfig, ReportConfig, SetConfig
from deepspeech_training.settings.features import N_INPUT, WINDOW_FRAMES, FeatureConfig

ALL = os.path.join(os.path.dirname(__file__), 'golden')
GOLDEN = os.path.join(ALL, 'ds093-plain')
QUIET = Log(level=3)


@pytest.fixture
def golden_run(alphabet, tmp_path):
    """Function that gives RunConfig and checkpoint of a golden model."""
    def open_(name):
        checkpoints = CheckpointConfig(os.path.join(ALL, name, 'checkpoint'), str(tmp_path))
        asked = Asked(alphabet, checkpoints=checkpoints,
                      decoder=DecoderConfig(beam_width=8), report=ReportConfig(report_count=0),
                      test=SetConfig(batch_size=4), export=ExportConfig(str(tmp_path)))
        source = checkpoint_to_evaluate(CheckpointDirectory(checkpoints.load_dir), 'auto', QUIET)
        return resolve(asked, source, QUIET), source
    return open_


@pytest.mark.parametrize('name', ['ds093-plain', 'ds093-layer_norm', 'ds093-amp'])
def test_checkpoint_gives_the_recorded_losses(name, golden_run, clips, alphabet, tmp_path):
    run, source = golden_run(name)
    assert (run.model.n_hidden, run.model.direction) == (48, 'unidirectional')
    ((path, samples),) = read_each(SetConfig((str(clips),)))
    samples = check_rows(samples, alphabet, FeatureConfig(), str(tmp_path)).utterances
    results = run_test(run, [(path, samples)], source, QUIET)
    with open(os.path.join(ALL, name, 'test.json'), encoding='utf-8') as file:
        recorded = {os.path.basename(row['wav_filename']): row for row in json.load(file)}
    assert len(results) == 9
    for result in results:
        row = recorded[os.path.basename(result.wav_filename)]
        assert result.src == row['src']
        assert abs(result.loss - row['loss']) < 1e-3


def test_checkpoint_of_v01_gives_the_recorded_outputs(golden_run):
    run, source = golden_run('ds011')
    assert (run.model.direction, run.features.feature_set) == ('bidirectional', 'v0.1')
    with np.load(os.path.join(ALL, 'ds011', 'features_logits.npz')) as recorded:
        names = sorted({name.split(':')[0] for name in recorded.files})
        assert len(names) == 3
        for name in names:
            ours = outputs_of(run, source, recorded[f'{name}:features'])
            np.testing.assert_allclose(ours, recorded[f'{name}:logits'], atol=1e-4)


def outputs_of(run, source, windows):
    """Returns what the network gives for ready-made windows [time, 494]."""
    with tf.Graph().as_default(), tf.Session() as session:
        zeros = tf.zeros([1, run.model.n_cell])
        outputs = streaming_acoustic_model(
            run.model, acoustic_weights(run.model), tf.constant(windows.reshape(1, -1, WINDOW_FRAMES, N_INPUT)),
            tf.constant([len(windows)]), LstmState(zeros, zeros))
        source.restore(session, tf.global_variables())
        return session.run(outputs.logits_tbc)[:, 0]


def test_export_of_the_checkpoint_equals_the_recorded_graph(golden_run, clips):
    run, source = golden_run('ds093-plain')
    ours = export(run, source, QUIET)[0]
    audio, _ = read_wav(str(clips.parent / 'number-not-answering.wav'))
    with TensorFlowModel(ours) as model, TensorFlowModel(os.path.join(GOLDEN, 'output_graph.pb')) as recorded:
        np.testing.assert_allclose(model.probabilities(audio), recorded.probabilities(audio), atol=1e-6)
        assert model.alphabet == recorded.alphabet == run.alphabet
        assert (model.features, model.beam_width, model.n_steps) == (recorded.features, 500, 16)


@pytest.mark.parametrize('name, checkpoint, n_updates, line', [
    ('ds093-bytes', 'best_dev-18', 18, 'Loading best validating checkpoint'),
    ('ds093-plain', 'best_dev-18', 18, 'Loading best validating checkpoint'),
    ('ds093-layer_norm', 'best_dev-18', 18, 'Taking layer_norm True from the checkpoint'),
    ('ds093-amp', 'best_dev-12', 12, 'Loading best validating checkpoint'),
    ('ds011', 'model.ckpt-12', 12, 'Taking feature_set v0.1 from the checkpoint')])
def test_training_goes_on_from_the_checkpoint_with_its_optimizer(name, checkpoint, n_updates, line, deepspeech, clips,
                                                                 tmp_path):
    directory = os.path.join(ALL, name, 'checkpoint')
    run = deepspeech('--train_files', clips, '--train_batch_size', 3, '--epochs', 1, '--load_checkpoint_dir', directory,
                     '--save_checkpoint_dir', tmp_path / 'ckpt', '--log_level', 0,
                     *(['--bytes_output_mode'] if 'bytes' in name else []))
    assert run.returncode == 0, run.stdout + run.stderr
    assert line in run.stdout
    before = tf.train.load_checkpoint(os.path.join(directory, checkpoint)).get_variable_to_shape_map()
    after = tf.train.load_checkpoint(str(tmp_path / 'ckpt' / f'train-{n_updates + 3}'))  # three updates are ours
    expected = {name.replace('cond_1/', ''): shape for name, shape in before.items()}
    for of_mixed_precision in ('current_loss_scale', 'good_steps'):
        expected.pop(of_mixed_precision, None)
    assert after.get_variable_to_shape_map() == dict(expected, learning_rate=[])
    assert after.get_tensor('global_step') == n_updates + 3
    assert np.isclose(after.get_tensor('beta1_power'), 0.9 ** (n_updates + 4))


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


def test_a_transfer_within_a_directory_of_another_trainer_can_be_resumed(deepspeech, clips, tmp_path):
    directory = tmp_path / 'ckpt'
    shutil.copytree(os.path.join(GOLDEN, 'checkpoint'), str(directory))
    (tmp_path / 'alphabet.txt').write_text(' \n' + '\n'.join("abcdefghijklmnopqrstuvwxyz'+-") + '\n')
    command = ('--train_files', clips, '--train_batch_size', 9, '--checkpoint_dir', directory, '--drop_source_layers', 1,
               '--alphabet_config_path', tmp_path / 'alphabet.txt', '--noshow_progressbar')
    first = deepspeech(*command, '--epochs', 1)  # no validation yet: the best model is still the other trainer's
    assert first.returncode == 0, first.stdout + first.stderr
    again = deepspeech(*command, '--epochs', 1, '--dev_files', clips, '--dev_batch_size', 9)
    assert again.returncode == 0, again.stdout + again.stderr
    assert 'I Saved new best validating model' in again.stdout
    assert (directory / 'best_dev-18.index').exists()
