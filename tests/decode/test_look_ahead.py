"""Look-ahead: other beams survive, but no result is scored otherwise."""

import numpy as np
import pytest
from ds_ctcdecoder.ctcdecode import Alphabet, Decoder, DecoderOptions, Scorer

TEXT = 'ab ba a\nab a b ab\nab bab ab\na ab abba\n'
LETTERS = list(' ab')
WIDE = LETTERS + [chr(0x400 + i) for i in range(70)]  # more labels than bits in a set


@pytest.fixture
def decoder(scorer_of):
    """Function: a Decoder over the words of TEXT and one that its model does not know."""
    def build(labels=LETTERS, text=TEXT, more_words=('aab',), **options):
        alphabet = Alphabet(labels)
        scorer = Scorer.load(scorer_of(text, alphabet, more_words=more_words), alphabet)
        return Decoder(alphabet, scorer, DecoderOptions(**options), 1)
    return build


def decode_both(rows, alphabet, scorer, n_results, **options):
    """Results without and with look-ahead."""
    options = DecoderOptions(**options)
    return [Decoder(alphabet, scorer, options.replace(look_ahead=look_ahead), 1).decode(rows, n_results)
            for look_ahead in (False, True)]


def facts(results):
    return [(result.score, result.label_probability, result.text, result.tokens, result.times) for result in results]


def padded(rows, n_classes):
    """The same rows with labels of no probability before the blank."""
    return np.concatenate([rows[:, :-1], np.zeros((len(rows), n_classes - rows.shape[1])), rows[:, -1:]], axis=1)


@pytest.mark.parametrize('labels', [LETTERS, WIDE])
@pytest.mark.parametrize('options', [{}, dict(hot_words={'ba': 2.0, 'abba': -1.0}),
                                     dict(hot_words={'ba': 2.0}, compatible=True), dict(beta=-1.5)])
@pytest.mark.parametrize('seed', range(3))
def test_with_room_for_all_beams_results_are_the_same(decoder, random_rows, labels, options, seed):
    rows = padded(random_rows(seed, 9, 4), len(labels) + 1)
    plain, ahead = (decoder(labels, beam_width=20000, look_ahead=look_ahead, **options).decode(rows, 20000)
                    for look_ahead in (False, True))
    assert len(plain) == len(ahead) > 100
    expected = {result.tokens: result for result in plain}
    for result in ahead:
        other = expected[result.tokens]
        assert result.score == pytest.approx(other.score, abs=1e-4, rel=1e-6)
        assert result.label_probability == pytest.approx(other.label_probability, abs=1e-4)
        assert result.times == other.times


@pytest.mark.parametrize('seed', range(8))
def test_narrow_beams_promise_no_more_than_there_is(decoder, random_rows, seed):
    rows = random_rows(seed, 9, 4)
    scores = {result.tokens: result.score for result in decoder(beam_width=20000).decode(rows, 20000)}
    for beam_width in (1, 2, 5, 20):
        results = decoder(beam_width=beam_width, look_ahead=True).decode(rows, beam_width)
        assert results
        assert all(result.score <= scores[result.tokens] + 1e-4 for result in results)


@pytest.mark.parametrize('hot_words', [{}, {'ba': 3.0}])
@pytest.mark.parametrize('seed', range(8))
def test_sets_of_labels_and_single_labels_find_the_same_beams(decoder, random_rows, seed, hot_words):
    rows = random_rows(seed, 40, 4)
    for beam_width in (1, 3, 10, 30):
        few, many = (decoder(labels, beam_width=beam_width, look_ahead=True, hot_words=hot_words, cutoff_top_n=100)
                     .decode(padded(rows, len(labels) + 1), beam_width) for labels in (LETTERS, WIDE))
        assert facts(few) == facts(many)


def test_a_frequent_word_survives_an_unclear_beginning(decoder):
    labels = list(' abct')
    text = ''.join(before + ' cat\n' for before in 'a aa ab ac at t ta tb tc tt'.split()) + 'at bat\n'
    rows = np.full((6, 6), 0.01)
    rows[0, [2, 3]] = 0.55, 0.41  # b, or c?
    for row, label in enumerate([5, 1, 5, 4, 5], 1):
        rows[row, label] = 0.95
    rows /= rows.sum(axis=1, keepdims=True)
    texts = [decoder(labels, text, (), beam_width=beam_width, look_ahead=look_ahead).decode(rows)[0].text
             for beam_width, look_ahead in [(1, False), (1, True), (100, False), (100, True)]]
    assert texts == ['bat', 'cat', 'cat', 'cat']


def test_what_was_charged_for_an_unfinished_word_is_given_back(english, golden_scorer, spoken):
    rows = spoken('enter your passw', english, 0.9)
    (plain,), (ahead,) = decode_both(rows, english, Scorer.load(golden_scorer, english), 1, beam_width=500)
    assert (ahead.text, ahead.times) == (plain.text, plain.times)
    assert ahead.score == pytest.approx(plain.score, abs=1e-3)
    assert ahead.label_probability == pytest.approx(plain.label_probability, abs=1e-4)


@pytest.mark.parametrize('alpha', [0.0, -0.5])
def test_no_effect_without_weight(english, golden_scorer, random_rows, alpha):
    plain, ahead = decode_both(random_rows(1, 40, 29), english, Scorer.load(golden_scorer, english), 5,
                               beam_width=20, alpha=alpha)
    assert facts(ahead) == facts(plain)


def test_no_effect_without_a_dictionary(language_model, random_rows):
    alphabet = Alphabet(LETTERS)
    scorer = Scorer.from_words(language_model(TEXT, 2), None, alphabet, 0.9, 1.2)
    plain, ahead = decode_both(random_rows(2, 40, 4), alphabet, scorer, 5, beam_width=20)
    assert facts(ahead) == facts(plain)


def test_no_effect_on_bytes_and_without_a_scorer(scorer_of, random_rows):
    alphabet = Alphabet.bytes()
    scorer = Scorer.load(scorer_of('a b c\nb a\n', alphabet, order=2), alphabet)
    for any_scorer in (scorer, None):
        plain, ahead = decode_both(random_rows(3, 20, 256), alphabet, any_scorer, 5, beam_width=20)
        assert facts(ahead) == facts(plain)


def test_a_scorer_of_a_larger_alphabet_is_refused(english, golden_scorer):
    with pytest.raises(ValueError, match='scorer writes with label'):
        Decoder(Alphabet(LETTERS), Scorer.load(golden_scorer, english))


def test_words_longer_than_any_call_stack_are_looked_through(language_model, random_rows):
    alphabet = Alphabet(LETTERS)
    words = ['a' * 300000 + end for end in ('', 'b')] + ['ab', 'b']
    scorer = Scorer.from_words(language_model(TEXT, 2), words, alphabet, 0.9, 1.2)
    plain, ahead = decode_both(random_rows(4, 6, 4), alphabet, scorer, 1, beam_width=5000)
    assert ahead[0].text == plain[0].text
    assert ahead[0].score == pytest.approx(plain[0].score, abs=1e-4)
