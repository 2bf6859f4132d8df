"""What is shown of a pass and of other work whose amount is known, where there is no terminal."""

import pytest

from deepspeech_training.console import display as display_module
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


def test_a_bar_that_goes_to_a_file_is_one_line_as_published(log, output, clock):
    shown = progress.Countdown(log, True, 'Test epoch', [1, 1, 2], clock=clock)
    shown.update(1)
    shown.update(3)
    shown.finish()
    assert output.getvalue().splitlines() == ['Test epoch | Steps: 2 | Elapsed Time: 0:00:00']


def test_a_countdown_in_seconds_of_audio_has_a_rate_and_lines_with_the_time_left(log, output, clock):
    with progress.Countdown(log, True, 'Test epoch', [5., 10., 20.], n_done=1, in_audio=True, clock=clock) as shown:
        clock.seconds = 40.
        shown.update(2)
        clock.seconds = 60.
        shown.update(3)
    assert output.getvalue().splitlines() == [
        'Test epoch | Steps: 1 | Elapsed Time: 0:00:40 | 2 of 3 | left 0:01:20, 0.25 audio s/s',
        'Test epoch | Steps: 2 | Elapsed Time: 0:01:00 | 0.50 audio s/s']


def test_an_interrupted_countdown_says_how_far_it_came(log, output, clock):
    with pytest.raises(KeyboardInterrupt):
        with progress.Countdown(log, True, 'Test epoch', [1, 1, 2], clock=clock) as shown:
            shown.update(2)
            raise KeyboardInterrupt
    assert output.getvalue().splitlines() == ['Test epoch | Steps: 1 | Elapsed Time: 0:00:00 | 2 of 3']


def made(log, clock, show_bar, complete=True, **options):
    """Shows a pass of which four steps are made."""
    n_steps = options.pop('n_steps', 4)
    shown = progress.Progress(
        log, show_bar, 'Epoch 3 |   Training', ('Training epoch 3...', 'Finished training epoch 3'),
        run_left_s=lambda throughput: 90., **options)
    throughput = Throughput(n_steps, 320., clock=clock)
    shown.begin(throughput)
    for _ in range(4):
        clock.seconds += 1.25
        throughput.add(80., 5e10, 0.05)
        shown.update(23.456789)
    shown.finish(complete)


LINE = 'Epoch 3 |   Training | Elapsed Time: 0:00:05 | Steps: 4 | Loss: 23.456789 | 64.0 audio s/s'


def test_a_pass_is_one_line_of_a_file_that_begins_as_published(log, output, clock):
    made(log, clock, True)
    assert output.getvalue().splitlines() == [LINE]


def test_the_name_of_a_set_stands_where_it_was_published(log, output, clock):
    made(log, clock, True, dataset='a/{dev}.csv')
    assert '| Loss: 23.456789 | Dataset: a/{dev}.csv | 64.0 audio s/s' in output.getvalue().splitlines()[0]


def test_published_plain_lines_stay_beside_the_numbers(log, output, clock):
    made(log, clock, False)
    assert output.getvalue().splitlines() == ['I Training epoch 3...', f'I {LINE}',
                                              'I Finished training epoch 3 - loss: 23.456789']


def test_lines_within_a_pass_tell_how_much_is_left(log, output, clock, monkeypatch):
    monkeypatch.setattr(display_module, 'FIRST_LINE_S', 3.)
    monkeypatch.setattr(progress, 'display', lambda log, show_bar, view: display(log, show_bar, view, clock))
    made(log, clock, True)
    assert output.getvalue().splitlines() == [
        'Epoch 3 |   Training | Elapsed Time: 0:00:03 | Steps: 3 | Loss: 23.456789 | 75% of 4 '
        '| left 0:00:01, run 0:01:30, 64.0 audio s/s', LINE]


def test_an_interrupted_pass_says_how_far_it_came(log, output, clock):
    made(log, clock, False, complete=False, n_steps=16)
    assert output.getvalue().splitlines()[-1].endswith('| Loss: 23.456789 | 25% of 16 | 64.0 audio s/s')


def test_a_resumed_pass_begins_where_it_was(log, output, clock):
    shown = progress.Progress(log, True, 'Epoch 3 |   Training', ('', ''))
    shown.begin(Throughput(16, 120., done=12, clock=clock))
    shown.finish(complete=False)
    assert '| Steps: 12 | Loss: 0.000000 | 75% of 16' in output.getvalue()


def transfer(log, clock, total_bytes, until, n_done=0):
    with progress.Transfer(log, 'Downloading speech.tar.gz', total_bytes, n_done, clock=clock) as shown:
        for done_bytes in until:
            clock.seconds += 20.
            shown.update(done_bytes)


def test_a_quick_transfer_is_not_worth_a_line_of_a_file(log, output, clock):
    transfer(log, clock, 8000000, [8000000])
    assert output.getvalue() == ''


@pytest.mark.parametrize('total_bytes, lines', [
    (8000000, ['Downloading speech.tar.gz | 6.00 of 8.00 MB | left 0:00:20, 0.10 MB/s',
               'Downloading speech.tar.gz | 8.00 MB | Elapsed Time: 0:01:00 | 0.10 MB/s']),
    (9000000, ['Downloading speech.tar.gz | 6.00 of 9.00 MB | left 0:00:30, 0.10 MB/s',
               'Downloading speech.tar.gz | 8.00 of 9.00 MB | Elapsed Time: 0:01:00 | 0.10 MB/s']),
    (None, ['Downloading speech.tar.gz | 6.00 MB | 0.10 MB/s',
            'Downloading speech.tar.gz | 8.00 MB | Elapsed Time: 0:01:00 | 0.10 MB/s'])])
def test_a_slow_transfer_tells_how_much_is_left(log, output, clock, total_bytes, lines):
    transfer(log, clock, total_bytes, [4000000, 6000000, 8000000], n_done=2000000)
    assert output.getvalue().splitlines() == lines


def test_the_layout_stays_while_numbers_grow(log, clock, output, monkeypatch):
    monkeypatch.setenv('COLUMNS', '200')
    monkeypatch.setattr(progress, 'display', lambda log, show_bar, view: Terminal(log, view, clock))
    shown = progress.Progress(log, True, 'Epoch 0 |   Training', ('', ''))
    throughput = Throughput(1000, 1e5, clock=clock)
    shown.begin(throughput)
    for step in range(1000):
        clock.seconds += 0.7
        throughput.add(100., 1e9 * (step + 1), 0.1)
        shown.update(9.)
    shown.finish()
    drawn = [text for text in output.getvalue().replace('\x1b[J', '').split('\r') if '|#' in text or '| ' in text][:-1]
    assert len(drawn) == 1001 and 'Steps: 1000 | Loss: 9.000000  | 100% of 1000 |###' in drawn[-1]
    marks = ('Steps', 'Loss', '% of', '| left', ', run', ' audio')
    assert len({tuple(line.index(mark) for mark in marks) for line in drawn}) == 1


def test_a_terminal_that_cannot_move_its_cursor_gets_lines(log, output, monkeypatch):
    monkeypatch.setattr(output, 'isatty', lambda: True, raising=False)
    monkeypatch.setenv('TERM', 'xterm')
    assert isinstance(display(log, True, lambda: None), Terminal)
    monkeypatch.setenv('TERM', 'dumb')
    assert isinstance(display(log, True, lambda: None), Lines)
