"""What keeps a clip out of a data set, and how often it did.

Short because clips, listings and labels all need it, and nothing else of each other.
"""

from collections import Counter
from typing import Iterable, List, NamedTuple

# Kinds of problems, as reports name and count them.
MALFORMED = 'malformed'  # its row in the corpus' list
FAILED = 'failed'  # its audio is missing or damaged
LABEL = 'invalid_label'
EXCLUDED = 'excluded'  # by what is known of the corpus, or by an option
TOO_SHORT = 'too_short'
TOO_LONG = 'too_long'

# Clips with these did not arrive: there is less than the corpus lists.
MISSING_KINDS = (MALFORMED, FAILED)

_SENTENCES = ((MALFORMED, 'whose row cannot be read'), (FAILED, 'whose audio is missing or damaged'),
              (LABEL, 'whose text is empty or not allowed'), (EXCLUDED, 'that are left out on purpose'),
              (TOO_SHORT, 'too short, or too short for their text'), (TOO_LONG, 'longer than allowed'))


class Problem(NamedTuple):
    """Why a clip is left out."""

    kind: str  # one of the above
    reason: str  # for people; no full stop
    characters: str = ''  # those that are to blame


def count(problems: Iterable[Problem]) -> 'Counter[str]':
    """Returns how many there are of each kind."""
    return Counter(problem.kind for problem in problems)


def sentences(counts: 'Counter[str]') -> List[str]:
    """Returns a line for each kind of which there is any."""
    return [f'Left out: {counts[kind]} {"clip" if counts[kind] == 1 else "clips"} {why}.'
            for kind, why in _SENTENCES if counts[kind]]
