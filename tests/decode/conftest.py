"""Alphabets and matrices for decoder tests."""

from pathlib import Path

import numpy as np
import pytest

from deepspeech_training.text.alphabet import Alphabet

GOLDEN_SCORER = Path(__file__).resolve().parent.parent / 'golden' / 'train.scorer'


@pytest.fixture
def english():
    """The classic alphabet: space, a to z, apostrophe."""
    return Alphabet([' '] + [chr(code) for code in range(ord('a'), ord('z') + 1)] + ["'"])


@pytest.fixture
def golden_scorer():
    """Package written by the published tool: 4-gram, 561 words, alpha 0.93, beta 1.18."""
    return str(GOLDEN_SCORER)


@pytest.fixture
def spoken():
    """Function: probabilities as if `text` was spoken, two rows a label: `p` on the label, then on the blank."""
    def rows_of(text, alphabet, p):
        rows = []
        for label in alphabet.encode(text):
            for peak in (label, alphabet.blank):
                row = np.full(alphabet.size + 1, (1 - p) / alphabet.size)
                row[peak] = p
                rows.append(row)
        return np.array(rows)
    return rows_of
