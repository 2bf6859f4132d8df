"""Writes scorer packages, and the trie files used before there were packages."""

import os

from ..errors import ScorerError
from .interface import ctcdecode, native_alphabet


def write_package(path, language_model, words, alphabet, alpha, beta):
    """Writes a scorer package of version 6, in place of an older one at once.

    Args:
      language_model: path of a KenLM binary without vocabulary strings (`build_binary -v`).
      words: iterable of str, the vocabulary. A word with a character outside `alphabet` is left out.
      alphabet: text.alphabet.Alphabet with a space, or None for bytes output mode, where words are characters.
      alpha, beta: default language model weight and word bonus; stored in single precision, as readers expect.
    Returns:
      ds_ctcdecoder.ctcdecode.VocabularyReport: n_words, n_dropped, examples, foreign_characters.
    Raises:
      ScorerError: no word is left, or the language model cannot be in a package.
    """
    labels = native_alphabet(alphabet) if alphabet else ctcdecode.Alphabet.bytes()
    try:
        return ctcdecode.write_package(os.fsencode(path), os.fsencode(language_model), list(words), labels, alpha, beta)
    except ValueError as error:
        raise ScorerError(str(error)) from error


def write_trie(path, words, alphabet, language_model, version=1):
    """Writes a trie file for `lm.binary` and the releases before 0.7.

    Args:
      words: iterable of str.
      language_model: path of the KenLM model whose unigram scores versions 1 and 2 hold.
      version: 1 (text, up to 0.2), 2 (0.3), 3 (0.4 and 0.5) or 5 (0.6).
    Returns, raises: as write_package.
    """
    try:
        return ctcdecode.write_trie(os.fsencode(path), os.fsencode(language_model), list(words),
                                    native_alphabet(alphabet), version)
    except ValueError as error:
        raise ScorerError(str(error)) from error
