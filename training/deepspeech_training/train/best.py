"""The best model so far: where it is, and whether its loss still counts."""

import math

from ..checkpoints.selection import find
from ..errors import CheckpointError
from ..model.variables import Geometry
from .state import TrainingState


def find_best(run, log):
    """Returns the StoredCheckpoint of the best model in the directory of a RunConfig, or None.

    One that is damaged or of another geometry is none.
    """
    try:
        best = find(run.checkpoints.save_dir, 'best', log)
    except CheckpointError as error:
        log.warn(str(error))
        return None
    fits = best and best.geometry == Geometry(run.model.direction, run.model.n_hidden, run.model.n_outputs,
                                              run.model.layer_norm)
    return best if fits else None


def is_of_run(best, schedule):
    """Returns whether `best`, what `find_best` gave, is of the run of a TrainingState, or of another trainer before it."""
    return best is not None and (not best.progress or best.progress.get('run', '') == schedule.run)


def check_best(schedule, best, log):
    """Lets the best loss so far count only while the model that had it is there, and never less than that model's."""
    if not math.isfinite(schedule.best):
        return
    if not is_of_run(best, schedule):
        log.warn(f'The best model so far, with loss {schedule.best:f}, is not there any more; the next validation decides '
                 f'anew which one is the best.')
        schedule.best, schedule.stale = math.inf, 0
    elif best.progress:
        schedule.best = min(schedule.best, TrainingState.from_dict(best.progress).best)
