"""Two machines whose network breaks off: two network namespaces, joined by a cable that is pulled out."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

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
    """Function that starts the supervisor of each machine; returns the processes."""
    running = []

    def begin():
        flags = [*FLAGS, '--train_files', repeated_clips(100), '--epochs', 2, '--checkpoint_dir', tmp_path / 'ckpt']
        for index, name in enumerate(machines[0]):
            command = [sys.executable, 'bin/run_cluster.py', '--nodes', ','.join(ADDRESSES), '--node', index, '--logs',
                       tmp_path / f'logs-{index}', '0:1:0', *flags]
            running.append(subprocess.Popen(['ip', 'netns', 'exec', name, *map(str, command)], cwd=str(ROOT), env=home,
                                            stdout=subprocess.PIPE, stderr=subprocess.STDOUT, universal_newlines=True))
        return running
    yield begin
    for process in running:
        process.kill()
        process.communicate()


def read_until(process, text):
    for line in process.stdout:
        if text in line:
            return
    raise AssertionError(f'it has ended without {text!r}')


@pytest.mark.slow
def test_both_sides_say_so_and_end(machines, start):
    runs = start()
    read_until(runs[0], 'Training epoch 0')
    names, cables = machines
    assert ip('-n', names[0], 'link', 'set', cables[0], 'down').returncode == 0
    outputs = [run.communicate(timeout=200)[0] for run in runs]
    assert [run.returncode for run in runs] == [LostMemberError.exit_code] * 2, outputs
    for output, other in zip(outputs, (1, 0)):
        assert re.search(rf'E .*worker {other} \({ADDRESSES[other]}:3001\) does not answer any more', output), output
