"""The files of a checkpoint: their names, how a checkpoint appears whole, what an unfinished one leaves behind.

No TensorFlow here. A checkpoint `train-12` is `train-12.index`, `train-12.data-00000-of-00001` and `train-12.json`.
"""

import os
from typing import Collection, Iterable, Sequence

from deepspeech.formats.content import open_regular

from ..paths import UNFINISHED, open_kept, sync_directory

LAST_PREFIX, BEST_PREFIX = 'train', 'best_dev'
DATA_SUFFIX, INDEX_SUFFIX, METADATA_SUFFIX = '.data-00000-of-00001', '.index', '.json'
WEIGHT_SUFFIXES = (DATA_SUFFIX, INDEX_SUFFIX)
JOURNAL = '.saving'  # holds the names of checkpoints that are about to appear or to be removed


def free_name(directory: str, prefix: str, step: int, listed: Sequence[str]) -> str:
    """Returns a name for the checkpoint of `step`: `best_dev-12`, or `best_dev.2-12` and so on.

    Neither the newest of `listed` nor a checkpoint of another trainer must be written over.
    """
    name, number = f'{prefix}-{step}', 1
    while name in listed[-1:] or _is_foreign(os.path.join(directory, name)):
        number += 1
        name = f'{prefix}.{number}-{step}'
    return name


def is_own(prefix: str) -> bool:
    """Returns whether this trainer wrote the checkpoint."""
    return os.path.exists(prefix + METADATA_SUFFIX)


def _is_foreign(prefix: str) -> bool:
    return os.path.exists(prefix + INDEX_SUFFIX) and not is_own(prefix)


def announce(directory: str, names: Iterable[str]) -> None:
    """Notes which checkpoints are about to appear or to be removed, so that a run that is killed leaves none behind."""
    with open_kept(os.path.join(directory, JOURNAL), begins_empty=True) as file:
        file.write(os.fsencode('\n'.join(names)))


def withdraw(directory: str) -> None:
    """Takes the note of `announce` back."""
    _unlink(os.path.join(directory, JOURNAL))


def publish(temporary: str, prefix: str) -> None:
    """Moves the weights of a checkpoint written as `temporary` to `prefix`, the index last. Raises OSError."""
    for suffix in WEIGHT_SUFFIXES:
        with open(temporary + suffix, 'rb') as file:
            os.fsync(file.fileno())
    for suffix in WEIGHT_SUFFIXES:
        os.replace(temporary + suffix, prefix + suffix)
    sync_directory(os.path.dirname(prefix))


def remove_unfinished(directory: str, listed: Collection[str]) -> None:
    """Removes what a run that was killed while it saved has left.

    Args:
      directory: of checkpoints; nobody else may save to it.
      listed: names of checkpoints that a state file leads to.
    """
    try:
        with open_regular(os.path.join(directory, JOURNAL)) as file:
            announced = [os.path.basename(name) for name in os.fsdecode(file.read()).split('\n') if name]
    except FileNotFoundError:
        announced = []
    for name in announced:
        if name not in listed:
            remove(os.path.join(directory, name))
    withdraw(directory)
    for name in os.listdir(directory):
        if name.startswith(UNFINISHED):
            _unlink(os.path.join(directory, name))


def remove(prefix: str) -> None:
    """Removes a checkpoint, the index first: without it no reader takes the rest for a checkpoint."""
    for suffix in (INDEX_SUFFIX, DATA_SUFFIX, METADATA_SUFFIX, '.meta'):
        _unlink(prefix + suffix)


def _unlink(path: str) -> None:
    try:
        os.unlink(path)
    except FileNotFoundError:
        pass
