"""Which words of a vocabulary an alphabet can write, and what keeps the others out."""

import os
from typing import Dict, Iterable, List, NamedTuple, Sequence, Set, Tuple

from ..errors import ConfigError, ScorerError
from ..text.alphabet import Alphabet, describe_character

_N_EXAMPLES = 5


class VocabularySplit(NamedTuple):
    """A vocabulary parted by an alphabet."""

    writable: List[str]
    dropped: List[str]
    characters: Dict[str, Tuple[int, str]]  # missing in the alphabet: (how many words have it, one of them)


def word_alphabet(path: str) -> Alphabet:
    """Returns the Alphabet in a file.

    Raises:
      ConfigError: there is no such file, or it has no space, without which there are no words.
      DataError: it cannot be used.
    """
    if not os.path.isfile(path):
        raise ConfigError(f'{path}: no such alphabet file; pass that of the acoustic model with --alphabet.')
    alphabet = Alphabet.from_file(path)
    if alphabet.missing(' '):
        raise ConfigError(f'{path}: a scorer over words needs an alphabet with a space; add a line with one blank.')
    return alphabet


def split_vocabulary(words: Iterable[str], alphabet: Alphabet) -> VocabularySplit:
    """Parts words into those that the alphabet can write and the others.

    Raises:
      ScorerError: no word can be written.
    """
    letters = set(alphabet.labels)
    result = VocabularySplit([], [], {})
    for word in words:
        if letters.issuperset(word):
            result.writable.append(word)
            continue
        result.dropped.append(word)
        for char in alphabet.missing(word):
            n_words, example = result.characters.get(char, (0, word))
            result.characters[char] = n_words + 1, example
    if not result.writable:
        raise ScorerError(f'none of {len(result.dropped)} words can be written with {alphabet.source}'
                          f'{_examples(result.dropped)}; do text and alphabet belong together?{_hint(result, letters)}')
    return result


def describe_split(result: VocabularySplit, alphabet: Alphabet) -> List[str]:
    """Returns the lines a person is told about the words left out."""
    if not result.dropped:
        return []
    lines = [f'{len(result.dropped)} of {len(result.writable) + len(result.dropped)} words have characters outside '
             f'{alphabet.source} and cannot be recognised{_examples(result.dropped)}.'
             f'{_hint(result, set(alphabet.labels))}']
    by_frequency = sorted(result.characters.items(), key=lambda item: -item[1][0])
    for char, (n_words, example) in by_frequency[:_N_EXAMPLES]:
        lines.append(f'  {describe_character(char)}: in {n_words} {"word" if n_words == 1 else "words"}, such as '
                     f'{example}')
    if len(by_frequency) > _N_EXAMPLES:
        lines.append(f'  and {len(by_frequency) - _N_EXAMPLES} more characters')
    return lines


def _hint(result: VocabularySplit, letters: Set[str]) -> str:
    """Says so if the case of letters is what keeps words out."""
    for name, change in (('lower', str.lower), ('upper', str.upper)):
        n_words = sum(letters.issuperset(change(word)) for word in result.dropped)
        if n_words:
            return f' {n_words} of them could be written in {name} case.'
    return ''


def _examples(words: Sequence[str]) -> str:
    return f', such as {", ".join(words[:_N_EXAMPLES])}' if words else ''
