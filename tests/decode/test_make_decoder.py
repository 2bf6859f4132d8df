"""The trainer's decoder: configured by DecoderConfig, with the trainer's errors; and best-path decoding."""

import itertools

import numpy as np
import pytest

from deepspeech_training.config import DecoderConfig
from deepspeech_training.decode.greedy import decode_greedy
from deepspeech_training.decode.interface import make_decoder
from deepspeech_training.errors import ConfigError, DataError, ScorerError
from deepspeech_training.text.alphabet import Alphabet


def decode(rows, alphabet, n_results=1, **options):
    with make_decoder(DecoderConfig(**options), alphabet) as decoder:
        return decoder.decode(rows, n_results)


@pytest.fixture
def batch():
    """Probabilities [7, 30, 29] and lengths."""
    rows = np.random.RandomState(5).gamma(0.3, size=(7, 30, 29)) + 1e-5
    return rows / rows.sum(axis=2, keepdims=True), np.array([30, 1, 0, 17, 30, 8, 29])


def test_results_say_text_confidence_labels_and_times(alphabet, spoken):
    (result,) = decode(spoken('the cat', alphabet, 0.99), alphabet, beam_width=16)
    assert result.text == 'the cat'
    assert result.tokens == tuple(alphabet.encode('the cat'))
    assert result.timesteps == (0, 2, 4, 6, 8, 10, 12)
    assert result.confidence == pytest.approx(-0.13817934691905975, abs=1e-5)


def test_a_scorer_turns_misspelt_speech_into_words(alphabet, spoken, golden_scorer):
    rows = spoken('plezse enter your pazzword', alphabet, 0.9)
    assert decode(rows, alphabet)[0].text == 'plezse enter your pazzword'
    assert decode(rows, alphabet, scorer_path=golden_scorer)[0].text == 'please enter your password'


def test_alpha_and_beta_come_from_the_package_unless_given(alphabet, spoken, golden_scorer):
    rows = spoken('please enter', alphabet, 0.6)
    stored, given, other = (decode(rows, alphabet, scorer_path=golden_scorer, **weights)[0].confidence
                            for weights in ({}, dict(lm_alpha=0.93, lm_beta=1.18), dict(lm_alpha=0.1, lm_beta=1.18)))
    assert stored == pytest.approx(given, abs=1e-4)
    assert stored != pytest.approx(other, abs=1e-2)


@pytest.mark.parametrize('with_scorer', [False, True])
def test_batches_give_what_single_utterances_give_in_order(alphabet, golden_scorer, batch, with_scorer):
    probabilities, lengths = batch
    config = DecoderConfig(beam_width=50, n_workers=3, scorer_path=golden_scorer if with_scorer else '')
    with make_decoder(config, alphabet) as decoder:
        together = decoder.decode_batch(probabilities, lengths, 3)
        again = decoder.decode_batch(probabilities, lengths, 3)
        alone = [decoder.decode(item[:length], 3) for item, length in zip(probabilities, lengths)]
    assert together == again == alone


def test_lengths_must_fit(alphabet, batch):
    probabilities, lengths = batch
    with make_decoder(DecoderConfig(), alphabet) as decoder:
        with pytest.raises(DataError, match='31'):
            decoder.decode_batch(probabilities[:1], [31])
        with pytest.raises(DataError, match=r'\[batch, time, '):
            decoder.decode_batch(probabilities, lengths[:3])
        assert decoder.decode_batch(probabilities[:0], []) == []


def test_errors_in_a_batch_reach_the_caller(alphabet, batch):
    probabilities, lengths = batch
    probabilities[4, 2, 3] = np.nan
    with make_decoder(DecoderConfig(beam_width=5, n_workers=2), alphabet) as decoder:
        with pytest.raises(DataError, match='row 2, class 3'):
            decoder.decode_batch(probabilities, lengths)
        probabilities[4, 2, 3] = 0.1
        assert len(decoder.decode_batch(probabilities, lengths)) == 7


@pytest.mark.parametrize('value', [np.nan, np.inf, -0.1])
def test_values_that_are_no_probabilities_are_named(alphabet, random_rows, value):
    rows = random_rows(0, 6, 29)
    rows[3, 7] = value
    for decoding in (decode, decode_greedy):
        with pytest.raises(DataError, match='row 3, class 7'):
            decoding(rows, alphabet)


@pytest.mark.parametrize('shape', [(5, 28), (5, 30), (29,), (2, 5, 29)])
def test_wrong_shapes_are_named(alphabet, shape):
    with pytest.raises(DataError, match='28 labels'):
        decode(np.full(shape, 1 / 29), alphabet)


def test_a_beam_of_nothing_is_refused():
    with pytest.raises(ConfigError, match='beam_width 0'):
        DecoderConfig(beam_width=0)


def test_a_missing_scorer_is_found_before_decoding(alphabet):
    with pytest.raises(ScorerError, match='none.scorer'):
        make_decoder(DecoderConfig(scorer_path='none.scorer'), alphabet)


@pytest.mark.parametrize('seed', range(8))
def test_greedy_finds_the_best_single_path(random_rows, seed):
    rows = random_rows(seed, 5, 4)
    best = max(itertools.product(range(4), repeat=5), key=lambda path: rows[np.arange(5), list(path)].prod())
    result = decode_greedy(rows, Alphabet('abc'))
    assert result.tokens == tuple(label for label, _ in itertools.groupby(best) if label != 3)
    np.testing.assert_allclose(result.confidence, np.log(rows[np.arange(5), list(best)].prod()))
    assert [rows[time].argmax() for time in result.timesteps] == list(result.tokens)


def test_greedy_and_beam_search_read_clear_speech_alike(alphabet, spoken):
    rows = spoken('look at all the balloons', alphabet, 0.95)
    (beam,), greedy = decode(rows, alphabet, beam_width=32), decode_greedy(rows, alphabet)
    assert beam.text == greedy.text == 'look at all the balloons'
    assert beam.timesteps == greedy.timesteps


def test_no_rows_give_the_empty_text(alphabet):
    assert decode_greedy(np.zeros((0, 29)), alphabet) == decode(np.zeros((0, 29)), alphabet)[0] == ('', 0.0, (), ())
