"""A command that names no alphabet takes that of the checkpoint it starts from."""

import json

import pytest

from deepspeech_training.checkpoints.stored_alphabet import alphabet_in

LETTERS = ' abcdefghijklmnopqrstuvwxyz'  # without the apostrophe of data/alphabet.txt
TAKEN = 'I Taking the alphabet of 27 labels from the checkpoint (not data/alphabet.txt).'


@pytest.fixture
def trained(deepspeech, one_clip, tmp_path):
    """Directory of a model with an alphabet of its own, and the command that made it, but for the alphabet."""
    alphabet = tmp_path / 'letters.txt'
    alphabet.write_text('\n'.join(LETTERS) + '\n', encoding='utf-8')
    directory = tmp_path / 'ckpt'
    command = ('--n_hidden', 16, '--train_files', one_clip, '--epochs', 1, '--checkpoint_dir', directory,
               '--noshow_progressbar')
    assert deepspeech(*command, '--alphabet_config_path', alphabet).returncode == 0
    return directory, command


def test_training_test_and_export_go_on_with_it(trained, deepspeech, one_clip, tmp_path):
    directory, command = trained
    run = deepspeech(*command, '--test_files', one_clip, '--export_dir', tmp_path / 'export')
    assert run.returncode == 0, run.stdout
    assert run.stdout.count(TAKEN) == 1 and f'Test on {one_clip} - WER: ' in run.stdout
    assert (tmp_path / 'export' / 'output_graph.pb').exists()
    stored = json.loads((directory / 'train-2.json').read_text(encoding='utf-8'))
    assert stored['alphabet'] == list(LETTERS)


@pytest.mark.parametrize('flags, said', [
    (('--alphabet_config_path', 'data/alphabet.txt'), 'the checkpoint has 28 outputs, the alphabet'),
    (('--load_train', 'init'), 'FINISHED optimization'), (('--drop_source_layers', 1), 'FINISHED optimization')])
def test_what_is_given_or_new_is_not_replaced(trained, deepspeech, flags, said, tmp_path):
    directory, command = trained
    run = deepspeech(*command, '--save_checkpoint_dir', tmp_path / 'new', '--load_checkpoint_dir', directory, *flags)
    assert said in run.stdout and TAKEN not in run.stdout


def test_nothing_is_said_where_it_is_the_default(deepspeech, one_clip, tmp_path):
    command = ('--n_hidden', 16, '--train_files', one_clip, '--epochs', 1, '--checkpoint_dir', tmp_path,
               '--noshow_progressbar')
    assert deepspeech(*command).returncode == 0
    again = deepspeech(*command)
    assert again.returncode == 0 and 'Taking the alphabet' not in again.stdout


def test_damaged_metadata_tell_nothing(trained):
    directory, _ = trained
    assert alphabet_in(str(directory)).labels == tuple(LETTERS)
    (path,) = directory.glob('train-*.json')
    path.write_bytes(path.read_bytes().replace(b'"n_hidden"', b'"n_hidde_"'))
    assert alphabet_in(str(directory)) is None and alphabet_in(str(directory / 'none')) is None
