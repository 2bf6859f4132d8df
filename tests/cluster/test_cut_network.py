"""Two machines whose network breaks off: two network namespaces, joined by a cable that is pulled out and put in again."""

import os
import re
import subprocess
import sys
import time
from pathlib import Path

import pytest

from deepspeech_training.checkpoints.directory import CheckpointDirectory
from deepspeech_training.console.log import Log
from deepspeech_training.errors import LostMemberError

ROOT = Path(__file__).resolve().parents[2]
FLAGS = ('--n_hidden', '16', '--noshow_progressbar', '--lstm_impl', 'block', '--precision', 'float32', '--data_report', 'off',
         '--intra_op_parallelism_threads', '1', '--cluster_timeout', '10', '--cluster_trusted_network',
         '--train_batch_size', '3', '--checkpoint_secs', '2')
ADDRESSES = ('10.199.83.1', '10.199.83.2')


def ip(*words):
    return subprocess.run(['ip', *words], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, universal_newlines=True)


@pytest.fixture
def machines():
    """Names of two network namespaces that reach each other; skips where the system refuses to make them."""
    names = [f'ds-{os.getpid()}-{index}' for index in range(2)]
    cables = [f'ds{os.getpid()}v{index}' for index in range(2)]
    steps = [('netns', 'add', name) for name in names]
    steps.append(('link', 'add', cables[0], 'netns', names[0], 'type', 'veth', 'peer', 'name', cables[1], 'netns', names[1]))
    for name, cable, address in zip(names, cables, ADDRESSES):
        steps += [('-n', name, 'addr', 'add', f'{address}/24', 'dev', cable), ('-n', name, 'link', 'set', cable, 'up'),
                  ('-n', name, 'link', 'set', 'lo', 'up')]
    try:
        for step in steps:
            try:
                result = ip(*step)
            except FileNotFoundError:
                pytest.skip('the program ip (iproute2) is not installed')
            if result.returncode:
                pytest.skip(f'network namespaces cannot be made here: {result.stdout.strip()}')
        yield names, cables
    finally:
        for name in names:
            ip('netns', 'del', name)


@pytest.fixture
def start(machines, home, tmp_path, repeated_clips):
    """Function that starts the supervisor of each machine; returns the processes and their checkpoints."""
    running = []

    def begin(*words, epochs=2):
        flags = [*FLAGS, '--train_files', repeated_clips(100), '--epochs', epochs, '--checkpoint_dir', tmp_path / 'ckpt']
        for index, name in enumerate(machines[0]):
            command = [sys.executable, 'bin/run_cluster.py', '--nodes', ','.join(ADDRESSES), '--node', index, '--logs',
                       tmp_path / f'logs-{index}', *words, '0:1:0', *flags]
            running.append(subprocess.Popen(['ip', 'netns', 'exec', name, *map(str, command)], cwd=str(ROOT), env=home,
                                            stdout=subprocess.PIPE, stderr=subprocess.STDOUT, universal_newlines=True))
        return running, tmp_path / 'ckpt'
    yield begin
    for process in running:
        process.kill()
        process.communicate()


def read_until(process, text):
    for line in process.stdout:
        if text in line:
            return
    raise AssertionError(f'it has ended without {text!r}')


def set_cable(machines, state):
    names, cables = machines
    assert ip('-n', names[0], 'link', 'set', cables[0], state).returncode == 0


@pytest.mark.slow
def test_both_sides_say_so_and_end(machines, start):
    runs, _ = start()
    read_until(runs[0], 'Training epoch 0')
    set_cable(machines, 'down')
    outputs = [run.communicate(timeout=200)[0] for run in runs]
    assert [run.returncode for run in runs] == [LostMemberError.exit_code] * 2, outputs
    for output, other in zip(outputs, (1, 0)):
        assert re.search(rf'E .*worker {other} \({ADDRESSES[other]}:3001\) does not answer any more', output), output


@pytest.mark.slow
def test_when_the_cable_is_back_they_go_on_where_they_were(machines, start):
    runs, checkpoints = start('--cluster_restarts', '5')
    read_until(runs[0], 'Training epoch 1')
    set_cable(machines, 'down')
    for run in runs:
        read_until(run, 'Starting all of them again')
    time.sleep(5)  # in which each waits for the other one
    set_cable(machines, 'up')
    outputs = [run.communicate(timeout=300)[0] for run in runs]
    assert [run.returncode for run in runs] == [0, 0], outputs
    last = CheckpointDirectory(str(checkpoints)).last(Log(3))
    assert (last.progress['epoch'], int(last.value('global_step'))) == (2, 300)
