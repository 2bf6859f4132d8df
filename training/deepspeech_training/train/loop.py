"""Training: epochs of updates, validation, checkpoints, early stopping, plateaus."""

import datetime
import math
import time
from contextlib import ExitStack, closing, contextmanager
from typing import Iterator, List, Optional, Sequence, Tuple

from ..checkpoints.directory import CheckpointDirectory
from ..checkpoints.stored_model import StoredModel
from ..checkpoints.writer import CheckpointWriter, description_of
from ..compat import tf
from ..console.log import Log
from ..data.batching import Step
from ..data.datasets import TrainingSets
from ..errors import CheckpointError
from ..features.augment.chain import Chain
from ..features.cache import open_feature_cache
from ..features.pipeline import FeaturePipeline
from ..interruption import Interrupted, Interruption
from ..paths import write_atomically
from ..settings.config import RunConfig
from .batch_choice import batch_seconds_before, with_fitting_batches
from .building import Built, build, chosen_compute, engine_for, require_equals
from .engine import Engine
from .memory_probe import is_worth_probing, probe_largest_batch
from .observers.checkpoints import CheckpointSaver
from .observers.console import Console
from .observers.diagnosis import Diagnosis
from .observers.events import Observer, Observers
from .observers.history import History
from .observers.tensorboard import TensorBoard
from .passes import PassRunner
from .resume import (
    Beginning,
    begin,
    find_best,
    is_to_go_on,
    loss_is_to_measure,
    lstm_before,
    restore,
    take_from_chief,
)
from .run_record import RunRecord
from .schedule import rate_schedule
from .state import Decision
from .transcripts import Validation, validation_of

SEPARATOR = '-' * 80


def train(run: RunConfig, sets: TrainingSets, source: Optional[StoredModel], directory: CheckpointDirectory, log: Log,
          *, observers: Sequence[Observer] = ()) -> Optional[int]:
    """Trains a model and leaves its last and best checkpoints in `directory`.

    Args:
      run: RunConfig that fits `source`.
      sets: TrainingSets.
      source: what to start from, or None for fresh variables.
      directory: locked for this training.
      log: Log.
      observers: are told what happens, after our own.
    Returns:
      number of the signal that ended the training, which was saved then; None: it ended by itself.
    Raises:
      DeepSpeechError: data, checkpoints or memory give out, or the training has diverged.
    """
    utterances = sum((of_file for _, of_file in sets.dev + sets.metrics), sets.train)
    with ExitStack() as opened:
        engine = opened.enter_context(engine_for(run, log))
        if engine.is_chief:
            write_atomically(directory.file('flags.txt'), run.flags_text, CheckpointError)
        cache = open_feature_cache(run.feature_cache, run.features, utterances, log)
        opened.enter_context(engine.graph())
        pipeline = opened.enter_context(closing(FeaturePipeline(run.features, run.devices, cache)))
        run, built = _built(run, sets, source, directory, pipeline=pipeline, engine=engine, log=log)
        description, n_best = description_of(run.model, run.features, run.alphabet), max(1, run.checkpoints.n_average)
        writer = CheckpointWriter(directory, built.graph.variables, description, run.checkpoints.max_to_keep,
                                  n_best=n_best) if engine.is_chief else None
        tf.get_default_graph().finalize()
        session = opened.enter_context(engine.session())
        tensorboard = opened.enter_context(TensorBoard(run.report.summary_dir, log)) if engine.is_chief else None
        interruption = opened.enter_context(Interruption())
        beginning = begin(session, built.graph, source, run, sets=built.sets, directory=directory, log=log)
        beginning.state.lstm, beginning.state.batch_seconds = built.lstm, run.train.batch_seconds
        beginning = take_from_chief(beginning, session, built.graph, engine)
        if not is_to_go_on(beginning.state, run.schedule, log):
            return None
        trainer = Trainer(run, built, beginning, session=session, engine=engine, pipeline=pipeline, directory=directory,
                          writer=writer, tensorboard=tensorboard, observers=observers, interruption=interruption, log=log)
        if not engine.is_chief:
            return trainer.run(source)
        with RunRecord(directory.path, run, built.sets, beginning.state, engine=engine, observer=Observers(observers),
                       log=log) as record:
            record.signal = trainer.run(source)
        return record.signal


def _built(run: RunConfig, sets: TrainingSets, source: Optional[StoredModel], directory: CheckpointDirectory, *,
           pipeline: FeaturePipeline, engine: Engine, log: Log) -> Tuple[RunConfig, Built]:
    """Builds the current default graph; returns what it was built for, too, with what was left open."""
    tf.set_random_seed(run.seed)
    before = lstm_before(source) if source is not None and source.is_in(directory.path) else ''
    compute = chosen_compute(run, engine, before, log)
    run = with_fitting_batches(run, sets.train, pipeline, compute, engine=engine,
                               before_s=batch_seconds_before(source, directory.path), log=log)
    built = build(run, sets, pipeline, engine, compute=compute, log=log)
    require_equals(engine, run, built.sets, compute)
    return run, built


class Trainer:
    """The epochs of a run, in a session whose variables have their first values."""

    def __init__(self, run: RunConfig, built: Built, beginning: Beginning, *, session: 'tf.Session', engine: Engine,
                 pipeline: FeaturePipeline, directory: CheckpointDirectory, writer: Optional[CheckpointWriter],
                 tensorboard: Optional[TensorBoard], observers: Sequence[Observer], interruption: Interruption, log: Log):
        self._run, self._built, self._graph, self._sets = run, built, built.graph, built.sets
        self._beginning, self._state = beginning, beginning.state
        self._session, self._engine, self._pipeline, self._directory = session, engine, pipeline, directory
        self._log = log
        self._saver: Optional[CheckpointSaver] = None
        self._observers = Observers([])
        if writer is not None and tensorboard is not None:  # this process saves and reports
            self._saver = CheckpointSaver(
                session, writer, built.graph, self._state, every_s=run.checkpoints.every_s, path=beginning.path,
                is_current=beginning.is_current, log=log)
            console = Console(log, run.report.show_progressbar, self._state, self._audio_of_passes())
            history = History(directory.path, self._state, self._n_updates(), log)
            diagnosis = Diagnosis(log, run, self._state, built.sets.train)
            self._observers = Observers([tensorboard, self._saver, console, history, diagnosis, *observers])
        self._passes = PassRunner(session, built.graph, feeder=built.feeder, dev_feeder=built.dev_feeder,
                                  observers=self._observers, engine=engine, interruption=interruption,
                                  rate_factor=self._rate_factor, alphabet=run.alphabet)
        self._n_per_epoch = built.sets.train.plan.n_updates(run.optimizer.n_steps)
        self._schedule = rate_schedule(run.schedule, self._state.last_epoch, self._n_per_epoch)

    def run(self, source: Optional[StoredModel]) -> Optional[int]:
        """Runs all epochs that are left to do; `source` and result as in `train`."""
        state, signal, begin_s = self._state, None, time.monotonic()
        try:
            self._probe_memory()
            self._measure_best(source)
            while state.epoch < state.last_epoch:
                if self._epoch():
                    break
                self._log.plain(SEPARATOR)
        except Interrupted as interrupted:
            signal = interrupted.signal
            self._log.info(self._how_to_go_on())
        self._log.info(f'FINISHED optimization in {datetime.timedelta(seconds=time.monotonic() - begin_s)}')
        return signal

    def _epoch(self) -> bool:
        """Runs one epoch; returns whether early stopping ends the run."""
        state, epoch, decision = self._state, self._state.epoch, Decision(best=False, stop=False, plateau=False)
        with self._saved_when_cut_off():
            self._train()
            step = self._n_updates()
            if self._sets.dev:
                validation = self._validate(step)
        if self._sets.dev:
            state.wrote(validation.only_label)
            decision = state.validated(validation.measure(state.best_by), self._run.schedule)
        state.begin_epoch(epoch + 1)
        rate = self._lower_learning_rate(decision.best) if decision.plateau else self._learning_rate()
        self._observers.decided(decision, rate)
        self._observers.epoch_ended()
        if decision.stop:
            return True
        for planned in self._sets.metrics:
            self._passes.evaluate(planned, epoch, step)
        return False

    def _train(self) -> None:
        """Takes the steps of the epoch that are left."""
        steps = self._steps_to_come()
        if steps:  # else an earlier run was interrupted after the last step
            self._empty_cache()
            self._passes.train(self._sets.train, steps, self._state)
        self._observers.training_ended()

    def _validate(self, step: int, of_best: bool = False) -> Validation:
        """Passes over all validation sets; returns what came of them, of the best model if `of_best`."""
        passes = [self._passes.evaluate(planned, self._state.epoch, step, of_best) for planned in self._sets.dev]
        loss_sum = sum(item.meter.mean * len(item.planned.utterances) for item in passes)
        loss = loss_sum / sum(len(item.planned.utterances) for item in passes)
        written = [item.transcripts for item in passes if item.transcripts]
        validation = validation_of(loss, written, self._run.alphabet, of_best)
        self._observers.validation_ended(validation, step)
        return validation

    def _lower_learning_rate(self, is_best: bool) -> float:
        """Goes back to this run's best model, unless the present one is it, and lowers the learning rate; returns that."""
        if not is_best:
            best = find_best(self._directory, self._run.model, self._log) if self._engine.is_chief else None
            self._load(best, self._graph.variables)
        rate = self._learning_rate() * self._run.schedule.plateau_reduction
        self._session.run(self._graph.learning_rate.assign, {self._graph.learning_rate.new: rate})
        return rate

    @contextmanager
    def _saved_when_cut_off(self) -> Iterator[None]:
        """Lets the state be saved when a signal ends the run in the midst of an epoch."""
        try:
            yield
        except Interrupted:
            self._observers.interrupted()
            raise

    def _how_to_go_on(self) -> str:
        """Returns what to say to whoever has interrupted the training."""
        if self._state.epoch == self._state.last_epoch:
            return 'Interrupted after the last epoch; the training is complete.'
        if self._saver is None:
            return f'Interrupted in epoch {self._state.epoch}.'
        method = self._run.checkpoints.load_train
        command = 'the same command' if method in ('auto', 'last') else f'the same command without --load_train {method}'
        return f'Interrupted in epoch {self._state.epoch}; {command} goes on from {self._saver.path or "where it began"}.'

    def _probe_memory(self) -> None:
        planned, n_epochs = self._sets.train, self._state.last_epoch - self._state.epoch
        if is_worth_probing(planned.plan, self._steps_to_come(), n_epochs):
            probe_largest_batch(self._session, self._built.feeder, planned, self._graph.update.gradients,
                                stretch=Chain(self._run.augmentations).longest, log=self._log)

    def _measure_best(self, source: Optional[StoredModel]) -> None:
        """Validates a best model of which it is not known how good it is: the first epoch would else replace it in any case."""
        best = self._beginning.best
        is_wanted = (source is not None and best is not None and bool(self._sets.dev)
                     and loss_is_to_measure(source, self._beginning, self._directory))
        if not self._engine.gather(is_wanted)[0]:  # what the chief has found counts
            return
        measured = self._graph.weights + (self._graph.averages.variables if self._graph.averages else [])
        self._load(best, measured)
        value = self._validate(self._n_updates(), of_best=True).measure(self._state.best_by)
        self._load(source, measured)
        if math.isfinite(value):
            self._state.best = value

    def _load(self, model: Optional[StoredModel], variables: List['tf.Variable']) -> None:
        """Loads variables from a checkpoint, if there is one, and gives them to the processes that train together."""
        if model is not None and self._engine.is_chief:
            restore(self._session, self._graph, model, variables)
        if self._graph.take_from_chief is not None:
            self._session.run(self._graph.take_from_chief)

    def _steps_to_come(self) -> List[Step]:
        """Returns the steps left of the epoch."""
        steps = self._sets.train.plan.of_epoch(self._run.seed, self._state.epoch, self._run.shuffle_batches)
        return steps[self._state.position:]

    def _empty_cache(self) -> None:
        n_epochs, state = self._run.cache_for_epochs, self._state
        if n_epochs and state.epoch % n_epochs == 0 and not state.position and self._pipeline.forget():
            self._log.info('Invalidating feature cache')

    def _audio_of_passes(self) -> List[Tuple[str, float]]:
        """Returns (what the throughput depends on, seconds of audio) of the passes of an epoch."""
        train, others = self._sets.train, self._sets.dev + self._sets.metrics
        return [(split, planned.audio_s.sum()) for split, planned in [('train', train)] + [('dev', each) for each in others]]

    def _n_updates(self) -> int:
        return self._session.run(self._graph.global_step)

    def _rate_factor(self) -> float:
        n_of_epoch = self._state.position // self._run.optimizer.n_steps
        return self._schedule.factor(self._state.epoch * self._n_per_epoch + n_of_epoch)

    def _learning_rate(self) -> float:
        return self._session.run(self._graph.learning_rate.value)
