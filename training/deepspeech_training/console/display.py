"""Where progress is shown: drawn over and over on a terminal, or as a few lines of a file."""

import os
import shutil
import sys
import time
from collections import namedtuple
from itertools import accumulate

REDRAW_S = 0.1
# Lines of a file: the first after half a minute, then whenever the time has doubled, and at least every half hour. So
# a long pass is soon seen to be alive, and still takes a few lines only.
FIRST_LINE_S = 30.
LONGEST_GAP_S = 1800.
NAME_WIDTH = 20
N_IMPORTANT = 4  # details that a pass must show

# head: how a line begins whatever the width, filled up with blanks to stay as wide as it is. dataset: file name, may be
# empty. details: texts, the most important first.
View = namedtuple('View', 'head dataset details')


def display(log, show_bar, clock=time.monotonic):
    """Returns the Terminal or Lines to show progress on."""
    if show_bar and sys.stdout.isatty() and os.environ.get('TERM', 'dumb') != 'dumb':
        return Terminal(sys.stdout, clock)
    return Lines(log.plain if show_bar else log.info, clock)


class Terminal:
    """One line at the bottom of a terminal; two while one is not wide enough."""

    def __init__(self, stream, clock=time.monotonic):
        self._stream, self._clock = stream, clock
        self._due_s = 0.
        self._n_drawn = 1

    def show(self, make_view, last=False):
        """Draws the View that `make_view()` returns, if the `last` one or not a moment after the one before."""
        if not last and self._clock() < self._due_s:
            return
        self._due_s = self._clock() + REDRAW_S
        view = make_view()
        lines = arranged(view, shutil.get_terminal_size().columns)
        if last and not view.dataset:
            lines = lines[:1]  # what stays is one line, unless one of several sets would lose its name
        up = '\x1b[A' * (self._n_drawn - 1)
        end_of_line, below = '\x1b[K', '\x1b[J'  # erases what an older, longer line left
        self._stream.write('\r' + up + '\n'.join(line + end_of_line for line in lines) + below + ('\n' if last else ''))
        self._stream.flush()
        self._n_drawn = len(lines)


class Lines:
    """Lines that `write(text)` takes, rarer and rarer."""

    def __init__(self, write, clock=time.monotonic):
        self._write, self._clock = write, clock
        self._begin_s = clock()
        self._due_s = self._begin_s + FIRST_LINE_S

    def show(self, make_view, last=False):
        """Writes the View that `make_view()` returns, if it is the `last` one or it is time for another."""
        now_s = self._clock()
        if last or now_s >= self._due_s:
            self._due_s = now_s + min(now_s - self._begin_s, LONGEST_GAP_S)
            view = make_view()
            self._write(one_line(view._replace(head=view.head.rstrip())))


def one_line(view):
    """Returns all of a View."""
    parts = [view.head, f'Dataset: {view.dataset}' if view.dataset else '', ', '.join(view.details)]
    return ' | '.join(part for part in parts if part)


def arranged(view, width):
    """Returns a View as lines that a terminal of `width` columns does not wrap.

    One line without the details that do not fit; where that would leave out important ones, they get a second line, and
    the name of the set with them.
    """
    line = one_line(view._replace(details=[]))
    details = fitting(view.details, width - len(line) - len(' | '))
    if len(details) >= min(N_IMPORTANT, len(view.details)):
        return [one_line(view._replace(details=details))]
    name = [shortened(view.dataset, NAME_WIDTH)] if view.dataset else []
    details = fitting(view.details, width - len(', '.join([''] + name)))
    return [line[:width - 1] for line in (view.head, ', '.join(details + name))]


def fitting(details, width):
    """Returns the first ones of `details` that take less than `width` columns together."""
    n_fitting = sum(length - len(', ') < width for length in accumulate(len(detail + ', ') for detail in details))
    return details[:n_fitting]


def shortened(text, width):
    """Returns the end of `text`: of a path, that is what tells it from others."""
    return text if len(text) <= width else '...' + text[3 - width:]


def duration(seconds):
    """Returns e.g. `26:03:04`; None is a duration that nobody knows yet."""
    if seconds is None:
        return '-:--:--'
    minutes, seconds = divmod(int(seconds), 60)
    return f'{minutes // 60}:{minutes % 60:02d}:{seconds:02d}'


def figure(value):
    """Returns a number with three digits or all before the point, four columns wide; `-` for None."""
    if value is None:
        return '   -'
    return f'{value:4.{2 if value < 9.995 else 1 if value < 99.95 else 0}f}'
