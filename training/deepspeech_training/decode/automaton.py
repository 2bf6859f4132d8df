"""The smallest automaton of a set of words.

Source: Daciuk, Mihov, Watson & Watson, "Incremental construction of minimal acyclic finite-state automata",
Computational Linguistics 26(1), 2000, for sorted input.
"""

from collections import deque

import numpy as np

from .fst import Dictionary


def minimal_automaton(words):
    """Returns the minimal deterministic Dictionary that accepts exactly `words`.

    Args:
      words: iterable of non-empty tuples of labels (int >= 1); none may be a prefix of another.
    """
    root, register, final = {}, {}, {}
    open_states = [root]  # the states along the previous word; states of earlier words are closed and registered
    previous = ()
    for word in sorted(set(words)):
        common = _common_prefix(previous, word)
        _close(open_states, previous, common, register)
        for label in word[common:-1]:
            state = {}
            open_states[-1][label] = state
            open_states.append(state)
        open_states[-1][word[-1]] = final
        open_states.append(final)
        previous = word
    _close(open_states, previous, 0, register)
    return _as_tables(root, final)


def _common_prefix(left, right):
    """Returns the number of leading elements that two sequences share."""
    length = 0
    while length < len(left) and length < len(right) and left[length] == right[length]:
        length += 1
    return length


def _close(open_states, word, keep, register):
    """Replaces the states of `word` behind its first `keep` labels by equal ones seen before, last state first."""
    while len(open_states) > keep + 1:
        state = open_states.pop()
        if not state:
            continue  # the accepting state, which all words share already
        # Targets are closed before, so equal states have identical targets in the same (sorted) order.
        signature = tuple((label, id(target)) for label, target in state.items())
        open_states[-1][word[len(open_states) - 1]] = register.setdefault(signature, state)


def _as_tables(root, final):
    """Numbers the states breadth first and lays their arcs out one after the other."""
    number, queue, order = {id(root): 0}, deque([root]), []
    while queue:
        state = queue.popleft()
        order.append(state)
        for target in state.values():
            if id(target) not in number:
                number[id(target)] = len(number)
                queue.append(target)
    labels = [label for state in order for label in state]
    targets = [number[id(target)] for state in order for target in state.values()]
    first = np.concatenate([[0], np.cumsum([len(state) for state in order])])
    accepting = np.array([state is final for state in order])
    return Dictionary(0, first.astype(np.int64), np.array(labels, np.int32), np.array(targets, np.int32), accepting)
