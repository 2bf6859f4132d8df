"""The words of a text as the labels of an alphabet, and the classes to look for in the network's output."""

import unicodedata
from typing import List, NamedTuple, Tuple

import numpy as np

from ..errors import DataError
from ..text.alphabet import NO_SPACE_LABEL, Alphabet
from ..text.letters import lower_case, upper_case

LEAST_PROBABILITY = 1e-6  # what the network takes for impossible may have been said nevertheless


class Word(NamedTuple):
    """A word of a text; `spelling` is how the alphabet writes it, empty where it cannot."""

    text: str
    spelling: str


class Labels(NamedTuple):
    """The labels of words in a row, and which word each belongs to: -1 for the blank character between words."""

    labels: List[int]
    word_of: np.ndarray


def words_of(text: str, alphabet: Alphabet) -> List[Word]:
    """Returns the words of a text; case and marks that the alphabet does not have are no obstacle."""
    return [Word(word, _spelling(word, alphabet)) for word in text.split()]


def _spelling(word: str, alphabet: Alphabet) -> str:
    composed = unicodedata.normalize('NFC', word)
    letters = [label for label in alphabet.labels if isinstance(label, str)]
    forms = [composed, unicodedata.normalize('NFD', word), lower_case(composed, letters), upper_case(composed, letters)]
    for form in forms:
        if not alphabet.missing(form):
            return form
    kept = [''.join(char for char in form if char not in alphabet.missing(char)) for form in forms]
    longest = max(kept, key=len)
    # Marks at its ends may go; of a number or a word of another script nothing may be left out.
    dropped = set(forms[kept.index(longest)]) - set(longest)
    return longest if not any(char.isalnum() for char in dropped) else ''


def labels_of(words: List[Word], alphabet: Alphabet) -> Labels:
    """Returns the labels of all words that can be written. Raises DataError: there is none."""
    labels: List[int] = []
    word_of: List[int] = []
    space = alphabet.space_label
    for number, word in enumerate(words):
        if not word.spelling:
            continue
        if labels and space != NO_SPACE_LABEL:
            labels.append(space)
            word_of.append(-1)
        spelled = alphabet.encode(word.spelling)
        labels += spelled
        word_of += [number] * len(spelled)
    if not labels:
        raise DataError(f'none of its {len(words)} words can be written with the alphabet {alphabet.source}.')
    return Labels(labels, np.array(word_of, np.int64))


def log_classes(probabilities: np.ndarray, alphabet: Alphabet) -> Tuple[np.ndarray, np.ndarray]:
    """Returns (logarithms of the probabilities, those of the likeliest class of each frame).

    A blank character may be a pause: where the network writes nothing it counts as written.
    """
    rows = np.log(np.maximum(probabilities, LEAST_PROBABILITY))
    best = rows.max(axis=1)
    if alphabet.space_label != NO_SPACE_LABEL:
        space = rows[:, alphabet.space_label]
        np.maximum(space, rows[:, alphabet.blank], out=space)
    return rows, best
