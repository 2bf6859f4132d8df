"""Progress of a pass, of any work whose amount is known, and of bytes that come in."""

from __future__ import annotations

import time
from itertools import accumulate
from typing import Callable, List, Optional, Sequence, Tuple

from .columns import duration, figure, path_forms
from .display import View, display
from .log import Log
from .throughput import Throughput

SHORT_BYTES = 1 << 20
# What is shortened first: names of directories, units and labels, then the columns that matter least.
_CUTS = (('dataset', 3), ('dataset', 2), ('rate', 2), ('elapsed', 2), ('dataset', 1), ('rate', 1), ('percent', 2), ('steps', 1),
         ('elapsed', 1), ('run', 1), ('left', 1), ('loss', 1), ('percent', 1))
_RESULT_CUTS = (('dataset', 3), ('elapsed', 2), ('dataset', 2), ('rate', 2), ('rate', 1), ('steps', 1), ('dataset', 1),
                ('remark', 1), ('elapsed', 1), ('loss', 1))


class Progress:
    """Shows how far a pass over a set is, with the running mean of its loss, its throughput and the time left.

    Usage: `begin(throughput)`, then `update` after every step, then `finish`.

    Args:
      log: Log, for the lines that stand in for a bar.
      show_bar: whether to draw a bar.
      label: e.g. `Epoch 3 |   Training`.
      lines: (first, last) plain lines instead of the bar; the mean loss is added to the last one.
      dataset: name of the set to show.
      run_left_s: function Throughput -> seconds left of the whole run, or None.

    Attributes:
      throughput: the Throughput of the pass.
    """

    def __init__(self, log: Log, show_bar: bool, label: str, lines: Tuple[str, str], *, dataset: str = '',
                 run_left_s: Callable[[Throughput], Optional[float]] = lambda throughput: None):
        self._log, self._label, self._dataset, self._run_left_s = log, label, dataset, run_left_s
        self._display = display(log, show_bar, self._view)
        self._last_line = '' if show_bar else lines[1]
        self._loss, self._remark = 0., ''
        self._is_cut_short = False
        self.throughput = Throughput(n_steps=0, audio_s=0.)
        if not show_bar:
            log.info(lines[0])

    def begin(self, throughput: Throughput) -> None:
        """Shows a pass before its first step; from then on `throughput` is what is shown."""
        self.throughput = throughput
        self._display.begin(throughput.n_steps, throughput.steps)

    def update(self, loss: float) -> None:
        """Shows what has become of the pass; `loss` is its mean loss so far."""
        self._loss = loss
        self._display.update(self.throughput.steps)

    def finish(self, complete: bool = True, remark: str = '') -> None:
        """Shows the result with a `remark`, and says how the pass ended if it is `complete` and no bar shows it."""
        self._is_cut_short, self._remark = not complete, remark
        self._display.finish()
        if self._last_line and complete:
            self._log.info(f'{self._last_line} - loss: {self._loss:f}')

    def _view(self) -> View:
        throughput = self.throughput
        steps, n_steps = throughput.steps, throughput.n_steps
        percent = f'{100 * steps // max(n_steps, 1):3d}%'
        loss = f'Loss: {self._loss:f}'
        before = {
            'label': [self._label], 'elapsed': _elapsed_forms(throughput.elapsed_s),
            # Of constant widths, so that nothing jumps about: most losses have two digits before the point.
            'steps': [f'Steps: {steps}'.ljust(len(f'Steps: {n_steps}')), ''], 'loss': [loss.ljust(len('Loss: 12.345678')), ''],
            'dataset': path_forms('Dataset: ', self._dataset), 'percent': [f'{percent} of {n_steps}', percent, '']}
        rate = _rate_forms(throughput.rates.audio if throughput.rates else None)
        after = {'left': [f'left {duration(throughput.left_s)}', ''],
                 'run': [f'run {duration(self._run_left_s(throughput))}', ''], 'rate': rate}
        result = dict(before, steps=[f'Steps: {steps}', ''], loss=[loss, ''], remark=[self._remark, ''],
                      rate=[form.strip() for form in rate])
        result['percent'] = [f'{percent} of {n_steps}'.strip() if self._is_cut_short else '']
        return View(before, after, _CUTS, result, _RESULT_CUTS)


class Countdown:
    """Shows how much of a known amount of work is done and how long the rest will take; a context manager, or `finish` it.

    Args:
      log: Log, for the lines that stand in for a bar.
      show_bar: whether to draw a bar.
      label: e.g. `Test epoch`.
      costs: what each item costs in any unit; the time left is estimated from them.
      n_done: items that need not be done again.
      in_audio: whether the costs are seconds of audio, so that their rate is worth showing.
      clock: function that returns seconds.
    """

    def __init__(self, log: Log, show_bar: bool, label: str, costs: Sequence[float], n_done: int = 0, *,
                 in_audio: bool = False, clock: Callable[[], float] = time.monotonic):
        self._label, self._show_bar, self._in_audio, self._clock = label, show_bar, in_audio, clock
        self._cost_until = [0., *accumulate(costs)]  # of the first 0, 1, 2 ... items
        self._first = self._n_done = n_done
        self._steps = 0
        self._is_cut_short = False
        self._begin_s = clock()
        self._display = display(log, show_bar, self._view, clock)
        if not show_bar:
            log.info(f'{label}...')
        self._display.begin(self._cost_until[-1], self._cost_until[n_done])

    def update(self, n_done: int) -> None:
        """Counts one more step, after which the first `n_done` items are done."""
        self._n_done = n_done
        self._steps += 1
        self._display.update(self._cost_until[n_done])

    def finish(self, complete: bool = True) -> None:
        """Ends the bar."""
        self._is_cut_short = not complete
        if self._show_bar:
            self._display.finish()

    def __enter__(self) -> Countdown:
        return self

    def __exit__(self, error_type: Optional[type], *_: object) -> None:
        self.finish(complete=error_type is None)

    def _view(self) -> View:
        n_items = len(self._cost_until) - 1
        done = f'{self._n_done} of {n_items}'
        left = duration(self._left_s())
        if not self._show_bar:
            line = {'label': [f'{self._label}: {done}, about {left} left.']}
            return View(line, {}, (), line, ())
        elapsed_s = self._clock() - self._begin_s
        made = self._cost_until[self._n_done] - self._cost_until[self._first]
        rate = _rate_forms(made / elapsed_s if made and elapsed_s > 0 else None) if self._in_audio else ['']
        steps = f'Steps: {self._steps}'
        before = {'label': [self._label], 'steps': [steps.ljust(len(f'Steps: {n_items}')), ''],
                  'elapsed': _elapsed_forms(elapsed_s), 'percent': [done.rjust(len(f'{n_items} of {n_items}')), '']}
        result = dict(before, steps=[steps, ''], percent=[done if self._is_cut_short else ''],
                      rate=[form.strip() for form in rate])
        return View(before, {'left': [f'left {left}', ''], 'rate': rate}, _CUTS, result, _RESULT_CUTS)

    def _left_s(self) -> Optional[float]:
        """Returns the seconds left; nobody knows before the first step."""
        before, now, end = (self._cost_until[n] for n in (self._first, self._n_done, -1))
        if now == before:
            return 0 if now == end else None
        return (self._clock() - self._begin_s) * (end - now) / (now - before)


class Transfer:
    """Shows how many bytes have come in, if they are many; in a log only if that takes long. A context manager.

    Args:
      log: Log, for the lines that stand in for a bar.
      label: e.g. `Downloading speech.tar.gz`.
      total_bytes: those of the whole; None: nobody knows.
      n_done: bytes that an earlier run has fetched.
      short_bytes: less than that is not worth a bar.
      clock: function that returns seconds.
    """

    def __init__(self, log: Log, label: str, total_bytes: Optional[int], n_done: int = 0, *, short_bytes: int = SHORT_BYTES,
                 clock: Callable[[], float] = time.monotonic):
        self._label, self._total, self._clock = label, total_bytes, clock
        self._first = self._done = n_done
        self._begin_s = clock()
        self._display = display(log, total_bytes is None or total_bytes >= short_bytes, self._view, clock,
                                short_is_silent=True)
        self._display.begin(total_bytes, n_done)

    def update(self, done_bytes: int) -> None:
        """Shows that `done_bytes` of all are there."""
        self._done = done_bytes if self._total is None else min(done_bytes, self._total)
        self._display.update(self._done)

    def __enter__(self) -> Transfer:
        return self

    def __exit__(self, *_: object) -> None:
        self._display.finish()

    def _view(self) -> View:
        elapsed_s = self._clock() - self._begin_s
        speed = (self._done - self._first) / elapsed_s if self._done > self._first and elapsed_s > 0 else None
        rate = [f'{figure(None if speed is None else speed / 1e6)} MB/s', '']
        size = of_all = [f'{figure(self._done / 1e6)} MB', '']
        left = ['']
        if self._total is not None:
            of_all = [f'{figure(self._done / 1e6)} of {figure(self._total / 1e6).strip()} MB',
                      f'{100 * self._done // max(self._total, 1):3d}%', '']
            left_s = (self._total - self._done) / speed if speed else None
            left = [f'left {duration(left_s)}', '']
        result = {'label': [self._label], 'percent': [(size if self._done == self._total else of_all)[0].strip(), ''],
                  'elapsed': _elapsed_forms(elapsed_s), 'rate': [rate[0].strip(), '']}
        return View({'label': [self._label], 'percent': of_all}, {'left': left, 'rate': rate}, _CUTS, result, _RESULT_CUTS)


def _elapsed_forms(seconds: float) -> List[str]:
    return [f'Elapsed Time: {duration(seconds)}', duration(seconds), '']


def _rate_forms(audio: Optional[float]) -> List[str]:
    return [f'{figure(audio)} audio s/s', f'{figure(audio)} s/s', '']
