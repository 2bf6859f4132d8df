"""The characters of transcripts: how often each occurs, where first, and which are hardly meant.

Nothing is changed and nothing left out: what is suspicious is counted, and a person decides.
"""

import unicodedata
from collections import Counter
from itertools import islice
from typing import Counter as Counts
from typing import Dict, Iterable, List, NamedTuple, Sequence, Tuple

from .alphabet import describe_characters

# Characters that are taken for one another, the usual one first. A set that has several of a group hardly means to.
LOOKALIKES = ("'\u2019\u02bc\u02b9\u02bb\u00b4`\u2032\ua78c\uff07", "'\u2018", '"\u201c', '"\u201d', '"\u2033',
              '-\u2010\u2011\u2012\u2013\u2014\u2212', '.\u3002\uff0e', ',\uff0c\u060c',
              'a\u0430\u03b1', 'c\u0441', 'e\u0435', 'h\u04bb', 'i\u0456', 'j\u0458', 'k\u043a\u03ba', 'o\u043e\u03bf',
              'p\u0440\u03c1', 's\u0455', 't\u0442\u03c4', 'v\u03bd', 'x\u0445\u03c7', 'y\u0443', '\u00eb\u0451',
              'A\u0410\u0391', 'B\u0412\u0392', 'C\u0421', 'E\u0415\u0395', 'H\u041d\u0397', 'I\u0406\u0399', 'K\u041a\u039a',
              'M\u041c\u039c', 'N\u039d', 'O\u041e\u039f', 'P\u0420\u03a1', 'S\u0405', 'T\u0422\u03a4', 'X\u0425\u03a7',
              'Y\u04ae\u03a5', 'Z\u0396', '\u0219\u015f', '\u021b\u0163', '\u0218\u015e', '\u021a\u0162',
              '\u06cc\u064a', '\u06a9\u0643')  # Latin, Cyrillic, Greek; Romanian; Persian
LINE_ENDS = '\n\r'  # a file of one label on each line has none for these
_CATEGORIES = {'Cc': 'control characters', 'Cf': 'invisible characters', 'Co': 'characters of private use',
               'Cn': 'code points without a character', 'Zs': 'white space other than a blank', 'Zl': 'line separators',
               'Zp': 'paragraph separators'}
_N_EXAMPLES = 5

Located = Tuple[str, str]  # where a transcript stands, for messages, and the transcript


class Character(NamedTuple):
    """A character of a set."""

    char: str
    n_times: int
    first: str  # where it stands first


class Characters:
    """What transcripts consist of.

    Attributes:
      n_transcripts: how many there were.
      not_normal: where those stand that are not in Unicode normal form NFC, with an example of what differs.
    """

    def __init__(self) -> None:
        self.n_transcripts = 0
        self.not_normal: List[Tuple[str, str]] = []
        self._counts: Counts[str] = Counter()
        self._first: Dict[str, str] = {}

    def add(self, transcripts: Iterable[Located], normalise: bool = False) -> None:
        """Counts the characters of transcripts, as they stand there or in NFC."""
        for place, text in transcripts:
            composed = unicodedata.normalize('NFC', text)
            if composed != text:
                self.not_normal.append((place, _difference(text, composed)))
            self.n_transcripts += 1
            counted = composed if normalise else text
            self._counts.update(counted)
            if not self._first.keys() >= set(counted):
                for char in counted:
                    self._first.setdefault(char, place)

    @property
    def all(self) -> List[Character]:
        """Each character once, by code point."""
        return [Character(char, self._counts[char], self._first[char]) for char in sorted(self._counts)]

    @property
    def labels(self) -> List[str]:
        """What an alphabet has a line for: all but line ends, by code point but the blank first."""
        return sorted((char for char in self._counts if char not in LINE_ENDS), key=lambda char: (char != ' ', char))

    def about_normal_form(self) -> List[str]:
        """Returns sentences on transcripts that are not in NFC; none if all are."""
        if not self.not_normal:
            return []
        examples = '; '.join(f'{place}: {difference}' for place, difference in self.not_normal[:_N_EXAMPLES])
        return [f'{counted(len(self.not_normal), "transcript")} of {self.n_transcripts} not in Unicode normal form NFC: the '
                f'same letter is written in several ways, which are several labels ({examples}); normalise the transcripts, '
                f'for instance by uconv -x any-nfc.']

    def warnings(self) -> List[str]:
        """Returns sentences on characters that hardly anybody means to train on."""
        return [*self._of_suspicious_kinds(), *self._compatible(), *self._lookalikes()]

    def _of_suspicious_kinds(self) -> List[str]:
        kinds: Dict[str, List[Character]] = {}
        for character in self.all:
            category = unicodedata.category(character.char)
            if category in _CATEGORIES and character.char != ' ':
                kinds.setdefault(_CATEGORIES[category], []).append(character)
        return [f'{kind}: {_listing(found)}.' for kind, found in kinds.items()]

    def _compatible(self) -> List[str]:
        """Returns a sentence on ligatures, full-width letters and others that stand for plainer ones."""
        found = [character for character in self.all
                 if unicodedata.normalize('NFKC', character.char) != unicodedata.normalize('NFC', character.char)
                 and unicodedata.category(character.char) not in _CATEGORIES]
        return [f'characters that stand for plainer ones (normal form NFKC): {_listing(found)}.'] if found else []

    def _lookalikes(self) -> List[str]:
        """Returns a sentence for each group of characters that look alike."""
        sentences = []
        for group in LOOKALIKES:
            found = sorted((character for character in self.all if character.char in group), key=lambda each: -each.n_times)
            if len(found) > 1:
                sentences.append(f'characters that look alike: {_listing(found)}.')
        return sentences


def frames_needed(transcript: str) -> int:
    """Returns how many steps CTC needs for a transcript: one for each character, and one between two equal ones."""
    return len(transcript) + sum(one == other for one, other in zip(transcript, transcript[1:]))


def alphabet_text(labels: Sequence[str], comment: str = '') -> str:
    """Returns the content of an alphabet file that `Alphabet.from_file` reads back as these labels, none of them a line end."""
    lines = [f'# {comment}'] if comment else []
    return ''.join(f'{line}\n' for line in [*lines, *('\\#' if label == '#' else label for label in labels)])


def table_of(characters: Iterable[Character]) -> List[str]:
    """Returns a line for each character: itself in quotes, code point, how often it occurs, its name, where it stands first."""
    return [f'{visible(char):8} U+{ord(char):04X} {count:>10}  {unicodedata.name(char, "no name")}  ({first})'
            for char, count, first in characters]


def visible(char: str) -> str:
    """Returns a character in quotes; what cannot be seen, or would change what stands beside it, as an escape."""
    if unicodedata.combining(char):
        return ascii(char)
    return repr(char) if char.isprintable() else ascii(char)


def _difference(text: str, composed: str) -> str:
    """Returns the first place where a text is not in NFC, e.g. `'e\\u0301' (U+0065 U+0301) is 'é' (U+00E9) in NFC`."""
    differing = (place for place, (one, other) in enumerate(zip(text, composed)) if one != other)
    begin = next(differing, min(len(text), len(composed)) - 1)
    begin = max((place for place in range(begin + 1) if not unicodedata.combining(text[place])), default=0)
    end = next((place for place in range(begin + 1, len(text)) if not unicodedata.combining(text[place])), len(text))
    part = text[begin:end]
    return f'{_with_codes(part)} is {_with_codes(unicodedata.normalize("NFC", part))} in NFC'


def _with_codes(text: str) -> str:
    return f'{ascii(text)} ({" ".join(f"U+{ord(char):04X}" for char in text)})'


def _listing(characters: Sequence[Character]) -> str:
    shown = '; '.join(f'{describe_characters(char)} {counted(count, "time")}, first in {first}'
                      for char, count, first in islice(characters, _N_EXAMPLES))
    return shown + (f'; and {len(characters) - _N_EXAMPLES} more' if len(characters) > _N_EXAMPLES else '')


def counted(number: int, noun: str) -> str:
    """Returns e.g. `1 row` or `2 rows`."""
    return f'1 {noun}' if number == 1 else f'{number} {noun}s'
