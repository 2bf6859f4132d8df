"""Which model a run begins with: a checkpoint, a part of its layers, an exported graph, or none."""

import os
from typing import Optional, Sequence

from ..console.log import Log
from ..errors import CheckpointError
from ..model.variables import LAYERS, RECURRENT
from ..settings.config import CheckpointConfig
from .averaging import latest_of_kind, mean_of
from .directory import CheckpointDirectories, CheckpointDirectory
from .frozen import open_frozen
from .places import (
    EVALUATE_METHODS,
    directories_below,
    exports_in,
    nothing_to_load,
    orphans,
    parts_alone,
    prefix_of,
    warning_of_orphans,
)
from .state_file import KINDS
from .stored_model import StoredModel

# In the order in which --drop_source_layers leaves them out.
DROPPABLE = (6, 5, RECURRENT, 3, 2)


def initial_model(config: CheckpointConfig, directories: CheckpointDirectories, log: Log) -> Optional[StoredModel]:
    """Returns the model that a training starts from, or None to start afresh.

    A run of this trainer in the directory to save to goes on as it is: what `--initialize_from_frozen_model` and
    `--drop_source_layers` ask for was done when it began.

    Raises:
      CheckpointError: there is nothing to start from, or it cannot be read.
    """
    model = _frozen_for_training(config, directories, log) or _checkpoint_for_training(config, directories, log)
    _warn_of_orphans(directories.save, 'load_train', model, log)
    if config.drop_source_layers:
        model = _without_last_layers(config, model, log)
    if model and config.load_cudnn:
        missing = model.missing(model.recurrent_slots())
        for name in missing:
            log.warn(f'CUDNN variable not found: {name}')
        model = model.lacking(missing)
    return model


def model_to_evaluate(config: CheckpointConfig, directory: CheckpointDirectory, log: Log) -> StoredModel:
    """Returns the model for test, export, search and single inference without training.

    That is the exported model of `--initialize_from_frozen_model`, unless a run of this trainer is in a directory named on
    the command line: then it is what became of the exported model, and the flags are those of its training.

    Args:
      config: of what is to be loaded.
      directory: to load from.
      log: is told what is taken.
    Raises:
      CheckpointError: there is no model, or it cannot be read.
    """
    if config.frozen_model:
        if not config.load_dir_is_given or not directory.newest_of_own_run(log):
            return _frozen(config.frozen_model, directory, log)
        log.warn(f'--initialize_from_frozen_model {config.frozen_model} is not used: a model of this trainer is in '
                 f'{directory.path}. To use the exported one, leave out that directory.')
    return checkpoint_to_evaluate(directory, config.load_evaluate, log, config.n_average)


def checkpoint_to_evaluate(directory: CheckpointDirectory, method: str, log: Log, n_average: int = 0) -> StoredModel:
    """Returns the model that `--load_evaluate` means: `auto`, `best`, `last` or a path.

    Moving averages of its weights, if there are any, are its weights.

    Args:
      directory: to load from.
      method: value of the flag.
      log: is told what is taken.
      n_average: how many checkpoints of that kind to average; 0 or 1: the newest alone.
    Raises:
      CheckpointError: there is none, or it cannot be read.
    """
    if method not in EVALUATE_METHODS:
        return _at_path(method, directory, log).averaged()
    model = _first_of(directory, ('best', 'last') if method == 'auto' else (method,), log, 'load_evaluate')
    if n_average < 2:
        return model.averaged()
    kind = 'best' if os.path.basename(model.path) in directory.names('best') else 'last'
    return mean_of(latest_of_kind(directory, kind, n_average, log), log)


def _checkpoint_for_training(config: CheckpointConfig, directories: CheckpointDirectories,
                             log: Log) -> Optional[StoredModel]:
    """Returns the checkpoint that `--load_train` means, or None to start afresh.

    `auto` resumes the run of this trainer whose checkpoints are in the directory that this run saves to; else it takes
    the best, then the last one of the directory to load from, as DeepSpeech always did.
    """
    load, save = directories
    if config.load_train == 'auto':
        return _to_resume_or_begin_with(config, directories, log)
    if config.load_train == 'init':
        log.info('Initializing all variables.')
        return None
    if config.load_train == 'best':
        return _first_of(load, ('best',), log, 'load_train')
    if config.load_train == 'last':
        model = load.newest_of_own_run(log)
        if not model:
            return _first_of(load, ('last',), log, 'load_train')
        log.info(f'Loading most recent checkpoint from {model.path}')
        return model
    return _at_path(config.load_train, save, log)


def _to_resume_or_begin_with(config: CheckpointConfig, directories: CheckpointDirectories,
                             log: Log) -> Optional[StoredModel]:
    """Returns the checkpoint that `--load_train auto` means, or None to start afresh.

    Raises:
      CheckpointError: there is none where one has to be, or some that none leads to: a new model beside them would hide that.
    """
    load, save = directories
    model = save.newest_of_own_run(log)
    if model:
        log.info(f'Resuming from the most recent checkpoint {model.path}')
        if config.save_dir_is_shared:
            log.warn(f'No --checkpoint_dir is given, so the model of {model.geometry.n_hidden} units and '
                     f'{model.geometry.n_outputs} outputs that an earlier run without one has left in {save.path} is trained '
                     f'on. For another model, language or data set pass a --checkpoint_dir of its own, or --load_train init.')
        if not model.is_in(load.path):
            log.warn(f'--load_checkpoint_dir {load.path} is not used: the run in {save.path} goes on. To start from there '
                     f'again, pass another --save_checkpoint_dir.')
        return model
    model = _first_or_none(load, ('best', 'last'), log, 'load_train')
    if not model:
        if config.load_dir_is_source or orphans(load.path) or parts_alone(load.path) or exports_in(load.path):
            raise CheckpointError(nothing_to_load(load.path, 'load_train'))
        for below in directories_below(load.path)[:1]:
            log.warn(f'{load.path}: a new model begins, as there is no checkpoint in it, but in {below}. To go on from that '
                     f'one, pass its directory.')
        log.info('Initializing all variables.')
    return model


def _at_path(path: str, directory: CheckpointDirectory, log: Log) -> StoredModel:
    """Returns the checkpoint that a path leads to; `directory` is asked if it lies there. Raises CheckpointError."""
    prefix = prefix_of(path)
    if not prefix:
        raise CheckpointError(f'{path}: there is no such checkpoint; correct the path.')
    where, name = os.path.dirname(prefix) or '.', os.path.basename(prefix)
    if os.path.realpath(where) != os.path.realpath(directory.path):
        directory = CheckpointDirectory(where, directory.digests)
    model = directory.named(name)
    log.info(f'Loading checkpoint {model.path}')
    return model


def _first_of(directory: CheckpointDirectory, kinds: Sequence[str], log: Log, load_flag: str) -> StoredModel:
    """Returns the newest sound checkpoint of the first of `kinds` that there is. Raises CheckpointError."""
    model = _first_or_none(directory, kinds, log, load_flag)
    if not model:
        raise CheckpointError(f'All initialization methods failed ({", ".join(kinds)}). '
                              f'{nothing_to_load(directory.path, load_flag)}')
    return model


def _first_or_none(directory: CheckpointDirectory, kinds: Sequence[str], log: Log, load_flag: str) -> Optional[StoredModel]:
    """Returns the newest sound checkpoint of the first of `kinds` that there is, or None.

    Raises:
      CheckpointError: all there are are damaged; a new model must not take the place of one that can perhaps be restored
        from a copy.
    """
    damaged = None
    for kind in kinds:
        try:
            model = directory.find(kind, log)
        except CheckpointError as error:
            if len(kinds) > 1:
                directory.warn(str(error), log)
            damaged = error
            continue
        if model:
            log.info(f'Loading {KINDS[kind].description} from {model.path}')
            _warn_of_orphans(directory, load_flag, model, log)
            return model
        log.info(f'Could not find {KINDS[kind].description}.')
    if damaged:
        raise damaged
    return None


def _warn_of_orphans(directory: CheckpointDirectory, load_flag: str, model: Optional[StoredModel], log: Log) -> None:
    """Names checkpoints in the directory that no state file leads to, other than that of `model`."""
    sentences = warning_of_orphans(directory.path, load_flag, [os.path.basename(model.path)] if model else [])
    if sentences:
        directory.warn(sentences, log)


def _frozen_for_training(config: CheckpointConfig, directories: CheckpointDirectories, log: Log) -> Optional[StoredModel]:
    """Returns the exported model to begin a training with, or None."""
    if not config.frozen_model:
        return None
    save = directories.save
    if config.load_train != 'init' and save.newest_of_own_run(log):
        log.info(f'--initialize_from_frozen_model {config.frozen_model} is not needed any more: a run of {save.path} goes '
                 f'on.')
        return None
    return _frozen(config.frozen_model, save, log)


def _frozen(path: str, directory: CheckpointDirectory, log: Log) -> StoredModel:
    log.info(f'Taking the weights from the exported model {path}')
    return open_frozen(path, directory.digests)


def _without_last_layers(config: CheckpointConfig, model: Optional[StoredModel], log: Log) -> StoredModel:
    """Returns the layers of `model` that a transfer keeps."""
    n_layers = config.drop_source_layers
    if n_layers > len(DROPPABLE):
        log.warn(f'--drop_source_layers {n_layers}: layer 1 is always kept, so it means {len(DROPPABLE)}.')
        n_layers = len(DROPPABLE)
    if model is None:
        raise CheckpointError(f'--drop_source_layers {n_layers}: there is no model in {config.load_dir} to take '
                              f'the other layers from; pass its directory with --load_checkpoint_dir, or leave out the '
                              f'flag.')
    if model.progress and model.is_in(config.save_dir):
        log.info(f'--drop_source_layers {n_layers} is not carried out: a run of {config.save_dir} goes on. To transfer '
                 f'its model, pass another --save_checkpoint_dir.')
        return model
    dropped = DROPPABLE[:n_layers]
    kept = [layer for layer in LAYERS if layer not in dropped]
    log.info(f'Transfer: layers {", ".join(map(str, kept))} come from {model.path}; '
             f'{", ".join(str(layer) for layer in LAYERS if layer in dropped)} and the optimizer start afresh.')
    return model.averaged().of_layers(kept)
