"""Training: epochs of updates, validation, checkpoints, early stopping, plateaus."""

import datetime
import math
import os
import time
import uuid
from contextlib import closing

from ..checkpoints.writer import CheckpointWriter, description_of
from ..compat import on_gpu, require_determinism, session_config, tf, visible_devices
from ..data.feeding import Feeder
from ..data.batching import BatchPlan
from ..features.pipeline import FeaturePipeline
from ..features.cache import open_feature_cache
from ..errors import CheckpointError
from ..interruption import Interrupted, Interruption
from ..console.log import let_go
from ..model.compute import choose
from ..model.variables import acoustic_weights
from ..paths import write_atomically
from ..console.progress import Progress
from .best import check_best, find_best, is_of_run
from .epoch import LossMeter, run_pass, seconds_of_audio
from ..console.eta import RemainingTime
from .checkpoint_saver import CheckpointSaver
from .loss_scale import VARIABLES as LOSS_SCALE_VARIABLES
from .state import TrainingState
from .observers.tensorboard import Summaries
from .towers import HOST, evaluation_step, home, training_step
from .memory_probe import is_worth_probing, probe_largest_batch

SEPARATOR = '-' * 80
N_DIVERGED = 2  # utterances without a finite loss in the last steps: one alone may be to blame itself
DROPOUT_LAYERS = (1, 2, 3, 5)
OPTIONAL = ('learning_rate',) + LOSS_SCALE_VARIABLES  # need not be in a checkpoint


def train(run, sets, source, directory, log):
    """Trains a model and leaves its last and best checkpoints in `run.checkpoints.save_dir`.

    Args:
      run: RunConfig that fits `source`.
      sets: data.datasets.TrainingSets.
      source: StoredModel to start from, or None for fresh variables.
      directory: CheckpointDirectory to save to.
      log: Log.
    Returns:
      number of the signal that ended the training, which was saved then; None: it ended by itself.
    Raises:
      DeepSpeechError: data, checkpoints or memory give out, or the weights are no longer finite.
    """
    if run.devices.deterministic:
        require_determinism()
    write_atomically(os.path.join(run.checkpoints.save_dir, 'flags.txt'), run.flags_text, CheckpointError)
    samples = sum((of_file for _, of_file in sets.dev + sets.metrics), sets.train)
    store = open_feature_cache(run.feature_cache, run.features, samples, log)
    with tf.Graph().as_default(), closing(FeaturePipeline(run.features, run.devices, store)) as reader:
        tf.set_random_seed(run.seed)
        trainer = Trainer(run, sets, reader, directory, log)
        with tf.Session(config=session_config(run.devices)) as session, Summaries(run.report.summary_dir) as summaries:
            with Interruption() as interruption:
                return trainer.run(session, source, summaries, interruption)


class Trainer:
    """The graph of one training and its epochs. Builds in the current default graph."""

    def __init__(self, run, sets, reader, directory, log):
        self._run, self._sets, self._reader, self._directory, self._log = run, sets, reader, directory, log
        devices = visible_devices(run.devices)
        compute, chosen = choose(run.model, on_gpu(devices))
        log.info(f'Training on {", ".join(devices)}. {chosen}')
        self._steps = self._steps_of(sets.train, run.train, devices)
        self._dev_steps = {path: self._steps_of(samples, run.dev, devices) for path, samples in sets.dev + sets.metrics}
        log.debug(f'{len(sets.train)} utterances in {len(self._steps.in_order)} steps, '
                  f'{100 * self._steps.padding_share:.1f} % of the frames are padding.')
        with tf.device(home(devices)):
            weights = acoustic_weights(run.model)
        with tf.device(HOST):
            self._global_step = tf.train.get_or_create_global_step()
            self._rate = tf.get_variable('learning_rate', initializer=run.optimizer.learning_rate, trainable=False,
                                         use_resource=False)
            self._new_rate = tf.placeholder(tf.float32, [])
            self._set_rate = self._rate.assign(self._new_rate)
            self._feeder = Feeder(reader, 'train', len(devices), run.devices, run.seed)
            self._dev_feeder = Feeder(reader, 'dev', len(devices), run.devices, run.seed)
        adam = tf.train.AdamOptimizer(self._rate, run.optimizer.beta1, run.optimizer.beta2, run.optimizer.epsilon)
        self._update, self._trial, self._train_step = training_step(
            run.model, weights, self._feeder.batches, devices, compute, dict(zip(DROPOUT_LAYERS, run.dropout)), run.seed,
            adam, self._global_step, self._steps.n_per_step)
        self._dev_step = evaluation_step(run.model, weights, self._dev_feeder.batches, devices, compute)
        self._variables = tf.global_variables()
        self._initialize = tf.global_variables_initializer()
        with tf.device(HOST):
            self._sound = tf.reduce_all([tf.reduce_all(tf.is_finite(variable)) for variable in tf.trainable_variables()])
        self._store = CheckpointWriter(directory, self._variables, description_of(run.model, run.features, run.alphabet),
                                       run.checkpoints.max_to_keep)
        self._reported = set()  # utterances without a finite loss, each named once
        self._schedule = self._forecast = self._keeper = self._interruption = self._best = None
        self._n_lost = 0  # utterances since the last step that had any finite loss
        self._epoch_begin = None  # number of updates when the epoch began
        tf.get_default_graph().finalize()

    def run(self, session, source, summaries, interruption):
        """Runs all epochs that are left to do; returns the signal that ended it, see `train`."""
        self._interruption = interruption
        self._keeper = CheckpointSaver(session, self._store, self._global_step, self._sound, self._run.checkpoints.every_s)
        self._start(session, source)
        schedule, settings = self._schedule, self._run.schedule
        if schedule.stopped_early(settings):
            self._log.info(f'Early stopping was already reached after {schedule.epoch} epochs ({schedule.stale} without '
                           f'improvement); nothing to train. Raise --es_epochs to go on.')
            return None
        if schedule.plan(settings.epochs):
            self._log.info(f'Going on with epoch {schedule.epoch} of {schedule.last_epoch}.')
        self._log.info('STARTING Optimization')
        begin, signal = time.time(), None
        self._forecast = self._new_forecast()
        try:
            self._try_heaviest(session)
            self._measure_best(session, source, summaries)
            while schedule.epoch < schedule.last_epoch:
                stopped = self._epoch(session, summaries)
                if stopped:
                    break
                self._log.plain(SEPARATOR)
        except Interrupted as interrupted:
            signal = interrupted.signal
            self._log.info(self._how_to_go_on())
        self._log.info(f'FINISHED optimization in {datetime.timedelta(seconds=time.time() - begin)}')
        return signal

    def _how_to_go_on(self):
        """Returns what to say to whoever has interrupted the training."""
        if self._schedule.epoch == self._schedule.last_epoch:
            return 'Interrupted after the last epoch; the training is complete.'
        method = self._run.checkpoints.load_train
        command = 'the same command' if method in ('auto', 'last') else f'the same command without --load_train {method}'
        return (f'Interrupted in epoch {self._schedule.epoch}; {command} goes on from '
                f'{self._keeper.path or "where it began"}.')

    def _new_forecast(self):
        """Returns a RemainingTime; the places of an epoch's passes are: training, validation sets, metrics sets."""
        sets, rate_hz = self._sets, self._run.features.rate_hz
        passes = [('train', sets.train)] + [('dev', samples) for _, samples in sets.dev + sets.metrics]
        return RemainingTime([(kind, seconds_of_audio(samples, rate_hz).sum()) for kind, samples in passes])

    def _start(self, session, source):
        """Loads or initialises all variables and what is remembered of earlier epochs."""
        self._schedule = TrainingState(run=uuid.uuid4().hex[:12])
        if source is None:
            session.run(self._initialize)
            self._force_rate(session)
        else:
            for variable in source.restore(session, self._variables, optional=OPTIONAL):
                session.run(variable.initializer)
            self._keeper.loaded(source, self._run.checkpoints.save_dir)
            if source.is_in(self._run.checkpoints.save_dir) and source.progress:
                self._schedule = TrainingState.from_dict(source.progress)
            self._force_rate(session)
            self._warn_about_rate(session)
        # By name and size: the same set may be given by another path when a run goes on.
        dev_sets = [f'{os.path.basename(path)}, {len(samples)} utterances' for path, samples in self._sets.dev]
        order = f'shuffled by seed {self._run.seed}' if self._run.shuffle_batches else 'as the set'
        for sentence in self._schedule.fit(len(self._sets.train), self._steps.names, dev_sets, order):
            self._log.warn(sentence)
        self._best = find_best(self._directory, self._run.model)  # what is wrong with it was said when the source was chosen
        check_best(self._schedule, self._best, self._log)

    def _force_rate(self, session):
        """Begins with the learning rate asked for, but only once in a run, however often it is interrupted."""
        settings, schedule = self._run.optimizer, self._schedule
        is_done = schedule.is_interrupted(self._run.schedule.epochs) and schedule.forced_rate == settings.learning_rate
        if settings.force_initial_rate and not is_done:
            session.run(self._set_rate, {self._new_rate: settings.learning_rate})
            schedule.forced_rate = settings.learning_rate
            self._keeper.changed()

    def _steps_of(self, samples, limits, devices):
        """Returns the BatchPlan of a set; by length, unless what was published is asked for."""
        by_length = self._run.shuffle_batches or limits.batch_seconds > 0
        return BatchPlan(samples, limits, self._run.features.step_ms, len(devices), by_length)

    def _steps_to_come(self):
        """Returns the steps left of the epoch."""
        schedule = self._schedule
        steps = self._steps.of_epoch(self._run.seed, schedule.epoch, self._run.shuffle_batches)
        return steps[schedule.position:]

    def _try_heaviest(self, session):
        n_epochs = self._schedule.last_epoch - self._schedule.epoch
        if is_worth_probing(self._steps, self._steps_to_come(), n_epochs):
            probe_largest_batch(session, self._feeder, self._sets.train, self._steps, self._trial, self._run.features.rate_hz,
                         self._log)

    def _measure_best(self, session, source, summaries):
        """Validates a best model whose loss is not known: the first epoch would else replace it, however bad it is.

        It is another trainer's, or was measured on other validation sets.
        """
        is_whole = source is not None and source.geometry.n_outputs is not None  # not so in a transfer
        goes_on = is_whole and source.is_in(self._run.checkpoints.save_dir)
        is_known = math.isfinite(self._schedule.best)
        if not goes_on or is_known or not self._sets.dev or not is_of_run(self._best, self._schedule):
            return
        weights = tf.trainable_variables()
        self._best.restore(session, weights)
        loss = self._validate(session, summaries, session.run(self._global_step))
        source.restore(session, weights)
        if math.isfinite(loss):
            self._schedule.best = loss

    def _warn_about_rate(self, session):
        rate = session.run(self._rate)
        if 'learning_rate' in self._run.explicit and not math.isclose(rate, self._run.optimizer.learning_rate,
                                                                      rel_tol=1e-6):
            self._log.warn(f'--learning_rate {self._run.optimizer.learning_rate} is not used: the checkpoint goes on '
                           f'with {rate:g}. Pass --force_initialize_learning_rate to reset it.')

    def _epoch(self, session, summaries):
        """Runs one epoch; returns whether early stopping ends the run."""
        schedule = self._schedule
        self._epoch_begin = session.run(self._global_step) - schedule.position
        try:
            self._train(session, summaries)
            self._save_within_epoch(session)
            step = session.run(self._global_step)
            dev_loss = self._validate(session, summaries, step) if self._sets.dev else None
        except OSError:  # whoever read our lines has gone, perhaps by the same signal
            let_go()
            self._save_within_epoch(session)
            self._interruption.check()
            raise
        except Interrupted:
            self._save_within_epoch(session)
            raise
        decision = schedule.validated(dev_loss, self._run.schedule) if self._sets.dev else None
        schedule.begin_epoch(schedule.epoch + 1)
        if decision:
            self._act(session, decision)
        self._keeper.save_last(schedule)
        if decision and decision.stop:
            return True
        for place, (path, samples) in enumerate(self._sets.metrics, 1 + len(self._sets.dev)):
            self._measure(session, summaries, 'metrics', path, samples, step, schedule.epoch - 1, place)
        return False

    def _train(self, session, summaries):
        """Takes the steps of the epoch that are left."""
        schedule, steps = self._schedule, self._steps_to_come()
        if not steps:
            return  # an earlier run was interrupted after the last step
        self._empty_cache()
        self._keeper.start_clock()
        meter, n_excused = LossMeter(schedule.loss_sum, schedule.loss_count), 0
        what = f'training epoch {schedule.epoch}'
        progress = self._progress('Training', (f'{what.capitalize()}...', f'Finished {what}'), 0)

        def after_step(loss, extras):
            nonlocal n_excused
            if not math.isnan(loss):
                n_excused = len(meter.not_finite)
            self._n_lost = len(meter.not_finite) - n_excused
            schedule.loss_sum, schedule.loss_count = meter.loss_sum, meter.count
            summaries.scalar('train', 'step_loss', loss, extras['step'])
            summaries.pace('train', progress.throughput, extras['step'])
            if self._keeper.is_due():
                self._save_within_epoch(session)
            self._interruption.check()

        run_pass(session, self._feeder, self._sets.train, steps,
                 (self._train_step, {'update': self._update, 'step': self._global_step}), progress, meter, after_step,
                 schedule.position)
        self._forecast.finished(0, progress.throughput)
        self._name_not_finite(meter)
        step = session.run(self._global_step)
        summaries.scalar('train', 'epoch_loss', meter.mean, step)
        summaries.epoch_pace('train', progress.throughput, step)
        summaries.scalar('train', 'learning_rate', session.run(self._rate), step)

    def _empty_cache(self):
        n_epochs, schedule = self._run.cache_for_epochs, self._schedule
        if n_epochs and schedule.epoch % n_epochs == 0 and not schedule.position and self._reader.forget():
            self._log.info('Invalidating feature cache')

    def _validate(self, session, summaries, step):
        """Returns the mean loss over the utterances of all validation sets."""
        loss_sum, count = 0., 0
        for place, (path, samples) in enumerate(self._sets.dev, 1):
            loss = self._measure(session, summaries, 'dev', path, samples, step, self._schedule.epoch, place)
            loss_sum, count = loss_sum + loss * len(samples), count + len(samples)
        summaries.scalar('dev', 'epoch_loss', loss_sum / count, step)
        return loss_sum / count

    def _measure(self, session, summaries, kind, path, samples, step, epoch, place):
        what = f'epoch {epoch} on {path}'
        name, lines = {'dev': ('Validation', (f'Validating {what}...', f'Finished validating {what}')),
                       'metrics': ('Metrics', (f'Metrics for {what}...', f'Metrics for {what}'))}[kind]
        progress = self._progress(name, lines, place, path, epoch)
        meter = LossMeter()

        def after_step(loss, _):
            summaries.scalar(kind, 'step_loss', loss, step)
            self._interruption.check()

        run_pass(session, self._dev_feeder, samples, self._dev_steps[path].in_order, (self._dev_step, ()), progress, meter,
                 after_step)
        self._forecast.finished(place, progress.throughput)
        summaries.epoch_pace(kind, progress.throughput, step)
        self._name_not_finite(meter)
        return meter.mean

    def _progress(self, name, lines, place, dataset='', epoch=None):
        epoch = self._schedule.epoch if epoch is None else epoch
        n_epochs = self._schedule.last_epoch - epoch - 1
        return Progress(self._log, self._run.report.show_progressbar, f'Epoch {epoch} | {name:>10}', lines,
                        dataset=dataset,
                        run_left_s=lambda throughput: self._forecast.left_s(place, n_epochs, throughput))

    def _act(self, session, decision):
        """Saves a new best model, or lowers the learning rate, as decided."""
        schedule = self._schedule
        if decision.plateau:
            rate = self._reduce_rate(session, decision.best)
        if decision.best or decision.plateau:  # once, or a run killed in between would forget the reduction
            path = self._keeper.save_best(schedule)
        if decision.best:
            self._log.info(f'Saved new best validating model with loss {schedule.best:f} to: {path}')
        if decision.plateau:
            self._log.info(f'Encountered a plateau, reducing learning rate to {rate:g}')
            self._log.info(f'Saved best validating model with reduced learning rate to: {path}')
        if decision.stop:
            self._log.info(f'Early stop triggered as the loss did not improve the last {schedule.stale} epochs')

    def _reduce_rate(self, session, is_best):
        """Goes back to this run's best model, if the present one is not, and lowers the learning rate; returns that."""
        best = None if is_best else find_best(self._directory, self._run.model, self._log)
        self._keeper.changed()
        if best:
            best.restore(session, self._variables, optional=OPTIONAL)
        rate = session.run(self._rate) * self._run.schedule.plateau_reduction
        session.run(self._set_rate, {self._new_rate: rate})
        return rate

    def _save_within_epoch(self, session):
        """Saves the last state; the steps done in the epoch follow from the number of updates."""
        self._schedule.position = int(session.run(self._global_step) - self._epoch_begin)
        self._keeper.save_last(self._schedule, losses_are_finite=self._n_lost < N_DIVERGED)

    def _name_not_finite(self, meter):
        new = [path for path in meter.not_finite if path not in self._reported]
        self._reported.update(new)
        if new:
            self._log.error(f'The following files caused an infinite (or NaN) loss: {",".join(new)}')
        if meter.not_finite:
            self._log.warn(f'{len(meter.not_finite)} without a finite loss left out of this pass, {len(self._reported)} '
                           f'different ones so far.')
