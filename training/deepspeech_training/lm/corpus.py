"""Text for a language model: normalised lines and word counts."""

import gzip
from typing import Container, Dict, List, NamedTuple, Sequence, Set, Tuple

from ..errors import DataError
from ..text.letters import NO_LETTERS, lower_case
from .counting import WordCounter
from .text_files import read_lines

MARKERS = ('<s>', '</s>', '<unk>')  # KenLM's own words
MAX_WORD_LENGTH = 10000  # characters; more is no word but a text without blanks
_COMPRESSION = 1  # a third of the time of the usual level, and a fifth more space


class Vocabulary(NamedTuple):
    """The most frequent words of a text."""

    words: List[str]  # most frequent first; of equally frequent ones the first seen
    counts: List[int]
    n_tokens: int  # of the whole text
    n_types: int
    first_lines: Dict[str, Tuple[str, int]] = {}  # of each character: the file and the line where it is seen first

    @property
    def coverage(self) -> float:
        """Share of all tokens that are in the vocabulary."""
        return sum(self.counts) / self.n_tokens

    def more_frequent_than(self, count: int) -> 'Vocabulary':
        """Returns the Vocabulary of the words seen more than `count` times."""
        n = sum(own > count for own in self.counts)
        return self._replace(words=self.words[:n], counts=self.counts[:n])


def normalise(paths: Sequence[str], target: str, top_k: int, *, keep_case: bool, max_words: int,
              scratch: str, letters: Container[str] = NO_LETTERS) -> Vocabulary:
    """Writes texts to one file, their words parted by single blanks, and returns their Vocabulary.

    Every Unicode white space parts words, so that KenLM, which knows only blanks and tabs, sees the same words.

    Args:
      paths: texts, UTF-8, one sentence per line; gzip if they end in .gz.
      target: path of the gzip file to write.
      top_k: how many words the vocabulary has at most.
      keep_case: without it, text is lower-cased.
      max_words: how many different words are held in memory at once.
      scratch: directory for temporary files.
      letters: of the alphabet, as far as they are known: they decide what lower case is.
    Raises:
      DataError: a text cannot be read, a word is longer than `MAX_WORD_LENGTH`, or no word is in any.
    """
    counter = WordCounter(max_words, scratch)
    seen: Set[str] = set()
    first_lines: Dict[str, Tuple[str, int]] = {}
    with gzip.open(target, 'wt', _COMPRESSION, encoding='utf-8', newline='\n') as output:
        for path, number, line in read_lines(paths, 'Counting words'):
            words = (line if keep_case else lower_case(line, letters)).replace('\0', ' ').split()
            if not words:
                continue
            if len(line) > MAX_WORD_LENGTH:
                _refuse_long_words(words, path, number)
            if '<' in line:
                _refuse_markers(words, path, number)
            counter.add(words)
            cleaned = ' '.join(words)
            output.write(cleaned + '\n')
            if not seen.issuperset(cleaned):
                first_lines.update((char, (path, number)) for char in set(cleaned) - seen)
                seen.update(cleaned)
    if not counter.n_tokens:
        raise DataError(f'{", ".join(paths)}: no words in it; one sentence per line is expected.')
    top, n_types = counter.most_common(top_k)
    return Vocabulary([word for word, _ in top], [count for _, count in top], counter.n_tokens, n_types,
                      first_lines)


def describe(vocabulary: Vocabulary) -> List[str]:
    """Returns the lines a person is told about a vocabulary."""
    words, counts = vocabulary.words, vocabulary.counts
    lines = [f'Your text file has {vocabulary.n_tokens} words in total, {vocabulary.n_types} of them different.',
             f'The {len(words)} most common words make up {100 * vocabulary.coverage:.4f} percent of the text.',
             f'Most common word: "{words[0]}", {counts[0]} times; least common in the vocabulary: "{words[-1]}", '
             f'{counts[-1]} times.']
    above = len(vocabulary.more_frequent_than(counts[-1]).words)
    if above:
        lines.append(f'Last word that is more common than that: "{words[above - 1]}", at place {above - 1}.')
    return lines


def _refuse_long_words(words, path, number):
    longest = max(map(len, words))
    if longest > MAX_WORD_LENGTH:
        raise DataError(f'{path}: a word of {longest} characters in line {number}, at most {MAX_WORD_LENGTH} are taken; put '
                        f'blanks between words.')


def _refuse_markers(words, path, number):
    for marker in MARKERS:
        if marker in words:
            raise DataError(f'{path}: the word {marker} in line {number} has a meaning of its own in language models; '
                            f'remove it from the text.')
