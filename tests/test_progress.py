"""What is shown of work whose amount is known."""

import io
import subprocess
import sys

from deepspeech_training import progress
from deepspeech_training.log import Log


def countdown(monkeypatch, seconds, **options):
    """Returns (Countdown of three items that cost 1, 1 and 2; what it prints), with a clock that reads `seconds`."""
    clock, output = iter(seconds), io.StringIO()
    monkeypatch.setattr(progress.time, 'monotonic', lambda: next(clock))
    return progress.Countdown(Log(1, output), False, 'Test epoch', [1, 1, 2], **options), output


def test_plain_lines_come_now_and_then_with_the_time_left_by_cost(monkeypatch):
    shown, output = countdown(monkeypatch, [0, 10, 40, 40, 40, 90, 90, 90])
    shown.update(1)
    assert output.getvalue() == 'I Test epoch...\n'
    shown.update(2)
    assert output.getvalue().endswith('I Test epoch: 2 of 3, about 0:00:40 left.\n')
    shown.update(3)
    assert output.getvalue().endswith('I Test epoch: 3 of 3, about 0:00:00 left.\n')
    shown.finish()
    assert output.getvalue().count('\n') == 3


def test_what_an_earlier_run_did_does_not_make_the_rest_look_quick(monkeypatch):
    shown, output = countdown(monkeypatch, [0, 50, 50, 50], n_done=1)
    shown.update(2)
    assert output.getvalue().endswith('2 of 3, about 0:01:40 left.\n')


def test_a_bar_shows_total_and_time_left():
    # In a process of its own: the bar writes to the stdout that was there when its module was loaded.
    code = ('from deepspeech_training import log, progress\n'
            'bar = progress.Countdown(log.Log(), True, "Test epoch", [1, 1, 2])\n'
            'bar.update(1)\n'
            'bar.update(3)\n'
            'bar.finish()\n')
    output = subprocess.run([sys.executable, '-c', code], stdout=subprocess.PIPE, check=True, universal_newlines=True).stdout
    lines = output.strip().split('\n')
    assert lines[0].rstrip() == 'Test epoch | Steps: 0 | Elapsed Time: 0:00:00 | 0 of 3 | Left: -:--:--'
    assert lines[-1].rstrip() == 'Test epoch | Steps: 2 | Elapsed Time: 0:00:00 | 3 of 3 | Left: 0:00:00'
