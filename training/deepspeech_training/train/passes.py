"""One pass over a set, and what its losses add up to."""

from typing import Any, Callable, Dict, List, Mapping, NamedTuple, Optional, Sequence

import numpy as np

from ..compat import tf
from ..console.throughput import Throughput
from ..data.batching import Step as BatchStep
from ..data.feeding import Feeder, check_sound
from ..errors import TrainingError
from ..interruption import Interrupted, Interruption
from ..text.alphabet import Alphabet
from .engine import Engine, StepTotals
from .graph import TrainingGraph
from .observers.events import Observers
from .planning import PlannedSet
from .state import TrainingState
from .towers import Step
from .transcripts import Transcripts, sampled_of

MAX_LOST_SHARE = 0.1
N_NAMED = 3  # utterances that a message names
MAX_LOST = 3  # of small sets, in which a single utterance is a large share


class LossMeter:
    """Adds up the losses of a pass; every utterance weighs the same.

    Attributes:
      loss_sum, count: over the utterances so far that had a finite loss; may begin with those of an earlier run.
      not_finite: names of utterances without a finite loss; until the end of the pass only of those of this process.
      unread: what is wrong with the sound of those that could not be read, by index; likewise.
      n_lost: how many of `not_finite` have come since the last step that had any finite loss.
    """

    def __init__(self, loss_sum: float = 0., count: float = 0.):
        self.loss_sum, self.count = loss_sum, count
        self.not_finite: List[str] = []
        self.unread: Dict[int, str] = {}
        self.n_lost = 0

    @property
    def mean(self) -> float:
        """Mean loss of the utterances so far that had a finite one.

        NaN when more than `MAX_LOST_SHARE` of them had none, as such a mean says nothing about the model.
        """
        if len(self.not_finite) > MAX_LOST_SHARE * (self.count + len(self.not_finite)):
            return float('nan')
        return self.loss_sum / self.count if self.count else 0.

    def add(self, step: Step, feeder: Feeder, totals: Optional[StepTotals] = None) -> float:
        """Adds the fetched values of a Step; returns its mean loss, NaN if none is finite.

        Args:
          step: Step of this process.
          feeder: that fed it.
          totals: what all processes together got; None: there is only this one.
        """
        loss_sum, count = (totals or step)[:2]
        self.loss_sum += float(loss_sum)
        self.count += float(count)
        lost = [feeder.utterance(index).id for index in step.index[(step.weight > 0) & ~np.isfinite(step.losses)]]
        self.not_finite += lost
        self.n_lost = 0 if count else self.n_lost + len(lost)
        return float(loss_sum) / float(count) if count else float('nan')

    def found(self) -> Dict[str, Any]:
        """Returns what this process has found and others have not, ready for JSON."""
        return {'not_finite': self.not_finite, 'unread': list(self.unread.items())}

    def take(self, found: Sequence[Mapping[str, Any]]) -> None:
        """Takes what all processes have found, as `found` gave it."""
        self.not_finite = [name for each in found for name in each['not_finite']]
        self.unread = {index: reason for each in found for index, reason in each['unread']}


class Pass:
    """A pass over a set, as observers see it: what it is, and what has come of it so far.

    Attributes:
      planned: PlannedSet.
      epoch: which epoch it belongs to, from 0.
      of_best: whether it measures the best model so far and not the present one.
      step: number of updates that the model has seen.
      is_within_update: whether the last step was one of several of an update, and not the last of these.
      meter: LossMeter.
      throughput: Throughput.
      gradient_norm: of the last update of this pass, all gradients together, before they are clipped.
      weight_norm: of all weights together, at the end of a training pass.
      transcripts: of a validation pass; None in training.
    """

    def __init__(self, planned: PlannedSet, epoch: int, step: int, of_best: bool = False, *, meter: LossMeter,
                 throughput: Throughput, transcripts: Optional[Transcripts] = None):
        self.planned, self.epoch, self.step, self.of_best = planned, epoch, step, of_best
        self.meter, self.throughput, self.transcripts = meter, throughput, transcripts
        self.gradient_norm = self.weight_norm = float('nan')
        self.is_within_update = False

    def merge(self, engine: Engine) -> None:
        """Puts what has come of the pass in all processes together. Raises DataError if most sounds could not be read."""
        found = engine.gather([self.meter.found(), self.transcripts.found() if self.transcripts else None])
        self.meter.take([of_meter for of_meter, _ in found])
        if self.transcripts:
            self.transcripts.take([of_transcripts for _, of_transcripts in found])
        check_sound(self.planned.path, len(self.planned.utterances), self.meter.unread)


def check_losses(item: Pass) -> None:
    """Raises TrainingError when many utterances of a pass have no finite loss, though others have one.

    Where none has one any more the training has diverged, of which the observer that saves it takes care.
    """
    meter, n_utterances = item.meter, len(item.planned.utterances)
    if meter.n_lost or len(meter.not_finite) <= max(MAX_LOST, MAX_LOST_SHARE * n_utterances):
        return
    raise TrainingError(
        f'{len(meter.not_finite)} of {n_utterances} utterances of {item.planned.path} have no finite loss in epoch '
        f'{item.epoch}, for example {", ".join(meter.not_finite[:N_NAMED])}: at most {100 * MAX_LOST_SHARE:g} % are left out. '
        f'Look whether their transcripts are what is said, and not too long for recordings that --augment shortens '
        f'(bin/check_dataset.py shows both), or leave them out of the set; the same command goes on from the last checkpoint.')


class Request(NamedTuple):
    """What to run for a step of a pass."""

    step: Step
    others: Dict[str, Any]  # what else to run, by name
    feed: Dict[Any, float]  # values of placeholders


class PassRunner:
    """Runs passes in a session and tells the observers.

    Args:
      session: TensorFlow session, on the graph.
      graph: TrainingGraph.
      feeder: of the training set.
      dev_feeder: of all other sets.
      observers: Observers.
      engine: Engine.
      interruption: Interruption; a pass ends by it after a step.
      rate_factor: function that gives what the schedule multiplies the learning rate of the next update by.
      alphabet: of the model.
    """

    def __init__(self, session: 'tf.Session', graph: TrainingGraph, *, feeder: Feeder, dev_feeder: Feeder,
                 observers: Observers, engine: Engine, interruption: Interruption, rate_factor: Callable[[], float],
                 alphabet: Alphabet):
        self._session, self._graph, self._alphabet = session, graph, alphabet
        self._feeder, self._dev_feeder = feeder, dev_feeder
        self._observers, self._engine, self._interruption, self._rate_factor = observers, engine, interruption, rate_factor

    def train(self, planned: PlannedSet, steps: Sequence[BatchStep], state: TrainingState) -> None:
        """Makes the updates of `steps`, which are left of the epoch that `state` is in; `state` counts them.

        Raises:
          TrainingError: memory ran out, or many utterances have no finite loss.
          DataError: most audio files cannot be read any more.
        """
        meter = LossMeter(state.loss_sum, state.loss_count)
        item = Pass(planned, state.epoch, self._n_updates(), meter=meter,
                    throughput=self._throughput(planned, steps, state.position))

        graph, update = self._graph, self._graph.update

        def is_last_of_update(number: int) -> bool:
            return (number + 1) % update.n_steps == 0 or number + 1 == len(steps)

        def request(number: int) -> Request:
            feed = {graph.learning_rate.factor: self._rate_factor()}
            if update.part is not None:
                feed[update.part] = number % update.n_steps
            if not is_last_of_update(number):
                return Request(update.step, {'update': update.accumulate}, feed)
            return Request(update.step, {'update': update.apply, 'step': graph.global_step, 'norm': update.gradient_norm}, feed)

        def after_step(number: int, others: Dict[str, Any]) -> None:
            item.is_within_update = not is_last_of_update(number)
            if not item.is_within_update:
                item.step, item.gradient_norm = others['step'], float(others['norm'])
                state.update_done(number % update.n_steps + 1, meter.loss_sum, meter.count)
            check_losses(item)

        n_done, n_steps = state.position, state.position + len(steps)
        clocks = [state.clock((n_done + index) / n_steps) for index in range(len(steps))]
        signal = self._run(item, self._feeder, steps, request, after_step, clocks=clocks)
        item.step, item.weight_norm = self._session.run((graph.global_step, graph.weight_norm))
        self._end(item, signal)

    def evaluate(self, planned: PlannedSet, epoch: int, step: int, of_best: bool = False) -> Pass:
        """Passes over a set after `step` updates, of the best model if `of_best`; returns the Pass, with what came of it.

        Raises: as `train`.
        """
        steps = planned.plan.in_order
        sampled = sampled_of([int(index) for step_of_set in steps for batch in step_of_set for index in batch])
        item = Pass(planned, epoch, step, of_best, meter=LossMeter(), throughput=self._throughput(planned, steps, 0),
                    transcripts=Transcripts(self._alphabet, sampled))
        signal = self._run(item, self._dev_feeder, steps, lambda _: Request(self._graph.dev_step, {}, {}), lambda *_: None)
        self._end(item, signal)
        return item

    def _n_updates(self) -> int:
        return self._session.run(self._graph.global_step)

    def _throughput(self, planned: PlannedSet, steps: Sequence[BatchStep], n_done: int) -> Throughput:
        return Throughput(n_done + len(steps), sum(planned.audio_s[batch].sum() for step in steps for batch in step), n_done)

    def _run(self, item: Pass, feeder: Feeder, steps: Sequence[BatchStep], request: Callable[[int], Request],
             after_step: Callable[[int, Dict[str, Any]], None], *, clocks: Sequence[float] = ()) -> Optional[int]:
        """Takes the steps of a pass; returns the signal on which the run ends after it."""
        utterances, audio_s = item.planned.utterances, item.planned.audio_s
        self._observers.pass_began(item)
        feeder.start(self._session, utterances, steps, item.epoch, clocks=clocks)
        n_done, signal = 0, None
        try:
            for n_done in range(len(steps)):
                wanted = request(n_done)
                step, others = self._session.run((wanted.step, wanted.others), wanted.feed)
                totals = self._engine.total(float(step.loss_sum), float(step.count), self._interruption.received)
                signal, loss = totals.signal, item.meter.add(step, feeder, totals)
                if item.transcripts:
                    item.transcripts.add(step, feeder)
                item.meter.unread.update(feeder.unread(step.index))
                passed_s = audio_s[np.concatenate(steps[n_done])].sum()
                item.throughput.add(float(passed_s), float(step.flops), float(step.waited_s))
                check_sound(item.planned.path, len(utterances), item.meter.unread)
                after_step(n_done, others)
                self._observers.step_done(item, loss)
                if signal is not None and n_done + 1 < len(steps):  # else the pass is whole, and ends as such
                    raise Interrupted(signal)
        except BaseException as error:
            self._observers.pass_broke_off(item)
            if isinstance(error, tf.errors.OpError):
                raise feeder.failure(error, n_done) from error
            raise
        return signal

    def _end(self, item: Pass, signal: Optional[int]) -> None:
        item.merge(self._engine)
        rate = self._graph.learning_rate
        self._observers.pass_ended(item, float(self._session.run(rate.scheduled, {rate.factor: self._rate_factor()})))
        if signal is not None:
            raise Interrupted(signal)
