"""How well a language model knows a text: which words it cannot write at all, and how much it is surprised by the others.

    found = coverage('my.scorer', ['turn the light on', ...])
    print(*describe(found, 'dev.csv'), sep='\\n')
"""

from collections import Counter
from typing import Iterable, List, NamedTuple, Tuple

from ..errors import ScorerError

N_NAMED = 10  # words that the model does not know are named


class Coverage(NamedTuple):
    """What a language model knows of a text."""

    n_words: int
    n_sentences: int
    unknown: List[Tuple[str, int]]  # words it does not know and how often they occur, the most frequent first
    perplexity: float  # of known words and ends of sentences

    @property
    def n_unknown(self) -> int:
        """How many words of the text it does not know, repeated ones counted each time."""
        return sum(count for _, count in self.unknown)

    @property
    def unknown_share(self) -> float:
        """Which part of all words they are. What a decoder writes with this model differs from the text in so many words at
        least, however good the acoustic model is: in place of each it can only write other words, or none."""
        return self.n_unknown / max(1, self.n_words)


def coverage(model_path: str, sentences: Iterable[str]) -> Coverage:
    """Returns what a language model knows of sentences, whose words stand between white space.

    Args:
      model_path: a scorer package over words, or a file of KenLM.
      sentences: transcripts.
    Raises:
      ScorerError: the package kenlm is not installed, or the file is no language model.
    """
    model = _open(model_path)
    unknown: 'Counter[str]' = Counter()
    n_words = n_sentences = n_scored = 0
    log10_sum = 0.
    for sentence in sentences:
        words = sentence.split()
        scores = list(model.full_scores(' '.join(words)))  # one for each word, one for the end
        unknown.update(word for word, (_, _, is_unknown) in zip(words, scores) if is_unknown)
        known = [log10 for log10, _, is_unknown in scores if not is_unknown]
        log10_sum, n_scored = log10_sum + sum(known), n_scored + len(known)
        n_words, n_sentences = n_words + len(words), n_sentences + 1
    by_frequency = sorted(unknown.items(), key=lambda item: (-item[1], item[0]))
    return Coverage(n_words, n_sentences, by_frequency, 10 ** (-log10_sum / max(1, n_scored)))


def _open(path: str) -> 'kenlm.Model':  # type: ignore[name-defined]  # noqa: F821
    try:
        import kenlm  # here, as only this report needs it
    except ImportError as error:
        raise ScorerError('what a language model knows of a text is found with the package kenlm, which is not installed; pip '
                          'install kenlm.') from error
    config = kenlm.Config()
    config.load_method = kenlm.LoadMethod.LAZY  # a large one is not read as a whole for some sentences
    try:
        return kenlm.Model(path, config)
    except OSError as error:
        raise ScorerError(f'{path}: cannot be read as a language model ({str(error).splitlines()[0]}).') from error


def describe(found: Coverage, text: str) -> List[str]:
    """Returns the lines that a person is told.

    Args:
      found: Coverage.
      text: what the sentences are called, such as the name of a file.
    """
    n_known = found.n_words - found.n_unknown
    line = f'The language model and {text}: perplexity {found.perplexity:.1f} over {n_known} words that it knows'
    if not found.n_unknown:
        return [f'{line}; it knows all.']
    share = 100 * found.unknown_share
    named = [word if count == 1 else f'{word} ({count})' for word, count in found.unknown[:N_NAMED]]
    more = f' and {len(found.unknown) - N_NAMED} more' if len(found.unknown) > N_NAMED else ''
    return [f'{line}; {found.n_unknown} of {found.n_words} ({share:.1f} %) it cannot write, so no acoustic model gets below a '
            f'WER of {share:.1f} % with it.',
            f'  Words that it cannot write: {", ".join(named)}{more}.']
