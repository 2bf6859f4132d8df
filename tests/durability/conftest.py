"""Trainings that tests may kill by the dozen."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from deepspeech_training.checkpoints.directory import KINDS, read_state_file

ROOT = Path(__file__).resolve().parents[2]


class Training:
    """A training in a process of its own, started by a Nursery."""

    def __init__(self, fork_server, number, output):
        self.number, self._fork_server, self._output = number, fork_server, output

    @property
    def output(self):
        """What it has printed so far."""
        return self._output.read_text(encoding='utf-8') if self._output.exists() else ''

    def kill(self, signal_number):
        """Sends it a signal; one that has ended meanwhile does not mind."""
        try:
            os.kill(self.number, signal_number)
        except ProcessLookupError:
            pass

    def is_alive(self):
        """Whether it runs; a process that has ended is reaped at once."""
        return os.path.exists(f'/proc/{self.number}')

    def wait(self):
        """Returns the exit code, or minus the signal that ended it."""
        status = int(self._fork_server.stdout.readline())
        return -os.WTERMSIG(status) if os.WIFSIGNALED(status) else os.WEXITSTATUS(status)


@pytest.fixture
def start(tmp_path):
    """Function (arguments, environment) that starts a training; one at a time."""
    fork_servers = []

    def start_fork_server(environment):
        process = subprocess.Popen(
            [sys.executable, str(ROOT / 'tests' / 'helpers' / 'fork_server.py')], cwd=str(ROOT), stdin=subprocess.PIPE,
            stdout=subprocess.PIPE, universal_newlines=True,
            env=dict(os.environ, XDG_DATA_HOME=str(tmp_path / 'data'), XDG_CACHE_HOME=str(tmp_path / 'cache'),
                     PYTHONUNBUFFERED='1', **environment))
        fork_servers.append(process)
        assert process.stdout.readline() == 'ready\n'

    def start_training(arguments, environment=None, fork_server_environment=None):
        if not fork_servers:
            start_fork_server(fork_server_environment or {})
        fork_server = fork_servers[0]
        output = tmp_path / 'output.txt'
        output.write_text('')
        request = {'argv': [str(word) for word in arguments], 'output': str(output), 'environment': environment or {}}
        fork_server.stdin.write(json.dumps(request) + '\n')
        fork_server.stdin.flush()
        return Training(fork_server, int(fork_server.stdout.readline()), output)

    yield start_training
    for fork_server in fork_servers:
        fork_server.stdin.close()
        fork_server.stdout.close()
        fork_server.wait(timeout=60)


def committed(directory, state_name=KINDS['last'].state_file):
    """Returns (name, updates) of the checkpoint that a state file leads to; (None, -1) without one."""
    names = read_state_file(str(directory), state_name).names
    return (names[-1], int(names[-1].split('-')[-1])) if names else (None, -1)


@pytest.fixture(name='committed')
def _committed():
    return committed
