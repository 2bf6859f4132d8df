"""What a killed program leaves of a file that it was writing, the next one that writes the same file removes; nobody else's."""

import os
import random
import signal
import subprocess
import sys

import pytest
import targets
from deepspeech.result_files import write_result, written_whole
from deepspeech.unfinished import UNFINISHED, remove_abandoned, scratch_directory, unfinished_file

FILE = 'with written_whole(sys.argv[1]) as file: file.write(b"half of it"); file.flush(); wait()'
DIRECTORY = 'with scratch_directory(sys.argv[1]) as path: open(os.path.join(path, "part"), "w").close(); wait()'
PROGRAM = ('import os, sys, time\nfrom deepspeech.result_files import written_whole\n'
           'from deepspeech.unfinished import scratch_directory\n'
           'def wait(): print("here", flush=True); time.sleep(100)\n')
WRITER = ('import sys\nfrom deepspeech.result_files import write_result\n'
          'print("here", flush=True)\nwhile True: write_result(sys.argv[1], sys.argv[2] * 100000)')


class Busy:
    """A program that is in the midst of making `path`."""

    def __init__(self, text, path):
        self._process = subprocess.Popen([sys.executable, '-c', PROGRAM + text, str(path)], stdout=subprocess.PIPE)
        assert self._process.stdout.readline() == b'here\n'

    def kill(self):
        self._process.send_signal(signal.SIGKILL)
        self._process.communicate()


def make_file(path):
    write_result(str(path), 'whole')


def make_directory(path):
    with scratch_directory(str(path)) as scratch:
        assert os.listdir(scratch) == []
        make_file(path)


KINDS = pytest.mark.parametrize('text, make', [(FILE, make_file), (DIRECTORY, make_directory)], ids=['file', 'directory'])


@KINDS
def test_the_next_one_removes_what_a_killed_one_has_left(tmp_path, text, make):
    path = tmp_path / 'result'
    for _ in range(2):
        Busy(text, path).kill()
        left, = (name for name in targets.names(tmp_path) if name != 'result')
        assert left.startswith(UNFINISHED)
    make(tmp_path / 'another')
    assert left in targets.names(tmp_path)  # it is not of this one
    make(path)
    assert targets.names(tmp_path) == ['another', 'result'] and path.read_bytes() == b'whole'


@KINDS
def test_what_another_program_is_making_stays(tmp_path, text, make):
    path = tmp_path / 'result'
    busy = Busy(text, path)
    try:
        theirs, = targets.names(tmp_path)
        make(path)
        for even_without_locks in (False, True):
            remove_abandoned(str(tmp_path / theirs), even_without_locks)
        assert targets.names(tmp_path) == [theirs, 'result'] and path.read_bytes() == b'whole'
    finally:
        busy.kill()
    make(path)
    assert targets.names(tmp_path) == ['result']


@pytest.mark.parametrize('plant', [lambda path, victim: path.symlink_to(victim), lambda path, victim: os.mkfifo(str(path)),
                                   lambda path, victim: os.link(str(victim), str(path))], ids=['link', 'pipe', 'hard link'])
def test_the_name_can_be_laid_in_wait_for_in_vain(tmp_path, plant):
    victim, path = tmp_path / 'victim', tmp_path / 'result'
    victim.write_bytes(targets.VICTIM)
    with unfinished_file(str(path)) as file:
        os.unlink(file.name)
    plant(tmp_path / os.path.basename(file.name), victim)
    make_file(path)
    assert path.read_bytes() == b'whole' and victim.read_bytes() == targets.VICTIM and not path.is_symlink()


def test_many_that_write_the_same_file_and_are_killed_leave_it_whole(tmp_path):
    path, dice = tmp_path / 'result', random.Random(3)
    writers = []
    for number in range(30):
        writers.append(subprocess.Popen([sys.executable, '-c', WRITER, str(path), 'abc'[number % 3]], stdout=subprocess.PIPE))
        assert writers[-1].stdout.readline() == b'here\n'
        if len(writers) == 3:
            killed = writers.pop(dice.randrange(3))
            killed.send_signal(signal.SIGKILL)
            killed.communicate()
            assert path.read_text() in ('a' * 100000, 'b' * 100000, 'c' * 100000)
    for writer in writers:
        assert writer.poll() is None  # none has met an error
        writer.send_signal(signal.SIGKILL)
        writer.communicate()
    make_file(path)
    assert path.read_bytes() == b'whole'


def test_an_error_in_the_middle_leaves_nothing(tmp_path):
    path = tmp_path / 'result'
    make_file(path)
    with pytest.raises(ValueError):
        with written_whole(str(path)) as file:
            file.write(b'half of it')
            raise ValueError
    with pytest.raises(ValueError):
        with scratch_directory(str(path)) as scratch:
            os.mkdir(os.path.join(scratch, 'part'))
            raise ValueError
    assert targets.names(tmp_path) == ['result'] and path.read_bytes() == b'whole'
