"""Beam search without a scorer: published vectors, exhaustive sums, bad input."""

import itertools
from collections import defaultdict

import numpy as np
import pytest

from deepspeech_training.config import DecoderConfig
from deepspeech_training.decode.greedy import decode_greedy
from deepspeech_training.decode.interface import make_decoder
from deepspeech_training.errors import ConfigError, DataError
from deepspeech_training.text.alphabet import Alphabet


def decode(rows, alphabet, n_results=1, **options):
    return make_decoder(DecoderConfig(**options), alphabet).decode(rows, n_results)


def published_random_matrix():
    """The 20 x 29 matrix of the published decoder's test vectors."""
    state, weights = 42, []
    for _ in range(20 * 29):
        state = (1103515245 * state + 12345) % 2 ** 31
        weights.append((((state >> 8) % 1000) + 1) ** 3)
    weights = np.array(weights, np.float64).reshape(20, 29)
    return weights / weights.sum(axis=1, keepdims=True)


def random_rows(seed, n_rows, n_classes):
    rows = np.random.RandomState(seed).gamma(0.6, size=(n_rows, n_classes)) + 1e-4
    return rows / rows.sum(axis=1, keepdims=True)


def sums_over_all_paths(rows):
    """Returns {labels: log of the summed probability of all alignments}, by trying every one."""
    n_rows, n_classes = rows.shape
    sums = defaultdict(float)
    for path in itertools.product(range(n_classes), repeat=n_rows):
        labels = tuple(label for label, _ in itertools.groupby(path) if label != n_classes - 1)
        sums[labels] += rows[np.arange(n_rows), path].prod()
    return {labels: np.log(total) for labels, total in sums.items()}


def assert_results(results, expected):
    assert [(result.text, result.timesteps) for result in results] == [(text, times) for _, text, times in expected]
    np.testing.assert_allclose([result.confidence for result in results], [score for score, _, _ in expected],
                               atol=1e-5)


def test_published_vector_of_clear_speech(english, spoken):
    results = decode(spoken('the cat', english, 0.99), english, 3, beam_width=16)
    assert_results(results, [(-0.13817934691905975, 'the cat', (0, 2, 4, 6, 8, 10, 12)),
                             (-8.064065933227539, 'th cat', (0, 2, 6, 8, 10, 12)),
                             (-8.06442642211914, 'te cat', (0, 4, 6, 8, 10, 12))])


def test_published_vector_of_256_classes(spoken):
    characters = Alphabet([chr(code + 1) for code in range(255)])
    best, second = decode(spoken('quit', characters, 0.9), characters, 2, beam_width=8)
    assert_results([best], [(-0.8411409854888916, 'quit', (0, 2, 4, 6))])
    # Its published times hang on how that decoder happened to sort equal probabilities.
    assert second.text == 'qui'
    assert second.confidence == pytest.approx(-8.579194068908691, abs=1e-5)


@pytest.mark.parametrize('options, expected', [
    (dict(beam_width=8), (-39.1881103515625, 'ozsdkmvwoagkn', (0, 2, 3, 4, 6, 7, 9, 10, 12, 13, 15, 16, 18))),
    (dict(beam_width=16, cutoff_prob=0.9, cutoff_top_n=40),
     (-38.046504974365234, 'ozsdkmgvwoagkn', (0, 2, 3, 4, 6, 7, 8, 9, 10, 12, 13, 15, 16, 18))),
    (dict(beam_width=16, cutoff_prob=0.999, cutoff_top_n=5),
     (-39.730712890625, 'ozsdxjmgvwoapgkno', (0, 2, 3, 4, 5, 6, 7, 8, 9, 10, 12, 13, 14, 15, 16, 18, 19))),
])
def test_published_vectors_of_random_rows(english, options, expected):
    rows = published_random_matrix()
    np.testing.assert_allclose([rows[0, 0], rows[19, 28]], [0.06057213442814752, 0.04277954249543588])
    assert_results(decode(rows, english, **options), [expected])


@pytest.mark.parametrize('seed', range(8))
@pytest.mark.parametrize('n_rows, labels', [(1, 'ab'), (4, 'ab'), (5, ' ab'), (6, 'a')])
def test_wide_beam_finds_the_sums_over_all_paths(seed, n_rows, labels):
    rows = random_rows(seed, n_rows, len(labels) + 1)
    sums = sums_over_all_paths(rows)
    results = decode(rows, Alphabet(labels), len(sums), beam_width=len(sums) + 10)
    assert {result.tokens for result in results} == set(sums)
    np.testing.assert_allclose([result.confidence for result in results],
                               [sums[result.tokens] for result in results], atol=1e-5)
    confidences = [result.confidence for result in results]
    assert confidences == sorted(confidences, reverse=True)


@pytest.mark.parametrize('seed', range(8))
def test_greedy_finds_the_best_single_path(seed):
    rows = random_rows(seed, 5, 4)
    best = max(itertools.product(range(4), repeat=5), key=lambda path: rows[np.arange(5), path].prod())
    result = decode_greedy(rows, Alphabet('abc'))
    assert result.tokens == tuple(label for label, _ in itertools.groupby(best) if label != 3)
    np.testing.assert_allclose(result.confidence, np.log(rows[np.arange(5), best].prod()))
    assert [rows[time].argmax() for time in result.timesteps] == list(result.tokens)


def test_greedy_and_beam_search_read_clear_speech_alike(english, spoken):
    rows = spoken('look at all the balloons', english, 0.95)
    beam, greedy = decode(rows, english, beam_width=32)[0], decode_greedy(rows, english)
    assert beam.text == greedy.text == 'look at all the balloons'
    assert beam.timesteps == greedy.timesteps


def test_silence_at_the_start_costs_nothing(english, spoken):
    rows = spoken('yes', english, 0.9)
    silence = np.full((5, 29), 1e-6)
    silence[:, 28] = 1 - 28e-6
    plain, late = decode(rows, english)[0], decode(np.concatenate([silence, rows]), english)[0]
    assert late.confidence == plain.confidence
    assert late.timesteps == tuple(time + 5 for time in plain.timesteps)


def test_no_rows_and_no_speech_give_the_empty_text(english):
    assert decode(np.zeros((0, 29)), english)[0] == ('', 0.0, (), ())
    assert decode(np.eye(29)[[28, 28]], english)[0] == ('', 0.0, (), ())
    assert decode_greedy(np.zeros((0, 29)), english) == ('', 0.0, (), ())


def test_asking_for_more_results_than_beams_live_gives_those_that_do(english):
    rows = np.eye(29)[[1, 28]]
    results = decode(rows, english, 1000, beam_width=1000)
    assert 1 < len(results) <= 1000
    assert results[0].text == 'a'
    assert all(np.isfinite(result.confidence) for result in results)
    assert decode(rows, english, 0) == []


def test_results_do_not_depend_on_what_was_decoded_before(english):
    decoder = make_decoder(DecoderConfig(beam_width=20), english)
    first = decoder.decode(random_rows(1, 30, 29), 5)
    decoder.decode(random_rows(2, 30, 29), 5)
    assert decoder.decode(random_rows(1, 30, 29), 5) == first


def test_even_rows_decode_the_same_every_time(english):
    rows = np.full((12, 29), 1 / 29)
    assert decode(rows, english, 5, beam_width=7) == decode(rows, english, 5, beam_width=7)


@pytest.mark.parametrize('value', [np.nan, np.inf, -0.1])
def test_values_that_are_no_probabilities_are_named(english, value):
    rows = random_rows(0, 6, 29)
    rows[3, 7] = value
    with pytest.raises(DataError, match='row 3, class 7'):
        decode(rows, english)
    with pytest.raises(DataError, match='row 3, class 7'):
        decode_greedy(rows, english)


@pytest.mark.parametrize('shape', [(5, 28), (5, 30), (29,), (2, 5, 29)])
def test_wrong_shapes_are_named(english, shape):
    with pytest.raises(DataError, match='28 labels'):
        decode(np.full(shape, 1 / 29), english)


def test_a_beam_of_nothing_is_refused():
    with pytest.raises(ConfigError, match='beam_width 0'):
        DecoderConfig(beam_width=0)
