"""Two machines whose network breaks off: two network namespaces, joined by a cable that is pulled out, and put in again."""

import os
import re
import shutil
import subprocess
import sys
import time
from pathlib import Path

import pytest
from ports import free_port
from small_training import assert_same_bits

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
    if not shutil.which('ip'):
        pytest.skip('the program ip (iproute2) is not installed')
    try:
        for step in steps:
            result = ip(*step)
            if result.returncode:
                pytest.skip(f'network namespaces cannot be made here: {result.stdout.strip()}')
        yield names, cables
    finally:
        for name in names:
            ip('netns', 'del', name)


@pytest.fixture
def start(home, tmp_path):
    """Function that starts a supervisor with words of its own, in a network namespace if one is named; returns the process,
    whose output is in a file, `output`."""
    running = []

    def begin(number, *words, within=None):
        command = [sys.executable, 'bin/run_cluster.py', '--logs', tmp_path / f'logs-{number}', *words, *FLAGS]
        command = ['ip', 'netns', 'exec', within, *command] if within else command
        path = tmp_path / f'said-{number}'
        with open(path, 'wb') as file:
            process = subprocess.Popen(list(map(str, command)), cwd=str(ROOT), env=home, stdout=file, stderr=subprocess.STDOUT)
        process.output = path
        running.append(process)
        return process
    yield begin
    for process in running:
        process.kill()
        process.wait()


@pytest.fixture
def start_both(machines, start, tmp_path, training):
    """Function that starts the supervisor of each machine, with words of its own; returns the processes."""
    return lambda *words: [
        start(number, '--nodes', ','.join(ADDRESSES), '--node', number, *words, '0:1:0', *training,
              '--checkpoint_dir', tmp_path / 'ckpt', within=name) for number, name in enumerate(machines[0])]


@pytest.fixture
def training(repeated_clips):
    """Flags of a training that takes a while."""
    return '--train_files', repeated_clips(100), '--epochs', 2


def wait_until(text, *processes):
    """Waits until all processes have said a text."""
    until_s = time.monotonic() + 200
    for process in processes:
        while not re.search(text, process.output.read_text()):
            assert process.poll() is None and time.monotonic() < until_s, process.output.read_text()
            time.sleep(0.1)


@pytest.mark.slow
def test_both_sides_say_so_and_end(machines, start_both):
    runs = start_both()
    wait_until('Training epoch 0', runs[0])
    names, cables = machines
    assert ip('-n', names[0], 'link', 'set', cables[0], 'down').returncode == 0
    assert [run.wait(timeout=200) for run in runs] == [LostMemberError.exit_code] * 2
    for run, other in zip(runs, (1, 0)):
        output = run.output.read_text()
        assert re.search(rf'E .*worker {other} \({ADDRESSES[other]}:3001\) does not answer any more', output), output


@pytest.mark.long
def test_both_go_on_when_the_network_is_there_again(machines, start, start_both, training, tmp_path):
    """Twice; with the weights of a training that nobody disturbed."""
    alone = start('alone', '--port', free_port(2), '0:2:0', *training, '--checkpoint_dir', tmp_path / 'alone')
    assert alone.wait(timeout=300) == 0
    runs = start_both('--cluster_restarts', 2)
    names, cables = machines
    for n_before in range(2):
        wait_until('(?s)' + 'Training epoch.*' * (n_before + 1), runs[0])
        assert ip('-n', names[0], 'link', 'set', cables[0], 'down').returncode == 0
        wait_until('(?s)' + 'Waiting for node.*' * (n_before + 1), *runs)
        assert ip('-n', names[0], 'link', 'set', cables[0], 'up').returncode == 0
    assert [run.wait(timeout=300) for run in runs] == [0, 0], runs[0].output.read_text()
    assert_same_bits(*(CheckpointDirectory(str(tmp_path / name)).last(Log(3)) for name in ('ckpt', 'alone')))
