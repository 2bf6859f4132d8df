"""How well a scorer knows a text: the figures are those of KenLM, and a decoder with a perfect network meets the limit."""

import subprocess
import sys
from pathlib import Path

import kenlm
import numpy as np
import pytest

from deepspeech_training.decode.interface import make_decoder
from deepspeech_training.errors import ScorerError
from deepspeech_training.lm.coverage import coverage, describe
from deepspeech_training.settings.config import DecoderConfig
from deepspeech_training.text.alphabet import Alphabet
from deepspeech_training.text.metrics import edit_counts, error_rates

ROOT = Path(__file__).resolve().parents[2]
TEXT = 'turn on the light\nturn off the light\nturn on the fan\nturn the fan off\n'
KNOWN = ['turn on the fan', 'turn  off the light']
MIXED = ['turn on the heater', 'dim the heater', 'turn off the fan']


@pytest.fixture(scope='module')
def scorer(tmp_path_factory):
    """(path of a scorer, Alphabet, what was said when it was made and checked with a CSV and a text)."""
    directory = tmp_path_factory.mktemp('scorer')
    (directory / 'text.txt').write_text(TEXT, encoding='utf-8')
    (directory / 'alphabet.txt').write_text('\n'.join(' abcdefghijklmnopqrstuvwxyz') + '\n', encoding='utf-8')
    (directory / 'mixed.csv').write_text('wav_filename,transcript\n' + ''.join(f'x.wav,{each}\n' for each in MIXED))
    (directory / 'known.txt').write_text('\n'.join(KNOWN).upper() + '\n')
    result = subprocess.run(
        [sys.executable, str(ROOT / 'bin' / 'make_scorer.py'), str(directory / 'text.txt'), '--alphabet',
         str(directory / 'alphabet.txt'), '--output', str(directory / 'my.scorer'), '--check', str(directory / 'mixed.csv'),
         str(directory / 'known.txt')], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, universal_newlines=True)
    assert result.returncode == 0, result.stdout
    return str(directory / 'my.scorer'), Alphabet.from_file(str(directory / 'alphabet.txt')), result.stdout


def test_perplexity_is_that_of_the_scores_of_whole_sentences(scorer):
    found = coverage(scorer[0], KNOWN)
    model = kenlm.Model(scorer[0])
    log10 = sum(model.score(' '.join(sentence.split())) for sentence in KNOWN)
    assert (found.n_words, found.n_sentences, found.unknown) == (8, 2, [])
    assert found.perplexity == pytest.approx(10 ** (-log10 / (8 + 2)), rel=1e-5)


def test_unknown_words_are_counted_and_do_not_spoil_the_perplexity(scorer):
    found = coverage(scorer[0], MIXED)
    assert found.unknown == [('heater', 2), ('dim', 1)] and found.n_unknown == 3 and found.n_words == 11
    assert found.unknown_share == pytest.approx(3 / 11) and 1 < found.perplexity < 100


def test_no_network_gets_below_the_stated_error_rate(scorer):
    path, alphabet, _ = scorer
    decoder = make_decoder(DecoderConfig(scorer_path=path, beam_width=100), alphabet)
    recognised = [decoder.decode(ideal(sentence, alphabet))[0].text for sentence in MIXED]
    wer, _ = error_rates([edit_counts(*pair) for pair in zip(MIXED, recognised)])
    assert wer >= coverage(path, MIXED).unknown_share
    assert recognised[2] == MIXED[2] and recognised[0].startswith('turn on the ') and recognised[0] != MIXED[0]


def ideal(sentence, alphabet):
    """Returns probabilities that leave next to no doubt, float32 [time, classes]: each letter for a frame, then a blank."""
    labels = [label for letter in alphabet.encode(sentence) for label in (letter, alphabet.blank)]
    probabilities = np.full((len(labels), alphabet.size + 1), 1e-4, np.float32)
    probabilities[np.arange(len(labels)), labels] = 1
    return probabilities / probabilities.sum(axis=1, keepdims=True)


def test_what_a_person_is_told(scorer):
    _, _, said = scorer
    assert ' over 8 words that it knows; 3 of 11 (27.3 %) it cannot write, so no acoustic model gets below a WER of 27' in said
    assert '  Words that it cannot write: heater (2), dim.' in said
    assert 'known.txt: perplexity ' in said and ' over 8 words that it knows; it knows all.' in said
    many = coverage(scorer[0], [f'word{number}' for number in range(12)])
    assert describe(many, 'x')[1].endswith(' and 2 more.')


def test_what_is_no_language_model_is_named(tmp_path):
    (tmp_path / 'no.scorer').write_bytes(b'no language model')
    with pytest.raises(ScorerError, match=r'no\.scorer: cannot be read as a language model'):
        coverage(str(tmp_path / 'no.scorer'), KNOWN)
