"""Batches by seconds, as the program makes them."""

import json

SMALL = ('--n_hidden', 16, '--noshow_progressbar', '--intra_op_parallelism_threads', 1)


def losses(run):
    assert run.returncode == 0, run.stdout + run.stderr
    return [line.split('loss: ')[1] for line in run.stdout.split('\n') if 'Finished' in line]


def updates(directory):
    return int((directory / 'checkpoint').read_text().split('"')[1].split('-')[1])


def test_batches_hold_as_many_seconds_as_asked_for(deepspeech, clips, tmp_path):
    # Nine clips of 0.6 to 1.6 s: five would fit into 5 s once, more of the short ones.
    command = SMALL + ('--train_files', clips, '--dev_files', clips, '--epochs', 1)
    assert losses(deepspeech(*command, '--batch_seconds', 5, '--checkpoint_dir', tmp_path / 'a'))
    assert updates(tmp_path / 'a') < 5
    assert losses(deepspeech(*command, '--batch_seconds', 5, '--train_batch_size', 2, '--checkpoint_dir', tmp_path / 'b'))
    assert updates(tmp_path / 'b') == 5
    assert losses(deepspeech(*command, '--batch_seconds', 1000, '--checkpoint_dir', tmp_path / 'c'))
    assert updates(tmp_path / 'c') == 1


def test_an_epoch_that_an_earlier_version_left_goes_on(deepspeech, clips, tmp_path):
    directory = tmp_path / 'ckpt'
    command = SMALL + ('--train_files', clips, '--train_batch_size', 2, '--checkpoint_dir', directory, '--epochs', 1)
    assert deepspeech(*command).returncode == 0
    state = directory / 'train-5.json'
    values = json.loads(state.read_text(encoding='utf-8'))
    del values['progress']['batching']
    values['progress'].update(epoch=0, position=3, n_per_step=2)
    state.write_text(json.dumps(values), encoding='utf-8')
    resumed = deepspeech(*command)
    assert resumed.returncode == 0 and 'begins again' not in resumed.stdout
    assert updates(directory) == 7
