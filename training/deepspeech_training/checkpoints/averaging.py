"""One model made of several checkpoints of a run: the mean of their weights (Izmailov et al. 2018)."""

import os
import re
from dataclasses import replace
from typing import Dict, List, Sequence

import numpy as np

from ..compat import host_session_config, tf
from ..console.log import Log
from ..errors import CheckpointError
from ..model.variables import LAYERS, layer_names
from ..settings.config import DeviceConfig
from .directory import CheckpointDirectory
from .releases import StoredVariable
from .state_file import KINDS
from .stored_model import StoredModel
from .writer import CheckpointWriter

_STEP = re.compile(r'-(\d+)$')
_MEAN = 'mean of '  # before the names of variables that are made here


def latest_of_kind(directory: CheckpointDirectory, kind: str, n: int, log: Log) -> List[StoredModel]:
    """Returns the newest `n` sound checkpoints that a state file leads to, oldest first.

    Of several of the same update, as a plateau leaves them, it is the last one. Damaged ones, and those of another run
    or geometry, are named and left out.

    Args:
      kind: one of KINDS.
      log: is told what is left out, and what is taken.
    Raises:
      CheckpointError: there is none.
    """
    models: List[StoredModel] = []
    for name in reversed(_last_of_each_step(directory.names(kind))):
        if len(models) == n:
            break
        try:
            model = directory.named(name)
        except CheckpointError as error:
            log.warn(f'Left out: {error}')
            continue
        difference = _difference(model, models[0]) if models else ''
        if difference:
            log.warn(f'Left out: {model.path}, which {difference} than {models[0].path}.')
        else:
            models.append(model)
    if not models:
        raise CheckpointError(f'{directory.path}/{KINDS[kind].state_file}: leads to no sound checkpoint to average; pass the '
                              f'directory of a training.')
    if len(models) < n:
        log.warn(f'Only {len(models)} of {n} checkpoints are there to average: a training keeps as many best ones as its '
                 f'--average_checkpoints says, and as many last ones as --max_to_keep.')
    return models[::-1]


def _difference(model: StoredModel, newest: StoredModel) -> str:
    """Returns why the mean of two models says nothing; empty: it may."""
    if model.progress.get('run', '') != newest.progress.get('run', ''):
        return 'is of another run'
    return 'has another geometry' if model.geometry != newest.geometry else ''


def mean_of(models: Sequence[StoredModel], log: Log) -> StoredModel:
    """Returns a model whose weights are the mean of those of `models`; all else is that of the last one.

    Where a model holds moving averages of its weights, these are taken.

    Args:
      models: of one geometry, at least one.
      log: is told which they are.
    """
    log.info(f'Averaging the weights of {len(models)}: {", ".join(os.path.basename(model.path) for model in models)}')
    averaged = [model.averaged() for model in models]
    last = averaged[-1]
    direction, layer_norm = last.geometry.direction, last.geometry.layer_norm
    names = [name for layer in LAYERS for name in layer_names(direction, layer, layer_norm)]

    def read(name: str) -> np.ndarray:
        if not name.startswith(_MEAN):
            return last.read(name)
        values = [model.value(name[len(_MEAN):]) for model in averaged]
        return np.asarray(np.mean(values, axis=0, dtype=np.float64), np.float32)

    means = {name: StoredVariable(_MEAN + name, last.variables[name].shape, _unchanged) for name in names}
    return replace(last, variables=dict(last.variables, **means), read=read, parts=tuple(models))


def save_alone(model: StoredModel, directory: CheckpointDirectory) -> str:
    """Saves a model as the best one of a directory, with all that a training needs to go on; returns its path prefix.

    A training that begins with it is a run of its own.

    Raises:
      CheckpointError: there are checkpoints in the directory, or it cannot be written.
    """
    for kind in KINDS:
        if directory.names(kind):
            raise CheckpointError(f'{directory.path}: there are checkpoints in it; pass another directory to write to.')
    known = {key: value for key, value in model.description.items() if key in ('geometry', 'features', 'alphabet', 'versions')}
    description = known or {'features': {'feature_set': model.feature_sets[0]}}
    with tf.Graph().as_default(), tf.Session(config=host_session_config(DeviceConfig())) as session:
        variables = [_variable(name, model) for name in sorted(model.variables)]
        model.restore(session, variables)
        step = int(model.value('global_step')) if 'global_step' in model.variables else 0
        return CheckpointWriter(directory, variables, description, 1).save_best(session, step, {})


def _variable(name: str, model: StoredModel) -> 'tf.Variable':
    dtype = tf.as_dtype(model.value(name).dtype)
    return tf.get_variable(name, model.variables[name].shape, dtype, tf.zeros_initializer(), use_resource=False)


def _last_of_each_step(names: Sequence[str]) -> List[str]:
    """Returns names of checkpoints, oldest first, without those of an update that a later one is of, too."""
    by_step: Dict[str, str] = {}
    for name in names:
        found = _STEP.search(name)
        step = found.group(1) if found else name
        by_step.pop(step, None)
        by_step[step] = name
    return list(by_step.values())


def _unchanged(value: np.ndarray) -> np.ndarray:
    return value
