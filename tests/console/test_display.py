"""What a terminal or a file shows of progress."""

import os
import re
import struct
import subprocess
import sys

import pytest

from deepspeech_training.console.display import Lines, View, arranged, duration, figure

HEAD = 'Epoch 0 | Validation | Elapsed Time: 0:00:01 | Steps: 3 | Loss: 33.988877'
VIEW = View(HEAD, '', ['10% of 30', 'left 0:00:07', 'run 0:01:00', '9.12 audio s/s', 'wait 1.00%', '20.0 GFLOP/s'])
OF_DEV = VIEW._replace(dataset='clips/dev.csv')
NUMBERS = '10% of 30, left 0:00:07, run 0:01:00, 9.12 audio s/s, wait 1.00%, 20.0 GFLOP/s'


@pytest.mark.parametrize('view, head', [(VIEW, HEAD), (OF_DEV, f'{HEAD} | Dataset: clips/dev.csv')])
def test_one_line_if_it_is_wide_enough_for_what_matters_most(view, head):
    line = f'{head} | {NUMBERS}'
    assert arranged(view, len(line) + 1) == [line]
    assert arranged(view, len(line)) == [line[:-len(', 20.0 GFLOP/s')]]
    important = line[:-len(', wait 1.00%, 20.0 GFLOP/s')]
    assert arranged(view, len(important) + 1) == [important]
    assert arranged(view, len(important))[0] == HEAD


def test_else_the_numbers_are_on_a_second_line():
    assert arranged(VIEW, 80) == [HEAD, NUMBERS]
    important = '10% of 30, left 0:00:07, run 0:01:00, 9.12 audio s/s'
    assert arranged(OF_DEV, 80) == [HEAD, f'{important}, wait 1.00%, clips/dev.csv']
    assert arranged(OF_DEV, 40) == [HEAD[:39], '10% of 30, left 0:00:07, clips/dev.csv']
    assert arranged(OF_DEV, 12) == [HEAD[:11], 'clips/dev.c']


def test_a_long_path_keeps_its_end():
    (_, line) = arranged(VIEW._replace(dataset='/data/corpora/english/dev.csv'), 80)
    assert line.endswith('audio s/s, ...a/english/dev.csv')


def test_nothing_ever_wraps():
    for width in range(1, 200):
        assert all(len(line) < width for view in (VIEW, OF_DEV) for line in arranged(view, width))


def test_lines_of_a_file_become_rarer():
    seconds, written = [0], []
    lines = Lines(written.append, lambda: seconds[0])
    for seconds[0] in range(0, 36001, 5):
        lines.show(lambda: View(str(seconds[0]), '', []))
    assert written[:7] == ['30', '60', '120', '240', '480', '960', '1920']
    assert len(written) < 30 and int(written[-1]) - int(written[-2]) == 1800
    lines.show(lambda: View('end', '', []), last=True)
    assert written[-1] == 'end'


@pytest.mark.parametrize('seconds, shown', [(None, '-:--:--'), (0, '0:00:00'), (59.9, '0:00:59'), (93784, '26:03:04')])
def test_durations(seconds, shown):
    assert duration(seconds) == shown


@pytest.mark.parametrize('value, shown',
                         [(None, '   -'), (0, '0.00'), (9.996, '10.0'), (99.96, ' 100'), (1234.5, '1234')])
def test_figures_have_three_digits_and_one_width(value, shown):
    assert figure(value) == shown


def drawn(code, columns):
    """Runs Python code with a terminal of that many columns as its stdout; returns the lines on the screen."""
    fcntl, pty, termios = (pytest.importorskip(name) for name in ('fcntl', 'pty', 'termios'))
    ours, theirs = pty.openpty()
    fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack('HHHH', 24, columns, 0, 0))
    environment = {name: value for name, value in os.environ.items() if name not in ('COLUMNS', 'LINES')}
    process = subprocess.Popen([sys.executable, '-c', code], stdout=theirs, env=dict(environment, TERM='xterm'))
    os.close(theirs)
    output = b''
    try:
        for piece in iter(lambda: os.read(ours, 4096), b''):
            output += piece
    except OSError:  # how Linux says that the other end is closed
        pass
    os.close(ours)
    assert process.wait() == 0
    return on_screen(output.decode('ascii'), columns)


def on_screen(output, columns):
    """Returns the lines that a terminal shows after `output`; knows only what we use of its language."""
    lines, row, column = [''], 0, 0
    for token in re.findall(r'\x1b\[.|.|\n', output.replace('\r\n', '\n\r')):
        if token == '\n':
            row += 1
            lines += [''] * (row + 1 - len(lines))
        elif token == '\r':
            column = 0
        elif token == '\x1b[A':
            row -= 1
        elif token == '\x1b[K':
            lines[row] = lines[row][:column]
        elif token == '\x1b[J':
            lines = lines[:row] + [lines[row][:column]]
        else:
            assert token.isprintable() and column < columns
            lines[row] = lines[row][:column].ljust(column) + token + lines[row][column + 1:]
            column += 1
    return [line.rstrip() for line in lines]


TWO_PASSES = '''
from deepspeech_training.console import display
for dataset in ('', 'dev.csv'):
    terminal = display.Terminal(display.sys.stdout, clock=iter(range(100)).__next__)
    for step in (9, 10, 8):
        details = [f'{step * 10}% of 10', 'left 0:00:07']
        terminal.show(lambda: display.View(f'Epoch 0 | Steps: {step}', dataset, details))
    details = ['100% of 10', 'left 0:00:00']
    terminal.show(lambda: display.View('Epoch 0 | Steps: 10', dataset, details), last=True)
'''


def test_a_wide_terminal_keeps_one_line_per_pass():
    assert drawn(TWO_PASSES, 120) == ['Epoch 0 | Steps: 10 | 100% of 10, left 0:00:00',
                                      'Epoch 0 | Steps: 10 | Dataset: dev.csv | 100% of 10, left 0:00:00', '']


def test_a_narrow_terminal_keeps_the_second_line_for_the_name_of_a_set():
    assert drawn(TWO_PASSES, 38) == ['Epoch 0 | Steps: 10',
                                     'Epoch 0 | Steps: 10', '100% of 10, left 0:00:00, dev.csv', '']


def test_a_running_pass_is_drawn_over_and_over():
    running = TWO_PASSES.replace(', last=True', '').replace("('', 'dev.csv')", "('',)")
    assert drawn(running, 120) == ['Epoch 0 | Steps: 10 | 100% of 10, left 0:00:00']
    assert drawn(running, 38) == ['Epoch 0 | Steps: 10', '100% of 10, left 0:00:00']


def test_redraws_are_a_tenth_of_a_second_apart():
    code = '''
from deepspeech_training.console import display
seconds = iter([0, 0, 0.04, 0.09, 0.2, 0.2])
terminal = display.Terminal(display.sys.stdout, clock=seconds.__next__)
for number in range(4):
    terminal.show(lambda: print(number) or display.View('', '', ['']))
'''
    assert [line for line in drawn(code, 80) if line] == ['0', '3']
