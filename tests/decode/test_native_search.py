"""The native search without a scorer: published vectors, exhaustive sums, bad input."""

import itertools

import numpy as np
import pytest
from ds_ctcdecoder.ctcdecode import Alphabet, Decoder, DecoderOptions, Scorer
from every_path import sums_over_all_paths


def decode(rows, alphabet, n_results=1, **options):
    return Decoder(alphabet, None, DecoderOptions(**options), 1).decode(rows, n_results)


def published_random_matrix():
    """The 20 x 29 matrix of the published decoder's test vectors."""
    state, weights = 42, []
    for _ in range(20 * 29):
        state = (1103515245 * state + 12345) % 2 ** 31
        weights.append((((state >> 8) % 1000) + 1) ** 3)
    weights = np.array(weights, np.float64).reshape(20, 29)
    return weights / weights.sum(axis=1, keepdims=True)


def assert_results(results, expected):
    assert [(result.text, result.times) for result in results] == [(text, times) for _, text, times in expected]
    np.testing.assert_allclose([result.score for result in results], [score for score, _, _ in expected], atol=1e-5)


def facts(results):
    return [(result.score, result.tokens, result.times) for result in results]


def test_published_vector_of_clear_speech(english, spoken):
    results = decode(spoken('the cat', english, 0.99), english, 3, beam_width=16)
    assert_results(results, [(-0.13817934691905975, 'the cat', (0, 2, 4, 6, 8, 10, 12)),
                             (-8.064065933227539, 'th cat', (0, 2, 6, 8, 10, 12)),
                             (-8.06442642211914, 'te cat', (0, 4, 6, 8, 10, 12))])


def test_published_vector_of_bytes(spoken):
    best, second = decode(spoken('quit', Alphabet.bytes(), 0.9), Alphabet.bytes(), 2, beam_width=8)
    assert_results([best], [(-0.8411409854888916, 'quit', (0, 2, 4, 6))])
    # Its published times hang on how that decoder happened to sort equal probabilities.
    assert second.text == 'qui'
    assert second.score == pytest.approx(-8.579194068908691, abs=1e-5)


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


@pytest.mark.parametrize('seed', range(12))
@pytest.mark.parametrize('n_rows, labels', [(1, 'ab'), (4, 'ab'), (5, ' ab'), (7, 'a'), (6, 'ab')])
def test_wide_beam_finds_the_sums_over_all_paths(random_rows, seed, n_rows, labels):
    rows = random_rows(seed, n_rows, len(labels) + 1)
    sums = sums_over_all_paths(rows)
    results = decode(rows, Alphabet(list(labels)), len(sums), beam_width=len(sums) + 10)
    assert {result.tokens for result in results} == set(sums)
    np.testing.assert_allclose([result.score for result in results], [sums[result.tokens] for result in results],
                               atol=1e-5)
    scores = [result.score for result in results]
    assert scores == sorted(scores, reverse=True)


@pytest.mark.parametrize('seed', range(6))
def test_narrow_beams_never_promise_more_than_there_is(random_rows, seed):
    rows = random_rows(seed, 7, 4)
    sums = sums_over_all_paths(rows)
    for beam_width in (1, 2, 5, 20):
        for result in decode(rows, Alphabet(list('abc')), beam_width, beam_width=beam_width):
            assert result.score <= sums[result.tokens] + 1e-5


@pytest.mark.parametrize('seed', range(6))
def test_label_probability_is_the_mean_probability_of_a_label(random_rows, english, seed):
    for result in decode(random_rows(seed, 30, 29), english, 10, beam_width=50):
        assert 0 <= result.label_probability <= 1
        assert result.label_probability == pytest.approx(np.exp(result.score / len(result.tokens)), rel=1e-5)


@pytest.mark.parametrize('seed', range(6))
def test_times_ascend_and_words_are_the_text_s(random_rows, english, seed):
    rows = random_rows(seed, 60, 29)
    rows[:, 0] *= 20  # spaces, doubled ones among them
    rows /= rows.sum(axis=1, keepdims=True)
    for result in decode(rows, english, 10, beam_width=50):
        assert len(result.times) == len(result.tokens)
        assert all(earlier < later for earlier, later in zip(result.times, result.times[1:]))
        assert [word.text for word in result.words] == result.text.split()
        at = 0
        for word in result.words:
            at = result.text.index(word.text, at)
            assert (word.first_frame, word.last_frame) == (result.times[at], result.times[at + len(word.text) - 1])
            at += len(word.text)


def test_silence_at_the_start_costs_nothing(english, spoken):
    rows = spoken('yes', english, 0.9)
    silence = np.full((5, 29), 1e-6)
    silence[:, 28] = 1 - 28e-6
    (plain,), (late,) = decode(rows, english), decode(np.concatenate([silence, rows]), english)
    assert late.score == plain.score
    assert late.times == tuple(time + 5 for time in plain.times)


def test_no_rows_and_no_speech_give_the_empty_text(english):
    for rows in (np.zeros((0, 29)), np.eye(29)[[28, 28]]):
        (result,) = decode(rows, english, 5)
        assert (result.text, result.score, result.label_probability, result.tokens, result.times, result.words) == \
            ('', 0.0, 1.0, (), (), ())


def test_asking_for_more_results_than_beams_live_gives_those_that_do(english):
    rows = np.eye(29)[[1, 28]]
    results = decode(rows, english, 1000, beam_width=1000)
    assert 1 < len(results) <= 1000
    assert results[0].text == 'a'
    assert all(np.isfinite(result.score) for result in results)
    assert decode(rows, english, 0) == []


def test_results_do_not_depend_on_what_was_decoded_before(english, random_rows):
    decoder = Decoder(english, None, DecoderOptions(beam_width=20), 1)
    first = facts(decoder.decode(random_rows(1, 30, 29), 5))
    decoder.decode(random_rows(2, 30, 29), 5)
    assert facts(decoder.decode(random_rows(1, 30, 29), 5)) == first


def test_even_rows_decode_the_same_every_time(english):
    rows = np.full((12, 29), 1 / 29)
    assert facts(decode(rows, english, 5, beam_width=7)) == facts(decode(rows, english, 5, beam_width=7))


def test_single_precision_and_any_memory_layout_are_taken(english, random_rows):
    rows = random_rows(3, 30, 29).astype(np.float32)
    expected = facts(decode(rows, english, 3))
    assert facts(decode(rows.astype(np.float64), english, 3)) == expected
    assert facts(decode(np.asfortranarray(rows), english, 3)) == expected
    assert facts(decode(np.repeat(rows, 2, axis=0)[::2], english, 3)) == expected


def test_cut_offs_that_leave_only_the_blank_s_rivals_do_not_kill_all_beams(english):
    rows = np.full((8, 29), 1e-9)
    rows[:, 26] = 1.0
    (result,) = decode(rows, english, cutoff_prob=0.5, beam_width=4)
    assert result.text == 'z'


def test_the_fast_preset_reads_clear_speech_alike(english, spoken):
    rows = spoken('look at all the balloons', english, 0.95)
    options = DecoderOptions(beam_width=128)
    (exact,) = Decoder(english, None, options, 1).decode(rows)
    (fast,) = Decoder(english, None, options.fast(), 1).decode(rows)
    assert (fast.text, fast.times) == (exact.text, exact.times)
    assert fast.score == pytest.approx(exact.score, abs=0.1)


@pytest.mark.parametrize('type_', [np.float32, np.float64])
@pytest.mark.parametrize('value', [np.nan, np.inf, -np.inf, -0.1])
def test_values_that_are_no_probabilities_are_named(english, random_rows, value, type_):
    rows = random_rows(0, 6, 29).astype(type_)
    rows[3, 7] = value
    with pytest.raises(ValueError, match='frame 3, class 7'):
        decode(rows, english)


@pytest.mark.parametrize('shape', [(5, 28), (5, 30), (29,), (2, 5, 29), ()])
def test_wrong_shapes_are_named(english, shape):
    with pytest.raises(ValueError, match='28 labels'):
        decode(np.full(shape, 1 / 29), english)


@pytest.mark.parametrize('name, value', [
    *itertools.product(['beam_width', 'cutoff_top_n'], [0, -1, 2 ** 40, 'many']),
    *itertools.product(['cutoff_prob', 'beam_threshold'], [0, -1, float('nan')]),
    *itertools.product(['alpha', 'beta'], [float('nan'), float('inf')]),
    *itertools.product(['token_floor', 'blank_skip'], [-0.1, 1.1, float('nan')]),
    ('hot_words', {'cat': float('inf')})])
def test_options_out_of_range_are_named(name, value):
    with pytest.raises(ValueError, match='cat' if name == 'hot_words' else name):
        DecoderOptions(**{name: value})


def test_an_unknown_option_is_named():
    with pytest.raises(TypeError, match='beam_size'):
        DecoderOptions(beam_size=3)


@pytest.mark.parametrize('word, reason', [('two words', 'blank in it'), ('naïve', 'not in the alphabet'), ('', 'empty')])
def test_hot_words_that_can_never_be_found_are_refused_unless_compatible(english, golden_scorer, word, reason):
    scorer = Scorer.load(golden_scorer, english)
    with pytest.raises(ValueError, match=f'{word}.* can never be found: .*{reason}'):
        Decoder(english, scorer, DecoderOptions(hot_words={word: 1.0}))
    Decoder(english, scorer, DecoderOptions(hot_words={word: 1.0}, compatible=True))


def test_hot_words_of_bytes_output_are_single_characters():
    Decoder(Alphabet.bytes(), None, DecoderOptions(hot_words={'é': 1.0}))
    with pytest.raises(ValueError, match='single characters'):
        Decoder(Alphabet.bytes(), None, DecoderOptions(hot_words={'café': 1.0}))
