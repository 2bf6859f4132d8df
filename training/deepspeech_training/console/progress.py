"""Progress of a pass or of any work whose amount is known."""

import time
from itertools import accumulate

from .display import View, display, duration, figure


class Progress:
    """Shows how far a pass over a set is, with the running mean of its loss, its pace and the time left.

    Usage: `begin(pace)`, then `update` after every step, then `finish`.

    Args:
      log: Log, for the lines that stand in for a bar.
      show_bar: whether to draw a bar.
      label: e.g. `Epoch 3 |   Training`.
      lines: (first, last) plain lines instead of the bar; the mean loss is added to the last one.
      dataset: name of the set to show.
      run_left_s: function Throughput -> seconds left of the whole run, or None.

    Attributes:
      pace: the Throughput of the pass.
    """

    def __init__(self, log, show_bar, label, lines, dataset='', run_left_s=lambda pace: None):
        self._log, self._label, self._dataset, self._run_left_s = log, label, dataset, run_left_s
        self._display = display(log, show_bar)
        self._last_line = None if show_bar else lines[1]
        self._loss = 0.
        self._width = 0  # of the widest head so far
        self.pace = None
        if not show_bar:
            log.info(lines[0])

    def begin(self, pace):
        """Shows a pass before its first step; from then on `pace` is what is shown."""
        self.pace = pace
        self._width = len(self._head(pace.n_steps)) + 1  # the loss will have at least two digits before the point
        self._display.show(self._view)

    def update(self, loss):
        """Shows what has become of the pass; `loss` is its mean loss so far."""
        self._loss = loss
        self._display.show(self._view)

    def finish(self, complete=True):
        """Shows the last state, and how the pass ended if it is `complete` and no bar shows it."""
        self._display.show(self._view, last=True)
        if self._last_line and complete:
            self._log.info(f'{self._last_line} - loss: {self._loss:f}')

    def _head(self, steps):
        return f'{self._label} | Elapsed Time: {duration(self.pace.elapsed_s)} | Steps: {steps} | Loss: {self._loss:f}'

    def _view(self):
        pace = self.pace
        audio, gflops, wait_share, _ = pace.rates or (None,) * 4
        percent = 100 * pace.steps // max(pace.n_steps, 1)
        head = self._head(pace.steps)
        self._width = max(self._width, len(head))
        wait_percent = None if wait_share is None else 100 * wait_share
        return View(head.ljust(self._width), self._dataset, [  # of constant widths, so that nothing jumps about
            f'{percent:3d}% of {pace.n_steps}', f'left {duration(pace.left_s)}',
            f'run {duration(self._run_left_s(pace))}', f'{figure(audio)} audio s/s', f'wait {figure(wait_percent)}%',
            f'{figure(gflops)} GFLOP/s'])


class Countdown:
    """Shows how much of a known amount of work is done and how long the rest will take.

    Args:
      log: Log, for the lines that stand in for a bar.
      show_bar: whether to draw a bar.
      label: e.g. `Test epoch`.
      costs: list of numbers, what each item costs in any unit; the time left is estimated from them.
      n_done: items that need not be done again.
      clock: function that returns seconds.
    """

    def __init__(self, log, show_bar, label, costs, n_done=0, clock=time.monotonic):
        self._label, self._clock = label, clock
        self._cost_until = [0] + list(accumulate(costs))  # of the first 0, 1, 2 ... items
        self._first = self._n_done = n_done
        self._steps = 0
        self._begin_s = clock()
        self._display = display(log, show_bar, clock)
        self._show_bar = show_bar
        if not show_bar:
            log.info(f'{label}...')
        self._display.show(self._view)

    def update(self, n_done):
        """Counts one more step, after which the first `n_done` items are done."""
        self._n_done = n_done
        self._steps += 1
        self._display.show(self._view)

    def finish(self, complete=True):
        """Ends the bar."""
        if self._show_bar:
            self._display.show(self._view, last=True)

    def _view(self):
        done = f'{self._n_done} of {len(self._cost_until) - 1}'
        left = duration(self._left_s())
        if not self._show_bar:
            return View(f'{self._label}: {done}, about {left} left.', '', [])
        elapsed = duration(self._clock() - self._begin_s)
        return View(f'{self._label} | Steps: {self._steps} | Elapsed Time: {elapsed}', '', [done, f'left {left}'])

    def _left_s(self):
        """Returns the seconds left; nobody knows before the first step."""
        before, now, end = (self._cost_until[n] for n in (self._first, self._n_done, -1))
        if now == before:
            return 0 if now == end else None
        return (self._clock() - self._begin_s) * (end - now) / (now - before)
