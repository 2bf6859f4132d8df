"""Bits that flip and files that are cut off are always noticed, and the checkpoint before is used."""

import json
import os
import random
import shutil
from pathlib import Path

import pytest

from deepspeech_training.checkpoints import files
from deepspeech_training.checkpoints.directory import KINDS, CheckpointDirectories, CheckpointDirectory
from deepspeech_training.checkpoints.initialisation import checkpoint_to_evaluate, initial_model
from deepspeech_training.errors import CheckpointError
from deepspeech_training.settings.config import CheckpointConfig

ROOT = Path(__file__).resolve().parents[2]
SHORT, LONG = 100, 1000  # flips of each file
N_CUTS = 64
SUFFIXES = files.WEIGHT_SUFFIXES + (files.METADATA_SUFFIX,)


@pytest.fixture(scope='module')
def two_epochs(fork_server, tmp_path_factory):
    """Checkpoints train-3, train-6 and a best one."""
    home = tmp_path_factory.mktemp('two-epochs')
    clips = ROOT / 'tests' / 'clips' / 'clips.csv'
    command = ('--n_hidden', '4', '--train_files', clips, '--dev_files', clips, '--train_batch_size', '3',
               '--dev_batch_size', '9', '--epochs', '2', '--checkpoint_dir', home / 'ckpt')
    assert fork_server.start(command, dict(os.environ, XDG_DATA_HOME=str(home)), home / 'output').wait() == 0
    return home / 'ckpt'


@pytest.fixture
def directory(two_epochs, tmp_path):
    """A copy of them to damage."""
    shutil.copytree(str(two_epochs), str(tmp_path / 'ckpt'))
    return tmp_path / 'ckpt'


def damages(data, n_flips, dice):
    """Yields `data` with a bit flipped here and there, and cut off at many places."""
    for place in [dice.randrange(8 * len(data)) for _ in range(n_flips)]:
        flipped = bytearray(data)
        flipped[place // 8] ^= 1 << place % 8
        yield bytes(flipped)
    for cut in range(N_CUTS):
        yield data[:len(data) * cut // N_CUTS]


def tried_with_damages(path, n_flips, check):
    """Calls `check` with `path` damaged in many ways, and mends it again; returns how many ways."""
    data, number = path.read_bytes(), 0
    for number, damaged in enumerate(damages(data, n_flips, random.Random(path.name)), 1):
        path.write_bytes(damaged)
        check()
    path.write_bytes(data)
    return number


def test_damage_of_the_newest_checkpoint_is_noticed_and_the_one_before_used(directory, log, output, is_long, capsys):
    def check():
        output.truncate(0)
        assert CheckpointDirectory(str(directory)).last(log).path == str(directory / 'train-3')
        assert 'W 1 damaged checkpoint left out: ' in output.getvalue()

    n_flips = LONG if is_long else SHORT
    numbers = [tried_with_damages(directory / f'train-6{suffix}', n_flips, check) for suffix in SUFFIXES]
    with capsys.disabled():
        print(f'\n{numbers} damages of {SUFFIXES}, all noticed')


def test_a_damaged_state_file_leads_to_the_newest_sound_checkpoint(directory, log, is_long):
    def check():
        assert CheckpointDirectory(str(directory)).last(log).path == str(directory / 'train-6')

    tried_with_damages(directory / KINDS['last'].state_file, LONG if is_long else SHORT, check)


def test_what_a_person_did_to_the_state_file_counts_once_the_seal_is_gone(directory, log, output):
    path = directory / KINDS['last'].state_file
    content = path.read_text().replace('model_checkpoint_path: "train-6"', 'model_checkpoint_path: "train-3"', 1)
    path.write_text(content)
    assert CheckpointDirectory(str(directory)).last(log).path == str(directory / 'train-6')
    assert 'If the change is yours, remove the first line' in output.getvalue()
    path.write_text(content.split('\n', 1)[1])
    assert CheckpointDirectory(str(directory)).last(log).path == str(directory / 'train-3')


def test_a_checkpoint_of_another_trainer_is_read_whole_before_it_is_used(log, tmp_path, is_long):
    directory = tmp_path / 'ckpt'
    shutil.copytree(str(ROOT / 'tests' / 'golden' / 'ds093-plain' / 'checkpoint'), str(directory))

    def check():
        with pytest.raises(CheckpointError):
            CheckpointDirectory(str(directory)).best(log)

    path = directory / 'best_dev-18.data-00000-of-00001'
    tried_with_damages(path, SHORT if is_long else 10, check)


def test_when_the_last_ones_are_damaged_the_best_one_goes_on(directory, log, output):
    for name in CheckpointDirectory(str(directory)).names('last'):
        (directory / f'{name}.index').write_bytes(b'')
    config = CheckpointConfig(str(directory), str(directory))
    assert initial_model(config, CheckpointDirectories.of(config), log).path == str(directory / 'best_dev-6')
    assert 'no most recent checkpoint is sound (2 damaged checkpoints found)' in output.getvalue()


def test_training_does_not_begin_anew_over_damaged_checkpoints(directory, deepspeech, clips):
    for path in directory.glob('*.index'):
        path.write_bytes(path.read_bytes()[:-1])
    run = deepspeech('--n_hidden', 4, '--train_files', clips, '--epochs', 1, '--checkpoint_dir', directory)
    last = run.stdout.strip().split('\n')[-1]
    assert run.returncode == 1 and last.startswith('E ') and 'damaged' in last, run.stdout
    assert 'Initializing' not in run.stdout


def test_a_damaged_best_model_gives_way_to_the_last_one_in_tests(directory, log, output):
    (directory / 'best_dev-6.data-00000-of-00001').write_bytes(b'')
    assert checkpoint_to_evaluate(CheckpointDirectory(str(directory)), 'auto', log).path == str(directory / 'train-6')
    assert 'best_dev-6.data-00000-of-00001: is damaged' in output.getvalue()


def test_a_hand_made_change_of_the_metadata_is_noticed(directory, log, output):
    path = directory / 'train-6.json'
    values = json.loads(path.read_text(encoding='utf-8'))
    values['progress']['best'] = 0.
    path.write_text(json.dumps(values), encoding='utf-8')
    assert CheckpointDirectory(str(directory)).last(log).path == str(directory / 'train-3')
    path.unlink()
    assert CheckpointDirectory(str(directory)).last(log).path == str(directory / 'train-6')
