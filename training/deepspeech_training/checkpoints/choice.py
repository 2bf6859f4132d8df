"""Which checkpoint a run starts from."""

import os

from ..errors import CheckpointError
from . import files
from .source import CheckpointSource

METHODS = {'best': (files.BEST_STATE, 'best validating checkpoint'),
           'last': (files.LAST_STATE, 'most recent checkpoint')}


def find(directory, method):
    """Returns the CheckpointSource that `best` or `last` leads to in `directory`, or None."""
    prefix = files.newest(directory, METHODS[method][0]) if os.path.isdir(directory) else None
    return CheckpointSource(prefix) if prefix else None


def for_training(config, log):
    """Returns the CheckpointSource a training starts from, or None to start afresh.

    `auto` resumes the run of this trainer whose last checkpoint is in the directory that this run saves to (when it
    also loads from there, or that run was interrupted); else it takes the best, then the last one of the directory to
    load from, as DeepSpeech always did.
    """
    if config.load_train != 'auto':
        return _first_found(config.load_dir, [config.load_train], log)
    try:
        source = find(config.save_dir, 'last')
    except CheckpointError:
        source = None  # said below, unless the best one is there
    if source and source.description and (
            source.is_in(config.load_dir) or source.progress.get('epoch', 0) < source.progress.get('last_epoch', 0)):
        log.info(f'Resuming from the most recent checkpoint {source.prefix}')
        return source
    return _first_found(config.load_dir, ['best', 'last', 'init'], log)


def for_evaluation(config, directory, log):
    """Returns the CheckpointSource for test, export and single inference in `directory`."""
    methods = {'auto': ['best', 'last']}.get(config.load_evaluate, [config.load_evaluate])
    return _first_found(directory, methods, log)


def _first_found(directory, methods, log):
    for method in methods:
        if method == 'init':
            log.info('Initializing all variables.')
            return None
        source = find(directory, method)
        if source:
            log.info(f'Loading {METHODS[method][1]} from {source.prefix}')
            return source
        log.info(f'Could not find {METHODS[method][1]}.')
    raise CheckpointError(f'{directory}: all initialization methods failed ({", ".join(methods)}); train first, or '
                          f'pass the directory of a trained model with --checkpoint_dir.')
