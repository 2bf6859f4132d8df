"""What a person sees of a training: a bar or lines for every pass, utterances that have no loss, the end of patience."""

from __future__ import annotations

from typing import TYPE_CHECKING, Dict, List, Set, Tuple

from ...console.eta import RemainingTime
from ...console.log import Log
from ...console.progress import Progress
from ..state import Decision, TrainingState
from ..transcripts import N_SAMPLES
from .events import Observer

if TYPE_CHECKING:
    from ..passes import Pass, PlannedSet
    from ..transcripts import Validation

N_NAMED = 20  # files that cannot be read are named in one pass
NAMES = {'train': 'Training', 'dev': 'Validation', 'metrics': 'Metrics'}


class Console(Observer):
    """Prints.

    Args:
      log: Log.
      show_bar: whether to draw bars; else every pass begins and ends with a line.
      state: TrainingState, which others keep up to date.
      passes: list of (split, seconds of audio), the passes of an epoch in their order.
    """

    def __init__(self, log: Log, show_bar: bool, state: TrainingState, passes: List[Tuple[str, float]]):
        self._log, self._show_bar, self._state = log, show_bar, state
        self._remaining = RemainingTime(passes)
        self._shown: Dict[Pass, Progress] = {}
        self._named: Set[str] = set()  # utterances without a finite loss, and files that cannot be read, each named once

    def pass_began(self, item: Pass) -> None:
        planned, n_epochs = item.planned, self._state.last_epoch - item.epoch - 1
        progress = Progress(
            self._log, self._show_bar, f'Epoch {item.epoch} | {NAMES[planned.split]:>10}', _lines(planned, item.epoch),
            dataset='' if planned.split == 'train' else planned.path,
            run_left_s=lambda throughput: self._remaining.left_s(planned.pass_index, n_epochs, throughput))
        self._shown[item] = progress
        progress.begin(item.throughput)

    def step_done(self, item: Pass, loss: float) -> None:
        self._shown[item].update(item.meter.mean)

    def pass_ended(self, item: Pass, learning_rate: float) -> None:
        written = item.transcripts
        self._shown.pop(item).finish(remark=f'WER {written.wer:.3f}, CER {written.cer:.3f}' if written else '')
        self._remaining.finished(item.planned.pass_index, item.throughput)
        rates = item.throughput.whole
        if rates:
            self._log.debug(f'Epoch {item.epoch}, {item.planned.split}: {100 * rates.wait_share:.1f} % of the time went into '
                            f'waiting for input, {rates.gflops:.1f} GFLOP/s.')
        self._name_not_finite(item.meter.not_finite)
        self._name_unread(item)

    def pass_broke_off(self, item: Pass) -> None:
        self._shown.pop(item).finish(complete=False)
        self._name_unread(item)

    def validation_ended(self, validation: Validation, step: int) -> None:
        if validation.of_best:
            return
        lines = [f'Epoch {self._state.epoch}, greedy transcripts: WER {validation.wer:.3f}, CER {validation.cer:.3f}, '
                 f'{100 * validation.blank_share:.1f} % blanks']
        for sample in validation.samples[:N_SAMPLES]:
            lines += [f' - src: "{sample.src}"', f' - res: "{sample.res}"']
        self._log.info('\n'.join(lines))

    def decided(self, decision: Decision, learning_rate: float) -> None:
        if decision.stop:
            self._log.info(f'Early stop triggered as the {self._state.measure} did not improve the last {self._state.stale} '
                           f'epochs')
        if decision.why:
            self._log.info(decision.why)

    def _name_not_finite(self, names: List[str]) -> None:
        new = [name for name in names if name not in self._named]
        self._named.update(new)
        if new:
            self._log.error(f'The following files caused an infinite (or NaN) loss: {",".join(new)}')
        if names:
            self._log.warn(f'{len(names)} without a finite loss left out of this pass, {len(self._named)} different ones so '
                           f'far.')


    def _name_unread(self, item: Pass) -> None:
        reasons = list(item.meter.unread.values())
        new = [reason for reason in reasons if reason not in self._named]
        self._named.update(new)
        for reason in new[:N_NAMED]:
            self._log.error(f'Cannot be used any more: {reason}')
        if reasons:
            more = f', {len(new) - N_NAMED} of them not named here' if len(new) > N_NAMED else ''
            self._log.warn(f'{len(reasons)} of {len(item.planned.utterances)} utterances of {item.planned.path} were left out '
                           f'of this pass as their audio is not what it was when the run began{more}.')


def _lines(planned: PlannedSet, epoch: int) -> Tuple[str, str]:
    """Returns the first and the last line of a pass without a bar."""
    if planned.split == 'train':
        return f'Training epoch {epoch}...', f'Finished training epoch {epoch}'
    what = f'epoch {epoch} on {planned.path}'
    if planned.split == 'dev':
        return f'Validating {what}...', f'Finished validating {what}'
    return f'Metrics for {what}...', f'Metrics for {what}'
