"""Our decoder and packages against the published ds_ctcdecoder 0.9.3, where it is installed (Python 3.7)."""

from pathlib import Path

import numpy as np
import pytest

from deepspeech_training.config import DecoderConfig
from deepspeech_training.decode.interface import make_decoder
from deepspeech_training.decode.kenlm_file import language_model_size
from deepspeech_training.decode.package import write_package
from deepspeech_training.decode.scorer import load_scorer
from deepspeech_training.text.alphabet import Alphabet

published = pytest.importorskip('ds_ctcdecoder', reason='the published decoder is not installed')

GOLDEN_SCORER = str(Path(__file__).resolve().parent.parent / 'golden' / 'train.scorer')
LABELS = [' '] + [chr(code) for code in range(ord('a'), ord('z') + 1)] + ["'"]
# Published beams die when nothing fits a row, and are then read as results with this score or less.
DEAD = -1e38


@pytest.fixture
def our_scorer(tmp_path):
    """A package written by us, with fewer words than the golden one has."""
    with open(GOLDEN_SCORER, 'rb') as file:
        whole = file.read()
    language_model, path = tmp_path / 'lm.binary', tmp_path / 'ours.scorer'
    language_model.write_bytes(whole[:language_model_size(whole, GOLDEN_SCORER)])
    words = 'please enter your password followed by the pound key one two three for and is'.split()
    write_package(str(path), str(language_model), words, Alphabet(LABELS), 0.6, 1.1)
    return str(path)


def random_rows(random):
    rows = np.exp(random.randn(random.randint(1, 50), 29) * random.uniform(0.5, 6))
    return rows / rows.sum(axis=1, keepdims=True)


@pytest.mark.parametrize('which', ['none', 'golden', 'ours'])
def test_results_are_those_of_the_published_decoder(tmp_path, our_scorer, which):
    alphabet_file = tmp_path / 'alphabet.txt'
    alphabet_file.write_text('\n'.join(LABELS) + '\n', encoding='utf-8')
    alphabet, their_alphabet = Alphabet(LABELS), published.Alphabet(str(alphabet_file))
    path = {'none': '', 'golden': GOLDEN_SCORER, 'ours': our_scorer}[which]
    scorer = path and load_scorer(path, alphabet)
    their_scorer = published.Scorer(scorer.alpha, scorer.beta, path, their_alphabet) if path else None
    random, n_compared = np.random.RandomState(11), 0
    for _ in range(60):
        rows, beam_width = random_rows(random), int(random.choice([2, 8, 64, 300]))
        state = published.swigwrapper.DecoderState()
        state.init(their_alphabet, beam_width, 1.0, 40, their_scorer, published.swigwrapper.Map())
        state.next(rows)
        theirs = state.decode(1)
        (mine,) = make_decoder(DecoderConfig(beam_width=beam_width, scorer_path=path), alphabet).decode(rows)
        if theirs[0].confidence < DEAD:
            continue
        assert mine.text == their_alphabet.Decode(list(theirs[0].tokens))
        assert mine.timesteps == tuple(theirs[0].timesteps)
        assert mine.confidence == pytest.approx(theirs[0].confidence, abs=1e-4)
        n_compared += 1
    assert n_compared > 50
