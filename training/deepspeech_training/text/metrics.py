"""How far a recognised text is from what was said: word and character error rates."""

from dataclasses import dataclass
from typing import Dict, Hashable, Iterable, Iterator, Sequence, Tuple


@dataclass(frozen=True)
class EditCounts:
    """Distances of one utterance to its reference; lengths are those of the reference."""

    char_distance: int
    char_length: int
    word_distance: int
    word_length: int

    def __add__(self, other: 'EditCounts') -> 'EditCounts':
        """Returns those of both together."""
        return EditCounts(self.char_distance + other.char_distance, self.char_length + other.char_length,
                          self.word_distance + other.word_distance, self.word_length + other.word_length)

    @property
    def cer(self) -> float:
        """Character error rate; above 1 when much was recognised that was not said."""
        return _error_rate(self.char_distance, self.char_length)

    @property
    def wer(self) -> float:
        """Word error rate; above 1 when much was recognised that was not said."""
        return _error_rate(self.word_distance, self.word_length)


def edit_counts(reference: str, hypothesis: str) -> EditCounts:
    """Returns the EditCounts of a recognised text; words are what stands between white space."""
    reference_words, hypothesis_words = reference.split(), hypothesis.split()
    return EditCounts(levenshtein(reference, hypothesis), len(reference),
                      levenshtein(reference_words, hypothesis_words), len(reference_words))


def error_rates(counts: Iterable[EditCounts]) -> Tuple[float, float]:
    """Returns (WER, CER) of a set: all distances over all lengths, at most 1.0 each."""
    counts = list(counts)
    wer = _error_rate(sum(each.word_distance for each in counts), sum(each.word_length for each in counts))
    cer = _error_rate(sum(each.char_distance for each in counts), sum(each.char_length for each in counts))
    return min(wer, 1.0), min(cer, 1.0)


def levenshtein(a: Sequence[Hashable], b: Sequence[Hashable]) -> int:
    """Returns the least number of insertions, deletions and substitutions that turn one sequence into the other.

    Args:
      a, b: strings, or sequences of words.
    """
    vp = vn = 0
    for vp, vn in distance_columns(a, b):
        pass
    return len(b) + bin(vp).count('1') - bin(vn).count('1')


def distance_columns(a: Sequence[Hashable], b: Sequence[Hashable]) -> Iterator[Tuple[int, int]]:
    """Yields the columns of the distance matrix, the first before any item of `b`, then one for each.

    A column is (vp, vn), integers whose bit i says that the distance grows or shrinks from i to i + 1 items of `a`.

    Source: Hyyrö 2003, "A bit-vector algorithm for computing Levenshtein and Damerau edit distances"; hp and hn say the same
      along the row. One step per item of `b`, whatever the length of `a`.
    """
    match: Dict[Hashable, int] = {}
    for index, item in enumerate(a):
        match[item] = match.get(item, 0) | 1 << index
    mask = (1 << len(a)) - 1
    vp, vn = mask, 0
    yield vp, vn
    for item in b:
        eq = match.get(item, 0)
        d0 = (((eq & vp) + vp) ^ vp) | eq | vn
        hp = (vn | ~(d0 | vp)) << 1 | 1
        hn = (d0 & vp) << 1
        vp = (hn | ~(d0 | hp)) & mask
        vn = d0 & hp & mask
        yield vp, vn


def _error_rate(distance, length):
    """Returns distance / length; against an empty reference everything is wrong unless nothing was recognised."""
    if length:
        return distance / length
    return 1.0 if distance else 0.0
