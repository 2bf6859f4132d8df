"""The mean of several checkpoints: which ones, what it is, and that tests, exports and trainings can have it."""

import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from small_training import SmallTraining

from deepspeech_training.checkpoints.averaging import latest_of_kind, mean_of
from deepspeech_training.checkpoints.directory import CheckpointDirectory
from deepspeech_training.checkpoints.initialisation import checkpoint_to_evaluate
from deepspeech_training.compat import tf
from deepspeech_training.console.log import Log
from deepspeech_training.errors import CheckpointError
from deepspeech_training.model.variables import LAYERS, average_name, layer_names
from deepspeech_training.train.state import TrainingState

QUIET = Log(3)
PROGRAM = str(Path(__file__).resolve().parents[2] / 'bin' / 'average_checkpoints.py')


@pytest.fixture
def learned(clips, alphabet, tmp_path):
    return SmallTraining(clips, alphabet, tmp_path)


@pytest.fixture
def saved(open_writer, tmp_path):
    """Saves random models as train-1 to train-4; returns their directory."""
    random = np.random.RandomState(4)
    with open_writer() as (writer, session):
        for step in range(1, 5):
            for variable in tf.global_variables():
                variable.load(random.randn(*variable.shape.as_list()), session)
            writer.save_last(session, step, TrainingState().as_dict())
    return CheckpointDirectory(str(tmp_path))


def values(models, name):
    return [model.value(name).astype(np.float64) for model in models]


def test_the_newest_ones_are_averaged(saved, log, output):
    models = latest_of_kind(saved, 'last', 3, log)
    mean = mean_of(models, log)
    assert [model.path.rpartition('/')[2] for model in models] == ['train-2', 'train-3', 'train-4']
    assert output.getvalue() == 'I Averaging the weights of 3: train-2, train-3, train-4\n'
    assert mean.shapes == models[-1].shapes and len(mean.shapes) > 10
    for name in mean.shapes:
        np.testing.assert_allclose(mean.value(name), np.mean(values(models, name), axis=0), rtol=1e-6, atol=1e-7)
    assert mean.identity() not in {model.identity() for model in models}
    assert mean.identity() != mean_of(models[1:], QUIET).identity()


def test_a_damaged_one_is_left_out(saved, log, output, tmp_path):
    (tmp_path / 'train-3.index').write_bytes(b'damaged')
    models = latest_of_kind(saved, 'last', 5, log)
    assert [model.path.rpartition('/')[2] for model in models] == ['train-1', 'train-2', 'train-4']
    assert 'Left out' in output.getvalue() and 'Only 3 of 5 checkpoints are there to average' in output.getvalue()


def test_those_of_an_earlier_run_in_the_directory_are_left_out(open_writer, log, output, tmp_path):
    with open_writer() as (writer, session):
        for step, run in ((10, 'before'), (20, 'before'), (3, 'now'), (6, 'now')):
            writer.save_last(session, step, TrainingState(run=run).as_dict())
    models = latest_of_kind(CheckpointDirectory(str(tmp_path)), 'last', 3, log)
    assert [model.path.rpartition('/')[2] for model in models] == ['train-3', 'train-6']
    assert 'train-20, which is of another run than' in output.getvalue()


def test_of_an_update_the_last_one_counts(open_writer, tmp_path):
    """A plateau saves the best model again, with a lower learning rate."""
    with open_writer() as (writer, session):
        for _ in range(2):
            writer.save_best(session, 3, TrainingState().as_dict())
    directory = CheckpointDirectory(str(tmp_path))
    directory.point_to('best', ['best_dev-2', 'best_dev-3', *directory.names('best')])
    assert directory.names('best')[-1] == 'best_dev.2-3'
    assert len(latest_of_kind(directory, 'best', 1, QUIET)) == 1
    assert [model.path.rpartition('/')[2] for model in latest_of_kind(directory, 'best', 3, QUIET)] == ['best_dev.2-3']


def test_without_checkpoints_there_is_a_sentence(tmp_path):
    with pytest.raises(CheckpointError, match='leads to no sound checkpoint to average'):
        latest_of_kind(CheckpointDirectory(str(tmp_path)), 'last', 2, QUIET)


@pytest.mark.parametrize('ema_decay', [0., 0.9])
def test_a_training_keeps_as_many_best_ones_and_tests_their_mean(ema_decay, learned):
    last = learned('run', checkpoints=dict(n_average=2), optimizer=dict(ema_decay=ema_decay))
    directory = CheckpointDirectory(learned.path('run'))
    assert directory.names('best') == ['best_dev-10', 'best_dev-15']
    models = [directory.named(name) for name in directory.names('best')]
    mean = checkpoint_to_evaluate(directory, 'auto', QUIET, n_average=2)
    for name in ('layer_1/weights', 'layer_6/bias'):
        stored = average_name(name) if ema_decay else name
        np.testing.assert_allclose(mean.value(name), np.mean(values(models, stored), axis=0), rtol=1e-5, atol=1e-7)
    of_last = checkpoint_to_evaluate(directory, 'last', QUIET, n_average=3)
    assert [part.path.rpartition('/')[2] for part in of_last.parts] == ['train-5', 'train-10', 'train-15']
    assert last.value('global_step') == 15


def test_the_program_writes_a_checkpoint_that_trains_on(learned, tmp_path, deepspeech, clips):
    learned('run', optimizer=dict(ema_decay=0.9))
    out = tmp_path / 'mean'

    def run(*arguments):
        return subprocess.run([sys.executable, PROGRAM, '--checkpoint_dir', learned.path('run'), '--output', str(out),
                               *arguments], stdout=subprocess.PIPE, stderr=subprocess.PIPE, universal_newlines=True)

    done = run('--last', '2')
    assert done.returncode == 0 and done.stdout.endswith('best_dev-15: the mean of 2 checkpoints.\n'), done.stderr
    models = latest_of_kind(CheckpointDirectory(learned.path('run')), 'last', 2, QUIET)
    written = CheckpointDirectory(str(out)).best(QUIET)
    assert set(written.shapes) == set(models[-1].averaged().shapes)
    weights = [name for layer in LAYERS for name in layer_names('unidirectional', layer, False)]
    for name in written.shapes:  # the weights, and what else a training needs
        of_all = values([model.averaged() for model in models], name)
        expected = np.mean(of_all, axis=0) if name in weights else of_all[-1]
        np.testing.assert_allclose(written.value(name), expected, rtol=1e-5, atol=1e-7, err_msg=name)
    again = run('--last', '2')
    assert again.returncode == 1 and 'there are checkpoints in it; pass another directory' in again.stderr
    command = ('--train_files', clips, '--dev_files', clips, '--train_batch_size', 9, '--dev_batch_size', 9, '--epochs', 1,
               '--noshow_progressbar', '--test_files', clips, '--test_batch_size', 9, '--report_count', 0)
    trained = deepspeech(*command, '--checkpoint_dir', out)
    assert trained.returncode == 0, trained.stdout + trained.stderr
    assert 'Resuming from the most recent checkpoint' in trained.stdout and 'WER' in trained.stdout
    assert 'Validating epoch 0' in trained.stdout.split('Training epoch 0')[0]  # the mean itself was measured first
    assert CheckpointDirectory(str(out)).last(QUIET).value('global_step') == 16
