"""What the paths that should lead to a model lead to, and what to say where that is not a directory with one.

No TensorFlow here. A model that is not found must never mean a training from random weights without a word.
"""

import os
import re
from typing import List, Optional, Sequence

from deepspeech.formats.content import HEAD_BYTES, recognise

from ..errors import CheckpointError
from ..settings.config import CheckpointConfig
from . import files
from .state_file import KINDS, content_of_state_file, read_state_file

TRAIN_METHODS, EVALUATE_METHODS = ('auto', 'last', 'best', 'init'), ('auto', 'last', 'best')
EXPORTED = ('.pb', '.pbmm')  # that --initialize_from_frozen_model takes
EXPORTED_ELSEWHERE = ('.tflite', '.onnx')  # that it does not
_SUFFIX = re.compile(r'\.(index|meta|json|data-\d{5}-of-\d{5})$')
_DATA = re.compile(r'(.+)\.data-\d{5}-of-\d{5}', re.DOTALL)
_WEIGHTS = re.compile(r'\.(index|data-\d{5}-of-\d{5})$')
_STEP = re.compile(r'-(\d+)$')


def prefix_of(path: str) -> Optional[str]:
    """Returns the checkpoint, a path without suffix, that `path` or one of its files names; None if there is none."""
    for prefix in (path, _SUFFIX.sub('', path)):
        if os.path.isfile(prefix + files.INDEX_SUFFIX):
            return prefix
    return None


def checkpoints_in(directory: str) -> List[str]:
    """Returns the names of the checkpoints whose files are in `directory`, by step; [] where it cannot be read."""
    try:
        present = set(os.listdir(directory))
    except OSError:
        return []
    with_data = {match.group(1) for match in map(_DATA.fullmatch, present) if match}
    return sorted((name for name in with_data if name + files.INDEX_SUFFIX in present and not files.is_unfinished(name)),
                  key=lambda name: (_step_of(name), name))


def orphans(directory: str) -> List[str]:
    """Returns the names of the checkpoints in `directory` that a state file should lead to, but there is none.

    With neither state file these are all, with one of them those that are named after the other kind. What a run that was
    killed in its first save has left is none of them: it is announced, and the next run removes it.

    Raises:
      CheckpointError: a state file cannot be opened.
    """
    announced = files.announced(directory)
    present = [name for name in checkpoints_in(directory) if name not in announced]
    missing = [kind for kind in KINDS.values() if not read_state_file(directory, kind.state_file).names]
    if len(missing) == len(KINDS):
        return present
    return [name for kind in missing for name in present if re.match(rf'{kind.prefix}[.-]', name)]


def parts_alone(directory: str) -> List[str]:
    """Returns the names of the checkpoints in `directory` of which some files are missing, as after a copy that was cut off."""
    try:
        present = os.listdir(directory)
    except OSError:
        return []
    announced, whole = files.announced(directory), checkpoints_in(directory)
    names = {_WEIGHTS.sub('', name) for name in present if _WEIGHTS.search(name) and not files.is_unfinished(name)}
    return sorted(names.difference(announced, whole))


def exports_in(directory: str) -> List[str]:
    """Returns the names of the exported models in `directory` that a training can start from."""
    try:
        return sorted(name for name in os.listdir(directory) if name.endswith(EXPORTED))
    except OSError:
        return []


def check_places(config: CheckpointConfig, trains: bool) -> None:
    """Refuses what is no directory of checkpoints, and methods of loading that there are not.

    Args:
      config: what was asked for.
      trains: whether there is a training; else only the model to evaluate matters.
    Raises:
      CheckpointError: names the flag, the path and what to write instead.
    """
    for flag, method, methods in (('load_train', config.load_train, TRAIN_METHODS),
                                  ('load_evaluate', config.load_evaluate, EVALUATE_METHODS)):
        if method not in methods and os.path.isdir(method) and not prefix_of(method):
            raise CheckpointError(f'--{flag} {method}: this is a directory; pass it with --load_checkpoint_dir, or the path '
                                  f'of a checkpoint in it with --{flag}.')
        if method not in methods and not prefix_of(method):
            what = _what_file(method) or ''
            advice = '' if ':' in what else '; pass the path of a checkpoint without suffix, as checkpoints/best_dev-1234'
            raise CheckpointError(f'--{flag} {method}: neither one of {", ".join(methods)} nor a checkpoint{what}{advice}.')
        if method not in methods and config.frozen_model:
            raise CheckpointError(f'--{flag} {method} and --initialize_from_frozen_model {config.frozen_model} both name the '
                                  f'model; leave one of them out.')
    load_flag = 'load_train' if trains else 'load_evaluate'
    _check_directory(config.load_dir, load_dir_flag(config), load_flag)
    if trains and config.save_dir != config.load_dir:
        _check_directory(config.save_dir, 'save_checkpoint_dir', load_flag)


def load_dir_flag(config: CheckpointConfig) -> str:
    """Returns the flag that names the directory to load from."""
    return 'load_checkpoint_dir' if config.load_dir_is_source else 'checkpoint_dir'


def nothing_to_load(directory: str, load_flag: str) -> str:
    """Returns the sentences on a directory in which no model was found, with what to do about it.

    Args:
      directory: its path.
      load_flag: that may name a checkpoint, `load_train` or `load_evaluate`.
    """
    fresh = ' To start afresh, pass --load_train init.' if load_flag == 'load_train' else ''
    if not os.path.isdir(directory):
        return f'{directory}: there is no such directory; correct the path.{fresh}'
    alone = warning_of_orphans(directory, load_flag)
    if alone:
        return f'{alone}{fresh}'
    parts = parts_alone(directory)
    if parts:
        return (f'{directory}: of the checkpoint {parts[0]} only a part is there; copy its other files there, too (.index, '
                f'.data-00000-of-00001).{fresh}')
    exported = exports_in(directory)
    if exported:
        return (f'{directory}: there is no checkpoint in it, but an exported model: pass --initialize_from_frozen_model '
                f'{os.path.join(directory, exported[0])}.{fresh}')
    below = directories_below(directory)
    if below:
        return f'{directory}: there is no checkpoint in it, but in {below[0]}: pass that.{fresh}'
    return f'{directory}: there is no checkpoint in it; train first, or pass the directory of a trained model.{fresh}'


def warning_of_orphans(directory: str, load_flag: str, known: Sequence[str] = ()) -> Optional[str]:
    """Returns the sentences on checkpoints in `directory` that nothing leads to, or None without any.

    Args:
      directory, load_flag: as in `nothing_to_load`.
      known: names of checkpoints that need not be told.
    """
    names = [name for name in orphans(directory) if name not in known]
    if not names:
        return None
    best = [name for name in names if name.startswith(files.BEST_PREFIX)]
    name = (best or names)[-1]
    kind = KINDS['best' if best else 'last']
    others = f' and {len(names) - 1} more are' if len(names) > 1 else ' is'
    line = content_of_state_file([name]).split('\n')[0]
    return (f'{directory}: checkpoint {name}{others} not found by itself, as no file {kind.state_file} leads there. To use it, '
            f"pass --{load_flag} {os.path.join(directory, name)}, or write the line '{line}' into "
            f'{os.path.join(directory, kind.state_file)}.')


def _check_directory(path: str, flag: str, load_flag: str) -> None:
    prefix = prefix_of(path)
    if prefix and not os.path.isdir(path):
        directory = os.path.dirname(prefix) or '.'
        raise CheckpointError(f'--{flag} {path}: this is a checkpoint, not a directory of checkpoints; pass --{flag} '
                              f'{directory} --{load_flag} {prefix}.')
    what = _what_file(path)
    if what:
        advice = '' if ':' in what else '; pass a directory of checkpoints'
        raise CheckpointError(f'--{flag} {path}: not a directory{what}{advice}.')


def _what_file(path: str) -> Optional[str]:
    """Returns what a path that is a file is, to go on with in a sentence, after a colon what to do; None if it is none."""
    if not os.path.isfile(path):
        return None
    if path.endswith(EXPORTED):
        return f', but an exported model: pass it with --initialize_from_frozen_model {path}'
    if path.endswith(EXPORTED_ELSEWHERE):
        return (', but an exported model of a format that no training starts from: pass the .pb or .pbmm file of the same '
                'model with --initialize_from_frozen_model')
    try:
        with open(path, 'rb') as file:
            content = recognise(file.read(HEAD_BYTES))
    except OSError:
        content = None
    if not content:
        return ', but a file'
    return f', but {content.name}' + (f': {content.advice}' if content.advice else '')


def directories_below(directory: str) -> List[str]:
    """Returns the directories with checkpoints right below `directory`."""
    try:
        paths = [os.path.join(directory, name) for name in sorted(os.listdir(directory))]
    except OSError:
        return []
    return [path for path in paths if os.path.isdir(path) and checkpoints_in(path)]


def _step_of(name: str) -> int:
    match = _STEP.search(name)
    return int(match.group(1)) if match else 0
