"""How far a recognised text is from what was said: word and character error rates."""

from dataclasses import dataclass


@dataclass(frozen=True)
class EditCounts:
    """Distances of one utterance to its reference; lengths are those of the reference."""

    char_distance: int
    char_length: int
    word_distance: int
    word_length: int

    @property
    def cer(self):
        """Character error rate; above 1 when much was recognised that was not said."""
        return _rate(self.char_distance, self.char_length)

    @property
    def wer(self):
        """Word error rate; above 1 when much was recognised that was not said."""
        return _rate(self.word_distance, self.word_length)


def score(reference, hypothesis):
    """Returns the EditCounts of a recognised text; words are what stands between white space."""
    reference_words, hypothesis_words = reference.split(), hypothesis.split()
    return EditCounts(levenshtein(reference, hypothesis), len(reference),
                 levenshtein(reference_words, hypothesis_words), len(reference_words))


def total_rates(scores):
    """Returns (WER, CER) of a set: all distances over all lengths, at most 1.0 each."""
    scores = list(scores)
    wer = _rate(sum(score.word_distance for score in scores), sum(score.word_length for score in scores))
    cer = _rate(sum(score.char_distance for score in scores), sum(score.char_length for score in scores))
    return min(wer, 1.0), min(cer, 1.0)


def levenshtein(a, b):
    """Returns the least number of insertions, deletions and substitutions that turn one sequence into the other.

    Args:
      a, b: strings, or sequences of hashable items such as words.
    Source: Hyyrö 2003, "A bit-vector algorithm for computing Levenshtein and Damerau edit distances". A column of the
      distance matrix is held as the bits of two integers: where it grows downwards (vp) and where it shrinks (vn);
      hp and hn say the same along the row. One step per item of `b`, whatever the length of `a`.
    """
    if not a:
        return len(b)
    match = {}
    for index, item in enumerate(a):
        match[item] = match.get(item, 0) | 1 << index
    mask, last = (1 << len(a)) - 1, 1 << (len(a) - 1)
    vp, vn, distance = mask, 0, len(a)
    for item in b:
        eq = match.get(item, 0)
        d0 = (((eq & vp) + vp) ^ vp) | eq | vn
        hp = vn | ~(d0 | vp)
        hn = d0 & vp
        distance += bool(hp & last) - bool(hn & last)
        hp = hp << 1 | 1
        hn = hn << 1
        vp = (hn | ~(d0 | hp)) & mask
        vn = d0 & hp & mask
    return distance


def _rate(distance, length):
    """Returns distance / length; against an empty reference everything is wrong unless nothing was recognised."""
    if length:
        return distance / length
    return 1.0 if distance else 0.0
