"""Whole trainings with `--augment`: each augmentation has an effect, on the training set alone, and the same in every run."""

import os
import re
import signal
import time
from pathlib import Path

import numpy as np
import pytest
from long_form import long

from deepspeech_training.compat import tf
from deepspeech_training.settings.augment_table import KINDS, PRESETS

CLIPS = Path(__file__).resolve().parent / 'clips' / 'clips.csv'
SMALL = ('--noshow_progressbar', '--n_hidden', 16, '--train_batch_size', 3, '--dev_batch_size', 3, '--scorer', '',
         '--epochs', 1)
GRAPH = ('dropout', 'pitch', 'tempo', 'warp', 'time_mask', 'frequency_mask', 'add', 'multiply')
SAMPLE = ('reverb[delay=50.0,decay=2.0]', 'resample[rate=4000]', 'codec[bitrate=4000]', 'volume')
VARIED = ('speed[p=0.5]', 'noise[p=0.5,snr=20:5~3]', f'room[p=0.2,source={CLIPS.parent}]', 'tempo[p=0.5,factor=1~0.2]',
          'warp[p=0.5]', 'add[p=0.5,stddev=0:0.5]')


def augmenting(*specifications):
    """Returns the words of a command line, as CI of the published project wrote them: each with a flag of its own."""
    return tuple(word for each in specifications for word in ('--augment', each))


def losses(output, of='Finished training'):
    return [float(loss) for loss in re.findall(rf'{of} epoch \d+.*? - loss: ([-\d.einf]+)', output)]


@pytest.fixture
def sources(clips, tmp_path):
    """A CSV file with nothing but paths."""
    path = tmp_path / 'noise.csv'
    path.write_text(f'wav_filename\n{clips.parent / "digits_h-6.wav"}\n{clips.parent / "letters_k.wav"}\n', encoding='utf-8')
    return path


@pytest.fixture
def trained(deepspeech, clips, tmp_path):
    """Function (further words) that trains for an epoch and returns what was said."""
    def train(*words, name='ckpt'):
        run = deepspeech('--train_files', clips, '--checkpoint_dir', tmp_path / name, *SMALL, *words)
        assert run.returncode == 0, run.stdout + run.stderr
        return run.stdout
    return train


@pytest.fixture(scope='module')
def plain_loss(fork_server, tmp_path_factory):
    """What the training loss is without augmentation."""
    path = tmp_path_factory.mktemp('plain')
    home = dict(os.environ, HOME=str(path), XDG_DATA_HOME=str(path), XDG_CACHE_HOME=str(path), PYTHONIOENCODING='utf-8')
    words = ('--train_files', CLIPS, '--checkpoint_dir', path / 'ckpt', *SMALL)
    assert fork_server.start(words, home, path / 'output', path / 'errors').wait(300) == 0
    (loss,) = losses((path / 'output').read_text(encoding='utf-8'))
    return loss


@pytest.mark.parametrize('name', [long(name) if number % 4 else name for number, name in enumerate(sorted(KINDS))])
def test_each_augmentation_is_trained_with_and_has_an_effect(name, trained, sources, plain_loss):
    """The numbers of the plain run tell that the sound was changed: nothing else differs."""
    words = f'{name}[source={sources}]' if name in ('overlay', 'room') else name
    said = trained('--augment', words)
    (loss,) = losses(said)
    assert np.isfinite(loss) and loss != plain_loss and f'I Augmenting the training set: {words}.' in said


def test_what_published_ci_augments_graphs_with(trained):
    (loss,) = losses(trained('--noearly_stop', '--train_batch_size', 1, *augmenting(*GRAPH)))
    assert np.isfinite(loss)


def test_what_published_ci_augments_samples_with(trained, sources):
    (loss,) = losses(trained(*augmenting(f'overlay[source={sources},snr=20]', *SAMPLE)))
    assert np.isfinite(loss)


@pytest.mark.parametrize('name', sorted(PRESETS))
def test_presets_are_said_in_full(name, trained):
    said = trained('--augment', f'preset={name}')
    assert f'I --augment preset={name} stands for --augment {PRESETS[name][0]} ' in said and np.isfinite(losses(said)[0])


@pytest.mark.parametrize('feature_set', ['v0.1', 'v0.2', 'v0.4', 'v0.5'])
def test_features_of_every_release_are_augmented(feature_set, trained):
    words = ('--feature_set', feature_set)
    (plain,) = losses(trained(*words, name='plain'))
    (loss,) = losses(trained(*words, *augmenting('pitch', 'speed', 'coefficient_mask')))
    assert np.isfinite(loss) and loss != plain


def test_only_the_training_set_is_augmented(trained, clips):
    """With a learning rate of nothing, the model stays what it was."""
    words = ('--dev_files', clips, '--metrics_files', clips, '--learning_rate', 1e-37, '--epochs', 2)
    plain = trained(*words, name='plain')
    said = trained(*words, *augmenting('dropout[rate=0.9]', 'volume[dbfs=-40]', 'add[stddev=3]'))
    assert losses(said) != losses(plain)
    for of in ('Finished validating', 'Metrics for'):
        assert len(losses(plain, of)) == 2 and losses(said, of) == losses(plain, of)


def weights(directory):
    """Returns {name: value} of the last checkpoint."""
    reader = tf.train.load_checkpoint(tf.train.latest_checkpoint(str(directory)))
    return {name: reader.get_tensor(name) for name in sorted(reader.get_variable_to_shape_map())}


@pytest.mark.slow
def test_a_run_stopped_in_an_augmented_epoch_ends_with_the_same_bits(fork_server, home, deepspeech, repeated_clips,
                                                                     tmp_path, is_long):
    """Whatever the number of threads: before, and after."""
    n_times = 30 if is_long else 16
    long_set = repeated_clips(n_times)

    def command(directory, n_threads):
        return ('--train_files', long_set, '--checkpoint_dir', directory, *SMALL, '--epochs', 2, '--loader_threads', n_threads,
                *augmenting(*VARIED))

    assert deepspeech(*command(tmp_path / 'whole', 1)).returncode == 0
    expected = weights(tmp_path / 'whole')
    for n_before, n_after in ((1, 4), (4, 2), (2, 1))[:3 if is_long else 2]:
        directory, output = tmp_path / f'{n_before}-{n_after}', tmp_path / f'{n_before}-{n_after}.txt'
        run = fork_server.start(command(directory, n_before), home, output)
        stop_after(3 * n_times, run, directory)  # steps of an epoch
        assert re.search(r'Interrupted in epoch 1; the same command goes on', output.read_text(encoding='utf-8'))
        assert deepspeech(*command(directory, n_after)).returncode == 0
        found = weights(directory)
        assert found.keys() == expected.keys()
        assert not [name for name in expected if not np.array_equal(found[name], expected[name])]


def stop_after(n_updates, run, directory):
    """Sends Ctrl-C as soon as the checkpoint of so many updates is there; returns when the run has ended."""
    while run.poll() is None and not (directory / f'train-{n_updates}.json').exists():
        time.sleep(0.01)
    run.send_signal(signal.SIGINT)
    assert run.wait(timeout=120) == 130


@pytest.mark.parametrize('words, said', [
    ('overlay[source={0}/none.csv]', 'none.csv: cannot be read'),
    ('overlay[source={0}/none]', '{0}/none: there is no such file or folder'),
    ('overlay[source={0}/empty]', '{0}/empty: there is no sound in it'),
    ('noise[source={0}/text.txt]', "unknown type of data set '.txt'"), ('room[source={0}/broken]', 'can be used, for example'),
    ('foo', "there is no augmentation 'foo'")])
def test_what_cannot_be_done_is_said_before_the_first_step(words, said, deepspeech, clips, tmp_path):
    (tmp_path / 'empty').mkdir()
    (tmp_path / 'broken').mkdir()
    (tmp_path / 'broken' / 'a.wav').write_bytes(b'RIFF')
    (tmp_path / 'text.txt').write_text('x')
    run = deepspeech('--train_files', clips, '--checkpoint_dir', tmp_path / 'ckpt', *SMALL, '--augment', words.format(tmp_path))
    assert run.returncode == 1 and said.format(tmp_path) in run.stdout and 'STARTING' not in run.stdout, run.stdout
