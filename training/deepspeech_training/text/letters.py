"""Letters by the alphabet of a model: lower case, and what would make a text fit that does not.

Whatever changes the case of a text asks here: which letter is the small one of I is a question of the alphabet.
"""

import unicodedata
from itertools import combinations
from typing import Callable, Container, Iterable, NamedTuple, Optional, Tuple

DOTTED_CAPITAL, DOTLESS_SMALL, DOT_ABOVE = '\u0130', '\u0131', '\u0307'
_SIGMA, _SMALL_SIGMA, _FINAL_SIGMA = '\u03a3', '\u03c3', '\u03c2'
_DECOMPOSED_DOTTED = 'I' + DOT_ABOVE
NO_LETTERS: Tuple[str, ...] = ()


class Change(NamedTuple):
    """A change of a text that loses nothing a listener would hear."""

    name: str  # as in `it fits in lower case`
    apply: Callable[[str], str]


def lower_case(text: str, letters: Container[str] = NO_LETTERS) -> str:
    """Returns a text in lower case; no character comes into it that is not the small one of a letter in it.

    Args:
      letters: of the alphabet, as far as they are known. With a dotless i in it, as in Turkish and Azeri, that is the
        small letter of I. Without a final sigma in it, the small sigma stands for that, too.
    """
    # str.lower() makes two characters of a dotted I: i and a combining dot.
    if DOT_ABOVE not in letters:
        text = text.replace(_DECOMPOSED_DOTTED, 'i')
    text = text.replace(DOTTED_CAPITAL, 'i')
    if DOTLESS_SMALL in letters:
        text = text.replace('I', DOTLESS_SMALL)
    if _FINAL_SIGMA not in letters and _SMALL_SIGMA in letters:
        text = text.replace(_SIGMA, _SMALL_SIGMA)
    return text.lower()


def upper_case(text: str, letters: Container[str] = NO_LETTERS) -> str:
    """Returns a text in upper case; with a dotted I among the letters, that is the capital of i."""
    return (text.replace('i', DOTTED_CAPITAL) if DOTTED_CAPITAL in letters else text).upper()


def plain_blanks(text: str) -> str:
    """Returns a text with plain blanks in place of all other white space, one by one."""
    return ''.join(' ' if char.isspace() else char for char in text)


def changes(letters: Container[str]) -> Tuple[Change, ...]:
    """Returns the changes that may make a text fit an alphabet, the least first."""
    return (Change('in Unicode normal form NFC', lambda text: unicodedata.normalize('NFC', text)),
            Change('in Unicode normal form NFD', lambda text: unicodedata.normalize('NFD', text)),
            Change('with plain blanks for other white space', plain_blanks),
            Change('in lower case', lambda text: lower_case(text, letters)),
            Change('in upper case', lambda text: upper_case(text, letters)))


def what_makes_fit(text: str, letters: Iterable[str]) -> Optional[str]:
    """Returns which change, or which two, leave nothing in a text but letters of the alphabet, as `in lower case`.

    None: there is none; more has to be done about it.
    """
    letters = frozenset(letters)
    possible = changes(letters)
    for n_changes in (1, 2):
        for chosen in combinations(possible, n_changes):
            changed = text
            for change in chosen:
                changed = change.apply(changed)
            if letters.issuperset(changed):
                return ' and '.join(change.name for change in chosen)
    return None
