"""What is shown of a pass and of other work whose amount is known, where there is no terminal."""

import sys

from deepspeech_training.console import progress
from deepspeech_training.console.display import Lines, Terminal, display
from deepspeech_training.console.throughput import Throughput


def countdown(log, clock, **options):
    """Returns the Countdown of three items that cost 1, 1 and 2."""
    return progress.Countdown(log, False, 'Test epoch', [1, 1, 2], clock=clock, **options)


def test_plain_lines_come_now_and_then_with_the_time_left_by_cost(log, output, clock):
    shown = countdown(log, clock)
    for clock.seconds, n_done in ((10, 1), (40, 2), (90, 3)):
        shown.update(n_done)
    shown.finish()
    assert output.getvalue().splitlines() == ['I Test epoch...', 'I Test epoch: 2 of 3, about 0:00:40 left.',
                             'I Test epoch: 3 of 3, about 0:00:00 left.']


def test_what_an_earlier_run_did_does_not_make_the_rest_look_quick(log, output, clock):
    shown = countdown(log, clock, n_done=1)
    clock.seconds = 50
    shown.update(2)
    assert output.getvalue().splitlines()[-1].endswith('2 of 3, about 0:01:40 left.')


def test_a_bar_that_goes_to_a_file_is_one_line_with_the_total(log, output, clock):
    shown = progress.Countdown(log, True, 'Test epoch', [1, 1, 2], clock=clock)
    shown.update(1)
    shown.update(3)
    shown.finish()
    assert output.getvalue().splitlines() == ['Test epoch | Steps: 2 | Elapsed Time: 0:00:00 | 3 of 3, left 0:00:00']


def made(log, clock, show_bar, dataset='', complete=True, n_steps=4):
    """Shows a pass of which four steps are made."""
    shown = progress.Progress(
        log, show_bar, 'Epoch 3 |   Training', ('Training epoch 3...', 'Finished training epoch 3'), dataset,
        lambda pace: 90.)
    pace = Throughput(n_steps, 320., clock=clock)
    shown.begin(pace)
    for _ in range(4):
        clock.seconds += 1.25
        pace.add(80., 5e10, 0.05)
        shown.update(23.456789)
    shown.finish(complete)


LINE = ('Epoch 3 |   Training | Elapsed Time: 0:00:05 | Steps: 4 | Loss: 23.456789 | 100% of 4, left 0:00:00, '
        'run 0:01:30, 64.0 audio s/s, wait 4.00%, 40.0 GFLOP/s')


def test_a_pass_is_one_line_of_a_file_that_begins_as_published(log, output, clock):
    made(log, clock, True)
    assert output.getvalue().splitlines() == [LINE]


def test_the_name_of_a_set_stands_where_it_was_published(log, output, clock):
    made(log, clock, True, dataset='a/{dev}.csv')
    assert '| Loss: 23.456789 | Dataset: a/{dev}.csv | 100% of 4' in output.getvalue().splitlines()[0]


def test_published_plain_lines_stay_beside_the_numbers(log, output, clock):
    made(log, clock, False)
    assert output.getvalue().splitlines() == ['I Training epoch 3...', f'I {LINE}',
                                              'I Finished training epoch 3 - loss: 23.456789']


def test_an_interrupted_pass_says_how_far_it_came(log, output, clock):
    made(log, clock, False, complete=False, n_steps=16)
    assert '25% of 16, left 0:00:00' in output.getvalue().splitlines()[-1]


def test_the_layout_stays_while_numbers_grow(log, clock, output, monkeypatch):
    monkeypatch.setenv('COLUMNS', '200')
    monkeypatch.setattr(progress, 'display', lambda log, show_bar: Terminal(output, clock))
    shown = progress.Progress(log, True, 'Epoch 0 |   Training', ('', ''))
    pace = Throughput(1000, 1e5, clock=clock)
    shown.begin(pace)
    for step in range(1000):
        clock.seconds += 0.7
        pace.add(100., 1e9 * (step + 1), 0.1)
        shown.update(9.)
    drawn = output.getvalue().split('\r')[1:]
    assert len(drawn) == 1001 and 'Steps: 1000 | Loss: 9.000000  | 100% of 1000, ' in drawn[-1]
    marks = ('% of', ', left', ', run', ' audio', ' GFLOP', ', wait')
    assert len({tuple(line.index(mark) for mark in marks) for line in drawn}) == 1


def test_a_terminal_that_cannot_move_its_cursor_gets_lines(log, monkeypatch):
    monkeypatch.setattr(sys.stdout, 'isatty', lambda: True, raising=False)
    monkeypatch.setenv('TERM', 'dumb')
    assert isinstance(display(log, True), Lines)
