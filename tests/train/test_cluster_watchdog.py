"""A process that waits in vain for others says so, and ends."""

import subprocess
import sys

import pytest

from deepspeech_training.errors import LostMemberError
from deepspeech_training.train.watchdog import Watchdog

WAITING = '''
import time
from deepspeech_training.console.log import Log
from deepspeech_training.train import watchdog
watchdog.TICK_S = watchdog.EXPLANATION_S = 0.1
dog = watchdog.Watchdog(0.5, {explain}, Log())
with dog.waiting():
    time.sleep(60)
'''


@pytest.mark.parametrize('explain, expected', [
    ('lambda: "worker 1 is lost."', 'E No progress for 0.5 s (--cluster_timeout). worker 1 is lost.\n'),
    ('lambda: time.sleep(60)', 'E No progress for 0.5 s (--cluster_timeout).\n')])
def test_what_takes_too_long_ends_the_process(explain, expected):
    run = subprocess.run([sys.executable, '-c', WAITING.format(explain=explain)], stdout=subprocess.PIPE, timeout=50,
                         universal_newlines=True)
    assert run.returncode == LostMemberError.exit_code == 75 and run.stdout == expected


def test_nobody_waits_for_one_that_has_ended():
    program = WAITING.replace('0.5, {explain}, Log()', "60, str, Log(), ended=lambda: 'worker 1 has ended.'")
    run = subprocess.run([sys.executable, '-c', program], stdout=subprocess.PIPE, timeout=50, universal_newlines=True)
    assert run.returncode == LostMemberError.exit_code and run.stdout == 'E worker 1 has ended.\n'


def test_calls_within_their_time_and_time_between_them_do_not_count(monkeypatch, log):
    ended = []
    monkeypatch.setattr(Watchdog, '_watch', lambda _: None)  # seconds pass as this test says
    monkeypatch.setattr(Watchdog, '_end', lambda _, limit_s: ended.append(limit_s))
    dog = Watchdog(3., str, log)

    def seconds_pass(n):
        for _ in range(n):
            dog._tick()

    for _ in range(3):
        with dog.waiting():
            seconds_pass(3)
        seconds_pass(9)
    with dog.waiting(20.), dog.waiting():  # what is within may take as long as what is around it
        seconds_pass(20)
    assert ended == []
    with dog.waiting():
        seconds_pass(4)
    assert ended == [3.]


def test_one_who_does_not_answer_is_noticed_in_a_call_that_may_take_long(monkeypatch, log):
    ended, answers = [], ['', 'worker 1 does not answer any more.']
    monkeypatch.setattr(Watchdog, '_watch', lambda _: None)
    monkeypatch.setattr(Watchdog, '_end', lambda _, limit_s: ended.append(limit_s))
    dog = Watchdog(5., str, log, lost=lambda: answers.pop(0))
    with dog.waiting(1800.):
        for _ in range(9):
            dog._tick()
        assert ended == [] and len(answers) == 1
        dog._tick()
    assert ended == [10.]
