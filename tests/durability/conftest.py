"""Trainings that tests may kill by the dozen."""

import pytest

from deepspeech_training.checkpoints.directory import KINDS, read_state_file


class Training:
    """A training in a process of its own; `output` is what it has printed so far."""

    def __init__(self, run, output):
        self._run, self._output = run, output

    @property
    def output(self):
        return self._output.read_text(encoding='utf-8')

    def kill(self, signal_number):
        """Sends it a signal; one that has ended meanwhile does not mind."""
        self._run.send_signal(signal_number)

    def is_alive(self):
        return self._run.poll() is None

    def wait(self):
        """Returns the exit code, or minus the signal that ended it."""
        return self._run.wait()


@pytest.fixture
def start(fork_server, home, tmp_path):
    """Function (arguments, environment, server) that starts a training."""
    def start_training(arguments, environment=None, server=fork_server):
        output = tmp_path / 'output.txt'
        output.write_text('')
        return Training(server.start(arguments, dict(home, **(environment or {})), output), output)
    return start_training


def committed(directory, state_name=KINDS['last'].state_file):
    """Returns (name, updates) of the checkpoint that a state file leads to; (None, -1) without one."""
    names = read_state_file(str(directory), state_name).names
    return (names[-1], int(names[-1].split('-')[-1])) if names else (None, -1)


@pytest.fixture(name='committed')
def _committed():
    return committed
