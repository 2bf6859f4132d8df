"""Runs without --checkpoint_dir share a directory, as published; who comes upon another model there is told."""

import pytest

TOLD = 'W No --checkpoint_dir is given, so the model of 8 units and 29 outputs that an earlier run without one has left in '


@pytest.fixture
def command(one_clip):
    return ('--n_hidden', 8, '--epochs', 1, '--train_files', one_clip, '--noshow_progressbar')


def test_a_run_that_goes_on_with_what_another_left_there_is_told(deepspeech, command):
    first = deepspeech(*command)
    assert first.returncode == 0 and TOLD not in first.stdout
    again = deepspeech(*command)
    assert again.returncode == 0 and again.stdout.count(TOLD) == 1 and 'deepspeech/checkpoints is trained on' in again.stdout
    fresh = deepspeech(*command, '--load_train', 'init')
    assert fresh.returncode == 0 and TOLD not in fresh.stdout


def test_a_directory_of_one_s_own_is_no_matter(deepspeech, command, tmp_path):
    for _ in range(2):
        run = deepspeech(*command, '--checkpoint_dir', tmp_path / 'own')
        assert run.returncode == 0 and TOLD not in run.stdout
    assert 'Resuming from' in run.stdout


def test_another_width_there_is_an_error_with_the_way_out(deepspeech, command):
    deepspeech(*command)
    run = deepspeech(*command[2:], '--n_hidden', 16)
    assert run.returncode == 1 and 'choose another --checkpoint_dir' in run.stdout.strip().split('\n')[-1]
