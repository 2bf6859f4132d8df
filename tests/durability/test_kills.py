"""kill -9 at any moment loses no checkpoint and goes back to none before the last."""

import os
import random
import re
import signal
import time

from deepspeech.unfinished import UNFINISHED

from deepspeech_training.checkpoints import files
from deepspeech_training.checkpoints.directory import KINDS, CheckpointDirectory

SHORT, LONG = 6, 200  # kills
SMALL = ('--n_hidden', 8, '--train_batch_size', 1, '--dev_batch_size', 9, '--epochs', 100000, '--noshow_progressbar',
          '--feature_cache', 'memory')


def is_saving(directory):
    """Returns whether a run is, or was when it was killed, in the midst of saving."""
    return (directory / files.JOURNAL).exists() or any(directory.glob(UNFINISHED + '*'))


def test_no_kill_costs_a_checkpoint(start, committed, clips, tmp_path, output, log, is_long, capsys):
    directory = tmp_path / 'ckpt'
    directory.mkdir()
    command = SMALL + ('--train_files', clips, '--dev_files', clips, '--checkpoint_dir', directory)
    dice, n_within_a_save, n_kills = random.Random(4), 0, LONG if is_long else SHORT
    before = -1
    for number in range(n_kills):
        training = start(command)
        while committed(directory)[1] <= before:  # it has begun to save
            assert training.is_alive(), training.output
            time.sleep(0.001)
        assert number == 0 or re.findall(r'Resuming from .*-(\d+)\n', training.output) == [str(before)]
        time.sleep(dice.random())
        if number % 2:  # wait for a save and kill within it
            while not (directory / files.JOURNAL).exists():
                time.sleep(0.0001)
            time.sleep(dice.random() * 0.006)
        training.kill(signal.SIGKILL)
        assert training.wait() == -signal.SIGKILL
        n_within_a_save += is_saving(directory)
        for kind in ('last', 'best'):
            found = CheckpointDirectory(str(directory)).find(kind, log)  # None before the first validation is over
            assert (found and os.path.basename(found.path)) == committed(directory, KINDS[kind].state_file)[0]
        assert output.getvalue() == ''  # no damage was found
        name, after = committed(directory)
        assert after >= before
        before = after
    with capsys.disabled():
        print(f'\n{n_kills} kills, {n_within_a_save} within a save; {before} updates; 0 lost')
    assert n_within_a_save >= 0.3 * n_kills
