"""The best model so far: where it is, and whether its loss still counts."""

import math

from ..errors import CheckpointError
from ..model.variables import Geometry
from .state import TrainingState


def find_best(directory, model, log=None):
    """Returns the StoredModel of the best model in a CheckpointDirectory, or None.

    One that is damaged or has not the geometry of `model`, a ModelConfig, is none. Without a Log, nothing is said of damage.
    """
    try:
        best = directory.best(log)
    except CheckpointError as error:
        directory.warn(str(error), log)
        return None
    return best if best and best.geometry == Geometry.of(model) else None


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
