"""Batches by seconds and kept features, as the program has them."""

import json

SMALL = ('--n_hidden', 16, '--noshow_progressbar', '--intra_op_parallelism_threads', 1)


def losses(run):
    assert run.returncode == 0, run.stdout + run.stderr
    return [line.split('loss: ')[1] for line in run.stdout.split('\n') if 'Finished' in line]


def updates(directory):
    return int((directory / 'checkpoint').read_text().split('"')[1].split('-')[1])


def test_kept_features_change_no_loss(deepspeech, clips, tmp_path):
    def trained(name, *flags):
        return deepspeech(*SMALL, '--train_files', clips, '--dev_files', clips, '--train_batch_size', 2, '--epochs', 2,
                          '--checkpoint_dir', tmp_path / name, *flags)
    cache = ('--feature_cache', tmp_path / 'features' / 'clips')
    off, filling = losses(trained('a', '--feature_cache', 'off')), losses(trained('b', *cache))
    assert len(off) == 4 and off == filling == losses(trained('c', *cache))
    assert sorted(path.name for path in (tmp_path / 'features').iterdir()) == ['clips.features-data', 'clips.features-index']
    # The published way to have them computed anew, before epochs 0 and 2.
    renewed = trained('d', *cache, '--cache_for_epochs', 2, '--epochs', 3)
    assert renewed.stdout.count('I Invalidating feature cache\n') == 2 and losses(renewed)[:4] == off


def test_a_cache_that_cannot_be_written_is_found_before_the_first_step(deepspeech, clips, tmp_path):
    (tmp_path / 'file').write_text('')
    run = deepspeech(*SMALL, '--train_files', clips, '--checkpoint_dir', tmp_path / 'ckpt', '--feature_cache',
                     tmp_path / 'file' / 'cache', '--cache_for_epochs', 1)
    assert 'W --cache_for_epochs 1: the feature cache is emptied before every epoch and never used' in run.stdout
    assert run.returncode == 1 and 'STARTING' not in run.stdout
    last = run.stdout.strip().split('\n')[-1]
    assert str(tmp_path / 'file') in last and '--feature_cache' in last


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
    del values['progress']['batching'], values['files'], values['checksum'], values['serial']
    values['format'] = 1
    values['progress'].update(epoch=0, position=3, n_per_step=2)
    state.write_text(json.dumps(values), encoding='utf-8')
    resumed = deepspeech(*command)
    assert resumed.returncode == 0 and 'begins again' not in resumed.stdout
    assert updates(directory) == 7
