"""Progress of a pass: a bar on a terminal, or plain lines."""

import sys

import progressbar


class Progress:
    """Shows how far one pass over a set is, with the running mean of its loss.

    Args:
      log: Log, for the lines that stand in for a bar.
      show_bar: whether to draw a bar.
      label: e.g. `Epoch 3 |   Training`.
      lines: (first, last) plain lines instead of the bar; `last` may hold `{loss}`.
      dataset: name shown at the end of the bar.
      with_loss: whether the bar shows a loss.
    """

    def __init__(self, log, show_bar, label, lines, dataset='', with_loss=True):
        self._log = log
        self._last_line = lines[1]
        self._bar = None
        self.steps = 0
        self.loss = 0.
        if not show_bar:
            log.info(lines[0])
            return
        if with_loss:
            widgets = [f'{label} | ', progressbar.Timer(), ' | Steps: ', progressbar.Counter(), ' | ',
                       _Loss(self)]
        else:
            widgets = [f'{label} | Steps: ', progressbar.Counter(), ' | ', progressbar.Timer()]
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


class _Loss(progressbar.widgets.WidgetBase):
    """The running mean loss as a part of the bar."""

    def __init__(self, progress):
        super().__init__()
        self._progress = progress

    def __deepcopy__(self, memo):
        return self  # newer versions of the bar copy their widgets; a copy would not see the loss change

    def __call__(self, bar, data):
        return f'Loss: {self._progress.loss:f}'
