"""Writes scorer packages, and the trie files used before there were packages."""

import os
from typing import Any, Iterable, Optional

from ..errors import ConfigError, ScorerError
from ..text.alphabet import Alphabet
from .interface import native, native_alphabet

VocabularyReport = Any  # ds_ctcdecoder.ctcdecode.VocabularyReport: n_words, n_dropped, examples, foreign_characters
LARGEST_WEIGHT = 1e6  # of what the decoder takes


def check_weights(**weights: float) -> None:
    """Makes sure, before a long work, that weights can be stored in a package.

    Args:
      weights: by the flags that give them.
    Raises:
      ConfigError: one is no number, or too large.
    """
    for flag, weight in weights.items():
        if not abs(weight) <= LARGEST_WEIGHT:
            raise ConfigError(f'--{flag} {weight}: a number from -1000000 to 1000000 is needed.')


def write_package(path: str, language_model: str, words: Iterable[str], alphabet: Optional[Alphabet], *, alpha: float,
                  beta: float) -> VocabularyReport:
    """Writes a scorer package of version 6, in place of an older one at once.

    Args:
      path: where it goes.
      language_model: path of a KenLM binary without vocabulary strings (`build_binary -v`).
      words: the vocabulary. A word with a character outside `alphabet` is left out.
      alphabet: one with a space, or None for bytes output mode, where words are characters.
      alpha, beta: default language model weight and word bonus; stored in single precision, as readers expect.
    Raises:
      ScorerError: no word is left, or the language model cannot be in a package.
    """
    labels = native_alphabet(alphabet) if alphabet else native().Alphabet.bytes()
    try:
        return native().write_package(os.fsencode(path), os.fsencode(language_model), list(words), labels, alpha=alpha,
                                      beta=beta)
    except ValueError as error:
        raise ScorerError(str(error)) from error


def write_trie(path: str, words: Iterable[str], alphabet: Alphabet, language_model: str,
               version: int = 1) -> VocabularyReport:
    """Writes a trie file for `lm.binary` and the releases before 0.7.

    Args:
      path: where it goes.
      words: the vocabulary.
      alphabet: of the acoustic model.
      language_model: path of the KenLM model whose unigram scores versions 1 and 2 hold.
      version: 1 (text, up to 0.2), 2 (0.3), 3 (0.4 and 0.5) or 5 (0.6).
    Returns, raises: as write_package.
    """
    try:
        return native().write_trie(os.fsencode(path), os.fsencode(language_model), list(words),
                                   native_alphabet(alphabet), version)
    except ValueError as error:
        raise ScorerError(str(error)) from error
