"""Alphabets, probabilities and language models for decoder tests."""

import subprocess
from pathlib import Path

import deepspeech_kenlm
import numpy as np
import pytest
from ds_ctcdecoder import ctcdecode

GOLDEN_SCORER = Path(__file__).resolve().parent.parent / 'golden' / 'train.scorer'


@pytest.fixture
def english():
    """The classic alphabet: space, a to z, apostrophe."""
    return ctcdecode.Alphabet([' '] + [chr(code) for code in range(ord('a'), ord('z') + 1)] + ["'"])


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
            for peak in (label, alphabet.size):
                row = np.full(alphabet.size + 1, (1 - p) / alphabet.size)
                row[peak] = p
                rows.append(row)
        return np.array(rows)
    return rows_of


@pytest.fixture
def random_rows():
    """Function: random probabilities [n_rows, n_classes]."""
    def rows_of(seed, n_rows, n_classes):
        rows = np.random.RandomState(seed).gamma(0.6, size=(n_rows, n_classes)) + 1e-4
        return rows / rows.sum(axis=1, keepdims=True)
    return rows_of


@pytest.fixture
def language_model(tmp_path):
    """Function: the path of a KenLM binary, without vocabulary strings, of a text whose units are between spaces."""
    def build(text, order):
        arpa, binary = tmp_path / 'lm.arpa', tmp_path / 'lm.binary'
        with open(str(arpa), 'wb') as file:
            subprocess.run([deepspeech_kenlm.program('lmplz'), '-o', str(order), '-S', '100M', '--discount_fallback'],
                           input=text.encode('utf-8'), stdout=file, stderr=subprocess.DEVNULL, check=True)
        subprocess.run([deepspeech_kenlm.program('build_binary'), '-v', 'trie', str(arpa), str(binary)],
                       stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, check=True)
        return str(binary)
    return build


@pytest.fixture
def scorer_of(tmp_path, language_model):
    """Function: the path of a scorer package over the words of a text and, if given, of others beside them."""
    def build(text, alphabet, order=3, alpha=0.9, beta=1.2, more_words=()):
        path = str(tmp_path / 'my.scorer')
        words = set(text.split()) | set(more_words)
        ctcdecode.write_package(path, language_model(text, order), words, alphabet, alpha=alpha, beta=beta)
        return path
    return build
