"""What a search has found: a table in a CSV file, and a picture."""

import csv
import math
import os
from typing import List, Optional, Sequence

from optuna.trial import FrozenTrial, TrialState

from ..errors import ConfigError
from ..paths import check_writable
from .space import flags_of

TABLE = 'trials.csv'
_WORDS = {TrialState.COMPLETE: 'complete', TrialState.PRUNED: 'stopped', TrialState.FAIL: 'failed'}


def loss_of(trial: FrozenTrial) -> Optional[float]:
    """Returns the lowest validation loss of a trial that is a usable number; None: there is none."""
    return min(filter(math.isfinite, trial.intermediate_values.values()), default=None)


def ranked(trials: Sequence[FrozenTrial]) -> List[FrozenTrial]:
    """Returns trials from the best to the worst; those that came to their end before those that were stopped."""
    def rank(trial: FrozenTrial) -> 'tuple[bool, float]':
        loss = loss_of(trial)
        return trial.state != TrialState.COMPLETE, float('inf') if loss is None else loss
    return sorted(trials, key=rank)


def write_table(trials: Sequence[FrozenTrial], directory: str) -> str:
    """Writes a row for each trial, the best first; returns the path."""
    path = os.path.join(directory, TABLE)
    names = sorted({name for trial in trials for name in trial.params})
    with open(path, 'w', encoding='utf-8', newline='') as file:
        writer = csv.writer(file)
        writer.writerow(['trial', 'state', 'dev_loss', 'epochs', *names, 'flags'])
        for trial in ranked(trials):
            writer.writerow([trial.number + 1, _WORDS[trial.state], loss_of(trial), len(trial.intermediate_values),
                             *[trial.params.get(name) for name in names], ' '.join(flags_of(trial.params))])
    return path


def lines_of(trials: Sequence[FrozenTrial], n_most: int = 10) -> List[str]:
    """Returns the best trials, a line each."""
    lines = [f'{"trial":>5} {"dev loss":>10} {"epochs":>6}  flags']
    for trial in ranked(trials)[:n_most]:
        loss = loss_of(trial)
        shown = '-' if loss is None else f'{loss:.4f}'
        note = '' if trial.state == TrialState.COMPLETE else f'  ({_WORDS[trial.state]})'
        lines.append(f'{trial.number + 1:>5} {shown:>10} {len(trial.intermediate_values):>6}  '
                     f'{" ".join(flags_of(trial.params))}{note}')
    return lines


def require_plotting(path: str) -> None:
    """Raises ConfigError where a picture cannot be drawn, or not be written to `path`."""
    try:
        from matplotlib.backends.backend_agg import FigureCanvasAgg
    except ImportError as error:
        raise ConfigError('--plot draws with matplotlib, which is not installed: pip install matplotlib, or leave the flag '
                          'out.') from error
    ending = os.path.splitext(path)[1][1:].lower()
    if ending not in FigureCanvasAgg.get_supported_filetypes():
        raise ConfigError(f'--plot {path}: the name has to end with that of a kind of picture, such as .png, .svg or .pdf.')
    check_writable(path, 'plot')


def plot(trials: Sequence[FrozenTrial], path: str) -> None:
    """Draws the losses of all trials by epoch, and the lowest ones by each setting."""
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure
    names = sorted({name for trial in trials for name in trial.params})
    figure = Figure(figsize=(4 * (1 + len(names)), 4))
    axes = figure.subplots(1, 1 + len(names), squeeze=False)[0]
    for trial in trials:
        epochs = sorted(trial.intermediate_values)
        colour = 'C0' if trial.state == TrialState.COMPLETE else 'C7'
        axes[0].plot([epoch + 1 for epoch in epochs], [trial.intermediate_values[epoch] for epoch in epochs], colour, alpha=.6)
    axes[0].set(xlabel='epoch', ylabel='validation loss', title='trials (grey: stopped)')
    for axis, name in zip(axes[1:], names):
        found = [trial for trial in trials if name in trial.params and loss_of(trial) is not None]
        is_log = any(getattr(trial.distributions[name], 'log', False) for trial in found)
        for trial in found:
            axis.plot([trial.params[name]], [loss_of(trial)], 'o', color='C0' if trial.state == TrialState.COMPLETE else 'C7')
        axis.set(xlabel=name, xscale='log' if is_log else axis.get_xscale())
    for axis in axes:
        axis.grid(alpha=.3)
    figure.tight_layout()
    FigureCanvasAgg(figure).print_figure(path, dpi=110)
