"""The native search with a scorer: published results, exhaustive sums, hot words."""

import itertools

import kenlm
import numpy as np
import pytest
from ds_ctcdecoder.ctcdecode import Alphabet, Decoder, DecoderOptions, Scorer
from every_path import sums_over_all_paths

TEXT = """the cat sat on the mat
the cat sat on the red mat
a cat sat on a mat
the cat likes the mat
put the cap on
"""
UNKNOWN = -1000.0  # natural log; of a word with an unknown one among the last `order`
LN_10 = 2.302585093


def decode(rows, alphabet, path, n_results=1, **options):
    return Decoder(alphabet, Scorer.load(path, alphabet), DecoderOptions(**options), 1).decode(rows, n_results)


def texts(results):
    return [result.text for result in results]


def steps(text):
    """Times of a text whose labels take two rows each."""
    return tuple(range(0, 2 * len(text), 2))


# Printed by the published decoder for the same probabilities and package.
@pytest.mark.parametrize('hot_words, scores', [
    ({}, (-13.806414604187012, -17.986143112182617, -19.6495418548584)),
    ({'your': 4.0}, (-11.806410789489746, -13.986139297485352, -17.649538040161133)),
    ({'password': 4.0}, (-13.806414604187012, -15.986143112182617, -19.6495418548584)),
])
def test_published_results_with_and_without_hot_words(english, spoken, golden_scorer, hot_words, scores):
    results = decode(spoken('enter your password', english, 0.7), english, golden_scorer, 3, beam_width=32, alpha=0.5,
                     beta=1.5, hot_words=hot_words, compatible=True)
    assert texts(results) == ['enter your password', 'enter your password ', 'enter your passwords']
    assert [result.times for result in results] == [steps(texts(results)[0])] + 2 * [steps(texts(results)[0]) + (37,)]
    np.testing.assert_allclose([result.score for result in results], scores, atol=1e-4)


def test_published_result_for_a_word_that_is_not_in_the_dictionary(english, spoken, golden_scorer):
    (result,) = decode(spoken('enter your pazzword', english, 0.99), english, golden_scorer, beam_width=16, alpha=0.5,
                       beta=1.5)
    assert result.text == 'enter your password'
    # Which of the equally probable beams are kept is a matter of sorting there, and moves the fourth digit.
    assert result.score == pytest.approx(-17.013832092285156, abs=1e-3)


@pytest.mark.parametrize('compatible, score', [(True, 1.1), (False, 0.0)])
def test_silence_earns_a_bonus_only_in_the_published_bytes_mode(scorer_of, compatible, score):
    path = scorer_of('a b c\nb a\n', Alphabet.bytes(), order=2)
    (result,) = decode(np.eye(256)[[255, 255]], Alphabet.bytes(), path, alpha=0.9, beta=1.1, compatible=compatible)
    assert (result.text, result.score) == ('', pytest.approx(score))


def test_silence_earns_nothing_in_word_mode(english, golden_scorer):
    (result,) = decode(np.eye(29)[[28, 28]], english, golden_scorer, compatible=True)
    assert (result.text, result.score) == ('', 0.0)


class Sums:
    """The score of every text by definition: all alignments, and KenLM's own answers for its words."""

    def __init__(self, rows, alphabet, path, options, classes=None):
        self._options = options
        self._model = kenlm.Model(path)
        self._sums = sums_over_all_paths(rows, classes)
        self._alphabet = alphabet

    def of(self, tokens):
        text = self._alphabet.decode(list(tokens)).decode('utf-8')
        words = list(text) if self._alphabet.is_bytes else text.split()
        ends = not text or text.endswith(' ') or self._alphabet.is_bytes
        return self._sums[tuple(tokens)] + sum(
            self._options.alpha * (log_p + boost) + self._options.beta
            for log_p, boost in zip(self._log_probabilities(words), self._boosts(words, ends)))

    def _log_probabilities(self, words):
        n, values, known = self._model.order, [], self._model.order
        for log10, _, is_unknown in itertools.islice(self._model.full_scores(' '.join(words), eos=False), len(words)):
            known = 0 if is_unknown else known + 1
            values.append(log10 * LN_10 if known >= n else UNKNOWN)
        return values

    def _boosts(self, words, ends):
        """What hot words add to each word; the published decoder counts them in the context, but not at the end."""
        own = [self._options.hot_words.get(word, 0.0) for word in words]
        if not self._options.compatible:
            return own
        in_context = [sum(own[max(0, i - self._model.order + 1):i + 1]) for i in range(len(own))]
        return in_context if ends or not words else in_context[:-1] + [0.0]

    def may_be_spelt(self, tokens, dictionary):
        """True if all words but the last are in the dictionary, and the last is the beginning of one."""
        text = self._alphabet.decode(list(tokens)).decode('utf-8', 'replace')
        if self._alphabet.is_bytes:
            return all(character in dictionary for character in text)
        *complete, last = text.split(' ')
        return all(word in dictionary for word in complete) and any(word.startswith(last) for word in dictionary)

    def expected(self, dictionary):
        """Returns {labels: score} of all texts that the dictionary allows."""
        return {tokens: self.of(tokens) for tokens in self._sums if self.may_be_spelt(tokens, dictionary)}


def assert_sums(results, expected):
    assert {result.tokens for result in results} >= set(expected)
    found = {result.tokens: result.score for result in results if result.tokens in expected}
    np.testing.assert_allclose([found[tokens] for tokens in expected], list(expected.values()), rtol=1e-5, atol=1e-4)


@pytest.mark.parametrize('compatible', [False, True])
@pytest.mark.parametrize('hot_words', [{}, {'ab': 1.5, 'b': -0.5}])
@pytest.mark.parametrize('order', [2, 3])
@pytest.mark.parametrize('more_words', [(), ('ba',)])
@pytest.mark.parametrize('seed', range(2))
def test_wide_beam_finds_the_sums_over_all_paths_and_words(scorer_of, random_rows, seed, more_words, order, hot_words,
                                                           compatible):
    alphabet, dictionary = Alphabet(list(' ab')), {'a', 'ab', 'b'} | set(more_words)
    path = scorer_of('a ab\nab a b\na a ab\n', alphabet, order, more_words=more_words)
    options = DecoderOptions(beam_width=10000, alpha=0.75, beta=0.5, hot_words=hot_words, compatible=compatible)
    rows = random_rows(seed, 6, 4)
    expected = Sums(rows, alphabet, path, options).expected(dictionary)
    for look_ahead in (False, True):
        decoder = Decoder(alphabet, Scorer.load(path, alphabet), options.replace(look_ahead=look_ahead), 1)
        results = decoder.decode(rows, 10000)
        assert len(results) == len(expected)
        assert_sums(results, expected)


@pytest.mark.parametrize('seed', range(4))
def test_wide_beam_finds_the_sums_over_all_paths_and_characters_of_bytes(scorer_of, random_rows, seed):
    alphabet = Alphabet.bytes()
    path = scorer_of('a é a\né é a\na a\n', alphabet, 2)
    classes = [byte - 1 for byte in 'aé'.encode('utf-8')] + [255]
    rows = np.zeros((5, 256))
    rows[:, classes] = random_rows(seed, 5, 4)
    options = DecoderOptions(beam_width=3000, alpha=0.75, beta=0.5)
    results = Decoder(alphabet, Scorer.load(path, alphabet), options, 1).decode(rows, 3000)
    assert_sums(results, Sums(rows, alphabet, path, options, classes=classes).expected({'a', 'é'}))


def test_a_model_without_a_dictionary_scores_any_spelling(language_model, random_rows):
    alphabet, path = Alphabet(list(' ab')), language_model('a ab\nab a b\n', 2)
    options = DecoderOptions(beam_width=10000, alpha=0.75, beta=0.5)
    rows = random_rows(7, 4, 4)
    scorer = Scorer.from_words(path, None, alphabet, 1, 1)
    results = Decoder(alphabet, scorer, options, 1).decode(rows, 10000)
    sums = Sums(rows, alphabet, path, options)
    single_spaced = [result for result in results if '  ' not in result.text and not result.text.startswith(' ')]
    assert len(single_spaced) > 20
    assert_sums(results, {result.tokens: sums.of(result.tokens) for result in single_spaced})


@pytest.fixture
def cat_scorer(scorer_of, english):
    return scorer_of(TEXT, english)


def test_scorer_turns_misspelt_speech_into_words(english, spoken, cat_scorer):
    rows = spoken('the czt szt on the mat', english, 0.9)
    assert texts(Decoder(english).decode(rows)) == ['the czt szt on the mat']
    assert texts(decode(rows, english, cat_scorer)) == ['the cat sat on the mat']


def test_higher_lm_weight_corrects_a_word_by_its_context(english, spoken, cat_scorer):
    rows = spoken('the cap sat on the mat', english, 0.9)
    rows[12, english.encode('t')] = 0.3  # the p of `cap` sounds a little like a t
    rows[12] /= rows[12].sum()
    assert texts(decode(rows, english, cat_scorer, alpha=0.0)) == ['the cap sat on the mat']
    assert texts(decode(rows, english, cat_scorer, alpha=2.0)) == ['the cat sat on the mat']


def test_higher_word_bonus_gives_more_words(english, scorer_of):
    path = scorer_of('on red onred\nonred on red\nred on\n', english)
    rows = np.full((10, 29), 0.002)
    for row, label in enumerate([15, 28, 14, 28, 0, 18, 28, 5, 4, 28]):  # o n ? r e d
        rows[row, label] = 0.5
    rows[4, 28] = 0.5  # space or blank
    rows /= rows.sum(axis=1, keepdims=True)
    assert texts(decode(rows, english, path, alpha=0.1, beta=0.0)) == ['onred']
    assert texts(decode(rows, english, path, alpha=0.1, beta=5.0))[0].startswith('on red')


def test_a_hot_word_is_preferred_also_at_the_end(english, spoken, cat_scorer):
    rows = spoken('the cap sat on the cap', english, 0.9)
    for row in (12, 42):
        rows[row, english.encode('pt')] = 0.45, 0.55
    rows /= rows.sum(axis=1, keepdims=True)
    assert texts(decode(rows, english, cat_scorer, alpha=0.5)) == ['the cat sat on the cat']
    assert texts(decode(rows, english, cat_scorer, alpha=0.5, hot_words={'cap': 20.0})) == ['the cap sat on the cap']


def test_a_hot_word_counts_once(english, spoken, cat_scorer):
    rows = spoken('the cat sat on the mat', english, 0.99)
    (plain,), (hot,) = (decode(rows, english, cat_scorer, alpha=0.5, hot_words=hot_words)
                        for hot_words in ({}, {'cat': 4.0}))
    assert hot.text == plain.text
    assert hot.score - plain.score == pytest.approx(0.5 * 4, abs=1e-3)


def test_alpha_and_beta_come_from_the_package_unless_given(english, spoken, golden_scorer):
    rows = spoken('please enter', english, 0.6)
    (stored,) = decode(rows, english, golden_scorer)
    (given,) = decode(rows, english, golden_scorer, alpha=0.93, beta=1.18)
    (other,) = decode(rows, english, golden_scorer, alpha=0.1, beta=1.18)
    assert stored.score == pytest.approx(given.score, abs=1e-4)
    assert stored.score != pytest.approx(other.score, abs=1e-2)


def test_label_probability_does_not_hang_on_the_language_model_s_weight(english, spoken, golden_scorer):
    rows = spoken('please enter', english, 0.9)
    light, heavy = (decode(rows, english, golden_scorer, alpha=alpha)[0] for alpha in (0.1, 2.0))
    assert light.text == heavy.text == 'please enter'
    assert 0.7 < heavy.label_probability <= 1
    assert light.label_probability == pytest.approx(heavy.label_probability, abs=1e-3)


def test_when_no_beam_can_go_on_the_last_ones_are_given(english, golden_scorer):
    rows = np.full((8, 29), 1e-9)
    rows[:, english.encode('z')] = 1.0  # no word has so many, and the cut-off leaves nothing else
    (result,) = decode(rows, english, golden_scorer, cutoff_prob=0.9, beam_width=8)
    assert np.isfinite(result.score)
    assert result.text in ('z', '')


def test_modes_of_scorer_and_alphabet_have_to_fit(english, golden_scorer):
    with pytest.raises(ValueError, match='bytes output'):
        Decoder(Alphabet.bytes(), Scorer.load(golden_scorer, english))
