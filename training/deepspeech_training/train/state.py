"""When a model is the best so far, when training stops early and when the learning rate falls."""

import math
from dataclasses import asdict, dataclass
from types import MappingProxyType
from typing import Any, Dict, List, Mapping, NamedTuple, Optional, Sequence, Tuple

from ..data.batching import slices_name
from ..settings.config import ScheduleConfig

MEASURE_NAMES = MappingProxyType({'loss': 'loss', 'wer': 'WER', 'cer': 'CER'})  # by MEASURES
N_SAME = 5  # epochs in a row after which nothing but one label, or nothing, is worth a word


class Decision(NamedTuple):
    """What follows from the validation of an epoch."""

    best: bool  # the model is the best so far
    stop: bool  # training stops early
    plateau: bool  # the learning rate falls
    value: float = math.nan  # of the measure that decides
    why: str = ''  # training stops early or the learning rate falls


class Contents(NamedTuple):
    """What is in the sets of a training, see `data.identity`; empty: not known, as to versions that did not look."""

    train: str = ''  # the training set
    steps: str = ''  # its steps
    dev: str = ''  # all validation sets together


NOT_LOOKED_AT = Contents()


@dataclass
class TrainingState:
    """What has to be remembered from epoch to epoch; it travels with the checkpoints, each attribute under its own name.

    Attributes:
      run: what tells the run that all these belong to from others, however often it was interrupted.
      epoch: the epoch in progress, counted from 0 over all runs.
      last_epoch: the run ends before this epoch.
      epochs: how many epochs that run was asked for; 0: as many as `last_epoch` in all.
      position: steps of the epoch whose updates are made.
      loss_sum, loss_count: over the utterances of these steps.
      n_samples, batching: number of training utterances, and a name for the steps that they make; the position counts
        these steps.
      order: how the steps follow each other after the first epoch; empty: an earlier version did not say.
      train_content, steps: what is in the training set, and what in its steps, see Contents.
      forced_rate: the learning rate that the run was made to begin with; 0: none.
      dev_sets, dev_content: the validation sets that `best` was measured on, and what is in them.
      best_by: the measure that decides, one of MEASURES.
      best: its lowest value so far.
      stale: epochs since it last fell by more than the required amount.
      n_same: epochs in a row in which the network has written nothing, or nothing but one label.
      told_of_same: whether that was told.
      lstm: what computes the recurrent layer of the run; empty: an earlier version did not say.
      batch_seconds: seconds of sound, padded, that a batch has at most; 0: no such limit.
      schedule: what the learning rate follows, in words; empty: an earlier version did not say.
      augmentations: what changes the training set, as it was asked for; None: an earlier version did not say.
    """

    run: str = ''
    epoch: int = 0
    last_epoch: int = 0
    epochs: int = 0
    position: int = 0
    loss_sum: float = 0.
    loss_count: float = 0.
    n_samples: int = 0
    batching: str = ''
    order: str = ''
    train_content: str = ''
    steps: str = ''
    forced_rate: float = 0.
    dev_sets: Tuple[str, ...] = ()
    dev_content: str = ''
    best_by: str = 'loss'
    best: float = math.inf
    stale: int = 0
    n_same: int = 0
    told_of_same: bool = False
    lstm: str = ''
    batch_seconds: float = 0.
    schedule: str = ''
    augmentations: Optional[str] = None

    def reconcile(self, n_utterances: int, batchings: Sequence[str], dev_sets: Sequence[str], order: str = '',
                  contents: Contents = NOT_LOOKED_AT) -> List[str]:
        """Drops what does not hold any more for these data and batches; returns sentences that say so.

        Args:
          n_utterances: number of training utterances.
          batchings: the names of the steps that they make now, see `data.batching.BatchPlan`.
          dev_sets: what names the validation sets; a run without any leaves those of an earlier one as they were.
          order: what names the order of the steps after the first epoch.
          contents: what is in the sets.
        """
        sentences = []
        if self.train_content and contents.train != self.train_content:
            sentences.append(f'The training set is another one than before: {n_utterances} utterances, then {self.n_samples}.')
        is_same_order = not self.epoch or self.order in ('', order)
        if self.position and not (self.batching in batchings and is_same_order and self.steps in ('', contents.steps)):
            sentences.append(f'Epoch {self.epoch} begins again: it was interrupted after {self.position} steps, but the '
                             f'{n_utterances} training utterances (then {self.n_samples}) make other batches or come in '
                             f'another order now.')
            self.begin_epoch(self.epoch)
        if dev_sets and not self._has_best_of(dev_sets, contents.dev):
            if math.isfinite(self.best):
                sentences.append(f'The validation sets are others than before: the best {self.measure} so far, {self.best:f}, '
                                 f'does not count any more.')
            self.best, self.stale = math.inf, 0
        if dev_sets:
            self.dev_sets, self.dev_content = tuple(dev_sets), contents.dev
        self.n_samples, self.batching, self.order = n_utterances, batchings[0], order
        self.train_content, self.steps = contents.train, contents.steps
        return sentences

    @property
    def measure(self) -> str:
        """What messages call the measure that decides."""
        return MEASURE_NAMES[self.best_by]

    def compare_by(self, best_by: str) -> List[str]:
        """Lets another measure decide from now on; returns sentences that say so."""
        before, value = self.measure, self.best
        if best_by == self.best_by:
            return []
        self.best_by, self.best, self.stale = best_by, math.inf, 0
        if not math.isfinite(value):
            return []
        return [f'The lowest {before} decided before which model is the best ({value:f}); from now on the lowest '
                f'{self.measure} does (--best_by {best_by}), and the comparison begins anew.']

    def augment_by(self, asked: str) -> List[str]:
        """Lets these augmentations change the training set from now on; returns sentences that say so if others did before."""
        before, self.augmentations = self.augmentations, asked
        if before in (None, asked) or not (self.epoch or self.position):
            return []
        return [f'The training set was changed by other augmentations before: {before or "none"}. Now it is by '
                f'{asked or "none"}.']

    def _has_best_of(self, dev_sets: Sequence[str], content: str) -> bool:
        """Returns whether the best loss so far was measured on these validation sets; their names may be others now."""
        return content == self.dev_content if self.dev_content else tuple(dev_sets) == tuple(self.dev_sets)

    def begin_epoch(self, epoch: int) -> None:
        """Goes to the beginning of `epoch`."""
        self.epoch, self.position, self.loss_sum, self.loss_count = epoch, 0, 0., 0.

    def update_done(self, n_steps: int, loss_sum: float, loss_count: float) -> None:
        """Counts the steps of an update; the sums are those of all steps of the epoch so far."""
        self.position, self.loss_sum, self.loss_count = self.position + n_steps, loss_sum, loss_count

    def clock(self, share: float) -> float:
        """Returns how far the training is after this share of the epoch, from 0 to 1: it ends before `last_epoch`.

        After a run of 3 epochs, one of 3 more begins in the middle.
        """
        return min(1., (self.epoch + share) / max(1, self.last_epoch))

    def plan(self, epochs: int, total_epochs: int = 0) -> bool:
        """Decides where a run of `epochs` epochs ends; returns whether it only goes on with an interrupted one.

        The same command again finishes what it was asked for; after a finished run it adds as many epochs, as
        `--epochs` always meant. With `total_epochs` the run ends after as many in all, however often it is started.
        """
        if self.is_interrupted(epochs, total_epochs):
            return True
        self.epochs, self.last_epoch = (0, total_epochs) if total_epochs else (epochs, self.epoch + epochs)
        return False

    def is_interrupted(self, epochs: int, total_epochs: int = 0) -> bool:
        """Returns whether a run of `epochs` epochs, or of `total_epochs` in all, has not come to its end."""
        is_same = total_epochs == self.last_epoch if total_epochs else epochs == self.epochs
        return is_same and self.epoch < self.last_epoch

    def validated(self, value: float, config: ScheduleConfig) -> Decision:
        """Takes the value of the measure that decides, of an epoch, and returns a Decision.

        A fall smaller than `config.es_min_delta` makes a new best model but still counts as stale. A value that is not
        finite is no improvement.
        """
        finite = math.isfinite(value)
        improved = finite and not value > self.best - config.es_min_delta
        self.stale = 0 if improved else self.stale + 1
        best = finite and value < self.best
        if best:
            self.best = value
        stop = self.stopped_early(config)
        plateau = (not stop and config.reduce_lr_on_plateau and self.stale > 0
                   and self.stale % config.plateau_epochs == 0)
        why = ''
        if stop or plateau:
            why = (f'None of the last {self.stale} epochs has lowered the {self.measure} by {config.es_min_delta:g} or more '
                   f'(--es_min_delta); '
                   f'{f"--es_epochs {config.es_epochs}" if stop else f"--plateau_epochs {config.plateau_epochs}"} is reached.')
        return Decision(best, stop, plateau, value, why)

    def wrote(self, only_label: Optional[str]) -> None:
        """Counts epochs without a sensible transcript; `only_label` as of `transcripts.Transcripts`."""
        self.n_same = 0 if only_label is None else self.n_same + 1

    def stopped_early(self, config: ScheduleConfig) -> bool:
        """Returns whether early stopping is on and due."""
        return config.early_stop and self.stale >= config.es_epochs

    def as_dict(self) -> Dict[str, Any]:
        """Returns the values for JSON; an infinite best loss is None."""
        values = asdict(self)
        values['best'] = None if math.isinf(self.best) else self.best
        return values

    @classmethod
    def from_dict(cls, values: Mapping[str, Any]) -> 'TrainingState':
        """Reads what `as_dict` gave, also that of versions that only had slices of a set as batches."""
        if 'n_per_step' in values:
            values = dict(values, batching=slices_name(values.get('n_samples', 0), values['n_per_step']))
        known = {name: values[name] for name in cls.__dataclass_fields__ if name in values}
        if known.get('best') is None:
            known['best'] = math.inf
        return cls(**dict(known, dev_sets=tuple(known.get('dev_sets', ()))))
