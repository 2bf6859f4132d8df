"""Which item of a recognised text stands for which of what was said, with as few errors as possible.

    align('the cat sat'.split(), 'the hat'.split())
    [('the', 'the'), ('cat', 'hat'), ('sat', None)]
"""

from typing import Hashable, List, NamedTuple, Optional, Sequence, TypeVar

from .metrics import distance_columns

Item = TypeVar('Item', bound=Hashable)
RIGHT, SUBSTITUTED, DELETED, INSERTED = 'right', 'sub', 'del', 'ins'


class Pair(NamedTuple):
    """An item that was said and what was recognised for it."""

    said: Optional[Hashable]  # None: nothing, the other one was inserted
    recognised: Optional[Hashable]  # None: nothing, the item was deleted

    @property
    def kind(self) -> str:
        """What happened to the item."""
        if self.said is None:
            return INSERTED
        if self.recognised is None:
            return DELETED
        return RIGHT if self.said == self.recognised else SUBSTITUTED


def align(reference: Sequence[Item], hypothesis: Sequence[Item]) -> List[Pair]:
    """Returns pairs in order, as many of them wrong as `levenshtein` counts. Of several such alignments, it is the one that,
    seen from the end, has equal items stand for each other first, else deletes, else inserts, else substitutes.

    Args:
      reference, hypothesis: strings, or sequences of words, of what is not None.
    """
    columns = list(distance_columns(reference, hypothesis))
    row, column = len(reference), len(hypothesis)
    pairs = []
    while row and column:
        bit = 1 << (row - 1)
        if reference[row - 1] == hypothesis[column - 1]:  # a step along the diagonal that costs nothing is never a mistake
            row, column = row - 1, column - 1
            pairs.append(Pair(reference[row], hypothesis[column]))
        elif columns[column][0] & bit:  # one more than without the item of the reference
            row -= 1
            pairs.append(Pair(reference[row], None))
        elif columns[column - 1][1] & bit:  # one more than without the item of the hypothesis
            column -= 1
            pairs.append(Pair(None, hypothesis[column]))
        else:
            row, column = row - 1, column - 1
            pairs.append(Pair(reference[row], hypothesis[column]))
    pairs += [Pair(item, None) for item in reversed(reference[:row])]
    pairs += [Pair(None, item) for item in reversed(hypothesis[:column])]
    return pairs[::-1]
