"""The files of a checkpoint directory: their names, how a checkpoint appears whole, what an unfinished one leaves.

No TensorFlow here. A checkpoint `train-12` is `train-12.index`, `train-12.data-00000-of-00001` and `train-12.json`.
"""

import hashlib
import os

from ..paths import sync_directory

LAST_STATE, BEST_STATE = 'checkpoint', 'best_dev_checkpoint'
LAST_PREFIX, BEST_PREFIX = 'train', 'best_dev'
TEMPORARY = '.tmp-'  # how the names of unfinished files begin
DATA_SUFFIX, INDEX_SUFFIX, RECORD_SUFFIX = '.data-00000-of-00001', '.index', '.json'
WEIGHT_SUFFIXES = (DATA_SUFFIX, INDEX_SUFFIX)
JOURNAL = '.saving'  # holds the name of the checkpoint that is being moved into place
BLOCK_BYTES = 1 << 20


def free_name(prefix, step, listed):
    """Returns a name for the checkpoint of `step` that is not the newest of `listed`, which must not be touched.

    So the same step, saved again with other values, gets another name: `best_dev-12`, then `best_dev.2-12`.
    """
    name = f'{prefix}-{step}'
    return name if name not in listed[-1:] else f'{prefix}.2-{step}'


def digests(prefix):
    """Returns {suffix: [size in bytes, SHA-256]} of the files with a checkpoint's weights. Raises OSError."""
    return {suffix: digest(prefix + suffix) for suffix in WEIGHT_SUFFIXES}


def digest(path):
    """Returns [size in bytes, SHA-256 in hexadecimal] of a file. Raises OSError."""
    digest, size = hashlib.sha256(), 0
    with open(path, 'rb') as file:
        for block in iter(lambda: file.read(BLOCK_BYTES), b''):
            digest.update(block)
            size += len(block)
    return [size, digest.hexdigest()]


def announce(directory, name):
    """Notes that the checkpoint `name` is about to appear, so that it can be cleared away if the run is killed."""
    with open(os.path.join(directory, JOURNAL), 'w', encoding='utf-8') as file:
        file.write(name)


def withdraw(directory):
    """Takes the note of `announce` back."""
    _unlink(os.path.join(directory, JOURNAL))


def publish(temporary, prefix):
    """Moves the weights of a checkpoint written as `temporary` to `prefix`, the index last. Raises OSError."""
    for suffix in WEIGHT_SUFFIXES:
        with open(temporary + suffix, 'rb') as file:
            os.fsync(file.fileno())
    for suffix in WEIGHT_SUFFIXES:
        os.replace(temporary + suffix, prefix + suffix)
    sync_directory(os.path.dirname(prefix))


def remove_unfinished(directory, listed):
    """Removes what a run that was killed while it saved has left.

    Args:
      directory: of checkpoints; nobody else may save to it.
      listed: names of checkpoints that a state file leads to.
    """
    try:
        with open(os.path.join(directory, JOURNAL), encoding='utf-8') as file:
            name = os.path.basename(file.read())
    except (FileNotFoundError, UnicodeDecodeError):
        name = ''
    if name and name not in listed:
        remove(os.path.join(directory, name))
    withdraw(directory)
    for name in os.listdir(directory):
        if name.startswith(TEMPORARY):
            _unlink(os.path.join(directory, name))


def remove(prefix):
    """Removes a checkpoint, the index first: without it no reader takes the rest for a checkpoint."""
    for suffix in (INDEX_SUFFIX, DATA_SUFFIX, RECORD_SUFFIX, '.meta'):
        _unlink(prefix + suffix)


def _unlink(path):
    try:
        os.unlink(path)
    except FileNotFoundError:
        pass
