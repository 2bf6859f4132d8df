"""The language model and dictionary of a `.scorer` package, and word scores on top of them."""

import math
import os
import struct
from typing import NamedTuple

import kenlm

from ..errors import ScorerError
from .fst import Dictionary, read_fst
from .kenlm_file import language_model_size, map_file
from .package import TRIE_HEADER, TRIE_MAGIC, TRIE_VERSION

# The published decoder divides log10 probabilities by this single-precision log10(e).
_LOG10_E = struct.unpack('<f', struct.pack('<f', 0.4342944819))[0]
UNKNOWN_WORD_SCORE = -1000.0  # natural log


class Scorer(NamedTuple):
    """A scorer package, read-only; any number of searches may share it."""

    path: str
    model: kenlm.Model
    alpha: float  # weight of the language model, as stored in the package
    beta: float  # bonus per word, likewise
    dictionary: Dictionary


def load_scorer(path, alphabet):
    """Returns the Scorer in the package at `path`.

    Raises:
      ScorerError: the file is missing, damaged, of another version or kind, or not made for such an alphabet.
    """
    data = map_file(path)
    end_of_model = language_model_size(data, path)
    if end_of_model == len(data):
        raise ScorerError(f'{path}: a language model without a dictionary; make a scorer package of it with '
                          f'bin/make_scorer.py or generate_scorer_package.')
    alpha, beta = _read_trie_header(data, end_of_model, path)
    dictionary = read_fst(data, end_of_model + TRIE_HEADER.size, path)
    if ' ' not in alphabet.labels:
        raise ScorerError(f'{path}: a scorer over words needs an alphabet with a space, {alphabet.source} has none.')
    if dictionary.labels.max() > alphabet.size:
        raise ScorerError(f'{path}: made for an alphabet of at least {dictionary.labels.max()} labels, '
                          f'{alphabet.source} has {alphabet.size}; build the scorer with this alphabet.')
    try:
        model = kenlm.Model(os.path.abspath(path))  # reads its own part and ignores what follows
    except (OSError, RuntimeError) as error:
        raise ScorerError(f'{path}: KenLM cannot load the language model ({error}); build the scorer again.') from error
    return Scorer(path, model, alpha, beta, dictionary)


def _read_trie_header(data, offset, path):
    """Returns the default alpha and beta."""
    if offset + TRIE_HEADER.size > len(data):
        raise ScorerError(f'{path}: the file ends within the header behind its language model; copy or build the '
                          f'scorer again.')
    magic, version, bytes_mode, alpha, beta = TRIE_HEADER.unpack_from(data, offset)
    if magic != TRIE_MAGIC:
        raise ScorerError(f'{path}: no dictionary header behind the language model; build the scorer again.')
    if version != TRIE_VERSION:
        advice = 'build the scorer again' if version < TRIE_VERSION else 'update this software'
        raise ScorerError(f'{path}: scorer format version {version}, version {TRIE_VERSION} is read here; {advice}.')
    if bytes_mode:
        raise ScorerError(f'{path}: made for bytes output mode, the model has an alphabet; build a scorer over words.')
    if not (math.isfinite(alpha) and math.isfinite(beta)):
        raise ScorerError(f'{path}: the stored alpha {alpha} and beta {beta} are not numbers; build the scorer again.')
    return alpha, beta


class WordContexts:
    """Scores words in the light of the words before them; contexts are numbered, 0 is the start of a sentence.

    Belongs to one search: it remembers every context and word that search has met.
    """

    START = 0

    def __init__(self, model):
        self._model = model
        start = kenlm.State()
        model.BeginSentenceWrite(start)
        # Per context: KenLM's state, and how many words ago the last unknown word was.
        self._contexts = [(start, model.order)]
        self._seen = {}

    def score(self, context, word):
        """Returns (natural-log probability of `word` after `context`, the context that follows).

        With an unknown word among the last `order` words, this one included, it is `UNKNOWN_WORD_SCORE`.
        """
        key = (context, word)
        if key not in self._seen:
            state, known_words = self._contexts[context]
            following = kenlm.State()
            log10 = self._model.BaseScore(state, word, following)
            known_words = known_words + 1 if word in self._model else 0
            score = log10 / _LOG10_E if known_words >= self._model.order else UNKNOWN_WORD_SCORE
            self._contexts.append((following, known_words))
            self._seen[key] = (score, len(self._contexts) - 1)
        return self._seen[key]
