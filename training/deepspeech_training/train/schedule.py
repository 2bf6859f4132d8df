"""How the learning rate rises and falls over a run: a factor for each update, which multiplies the rate itself.

It is a function of the number of the update, counted from 0 in the run, and of how many are planned in all, so that a run that
goes on has the rates of one that was left alone. The variable `learning_rate`, which travels with the checkpoints and which a
plateau lowers, is the largest rate of the schedule.
"""

import math
from typing import List, NamedTuple

from ..settings.config import ScheduleConfig
from .state import TrainingState

LENGTH_MATTERS = ('warmup_cosine', 'warmup_linear', 'one_cycle')  # schedules whose rates depend on when the run ends
ONE_CYCLE_RISE = 0.3  # of the run, without a warm-up that is asked for
ONE_CYCLE_FIRST, ONE_CYCLE_LAST = 1 / 25, 1 / 250000  # of the largest rate


class RateSchedule(NamedTuple):
    """A schedule of the updates of a run."""

    kind: str  # one of settings.config.RATE_SCHEDULES
    n_warmup: int  # updates of the warm-up
    n_planned: int  # updates of the run

    def factor(self, update: int) -> float:
        """Returns what the learning rate is multiplied by in an update, counted from 0; at the run's end, what came next.

        A warm-up is a straight line; its last update is the first with the full rate. Then `constant` stays there,
        `warmup_cosine` falls along half a cosine to 0 (Loshchilov & Hutter 2017, without restarts), `warmup_linear` along a
        line, `noam` with the square root of the number of the update (Vaswani et al. 2017). `one_cycle` rises and falls along
        half a cosine each, from a 25th and to a 250000th of the rate (Smith & Topin 2018; momentum stays).
        """
        if self.kind == 'one_cycle':
            n_rise = self.n_warmup or max(1, round(ONE_CYCLE_RISE * self.n_planned))
            if update < n_rise:
                return _along_cosine(update / n_rise, ONE_CYCLE_FIRST, 1.)
            return _along_cosine(_share(update - n_rise, self.n_planned - n_rise), 1., ONE_CYCLE_LAST)
        if update < self.n_warmup:
            return (update + 1) / self.n_warmup
        if self.kind == 'noam':
            return math.sqrt(self.n_warmup / (update + 1))
        gone = _share(update - self.n_warmup, self.n_planned - self.n_warmup)
        return {'constant': 1., 'warmup_cosine': _along_cosine(gone, 1., 0.), 'warmup_linear': 1. - gone}[self.kind]


def _share(n: int, n_all: int) -> float:
    return min(1., n / n_all) if n_all > 0 else 1.


def _along_cosine(share: float, first: float, last: float) -> float:
    return last + (first - last) * (1. + math.cos(math.pi * share)) / 2.


def rate_schedule(config: ScheduleConfig, n_epochs: int, n_per_epoch: int) -> RateSchedule:
    """Returns the RateSchedule of a run of `n_epochs` epochs in all, of `n_per_epoch` updates each."""
    n_warmup = max(1, round(config.warmup_epochs * n_per_epoch)) if config.warmup_epochs else 0
    return RateSchedule(config.rate_schedule, n_warmup, n_epochs * n_per_epoch)


def name_of(config: ScheduleConfig) -> str:
    """Returns what a run remembers of its schedule."""
    return config.rate_schedule + (f' after {config.warmup_epochs:g} epochs of warm-up' if config.warmup_epochs else '')


def changes(config: ScheduleConfig, state: TrainingState, last_epoch_before: int) -> List[str]:
    """Returns sentences on what is new in the schedule of a run that goes on, and remembers the schedule in `state`.

    Args:
      config: ScheduleConfig.
      state: TrainingState, which knows where the run ends.
      last_epoch_before: where it was to end before.
    """
    before, now = state.schedule, name_of(config)
    state.schedule = now
    if not state.epoch and not state.position:
        return []
    if before not in ('', now):
        return [f'The learning rate followed another schedule before: {before}. Now it is {now}.']
    if config.rate_schedule not in LENGTH_MATTERS or last_epoch_before == state.last_epoch:
        return []
    then, new = [rate_schedule(config, n_epochs, 1000).factor(1000 * state.epoch)
                 for n_epochs in (last_epoch_before, state.last_epoch)]
    return [f'The run ends after {state.last_epoch} epochs in all, not after {last_epoch_before} as before, and {now} is '
            f'stretched over them: epoch {state.epoch} begins with {100 * new:.3g} % of the learning rate instead of '
            f'{100 * then:.3g} %.']
