"""A run of so many epochs in all may be killed and started again at any time, also at its end and behind it."""

import json
import random
import re
import signal
import time

SHORT, LONG = 3, 40  # kills
SMALL = ('--n_hidden', 8, '--train_batch_size', 3, '--dev_batch_size', 9, '--test_batch_size', 9, '--beam_width', 4,
         '--noshow_progressbar')


def command_of(clips, tmp_path, *more):
    return SMALL + ('--train_files', clips, '--dev_files', clips, '--test_files', clips, '--checkpoint_dir', tmp_path / 'ckpt',
                    '--export_dir', tmp_path / 'export', '--test_output_file', tmp_path / 'results.json') + more


def kill_after(training, line):
    """Kills a training once it has printed `line`."""
    while line not in training.output:
        assert training.is_alive(), training.output
        time.sleep(0.001)
    training.kill(signal.SIGKILL)
    assert training.wait() == -signal.SIGKILL


def is_complete(training, tmp_path):
    """Returns whether a training has ended with test and export."""
    assert training.wait() == 0, training.output
    assert len(json.loads((tmp_path / 'results.json').read_text(encoding='utf-8'))) == 9
    return 'WER' in training.output and (tmp_path / 'export' / 'output_graph.pb').exists()


def test_killed_after_the_last_epoch_it_goes_on_with_test_and_export(start, committed, clips, tmp_path):
    command = command_of(clips, tmp_path, '--total_epochs', 2)
    kill_after(start(command), 'FINISHED optimization')
    for _ in range(2):  # then it has ended properly, and a supervisor starts it once more
        again = start(command)
        assert is_complete(again, tmp_path)
        assert 'I All 2 epochs of --total_epochs are trained; nothing to train.' in again.output
        assert 'STARTING' not in again.output and committed(tmp_path / 'ckpt') == ('train-6', 6)


def test_killed_at_any_time_it_ends_after_as_many_epochs(start, committed, clips, tmp_path, is_long, capsys):
    command = command_of(clips, tmp_path, '--total_epochs', 6)
    dice, n_kills, n_epochs = random.Random(8), LONG if is_long else SHORT, []
    for _ in range(n_kills):
        training = start(command)
        while 'Training epoch' not in training.output and training.is_alive():
            time.sleep(0.001)
        time.sleep(dice.random())
        training.kill(signal.SIGKILL)
        training.wait()
        n_epochs += re.findall(r'Training epoch (\d+)', training.output)
    assert is_complete(start(command), tmp_path)
    assert committed(tmp_path / 'ckpt')[1] == 18, committed(tmp_path / 'ckpt')
    assert max(map(int, n_epochs)) <= 5
    history = [json.loads(line) for line in (tmp_path / 'ckpt' / 'history.jsonl').read_text().splitlines()]
    passes = [(line['run'], line['epoch']) for line in history if line['set'] == 'train']
    run = passes[-1][0]
    assert [epoch for name, epoch in passes if name == run] == list(range(6))
    # Runs killed between their first pass and the checkpoint behind it: what goes on is another run, from the beginning.
    assert all(epoch == 0 for name, epoch in passes[:-6]) and len(set(passes)) == len(passes)
    with capsys.disabled():
        print(f'\n{n_kills} kills, {len(n_epochs)} beginnings of epochs, 6 epochs in all')


def test_more_epochs_in_all_go_on_and_fewer_change_nothing(start, committed, clips, tmp_path):
    directory = tmp_path / 'ckpt'
    for flag, n_epochs, n_updates in (('--epochs', 1, 3), ('--total_epochs', 3, 9), ('--total_epochs', 2, 9),
                                      ('--epochs', 1, 12)):
        training = start(SMALL + ('--train_files', clips, '--checkpoint_dir', directory, flag, n_epochs))
        assert training.wait() == 0 and committed(directory)[1] == n_updates, training.output


def test_contradictions_are_refused(start, clips, tmp_path):
    for more, said in ((('--epochs', 3), '--epochs 3 counts the epochs of this call, --total_epochs 2 those of all calls'),
                       (('--load_train', 'init'), 'a run that goes on, --load_train init begins a new one')):
        training = start(command_of(clips, tmp_path, '--total_epochs', 2, *more))
        assert training.wait() == 1 and said in training.output and 'STARTING' not in training.output
