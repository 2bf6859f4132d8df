"""Writes scorer packages: a KenLM binary, a header with alpha and beta, and the dictionary of the vocabulary."""

import os
import shutil
import struct
from typing import NamedTuple, Tuple

from ..errors import ScorerError
from .automaton import minimal_automaton
from .fst import write_fst
from .kenlm_file import language_model_size, map_file

TRIE_MAGIC = 0x54524945
TRIE_VERSION = 6
TRIE_HEADER = struct.Struct('<iiBdd')  # magic, version, bytes mode, alpha, beta
_MARKERS = ('<s>', '</s>', '<unk>')
_N_EXAMPLES = 5


class PackageReport(NamedTuple):
    """What went into a package: words in the dictionary, words left out, and a few of those."""

    n_words: int
    n_dropped: int
    dropped_examples: Tuple[str, ...]


def write_package(path, language_model, words, alphabet, alpha, beta):
    """Writes a scorer package of version 6 for an alphabet with a space, in place of an older one at once.

    Args:
      language_model: path of a KenLM binary without vocabulary strings (`build_binary -v`).
      words: iterable of str, the vocabulary. A word with a character outside `alphabet` is left out.
      alpha, beta: default language model weight and word bonus.
    Returns:
      PackageReport.
    Raises:
      ScorerError: no word is left, or the language model cannot be in a package.
    """
    label_words, dropped = _labels_of(words, alphabet)
    if not label_words:
        raise ScorerError(f'{path}: none of {len(dropped)} words can be written with {alphabet.source}'
                          f'{_examples(dropped)}; check the vocabulary and the alphabet.')
    dictionary = minimal_automaton(label_words)
    _check_language_model(language_model)
    # Alpha and beta are single-precision in the published reader, so the stored doubles are rounded to that.
    header = TRIE_HEADER.pack(TRIE_MAGIC, TRIE_VERSION, 0, *struct.unpack('<2f', struct.pack('<2f', alpha, beta)))
    temporary = f'{path}.tmp'
    try:
        shutil.copyfile(language_model, temporary)
        with open(temporary, 'ab') as file:
            file.write(header)
            write_fst(file, dictionary)
        os.replace(temporary, path)
    except OSError as error:
        raise ScorerError(f'{path}: cannot be written ({error.strerror}); choose a writable place with enough room.'
                          ) from error
    finally:
        if os.path.exists(temporary):
            os.remove(temporary)
    return PackageReport(len(label_words), len(dropped), tuple(dropped[:_N_EXAMPLES]))


def _labels_of(words, alphabet):
    """Returns (list of label tuples ending in the space and shifted by one, sorted list of words left out)."""
    if alphabet.missing(' '):
        raise ScorerError(f'{alphabet.source}: a scorer over words needs an alphabet with a space; add a line with one '
                          f'blank.')
    label_words, dropped = [], []
    for word in sorted(set(words) - set(_MARKERS) - {''}):
        if ' ' in word or alphabet.missing(word):
            dropped.append(word)
        else:
            label_words.append(tuple(label + 1 for label in alphabet.encode(word + ' ')))
    return label_words, dropped


def _check_language_model(path):
    data = map_file(path)
    if language_model_size(data, path) != len(data):
        raise ScorerError(f'{path}: more than a language model; is it a scorer package already?')


def _examples(words):
    return f', such as {", ".join(map(repr, words[:_N_EXAMPLES]))}' if words else ''
