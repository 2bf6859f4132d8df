"""Texts of German corpora: how numbers and signs are read that are not written as they are spoken.

Short because corpora spell most numbers already.
"""

import re
from typing import Optional

_SIGNS = {'$': ' dollar ', '€': ' euro ', '£': ' pfund '}
_HUNDREDS = re.compile(r'\bein ?tausend (acht|neun) ?hundert')  # of years, and of decades: "... hunderter"
_ZEROS = re.compile(r'(\b\w+)?((?: punkt null null null)+)\b')  # of 2.000.000, as it stands in alignments
_POWERS = ('', 'tausend', 'million', 'milliarde')


def as_spoken(text: str) -> Optional[str]:
    """Returns a text in small letters as it is spoken; None if that is open: it begins in the middle of a number."""
    for sign, word in _SIGNS.items():
        text = text.replace(sign, word)
    text = ' '.join(text.split())
    if text.startswith('punkt null'):
        return None
    text = _HUNDREDS.sub(lambda match: f'{match.group(1)}zehnhundert', text)
    return _ZEROS.sub(_power, text)


def _power(match: 're.Match[str]') -> str:
    """Returns the words for a number and the groups of zeros behind it."""
    number, zeros = match.group(1) or '', match.group(2)
    n_groups = zeros.count('punkt')
    if n_groups >= len(_POWERS):
        return match.group(0)
    power, is_one = _POWERS[n_groups], number in ('ein', 'eins', 'eine')
    if n_groups == 1:
        return f'{"ein" if is_one else number} {power}'.strip()
    return f'eine {power}' if is_one else f'{number} {power}{"n" if power.endswith("e") else "en"}'.strip()
