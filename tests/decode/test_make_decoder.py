"""The trainer's decoder: configured by DecoderConfig, with the trainer's errors; and best-path decoding."""

import itertools

import numpy as np
import pytest
from ds_ctcdecoder import ctcdecode

from deepspeech_training.decode.interface import greedy_texts, make_decoder
from deepspeech_training.errors import ConfigError, DataError, ScorerError
from deepspeech_training.settings.config import DecoderConfig
from deepspeech_training.text.alphabet import Alphabet


def decode(rows, alphabet, n_results=1, **options):
    return make_decoder(DecoderConfig(**options), alphabet).decode(rows, n_results)


def facts(results):
    return [(result.text, result.score, result.tokens, result.times) for result in results]


@pytest.fixture
def batch():
    """Probabilities [7, 30, 29] and lengths."""
    rows = np.random.RandomState(5).gamma(0.3, size=(7, 30, 29)) + 1e-5
    return rows / rows.sum(axis=2, keepdims=True), np.array([30, 1, 0, 17, 30, 8, 29])


def test_results_say_text_score_probability_labels_and_times(alphabet, spoken):
    (result,) = decode(spoken('the cat', alphabet, 0.99), alphabet, beam_width=16)
    assert result.text == 'the cat'
    assert result.tokens == tuple(alphabet.encode('the cat'))
    assert result.times == (0, 2, 4, 6, 8, 10, 12)
    assert result.score == pytest.approx(-0.13817934691905975, abs=1e-5)
    assert result.label_probability == pytest.approx(np.exp(result.score / 7))
    assert [word.text for word in result.words] == ['the', 'cat']


def test_a_scorer_turns_misspelt_speech_into_words(alphabet, spoken, golden_scorer):
    rows = spoken('plezse enter your pazzword', alphabet, 0.9)
    assert decode(rows, alphabet)[0].text == 'plezse enter your pazzword'
    assert decode(rows, alphabet, scorer_path=golden_scorer)[0].text == 'please enter your password'


def test_alpha_and_beta_come_from_the_package_unless_given(alphabet, spoken, golden_scorer):
    rows = spoken('please enter', alphabet, 0.6)
    stored, given, other = (decode(rows, alphabet, scorer_path=golden_scorer, **weights)[0].score
                            for weights in ({}, dict(lm_alpha=0.93, lm_beta=1.18), dict(lm_alpha=0.1, lm_beta=1.18)))
    assert stored == pytest.approx(given, abs=1e-4)
    assert stored != pytest.approx(other, abs=1e-2)


@pytest.mark.parametrize('with_scorer', [False, True])
def test_batches_give_what_single_utterances_give_in_order(alphabet, golden_scorer, batch, with_scorer):
    probabilities, lengths = batch
    config = DecoderConfig(beam_width=50, n_threads=3, scorer_path=golden_scorer if with_scorer else '')
    decoder = make_decoder(config, alphabet)
    together = [facts(item) for item in decoder.decode_batch(probabilities, lengths, 3)]
    again = [facts(item) for item in decoder.decode_batch(probabilities, lengths, 3)]
    alone = [facts(decoder.decode(item[:length], 3)) for item, length in zip(probabilities, lengths)]
    assert together == again == alone


def test_other_weights_share_the_scorer(alphabet, spoken, golden_scorer):
    rows = spoken('please enter', alphabet, 0.6)
    decoder = make_decoder(DecoderConfig(scorer_path=golden_scorer), alphabet)
    other = facts(decoder.with_weights(0.1, 1.18).decode(rows))
    assert other == facts(decode(rows, alphabet, scorer_path=golden_scorer, lm_alpha=0.1, lm_beta=1.18))
    assert other != facts(decoder.decode(rows))


def test_a_decoder_of_words_is_not_one_of_bytes(alphabet, golden_scorer):
    assert not make_decoder(DecoderConfig(), alphabet).bytes_mode
    assert not make_decoder(DecoderConfig(scorer_path=golden_scorer), alphabet).bytes_mode


def test_lengths_must_fit(alphabet, batch):
    probabilities, lengths = batch
    decoder = make_decoder(DecoderConfig(), alphabet)
    with pytest.raises(DataError, match='length 31'):
        decoder.decode_batch(probabilities[:1], [31])
    with pytest.raises(DataError, match=r'\[batch, time, '):
        decoder.decode_batch(probabilities, lengths[:3])
    assert decoder.decode_batch(probabilities[:0], []) == []


def test_errors_in_a_batch_reach_the_caller(alphabet, batch):
    probabilities, lengths = batch
    probabilities[4, 2, 3] = np.nan
    decoder = make_decoder(DecoderConfig(beam_width=5, n_threads=2), alphabet)
    with pytest.raises(DataError, match='frame 2, class 3'):
        decoder.decode_batch(probabilities, lengths)
    probabilities[4, 2, 3] = 0.1
    assert len(decoder.decode_batch(probabilities, lengths)) == 7


@pytest.mark.parametrize('value', [np.nan, np.inf, -0.1])
def test_values_that_are_no_probabilities_are_named(alphabet, random_rows, value):
    rows = random_rows(0, 6, 29)
    rows[3, 7] = value
    with pytest.raises(DataError, match='frame 3, class 7'):
        decode(rows, alphabet)


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


def test_a_language_model_of_old_is_read_with_its_own_words(tmp_path, alphabet, english, spoken, language_model):
    words = 'please enter your password'
    binary, trie = language_model(words + '\n', 2), str(tmp_path / 'trie')
    ctcdecode.write_trie(trie, binary, words.split(), english, 5)
    (result,) = decode(spoken('plezse enter your pazzword', alphabet, 0.9), alphabet, lm_binary_path=binary,
                       lm_trie_path=trie)
    assert result.text == words
    with pytest.raises(ScorerError, match='none'):
        make_decoder(DecoderConfig(lm_binary_path=binary, lm_trie_path='none'), alphabet)


def test_fast_reads_clear_speech_alike(alphabet, spoken, golden_scorer):
    rows = spoken('please enter your password', alphabet, 0.9)
    exact, fast = (decode(rows, alphabet, scorer_path=golden_scorer, fast=fast)[0] for fast in (False, True))
    assert (fast.text, fast.times) == (exact.text, exact.times)


@pytest.mark.parametrize('seed', range(8))
def test_greedy_finds_the_best_single_path(random_rows, seed):
    rows, alphabet = random_rows(seed, 5, 4), Alphabet('abc')
    best = max(itertools.product(range(4), repeat=5), key=lambda path: rows[np.arange(5), list(path)].prod())
    labels = [label for label, _ in itertools.groupby(best) if label != 3]
    assert greedy_texts(rows[None], [5], alphabet) == [alphabet.decode(labels)]


def test_greedy_and_beam_search_read_clear_speech_alike(alphabet, spoken):
    rows = spoken('look at all the balloons', alphabet, 0.95)
    assert decode(rows, alphabet, beam_width=32)[0].text == 'look at all the balloons'
    assert greedy_texts(np.stack([rows, rows]), [len(rows), 0], alphabet) == ['look at all the balloons', '']


def test_no_rows_give_the_empty_text(alphabet):
    assert facts(decode(np.zeros((0, 29)), alphabet)) == [('', 0.0, (), ())]
