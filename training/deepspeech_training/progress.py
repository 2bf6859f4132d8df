"""Progress of a pass: a bar on a terminal, or plain lines."""

import sys
import time
from datetime import timedelta
from itertools import accumulate

import progressbar

LINE_EVERY_S = 30.


class Progress:
    """Shows how far one pass over a set is, with the running mean of its loss.

    Args:
      log: Log, for the lines that stand in for a bar.
      show_bar: whether to draw a bar.
      label: e.g. `Epoch 3 |   Training`.
      lines: (first, last) plain lines instead of the bar; `last` may hold `{loss}`.
      dataset: name shown at the end of the bar.
    """

    def __init__(self, log, show_bar, label, lines, dataset=''):
        self._log = log
        self._last_line = lines[1]
        self._bar = None
        self.steps = 0
        self.loss = 0.
        if not show_bar:
            log.info(lines[0])
            return
        widgets = [f'{label} | ', progressbar.Timer(), ' | Steps: ', progressbar.Counter(), ' | ',
                   _Live(lambda: f'Loss: {self.loss:f}')]
        if dataset:
            widgets.append(f' | Dataset: {dataset}')
        self._bar = progressbar.ProgressBar(widgets=widgets, fd=sys.stdout, max_value=progressbar.UnknownLength)
        self._bar.start()

    def update(self, loss=0.):
        """Counts one more step; `loss` is the mean loss of the pass so far."""
        self.steps += 1
        self.loss = loss
        if self._bar:
            self._bar.update(self.steps)

    def finish(self, complete=True):
        """Ends the bar, or says how the pass ended if it is `complete`."""
        if self._bar:
            self._bar.finish(dirty=not complete)
        elif self._last_line and complete:
            self._log.info(self._last_line.format(loss=f'{self.loss:f}'))


class Countdown:
    """Shows how much of a known amount of work is done and how long the rest will take.

    Args:
      log: Log, for the lines that stand in for a bar.
      show_bar: whether to draw a bar.
      label: e.g. `Test epoch`.
      costs: list of numbers, what each item costs in any unit; the time left is estimated from them.
      n_done: items that need not be done again.
      line_every_s: seconds between plain lines.
    """

    def __init__(self, log, show_bar, label, costs, n_done=0, line_every_s=LINE_EVERY_S):
        self._log, self._label, self._line_every_s = log, label, line_every_s
        self._cost_until = [0] + list(accumulate(costs))  # of the first 0, 1, 2 ... items
        self._first = self._n_done = n_done
        self._steps = 0
        self._started_s = self._line_s = time.monotonic()
        self._bar = None
        if not show_bar:
            log.info(f'{label}...')
            return
        widgets = [f'{label} | Steps: ', progressbar.Counter(), ' | ', progressbar.Timer(), ' | ',
                   _Live(lambda: f'{self._done()} | Left: {self._time_left()}')]
        self._bar = progressbar.ProgressBar(widgets=widgets, fd=sys.stdout, max_value=progressbar.UnknownLength)
        self._bar.start()

    def update(self, n_done):
        """Counts one more step, after which the first `n_done` items are done."""
        self._n_done = n_done
        self._steps += 1
        if self._bar:
            self._bar.update(self._steps)
        elif time.monotonic() - self._line_s >= self._line_every_s:
            self._line_s = time.monotonic()
            self._log.info(f'{self._label}: {self._done()}, about {self._time_left()} left.')

    def finish(self, complete=True):
        """Ends the bar."""
        if self._bar:
            self._bar.finish(dirty=not complete)

    def _done(self):
        return f'{self._n_done} of {len(self._cost_until) - 1}'

    def _time_left(self):
        """Returns e.g. `0:01:30`; nobody knows before the first step."""
        before, now, end = (self._cost_until[n] for n in (self._first, self._n_done, -1))
        if now == before:
            return '0:00:00' if now == end else '-:--:--'
        return str(timedelta(seconds=round((time.monotonic() - self._started_s) * (end - now) / (now - before))))


class _Live(progressbar.widgets.WidgetBase):
    """A text that changes, as a part of the bar."""

    def __init__(self, text):
        super().__init__()
        self._text = text

    def __deepcopy__(self, memo):
        return self  # newer versions of the bar copy their widgets, and with it what the text is made of

    def __call__(self, bar, data):
        return self._text()
