"""Which words of a vocabulary an alphabet can write, and what keeps the others out."""

from types import MappingProxyType
from typing import Dict, Iterable, List, Mapping, NamedTuple, Sequence, Set, Tuple

from ..errors import ConfigError, ScorerError
from ..text.alphabet import Alphabet, describe_character
from ..text.letters import changes

_N_EXAMPLES = 5


class VocabularySplit(NamedTuple):
    """A vocabulary parted by an alphabet."""

    writable: List[str]
    dropped: List[str]
    characters: Dict[str, Tuple[int, str]]  # missing in the alphabet: (how many words have it, one of them)


def word_alphabet(path: str) -> Alphabet:
    """Returns the Alphabet in a file.

    Raises:
      ConfigError: it has no space, without which there are no words.
      DataError: it cannot be used.
    """
    alphabet = Alphabet.from_file(path, '--alphabet')
    if alphabet.missing(' '):
        two = next((f'; {warning}' for warning in alphabet.warnings() if 'exactly one blank' in warning), '.')
        raise ConfigError(f'{path}: a scorer over words needs an alphabet with a space; add a line with one blank{two}')
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


def describe_split(result: VocabularySplit, alphabet: Alphabet,
                   first_lines: Mapping[str, Tuple[str, int]] = MappingProxyType({})) -> List[str]:
    """Returns the lines a person is told about the words left out.

    Args:
      first_lines: of each character the file and the line where the text has it first, as far as that is known.
    """
    if not result.dropped:
        return []
    lines = [f'{len(result.dropped)} of {len(result.writable) + len(result.dropped)} words have characters outside '
             f'{alphabet.source} and cannot be recognised{_examples(result.dropped)}.'
             f'{_hint(result, set(alphabet.labels))}']
    by_frequency = sorted(result.characters.items(), key=lambda item: -item[1][0])
    for char, (n_words, example) in by_frequency[:_N_EXAMPLES]:
        place = '; first in {}, line {}'.format(*first_lines[char]) if char in first_lines else ''
        lines.append(f'  {describe_character(char)}: in {n_words} {"word" if n_words == 1 else "words"}, such as '
                     f'{example}{place}')
    if len(by_frequency) > _N_EXAMPLES:
        lines.append(f'  and {len(by_frequency) - _N_EXAMPLES} more characters')
    return lines


def _hint(result: VocabularySplit, letters: Set[str]) -> str:
    """Says so if the form or the case of letters is what keeps words out."""
    for change in changes(letters):
        n_words = sum(letters.issuperset(change.apply(word)) for word in result.dropped)
        if n_words:
            return f' {n_words} of them could be written {change.name}.'
    return ''


def _examples(words: Sequence[str]) -> str:
    return f', such as {", ".join(words[:_N_EXAMPLES])}' if words else ''
