"""What a terminal or a file shows of progress; terminals are emulated by pyte, and real ones look the same."""

import io
import os
import signal

import pytest

from deepspeech_training.console import display as display_module
from deepspeech_training.console.display import Lines, Terminal, View, display
from deepspeech_training.console.log import Log

PASS = '''
import os, sys
from deepspeech_training.console import display
from deepspeech_training.console.log import Log
from deepspeech_training.console.progress import Progress
from deepspeech_training.console.throughput import Throughput
display.REDRAW_S = 0.
log = Log(stream=sys.stdout)
def vanish():
    sys.stdout.flush()
    os._exit(0)  # leaves the bar as it is
def show(n_made, n_steps=20, name='Validation', dataset='data/clips/dev.csv', each=lambda step: None):
    seconds = [0.]
    clock = lambda: seconds[0]
    progress = Progress(log, True, f'Epoch 0 | {name:>10}', ('', ''), dataset=dataset, run_left_s=lambda throughput: 3661.)
    throughput = Throughput(n_steps, 60. * n_steps, clock=clock)
    progress.begin(throughput)
    for step in range(n_made):
        seconds[0] += 1.25
        throughput.add(60., 1e9, 0.)
        progress.update(33.988877)
        each(step)
    return progress
'''
WAITING = "show(4, each=lambda step: (log.info('waiting'), sys.stdin.readline()) if step == 2 else None); vanish()"
RUNNING = {
    200: 'Epoch 0 | Validation | Elapsed Time: 0:00:05 | Steps: 4  | Loss: 33.988877 | Dataset: data/clips/dev.csv '
         '|  20% of 20 |#######                              | left 0:00:20, run 1:01:01, 48.0 audio s/s',
    150: 'Epoch 0 | Validation | Elapsed Time: 0:00:05 | Steps: 4  | Loss: 33.988877 | dev.csv |  20% of 20 '
         '|##           | left 0:00:20, run 1:01:01, 48.0 s/s',
    80: 'Epoch 0 | Validation | Loss: 33.988877 |  20% |###               | left 0:00:20',
    60: 'Epoch 0 | Validation | Loss: 33.988877 |  20% |##         |',
    40: 'Epoch 0 | Validation |  20% |#        |',
    25: 'Epoch 0 | Validation', 12: 'Epoch 0 | V'}
RESULTS = {
    200: 'Epoch 0 | Validation | Elapsed Time: 0:00:05 | Steps: 4 | Loss: 33.988877 | Dataset: data/clips/dev.csv '
         '| 48.0 audio s/s',
    80: 'Epoch 0 | Validation | 0:00:05 | Steps: 4 | Loss: 33.988877 | dev.csv',
    60: 'Epoch 0 | Validation | 0:00:05 | Loss: 33.988877 | dev.csv',
    12: 'Epoch 0 | V'}


@pytest.mark.parametrize('columns', sorted(RUNNING))
def test_a_running_pass_is_one_line_with_a_bar(screen, columns):
    assert screen(PASS + 'show(4); vanish()', columns).end() == [RUNNING[columns]]


@pytest.mark.parametrize('columns', sorted(RESULTS))
def test_one_line_of_a_pass_stays(screen, columns):
    shown = screen(PASS + 'show(4, n_steps=4).finish()', columns)
    assert shown.end() == [RESULTS[columns]] and shown.cursor == (0, 1)


def test_training_keeps_its_rate_within_80_columns(screen):
    code = PASS + "show(20, name='Training', dataset='').finish(); show(4, name='Training', dataset=''); vanish()"
    assert screen(code, 80).end() == [
        'Epoch 0 |   Training | 0:00:25 | Steps: 20 | Loss: 33.988877 | 48.0 audio s/s',
        'Epoch 0 |   Training | Loss: 33.988877 |  20% |###               | left 0:00:20']


def test_nothing_ever_wraps(monkeypatch):
    before = {'label': ['Epoch 0 | 数据'], 'dataset': ['Dataset: 数据.csv', '数据.csv', ''],
              'percent': [' 20% of 5', ' 20%', '']}
    view = View(before, {'left': ['left 0:00:07', '']}, (('dataset', 1), ('left', 1), ('percent', 1)),
                {'label': ['Epoch 0 | 数据'], 'dataset': ['数据.csv', '']}, (('dataset', 1),))
    for columns in range(2, 120):
        monkeypatch.setenv('COLUMNS', str(columns))
        stream = io.StringIO()
        shown = Terminal(Log(stream=stream), lambda: view)
        shown.begin(5)
        shown.update(1)
        shown.finish()
        drawn = stream.getvalue().replace('\x1b[J', '').replace('\n', '\r').split('\r')
        assert len([text for text in drawn if text.strip()]) == 3
        assert all(display_module.text_width(text) < columns for text in drawn), columns


def test_a_terminal_that_does_not_know_its_width_gets_80_columns(monkeypatch):
    monkeypatch.delenv('COLUMNS', raising=False)
    monkeypatch.setattr(display_module.shutil, 'get_terminal_size', lambda: os.terminal_size((0, 0)))
    stream = io.StringIO()
    shown = Terminal(Log(stream=stream), lambda: View({'label': ['Epoch 0']}, {}, (), {'label': ['Epoch 0 | done']}, ()))
    shown.begin(5)
    shown.finish()
    drawn = stream.getvalue().replace('\x1b[J', '').replace('\n', '\r').split('\r')
    assert [text.strip() for text in drawn if text.strip()][-1] == 'Epoch 0 | done'
    assert max(map(len, drawn)) == 79


def test_a_bar_moves_and_is_drawn_over_and_over(screen):
    shown = screen(PASS + 'show(20); vanish()', 60)
    shown.end()
    drawn = [line for line in shown.output.decode('ascii').replace('\x1b[J', '').split('\r') if '|#' in line]
    widths = [line.rpartition('|#')[2].count('#') for line in drawn]
    assert widths == sorted(widths) and widths[0] < 2 and widths[-1] == 10
    assert '\n' not in shown.output.decode('ascii') and len({len(line) for line in drawn}) == 1


def test_log_lines_come_above_the_bar(screen):
    code = PASS + '''
def each(step):
    if step == 1:
        log.warn('short')
    if step == 2:
        log.info('a line longer than the bar ' * 4)
show(4, each=each)
vanish()
'''
    assert screen(code, 80).end() == ['W short', 'I ' + ('a line longer than the bar ' * 4)[:78],
                                      ('a line longer than the bar ' * 4)[78:].strip(), RUNNING[80]]


def test_a_log_line_is_there_at_once(screen):
    shown = screen(PASS + WAITING, 80)
    shown.read_until('waiting', '15%')
    shown.answer()
    assert shown.end() == ['I waiting', RUNNING[80]]


@pytest.mark.parametrize('columns', (60, 150))
def test_a_terminal_may_change_its_width(screen, columns):
    shown = screen(PASS + WAITING, 80)
    shown.read_until('waiting', '15%')
    shown.resize(columns)
    shown.answer()
    assert shown.end() == ['I waiting', RUNNING[columns]]


def test_the_cursor_waits_at_the_beginning_of_the_bar(screen):
    """Terminals that break a line when they become narrower keep the cursor on the upper half, which is drawn over."""
    shown = screen(PASS + 'show(4); vanish()', 80)
    shown.end()
    assert shown.cursor == (0, 0) and shown.output.endswith(b'\x1b[J\r')


def test_interrupted_work_leaves_one_line_and_a_new_one_for_the_prompt(screen):
    # What is started in the background may be told to ignore SIGINT, and its children with it.
    code = PASS + '''
import signal
from deepspeech_training.interruption import Interrupted, Interruption
signal.signal(signal.SIGINT, signal.default_int_handler)
with Interruption() as interruption:
    each = lambda step: (print(end='^C', flush=True), sys.stdin.readline()) if step == 2 else None
    progress = show(5, each=each)
    try:
        interruption.check()
    except Interrupted:
        progress.finish(complete=False)
'''
    shown = screen(code, 80)
    shown.read_until('^C')
    shown.interrupt(signal.SIGINT)
    shown.answer()
    assert shown.end() == ['I SIGINT: saving after this step.',
                           'Epoch 0 | Validation | 0:00:06 | Loss: 33.988877 | dev.csv | 25% of 20']
    assert shown.cursor == (0, 2)


def test_a_terminal_that_cannot_move_its_cursor_gets_lines(screen):
    assert screen(PASS + 'show(4, n_steps=4).finish()', 200, term='dumb').end() == [RESULTS[200]]


def test_names_that_the_terminal_cannot_show_do_not_end_the_run(monkeypatch):
    stream = io.TextIOWrapper(io.BytesIO(), 'ascii')
    shown = Terminal(Log(stream=stream), lambda: View({'label': ['dé']}, {}, (), {'label': ['']}, ()))
    shown.begin(5)
    shown.finish()
    assert b'\rd? |' in stream.buffer.getvalue()


def test_redraws_are_a_tenth_of_a_second_apart(clock):
    drawn = []
    shown = Terminal(Log(stream=io.StringIO()), lambda: drawn.append(clock.seconds) or View({}, {}, (), {}, ()), clock)
    shown.begin(5)
    del drawn[:]
    for clock.seconds in (0, 0.04, 0.09, 0.2, 0.25):
        shown.update(1)
    assert drawn == [0, 0.2]
    shown.finish()


def test_slow_steps_after_quick_ones_are_shown_each(clock):
    drawn = []
    shown = Terminal(Log(stream=io.StringIO()), lambda: drawn.append(clock.seconds) or View({}, {}, (), {}, ()), clock)
    shown.begin(1000)
    for step in range(500):
        clock.seconds += 0.01
        shown.update(step)
    del drawn[:]
    for step in range(500, 505):
        clock.seconds += 5.
        shown.update(step)
    assert len(drawn) == 5
    shown.finish()


def test_lines_of_a_file_become_rarer(clock):
    written = []
    lines = Lines(written.append, lambda: View({'label': [str(clock.seconds)]}, {}, (), {'label': ['end']}, ()), clock)
    lines.begin(36000)
    for clock.seconds in range(0, 36001, 5):
        lines.update(clock.seconds)
    assert written[:7] == ['30', '60', '120', '240', '480', '960', '1920']
    assert len(written) < 30 and int(written[-1]) - int(written[-2]) == 1800
    lines.finish()
    assert written[-1] == 'end'


class Notebook(io.StringIO):
    """A stream that says nothing of terminals, as notebooks have them."""


@pytest.mark.parametrize('stream', [io.StringIO(), Notebook()])
def test_what_is_no_terminal_gets_lines(stream, monkeypatch):
    monkeypatch.setenv('TERM', 'xterm')
    monkeypatch.setenv('JPY_PARENT_PID', '1')
    shown = display(Log(stream=stream), True, lambda: View({'label': ['x']}, {}, (), {'label': ['result']}, ()))
    assert isinstance(shown, Lines)
    shown.begin(3)
    shown.update(1)
    shown.finish()
    assert stream.getvalue() == 'result\n'
