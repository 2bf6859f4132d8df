"""Work in processes: order does not matter, one bad item costs itself, and nobody is left behind."""

import os
import signal
import subprocess
import sys
import time

import pytest

from deepspeech_training.corpora.workers import Workers
from deepspeech_training.errors import DataError


def act(item):
    """What the tests let workers do."""
    if item == 'hang':
        time.sleep(600)
    if item == 'die':
        os.kill(os.getpid(), signal.SIGSEGV)
    if item == 'refuse':
        raise DataError('no such clip.')
    if item == 'fail':
        raise ZeroDivisionError('a bug')
    return item, os.getpid()


def test_each_item_gets_its_result_from_another_process():
    with Workers(2, 60) as workers:
        results = dict(workers.map(act, list(range(20))))
        assert [results[index][0] for index in range(20)] == list(range(20))
        pids = {pid for _, pid in results.values()}
        assert len(pids) == 2 and os.getpid() not in pids
        assert dict(workers.map(act, [])) == {}
        assert {pid for _, pid in dict(workers.map(act, ['again', 'again'])).values()} <= pids


def test_an_item_that_hangs_crashes_or_is_refused_costs_itself_only():
    with Workers(2, 8) as workers:
        results = dict(workers.map(act, ['a', 'hang', 'die', 'b', 'refuse', 'c', 'die', 'd']))
    assert [results[index][0] for index in (0, 3, 5, 7)] == ['a', 'b', 'c', 'd']
    assert 'not done within 8 s' in str(results[1])
    assert 'the process that read it ended' in str(results[2]) and 'the process that read it ended' in str(results[6])
    assert str(results[4]) == 'no such clip.'


def test_processes_that_never_get_to_work_are_no_damaged_clips():
    with pytest.raises(DataError, match='8 processes for this work have ended before any of it was done'):
        with Workers(2, 60) as workers:
            list(workers.map(act, ['die'] * 20))


def test_a_fault_of_ours_is_no_bad_clip():
    with pytest.raises(ZeroDivisionError, match='a bug'), Workers(1, 60) as workers:
        list(workers.map(act, ['a', 'fail']))


PARENT = '''
import sys, test_workers
from deepspeech_training.corpora.workers import Workers
if __name__ == '__main__':
    with Workers(2, 60) as workers:
        for _, (_, pid) in workers.map(test_workers.act, [1, 2]):
            print(pid, flush=True)
        list(workers.map(test_workers.act, ['hang', 'hang']))
'''


@pytest.mark.skipif(not sys.platform.startswith('linux'), reason='the kernel has to help')
def test_workers_end_with_a_parent_that_is_killed(tmp_path):
    program = tmp_path / 'parent.py'
    program.write_text(PARENT)
    path = os.pathsep.join([os.path.dirname(__file__), *sys.path])
    environment = dict(os.environ, PYTHONPATH=path)
    with subprocess.Popen([sys.executable, str(program)], stdout=subprocess.PIPE, env=environment) as parent:
        pids = {int(parent.stdout.readline()), int(parent.stdout.readline())}
        parent.kill()
    deadline = time.monotonic() + 20
    while time.monotonic() < deadline and any(os.path.exists(f'/proc/{pid}') for pid in pids):
        time.sleep(0.05)
    assert not [pid for pid in pids if os.path.exists(f'/proc/{pid}')]
