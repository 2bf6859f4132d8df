"""Which checkpoint a run starts from: the newest sound one of those that a state file leads to."""

import os
import re

from ..errors import CheckpointError
from . import files, metadata, state_file
from .stored_model import StoredCheckpoint

METHODS = {'best': (files.BEST_STATE, files.BEST_PREFIX, 'best validating checkpoint'),
           'last': (files.LAST_STATE, files.LAST_PREFIX, 'most recent checkpoint')}


def find(directory, method, log):
    """Returns the StoredCheckpoint that `best` or `last` leads to in `directory`, or None.

    Damaged checkpoints are named, and the one before is taken.

    Raises:
      CheckpointError: there are checkpoints, but none of them is sound.
    """
    state_name, prefix, what = METHODS[method]
    names, as_written, _ = state_file.read(directory, state_name)
    if not as_written:
        names = _by_age(directory, prefix) or names
        log.warn(f'{directory}/{state_name}: is damaged or was changed since it was written, so the newest sound '
                 f'checkpoint is taken. If the change is yours, remove the first line of the file.')
    damaged = []
    for name in reversed(names):
        try:
            source = _sound_source(os.path.join(directory, name))
        except CheckpointError as error:
            damaged.append(error)
            continue
        if damaged:
            log.warn(f'{_count(damaged)} left out: {damaged[0]}')
        return source
    if damaged:
        raise CheckpointError(f'{directory}/{state_name}: no {what} is sound ({_count(damaged)} found). {damaged[0]}')
    if not as_written:
        raise CheckpointError(f'{directory}/{state_name}: names no checkpoint; remove it, or write the name of a '
                              f'checkpoint of the directory into it.')
    return None


def for_training(config, log):
    """Returns the StoredCheckpoint a training starts from, or None to start afresh.

    `auto` resumes the run of this trainer whose checkpoints are in the directory that this run saves to; else it takes
    the best, then the last one of the directory to load from, as DeepSpeech always did.
    """
    if config.load_train in ('best', 'init'):
        return _first_found(config.load_dir, [config.load_train], log)
    if config.load_train == 'last':
        source = newest_of_own_run(config.load_dir, log)
        if not source:
            return _first_found(config.load_dir, ['last'], log)
        log.info(f'Loading most recent checkpoint from {source.prefix}')
        return source
    source = newest_of_own_run(config.save_dir, log)
    if source:
        log.info(f'Resuming from the most recent checkpoint {source.prefix}')
        if not source.is_in(config.load_dir):
            log.warn(f'--load_checkpoint_dir {config.load_dir} is not used: the run in {config.save_dir} goes on. To start '
                     f'from there again, pass another --save_checkpoint_dir.')
        return source
    return _first_found(config.load_dir, ['best', 'last', 'init'], log)


def for_evaluation(config, directory, log):
    """Returns the StoredCheckpoint for test, export and single inference in `directory`."""
    methods = {'auto': ['best', 'last']}.get(config.load_evaluate, [config.load_evaluate])
    return _first_found(directory, methods, log)


def newest_of_own_run(directory, log):
    """Returns where this trainer's run in `directory` stands, or None.

    That is its last checkpoint, but the best one where that is further: when the last ones are damaged, or the run was
    killed between a new best model (or a reduced learning rate) and the next checkpoint. Where a person has gone back to
    an older checkpoint, it is that one.
    """
    found = []
    for method in ('last', 'best'):
        try:
            source = find(directory, method, log)
        except CheckpointError as error:
            log.warn(str(error))
            continue
        if source and source.description:
            found.append(source)
    if len(found) < 2:
        return found[0] if found else None
    last, best = found
    is_by_hand = state_file.read(directory, files.LAST_STATE).is_by_hand
    is_of_run = best.progress.get('run') == last.progress.get('run')
    is_further = all(best_value > last_value for best_value, last_value in zip(_place(best), _place(last)))
    return best if is_of_run and is_further and not is_by_hand else last


def _place(source):
    """Returns how far a checkpoint of ours is: its epoch, and when it was saved."""
    return source.progress.get('epoch', 0), source.description.get('saved_s', 0.)


def _first_found(directory, methods, log):
    damaged = None
    for method in methods:
        if method == 'init':
            if damaged:
                break  # a new model must not take the place of one that can perhaps be restored from a copy
            log.info('Initializing all variables.')
            return None
        what = METHODS[method][2]
        try:
            source = find(directory, method, log)
        except CheckpointError as error:
            if len(methods) == 1:
                raise
            log.warn(str(error))
            damaged = error
            continue
        if source:
            log.info(f'Loading {what} from {source.prefix}')
            return source
        log.info(f'Could not find {what}.')
    if damaged:
        raise damaged
    raise CheckpointError(f'{directory}: all initialization methods failed ({", ".join(methods)}); train first, or '
                          f'pass the directory of a trained model with --checkpoint_dir.')


def _sound_source(prefix):
    """Returns the StoredCheckpoint of `prefix` after all of it was read once. Raises CheckpointError."""
    has_checksums = metadata.check_files(prefix, metadata.read(prefix))
    source = StoredCheckpoint(prefix)
    if not has_checksums:
        for name in source.shapes:  # TensorFlow has a checksum for every variable
            source.value(name)
    return source


def _by_age(directory, prefix):
    """Returns the names of this trainer's checkpoints in `directory`, those saved last at the end."""
    pattern = re.compile(rf'({prefix}(?:\.\d+)?-\d+)\{files.RECORD_SUFFIX}')
    names = [match.group(1) for match in map(pattern.fullmatch, os.listdir(directory)) if match]
    return sorted(names, key=lambda name: _saved_s(os.path.join(directory, name)))


def _saved_s(prefix):
    try:
        return metadata.read(prefix).get('saved_s', 0.)
    except CheckpointError:
        return 0.  # named when it is its turn


def _count(damaged):
    return '1 damaged checkpoint' if len(damaged) == 1 else f'{len(damaged)} damaged checkpoints'
