"""The files of a checkpoint directory: state files, and checkpoints that appear whole or not at all.

No TensorFlow here. A checkpoint `train-12` is `train-12.index`, `train-12.data-00000-of-00001` and `train-12.json`.
"""

import json
import os
import re

from ..errors import CheckpointError
from ..paths import write_atomically

LAST_STATE, BEST_STATE = 'checkpoint', 'best_dev_checkpoint'
LAST_PREFIX, BEST_PREFIX = 'train', 'best_dev'
TEMPORARY = '.tmp-'  # how the names of unfinished files begin
DATA_SUFFIX, INDEX_SUFFIX, PROGRESS_SUFFIX = '.data-00000-of-00001', '.index', '.json'


def write_state(directory, state_file, names):
    """Points `state_file` at the last of `names`, oldest first. Paths are relative, so a directory can move."""
    lines = [f'model_checkpoint_path: "{names[-1]}"'] + [f'all_model_checkpoint_paths: "{name}"' for name in names]
    write_atomically(os.path.join(directory, state_file), '\n'.join(lines) + '\n', CheckpointError)


def read_state(directory, state_file):
    """Returns checkpoint names (without directory) of a state file, oldest first; [] if there is no such file.

    Absolute paths of another machine lead to the same name in `directory`.
    """
    try:
        with open(os.path.join(directory, state_file), encoding='utf-8') as file:
            content = file.read()
    except FileNotFoundError:
        return []
    except (OSError, UnicodeDecodeError) as error:
        raise CheckpointError(f'{directory}/{state_file}: cannot be read ({error}); remove it, or restore it from a '
                              f'copy.') from error
    newest = re.findall(r'^model_checkpoint_path:\s*"(.*)"', content, re.MULTILINE)
    names = re.findall(r'^all_model_checkpoint_paths:\s*"(.*)"', content, re.MULTILINE)
    names = [os.path.basename(name) for name in names if name not in newest] + [
        os.path.basename(name) for name in newest]
    if not names:
        raise CheckpointError(f'{directory}/{state_file}: names no checkpoint; remove it, or write the name of a '
                              f'checkpoint of the directory into it.')
    return names


def newest(directory, state_file):
    """Returns the path prefix of the newest checkpoint that is there whole, or None when there is no state file.

    Raises:
      CheckpointError: the state file is there, the checkpoints it names are not.
    """
    names = read_state(directory, state_file)
    for name in reversed(names):
        prefix = os.path.join(directory, name)
        if os.path.exists(prefix + INDEX_SUFFIX) and os.path.exists(prefix + DATA_SUFFIX):
            return prefix
    if names:
        raise CheckpointError(f'{directory}/{state_file} points to {names[-1]}, but {names[-1]}{INDEX_SUFFIX} or '
                              f'{names[-1]}{DATA_SUFFIX} is not in the directory; copy it there or remove the state file.')
    return None


def read_progress(prefix):
    """Returns the JSON beside a checkpoint as a dict, or None for checkpoints of other trainers."""
    try:
        with open(prefix + PROGRESS_SUFFIX, encoding='utf-8') as file:
            return json.load(file)
    except FileNotFoundError:
        return None
    except (OSError, ValueError) as error:
        raise CheckpointError(f'{prefix}{PROGRESS_SUFFIX}: cannot be read ({error}); remove it to use the weights '
                              f'alone.') from error


def write_progress(prefix, values):
    """Writes the JSON beside a checkpoint."""
    write_atomically(prefix + PROGRESS_SUFFIX, json.dumps(values, ensure_ascii=False, indent=1) + '\n', CheckpointError)


def publish(temporary, prefix):
    """Moves the files of a checkpoint written as `temporary` to `prefix`, the index last."""
    for suffix in (DATA_SUFFIX, INDEX_SUFFIX):
        with open(temporary + suffix, 'rb') as file:
            os.fsync(file.fileno())
    for suffix in (DATA_SUFFIX, INDEX_SUFFIX):
        os.replace(temporary + suffix, prefix + suffix)


def remove_unfinished(directory):
    """Removes what a run that was killed while it saved has left."""
    for name in os.listdir(directory):
        if name.startswith(TEMPORARY):
            os.unlink(os.path.join(directory, name))


def remove(prefix):
    """Removes a checkpoint, the index first: without it no reader takes the rest for a checkpoint."""
    for suffix in (INDEX_SUFFIX, DATA_SUFFIX, PROGRESS_SUFFIX, '.meta'):
        try:
            os.unlink(prefix + suffix)
        except FileNotFoundError:
            pass
