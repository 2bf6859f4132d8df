"""The alphabet that checkpoints of this trainer hold, for commands that name none.

Short because state files and metadata are read elsewhere. No TensorFlow here: a command line is answered before it is loaded.
"""

import os
from typing import Optional

from ..errors import CheckpointError, DataError
from ..text.alphabet import BYTES, Alphabet, ByteAlphabet
from . import metadata
from .state_file import KINDS, read_state_file


def alphabet_in(directory: str) -> Optional[Alphabet]:
    """Returns the alphabet of the newest last checkpoint in a directory, else of the newest best one.

    None: nothing there tells it, as with checkpoints of other trainers. What is damaged is told by whoever loads the model.
    """
    for kind in ('last', 'best'):
        try:
            names = read_state_file(directory, KINDS[kind].state_file).names
        except CheckpointError:
            continue
        for name in reversed(names):
            alphabet = _alphabet_of(os.path.join(directory, name))
            if alphabet is not None:
                return alphabet
    return None


def _alphabet_of(prefix: str) -> Optional[Alphabet]:
    try:
        labels = (metadata.read(prefix) or {}).get('alphabet')
        if labels == BYTES:
            return ByteAlphabet()
        return Alphabet(labels, f'of {prefix}') if labels else None
    except (CheckpointError, DataError, TypeError):
        return None
