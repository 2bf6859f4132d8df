"""The dictionary of a scorer: an acyclic automaton stored as an OpenFst `const` FST over the standard arc.

In memory it is three arrays: the arcs of state s are `labels[first[s]:first[s + 1]]`, in ascending order, with
`targets` beside them. Labels are alphabet labels plus one, as the format reserves 0.
"""

import struct
from typing import NamedTuple

import numpy as np

from ..errors import ScorerError

_MAGIC = 2125659606
_TYPES = struct.pack('<i5si8s', 5, b'const', 8, b'standard')
_HEADER = struct.Struct('<i21siiQqqq')  # magic, types, version, flags, properties, start, states, arcs
_ALIGNED_VERSION, _UNALIGNED_VERSION = 1, 2
_HAS_SYMBOLS, _ALIGNED_FLAG = 3, 4
# Deterministic unweighted acyclic acceptor, arcs sorted by label; readers store these bits without using them.
_PROPERTIES = 0x0000A5AA5A950001
_STATE = np.dtype([('final', '<f4'), ('first', '<u4'), ('count', '<u4'), ('epsilons', '<u4', 2)])
_ARC = np.dtype([('input', '<i4'), ('output', '<i4'), ('weight', '<f4'), ('target', '<i4')])


class Dictionary(NamedTuple):
    """An automaton that accepts every word of the vocabulary, each followed by a space."""

    start: int
    first: np.ndarray  # int64 [states + 1]
    labels: np.ndarray  # int32 [arcs]
    targets: np.ndarray  # int32 [arcs]
    accepting: np.ndarray  # bool [states]


def write_fst(file, dictionary):
    """Writes `dictionary` at the current position of `file`; padding depends on that position."""
    n_states, n_arcs = len(dictionary.accepting), len(dictionary.labels)
    file.write(_HEADER.pack(_MAGIC, _TYPES, _ALIGNED_VERSION, _ALIGNED_FLAG, _PROPERTIES, dictionary.start, n_states,
                            n_arcs))
    states = np.zeros(n_states, _STATE)
    states['final'] = np.where(dictionary.accepting, 0, np.inf)
    states['first'], states['count'] = dictionary.first[:-1], np.diff(dictionary.first)
    arcs = np.zeros(n_arcs, _ARC)
    arcs['input'] = arcs['output'] = dictionary.labels
    arcs['target'] = dictionary.targets
    for table in (states, arcs):
        file.write(bytes(_padding(file.tell())))
        file.write(table.tobytes())


def read_fst(data, offset, path):
    """Returns the Dictionary stored in `data` from `offset` to its end.

    Raises:
      ScorerError: not such an FST, or one that would lead a search out of its tables.
    """
    def damaged(what):
        return ScorerError(f'{path}: the dictionary is damaged ({what}); copy or build the scorer again.')

    if offset + _HEADER.size > len(data):
        raise damaged('the file ends within its header')
    magic, types, version, flags, _, start, n_states, n_arcs = _HEADER.unpack_from(data, offset)
    if magic != _MAGIC or types != _TYPES or version not in (_ALIGNED_VERSION, _UNALIGNED_VERSION) \
            or flags & _HAS_SYMBOLS:
        raise damaged('not a const FST over the standard arc, without symbol tables')
    if n_states <= 0 or n_arcs <= 0:
        raise ScorerError(f'{path}: the dictionary is empty ({n_states} states, {n_arcs} arcs); build the scorer from '
                          f'a vocabulary whose characters are in the alphabet.')
    aligned = version == _ALIGNED_VERSION or flags & _ALIGNED_FLAG
    states_at = offset + _HEADER.size
    states_at += _padding(states_at) if aligned else 0
    arcs_at = states_at + n_states * _STATE.itemsize
    arcs_at += _padding(arcs_at) if aligned else 0
    if arcs_at + n_arcs * _ARC.itemsize > len(data):
        raise damaged(f'the file ends before the last of {n_states} states and {n_arcs} arcs')
    states = np.frombuffer(data, _STATE, n_states, states_at)
    arcs = np.frombuffer(data, _ARC, n_arcs, arcs_at)
    return _checked(start, states, arcs, damaged)


def _checked(start, states, arcs, damaged):
    """Copies the tables into a Dictionary, which never points outside itself."""
    first = np.concatenate([[0], np.cumsum(states['count'], dtype=np.int64)])
    if first[-1] != len(arcs) or not np.array_equal(first[:-1][states['count'] > 0],
                                                    states['first'][states['count'] > 0]):
        raise damaged('the arcs of its states do not follow each other')
    labels, targets = arcs['input'].copy(), arcs['target'].copy()
    if not 0 <= start < len(states) or targets.min() < 0 or targets.max() >= len(states):
        raise damaged('an arc or the start leads outside its states')
    within_state = np.ones(len(arcs), bool)
    within_state[first[:-1][states['count'] > 0]] = False
    if labels.min() < 1 or (np.diff(labels, prepend=0)[within_state] <= 0).any():
        raise damaged('the arcs of a state are not in ascending order')
    accepting = np.isfinite(states['final'])
    if not accepting.any() or accepting[start]:
        raise damaged('no word is accepted, or the empty one is')
    return Dictionary(int(start), first, labels, targets, accepting)


def _padding(position):
    return -position % 16
