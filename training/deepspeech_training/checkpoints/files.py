"""The files of a checkpoint: their names, how a checkpoint appears whole, what an unfinished one leaves behind.

No TensorFlow here. A checkpoint `train-12` is `train-12.index`, `train-12.data-00000-of-00001` and `train-12.json`.
"""

import os
import zlib
from typing import Collection, Iterable, List, Sequence

from deepspeech.formats.content import open_regular
from deepspeech.result_files import sync_directory
from deepspeech.unfinished import UNFINISHED, remove_abandoned

from ..paths import open_kept

LAST_PREFIX, BEST_PREFIX = 'train', 'best_dev'
DATA_SUFFIX, INDEX_SUFFIX, METADATA_SUFFIX = '.data-00000-of-00001', '.index', '.json'
WEIGHT_SUFFIXES = (DATA_SUFFIX, INDEX_SUFFIX)
JOURNAL = '.saving'  # holds the names of checkpoints that are about to appear or to be removed


def free_name(directory: str, prefix: str, step: int, listed: Sequence[str]) -> str:
    """Returns a name for the checkpoint of `step`: `best_dev-12`, or `best_dev.2-12` and so on.

    Neither the newest of `listed`, nor a checkpoint of another trainer, nor one that is not listed must be written over.
    """
    name, number = f'{prefix}-{step}', 1
    while name in listed[-1:] or _is_to_stay(os.path.join(directory, name), name in listed):
        number += 1
        name = f'{prefix}.{number}-{step}'
    return name


def suffixes_of(prefix: str) -> List[str]:
    """Returns the suffixes of the files of a checkpoint, which may have more than one with data. Raises OSError."""
    directory, name = os.path.split(prefix)
    return [file[len(name):] for file in os.listdir(directory or '.') if file.startswith(f'{name}.')]


def is_own(prefix: str) -> bool:
    """Returns whether this trainer wrote the checkpoint."""
    return os.path.exists(prefix + METADATA_SUFFIX)


def _is_to_stay(prefix: str, is_listed: bool) -> bool:
    return os.path.exists(prefix + INDEX_SUFFIX) and not (is_listed and is_own(prefix))


def is_unfinished(name: str) -> bool:
    """Returns whether a file or checkpoint of that name is still being written, or has been left so."""
    return name.startswith(UNFINISHED)


def announce(directory: str, names: Iterable[str]) -> None:
    """Notes which checkpoints are about to appear or to be removed, so that a run that is killed leaves none behind."""
    text = os.fsencode('\n'.join(names))
    with open_kept(os.path.join(directory, JOURNAL), begins_empty=True) as file:
        file.write(text + b'\n' + _checksum(text))


def announced(directory: str) -> List[str]:
    """Returns the names that `announce` has noted; none if the note is not as it was written."""
    try:
        with open_regular(os.path.join(directory, JOURNAL)) as file:
            text, _, checksum = file.read().rpartition(b'\n')
    except OSError:
        return []
    is_whole = checksum == _checksum(text)
    return [os.path.basename(name) for name in os.fsdecode(text).split('\n') if name] if is_whole else []


def _checksum(text: bytes) -> bytes:
    return b'# %08x' % zlib.crc32(text)


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
    for name in announced(directory):
        if name not in listed:
            remove(os.path.join(directory, name))
    withdraw(directory)
    for name in os.listdir(directory):
        if name.startswith(UNFINISHED):
            remove_abandoned(os.path.join(directory, name), even_without_locks=True)


def remove(prefix: str) -> None:
    """Removes a checkpoint, the index first: without it no reader takes the rest for a checkpoint."""
    for suffix in (INDEX_SUFFIX, DATA_SUFFIX, METADATA_SUFFIX, '.meta'):
        _unlink(prefix + suffix)


def _unlink(path: str) -> None:
    try:
        os.unlink(path)
    except FileNotFoundError:
        pass
