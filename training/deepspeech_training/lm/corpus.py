"""Text for a language model: normalised lines and word counts."""

import gzip
from collections import Counter
from typing import List, NamedTuple

from ..errors import DataError

_MARKERS = ('<s>', '</s>', '<unk>')  # KenLM's own words


class Vocabulary(NamedTuple):
    """The most frequent words of a text."""

    words: List[str]  # most frequent first; of equally frequent ones the first seen
    counts: List[int]
    n_tokens: int  # of the whole text
    n_types: int

    @property
    def coverage(self):
        """Share of all tokens that are in the vocabulary."""
        return sum(self.counts) / self.n_tokens


def normalise(source, target, top_k, keep_case=False):
    """Writes the text `source` to `target`, its words parted by single blanks, and returns its Vocabulary.

    Every Unicode white space parts words, so that KenLM, which knows only blanks and tabs, sees the same words.

    Args:
      source: path, UTF-8, one sentence per line; gzip if it ends in .gz.
      target: path of the plain text to write.
      top_k: how many words the vocabulary has at most.
      keep_case: without it, text is lower-cased.
    Raises:
      DataError: the text cannot be read, or no word is in it.
    """
    if top_k < 1:
        raise DataError(f'--top_k {top_k}: at least one word is needed.')
    counter = Counter()
    with open(target, 'w', encoding='utf-8', newline='\n') as output:
        for line in _sentences(source):
            words = (line if keep_case else line.lower()).replace('\0', ' ').split()
            counter.update(words)
            if words:
                output.write(' '.join(words) + '\n')
    if not counter:
        raise DataError(f'{source}: no words in it; one sentence per line is expected.')
    for marker in _MARKERS:
        if marker in counter:
            raise DataError(f'{source}: the word {marker} has a meaning of its own in language models; remove it from '
                            f'the text.')
    top = counter.most_common(top_k)
    words, counts = zip(*top)
    return Vocabulary(list(words), list(counts), sum(counter.values()), len(counter))


def describe(vocabulary):
    """Returns the lines a person is told about a vocabulary."""
    words, counts = vocabulary.words, vocabulary.counts
    lines = [f'Your text file has {vocabulary.n_tokens} words in total, {vocabulary.n_types} of them different.',
             f'The {len(words)} most common words make up {100 * vocabulary.coverage:.4f} percent of the text.',
             f'Most common word: "{words[0]}", {counts[0]} times; least common in the vocabulary: "{words[-1]}", '
             f'{counts[-1]} times.']
    above = sum(count > counts[-1] for count in counts)
    if above:
        lines.append(f'Last word that is more common than that: "{words[above - 1]}", at place {above - 1}.')
    return lines


def _sentences(path):
    """Yields the lines of a text file."""
    opener = gzip.open if str(path).endswith('.gz') else open
    try:
        with opener(path, 'rt', encoding='utf-8-sig', newline='\n') as file:
            yield from file
    except UnicodeDecodeError as error:
        raise DataError(f'{path}: not UTF-8 text (byte {error.object[error.start]:#04x}); convert it to UTF-8.'
                        ) from error
    except (OSError, EOFError) as error:
        raise DataError(f'{path}: the text cannot be read ({getattr(error, "strerror", None) or error}).') from error
