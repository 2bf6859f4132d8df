"""How a training begins: the variables, what is remembered of earlier epochs, and whether the best model still counts."""

import math
import os
import uuid
from typing import List, NamedTuple, Optional

from ..checkpoints.directory import CheckpointDirectory
from ..checkpoints.files import LAST_PREFIX
from ..checkpoints.stored_model import StoredModel
from ..compat import tf
from ..console.log import Log
from ..errors import CheckpointError
from ..model.variables import Geometry
from ..settings.config import OptimizerConfig, RunConfig, ScheduleConfig
from ..settings.model import ModelConfig
from .engine import Engine
from .graph import TrainingGraph
from .planning import PlannedSets
from .schedule import changes
from .state import TrainingState


class Beginning(NamedTuple):
    """Where a training stands before its first step."""

    state: TrainingState
    best: Optional[StoredModel]  # the best model in the directory, of whatever run
    path: Optional[str]  # the last checkpoint of the run
    is_current: bool  # whether `path` holds just the values that the variables have


def begin(session: 'tf.Session', graph: TrainingGraph, source: Optional[StoredModel], run: RunConfig, *, sets: PlannedSets,
          directory: CheckpointDirectory, log: Log) -> Beginning:
    """Gives all variables their first values and finds out what is known of earlier epochs.

    Args:
      session: TensorFlow session.
      graph: TrainingGraph.
      source: what to start from; None: fresh variables.
      run: RunConfig that fits `source`.
      sets: PlannedSets; what a checkpoint remembers of other ones does not hold for them.
      directory: to save to.
      log: Log.
    Raises:
      CheckpointError: a variable is missing in `source` or has another shape.
    """
    state, path = TrainingState(run=uuid.uuid4().hex[:12]), None
    session.run(graph.prepare)
    averages_begin = _initialize(session, graph, source, log)
    if source is not None:
        if source.is_in(directory.path):
            path = source.path if _is_last_of_ours(source) else None
            state = TrainingState.from_dict(source.progress) if source.progress else state
    is_forced = _force_learning_rate(session, graph, run.optimizer, state, run.schedule)
    if source is not None:
        _warn_about_learning_rate(session, graph, run.optimizer, log)
    order = f'shuffled by seed {run.seed}' if run.shuffle_batches else 'as the set'
    train, dev_names = sets.train, [planned.name for planned in sets.dev]
    changed = state.reconcile(len(train.utterances), train.plan.names, dev_names, order, sets.contents)
    changed += state.augment_by(' '.join(f'--augment {each}' for each in run.augmentations))
    for sentence in changed + state.compare_by(run.schedule.best_by):
        log.warn(sentence)
    best = find_best(directory, run.model)  # what is wrong with it was said when `source` was chosen
    _check_best(state, best, log)
    return Beginning(state, best, path, is_current=path is not None and not is_forced and not averages_begin)


def take_from_chief(beginning: Beginning, session: 'tf.Session', graph: TrainingGraph, engine: Engine) -> Beginning:
    """Returns the beginning of the chief of a cluster, whose values all variables have then; alone, what it got."""
    if graph.take_from_chief is None:
        return beginning
    state = TrainingState.from_dict(engine.gather(beginning.state.as_dict())[0])
    session.run(graph.take_from_chief)
    return beginning if engine.is_chief else beginning._replace(state=state)


def restore(session: 'tf.Session', graph: TrainingGraph, model: StoredModel, variables: List['tf.Variable']
            ) -> List['tf.Variable']:
    """Loads variables of a training; averages begin as the weights are then where the model has none.

    Returns:
      the others that are not in the model.
    Raises:
      CheckpointError: one that may not be missing is, or has another shape.
    """
    missing = model.restore(session, variables, optional=graph.optional)
    of_averages = [variable.op.name for variable in graph.averages.variables] if graph.averages else []
    if graph.averages and any(variable.op.name in of_averages for variable in missing):
        session.run(graph.averages.begin)
    return [variable for variable in missing if variable.op.name not in of_averages]


def _initialize(session: 'tf.Session', graph: TrainingGraph, source: Optional[StoredModel], log: Log) -> bool:
    """Gives all variables their first values; returns whether averages begin although there is a source."""
    if source is None:
        session.run(graph.initialize)
    else:
        for variable in source.restore(session, graph.variables, optional=graph.optional):
            session.run(variable.initializer)
    begin_anew = source is None or not source.has_averages
    if graph.averages and begin_anew:
        session.run(graph.averages.begin)
    if source is not None and source.has_averages and not graph.averages:
        log.warn(f'{source.path} holds moving averages of its weights, which end here, as --ema_decay is not given; training '
                 f'goes on from the weights themselves.')
    return bool(graph.averages) and begin_anew and source is not None


def lstm_before(source: StoredModel) -> str:
    """Returns what computed the recurrent layer of the run that wrote a checkpoint; empty: it was another trainer's.

    Before this was remembered, it was the loop.
    """
    return source.progress.get('lstm') or ('loop' if source.progress else '')


def is_to_go_on(state: TrainingState, schedule: ScheduleConfig, log: Log) -> bool:
    """Decides where the run ends; returns whether there is anything to train."""
    if state.stopped_early(schedule):
        log.info(f'Early stopping was already reached after {state.epoch} epochs ({state.stale} without improvement); '
                 f'nothing to train. Raise --es_epochs to go on.')
        return False
    last_epoch_before, is_same = state.last_epoch, state.plan(schedule.epochs, schedule.total_epochs)
    if state.epoch >= state.last_epoch:
        log.info(f'All {schedule.total_epochs} epochs of --total_epochs are trained; nothing to train.')
        return False
    if is_same or state.epoch and schedule.total_epochs:
        log.info(f'Going on with epoch {state.epoch} of {state.last_epoch}.')
    for sentence in changes(schedule, state, last_epoch_before):
        log.warn(sentence)
    log.info('STARTING Optimization')
    return True


def find_best(directory: CheckpointDirectory, model: ModelConfig, log: Optional[Log] = None) -> Optional[StoredModel]:
    """Returns the best model in a directory, or None.

    One that is damaged or has not the geometry of `model` is none. Without a Log, nothing is said of damage.
    """
    try:
        best = directory.best(log)
    except CheckpointError as error:
        directory.warn(str(error), log)
        return None
    return best if best and best.geometry == Geometry.of(model) else None


def loss_is_to_measure(source: StoredModel, beginning: Beginning, directory: CheckpointDirectory) -> bool:
    """Returns whether a run goes on with a best model whose loss, or whatever decides, is not known.

    It is another trainer's, or was measured on other validation sets or by another measure. Unless it is validated, the first
    epoch replaces it, however good it is.
    """
    goes_on = source.geometry.n_outputs is not None and source.is_in(directory.path)  # a transfer does not
    return goes_on and not math.isfinite(beginning.state.best) and _is_of_run(beginning.best, beginning.state)


def _is_last_of_ours(source: StoredModel) -> bool:
    return os.path.basename(source.path).startswith(LAST_PREFIX) and bool(source.description.get('files'))


def _force_learning_rate(session: 'tf.Session', graph: TrainingGraph, settings: OptimizerConfig, state: TrainingState,
                         schedule: ScheduleConfig) -> bool:
    """Begins with the learning rate asked for, but only once in a run, however often it is interrupted; returns whether."""
    is_done = state.is_interrupted(schedule.epochs, schedule.total_epochs) and state.forced_rate == settings.learning_rate
    if not settings.force_initial_rate or is_done:
        return False
    session.run(graph.learning_rate.assign, {graph.learning_rate.new: settings.learning_rate})
    state.forced_rate = settings.learning_rate
    return True


def _warn_about_learning_rate(session: 'tf.Session', graph: TrainingGraph, settings: OptimizerConfig, log: Log) -> None:
    stored, wanted = session.run(graph.learning_rate.value), settings.learning_rate
    if settings.learning_rate_is_given and not math.isclose(stored, wanted, rel_tol=1e-6):
        log.warn(f'--learning_rate {wanted} is not used: the checkpoint goes on with {stored:g}. Pass '
                 f'--force_initialize_learning_rate to reset it.')


def _is_of_run(best: Optional[StoredModel], state: TrainingState) -> bool:
    """Returns whether the best model is of the run of `state`, or of another trainer before it."""
    return best is not None and (not best.progress or best.progress.get('run', '') == state.run)


def _check_best(state: TrainingState, best: Optional[StoredModel], log: Log) -> None:
    """Lets the best loss so far count only while the model that had it is there, and never less than that model's."""
    if not math.isfinite(state.best):
        return
    if best is None or not _is_of_run(best, state):
        log.warn(f'The best model so far, with {state.measure} {state.best:f}, is not there any more; the next validation '
                 f'decides anew which one is the best.')
        state.best, state.stale = math.inf, 0
    elif best.progress:
        then = TrainingState.from_dict(best.progress)
        state.best = min(state.best, then.best) if then.best_by == state.best_by else state.best
