"""Letters that an alphabet lacks, in those of ASCII: what `--normalize` means where a language has letters of its own.

Short because Unicode knows which letter is another one with an accent.
"""

import unicodedata
from typing import Optional

from ...text.alphabet import Alphabet

GERMAN = 'ÄÖÜäöüß'


class Folding:
    """Writes letters without accents, but those of an alphabet and of a language.

    Args:
      alphabet: path of a file with letters that stay; None: those of ASCII do.
      kept: further letters that stay.
    """

    def __init__(self, alphabet: Optional[str], kept: str = '') -> None:
        self._alphabet = Alphabet.from_file(alphabet, '--filter_alphabet') if alphabet else None
        self._kept = kept

    def fold(self, text: str) -> str:
        """Returns a text, without what has no form in ASCII."""
        return ''.join(map(self._fold, unicodedata.normalize('NFC', text)))

    def _fold(self, char: str) -> str:
        if char in self._kept or char == ' ' or self._alphabet and not self._alphabet.missing(char):
            return char
        return unicodedata.normalize('NFKD', char).encode('ascii', 'ignore').decode('ascii')
