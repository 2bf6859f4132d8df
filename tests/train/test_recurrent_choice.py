"""What computes the recurrent layer is remembered with a run, so that going on with it gives equal bits."""

import json
from types import SimpleNamespace

import pytest

from deepspeech_training.train.resume import lstm_before

SMALL = ('--n_hidden', '16', '--train_batch_size', '3', '--epochs', '1', '--show_progressbar', 'false')


@pytest.fixture
def train(deepspeech, clips, tmp_path):
    """Function that trains an epoch more with some flags and returns what was said."""
    def run(*flags):
        done = deepspeech(*SMALL, '--train_files', clips, '--checkpoint_dir', tmp_path / 'ckpt', *flags)
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout
    return run


def remembered(directory):
    """Returns the last checkpoint's description, and its path."""
    path = max((directory / 'ckpt').glob('train-*.json'), key=lambda path: int(path.stem.split('-')[1]))
    return json.loads(path.read_text(encoding='utf-8')), path


def test_a_run_of_the_loop_goes_on_with_it_until_it_is_told_otherwise(train, tmp_path):
    assert 'Recurrent layer: loop (as --lstm_impl says)' in train('--lstm_impl', 'loop')
    assert remembered(tmp_path)[0]['progress']['lstm'] == 'loop'
    assert 'Recurrent layer: loop (as this run was computed before; --lstm_impl native changes that)' in train()
    assert 'Recurrent layer: native (as --lstm_impl says)' in train('--lstm_impl', 'native')
    assert 'Recurrent layer: native (the fastest on processors)' in train()


def test_a_new_run_takes_the_native_layer(train, tmp_path):
    assert 'Recurrent layer: native (the fastest on processors)' in train()
    assert remembered(tmp_path)[0]['progress']['lstm'] == 'native'


@pytest.mark.parametrize('progress, expected', [({'epoch': 3}, 'loop'), ({'epoch': 3, 'lstm': 'native'}, 'native'), ({}, '')])
def test_before_it_was_remembered_it_was_the_loop(progress, expected):
    assert lstm_before(SimpleNamespace(progress=progress)) == expected
