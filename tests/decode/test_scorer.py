"""Reading scorer packages, and decoding with them."""

import itertools
import math

import kenlm
import numpy as np
import pytest

from deepspeech_training.config import DecoderConfig
from deepspeech_training.decode.beam_search import BeamSearch
from deepspeech_training.decode.interface import make_decoder
from deepspeech_training.decode.kenlm_file import language_model_size
from deepspeech_training.decode.package import write_package
from deepspeech_training.decode.scorer import UNKNOWN_WORD_SCORE, WordContexts, load_scorer
from deepspeech_training.errors import ScorerError
from deepspeech_training.lm.build import LanguageModelConfig, build_language_model
from deepspeech_training.text.alphabet import Alphabet

TEXT = """the cat sat on the mat
the cat sat on the red mat
a cat sat on a mat
the cat likes the mat
put the cap on
"""


def ignore(_):
    """Reports nothing."""


def build_scorer(directory, text, alphabet, alpha=0.9, beta=1.2, **options):
    """Builds a scorer of a text with KenLM itself; returns its path."""
    corpus, binary, package = (str(directory / name) for name in ('text.txt', 'lm.binary', 'my.scorer'))
    with open(corpus, 'w', encoding='utf-8') as file:
        file.write(text)
    config = LanguageModelConfig(**dict(dict(order=3, prune=(0,), max_memory='100M'), **options))
    vocabulary = build_language_model(corpus, binary, config, report=ignore)
    write_package(package, binary, vocabulary.words, alphabet, alpha, beta)
    return package


@pytest.fixture
def cat_scorer(tmp_path, english):
    return build_scorer(tmp_path, TEXT, english)


def decode(rows, alphabet, n_results=1, **options):
    return make_decoder(DecoderConfig(**options), alphabet).decode(rows, n_results)


def test_the_published_tool_s_package_is_read(english, golden_scorer):
    scorer = load_scorer(golden_scorer, english)
    assert scorer.alpha == pytest.approx(0.93)
    assert scorer.beta == pytest.approx(1.18)
    assert scorer.model.order == 4
    words = spell_out(scorer.dictionary, english)
    assert len(words) == 561
    assert {'please', 'enter', 'your', 'password'} <= words
    assert all(word in scorer.model for word in words)


def spell_out(dictionary, alphabet):
    """Returns the set of all words that the dictionary accepts, each without its space."""
    words, open_paths = set(), [(dictionary.start, '')]
    while open_paths:
        state, text = open_paths.pop()
        if dictionary.accepting[state]:
            words.add(text[:-1])
        for arc in range(dictionary.first[state], dictionary.first[state + 1]):
            open_paths.append((dictionary.targets[arc], text + alphabet.labels[dictionary.labels[arc] - 1]))
    return words


def test_scorer_turns_misspelt_speech_into_words(english, spoken, cat_scorer):
    rows = spoken('the czt szt on the mat', english, 0.9)
    assert decode(rows, english)[0].text == 'the czt szt on the mat'
    assert decode(rows, english, scorer_path=cat_scorer)[0].text == 'the cat sat on the mat'


def test_higher_lm_weight_corrects_a_word_by_its_context(english, spoken, cat_scorer):
    rows = spoken('the cap sat on the mat', english, 0.9)
    rows[12, english.encode('t')] = 0.3  # the p of `cap` sounds a little like a t
    rows[12] /= rows[12].sum()
    assert decode(rows, english, scorer_path=cat_scorer, lm_alpha=0.0)[0].text == 'the cap sat on the mat'
    assert decode(rows, english, scorer_path=cat_scorer, lm_alpha=2.0)[0].text == 'the cat sat on the mat'


def test_higher_word_bonus_gives_more_words(english, tmp_path):
    scorer = build_scorer(tmp_path, 'on red onred\nonred on red\nred on\n', english)
    rows = np.full((10, 29), 0.002)
    for row, label in enumerate([15, 28, 14, 28, 0, 18, 28, 5, 4, 28]):  # o n ? r e d
        rows[row, label] = 0.5
    rows[4, 28] = 0.5  # space or blank
    rows /= rows.sum(axis=1, keepdims=True)
    options = dict(scorer_path=scorer, lm_alpha=0.1)
    assert decode(rows, english, lm_beta=0.0, **options)[0].text == 'onred'
    assert decode(rows, english, lm_beta=5.0, **options)[0].text.startswith('on red')


def test_alpha_and_beta_come_from_the_package_unless_given(english, spoken, golden_scorer):
    rows = spoken('please enter', english, 0.6)
    stored = decode(rows, english, scorer_path=golden_scorer)
    given = decode(rows, english, scorer_path=golden_scorer, lm_alpha=0.93, lm_beta=1.18)
    other = decode(rows, english, scorer_path=golden_scorer, lm_alpha=0.1, lm_beta=1.18)
    assert stored[0].confidence == pytest.approx(given[0].confidence, abs=1e-4)
    assert stored[0].confidence != pytest.approx(other[0].confidence, abs=1e-2)


@pytest.mark.parametrize('seed', range(6))
def test_wide_beam_finds_the_sums_over_all_paths_and_words(tmp_path, seed):
    alphabet = Alphabet(' ab')
    alpha, beta = 0.8, 0.7
    path = build_scorer(tmp_path, 'a ab\nab a b\na a ab\n', alphabet, order=2)
    rows = np.random.RandomState(seed).gamma(0.7, size=(6, 4)) + 1e-3
    rows /= rows.sum(axis=1, keepdims=True)
    sums = {}
    for alignment in itertools.product(range(4), repeat=6):
        text = alphabet.decode([label for label, _ in itertools.groupby(alignment) if label != 3])
        sums[text] = sums.get(text, 0) + rows[np.arange(6), alignment].prod()
    model = kenlm.Model(path)
    expected = {text: math.log(total) + language_model_score(model, text, alpha, beta)
                for text, total in sums.items() if may_be_spelt(text, ('a', 'ab', 'b'))}
    results = decode(rows, alphabet, 10000, scorer_path=path, beam_width=10000, lm_alpha=alpha, lm_beta=beta)
    assert {result.text for result in results} == set(expected)
    np.testing.assert_allclose([result.confidence for result in results],
                               [expected[result.text] for result in results], rtol=1e-5, atol=1e-4)


def may_be_spelt(text, words):
    """True if all words but the last are words, and the last is the beginning of one."""
    *complete, last = text.split(' ')
    return all(word in words for word in complete) and any(word.startswith(last) for word in words)


def language_model_score(model, text, alpha, beta):
    """Returns alpha * ln P + beta of every word of `text`, by KenLM's own sentence scores."""
    total = 0.0
    words = text.split()
    for log10, _, is_unknown in itertools.islice(model.full_scores(' '.join(words), eos=False), len(words)):
        assert not is_unknown  # all beginnings of words are words here
        total += alpha * log10 * math.log(10) + beta
    return total


def test_an_unknown_word_spoils_as_many_words_as_the_model_looks_back(cat_scorer):
    model = kenlm.Model(cat_scorer)
    contexts = WordContexts(model)
    context, scores = contexts.START, []
    for word in 'the zebra sat on the mat'.split():
        score, context = contexts.score(context, word)
        scores.append(score)
    assert [score == UNKNOWN_WORD_SCORE for score in scores] == [False, True, True, True, False, False]
    expected = math.log(10) * next(model.full_scores('the', bos=True))[0]
    assert scores[0] == pytest.approx(expected, rel=1e-6)


def test_when_no_beam_can_go_on_the_last_ones_are_given(english, golden_scorer):
    rows = np.full((8, 29), 1e-9)
    rows[:, english.encode('z')] = 1.0  # no word has so many, and the cut-off leaves nothing else
    result = decode(rows, english, scorer_path=golden_scorer, cutoff_prob=0.9, beam_width=8)[0]
    assert np.isfinite(result.confidence)
    assert result.text in ('z', '')


def test_a_scorer_that_ends_anywhere_is_refused(tmp_path, english, golden_scorer):
    with open(golden_scorer, 'rb') as file:
        whole = file.read()
    end = language_model_size(whole, golden_scorer)
    lengths = set(range(0, 200)) | set(range(end - 20, end + 130)) | set(range(200, len(whole), 997)) \
        | set(range(len(whole) - 20, len(whole)))
    for length in sorted(lengths):
        path = tmp_path / f'{length}.scorer'
        path.write_bytes(whole[:length])
        with pytest.raises(ScorerError, match=str(path)):
            load_scorer(str(path), english)
        path.unlink()


def test_a_scorer_with_a_damaged_header_or_dictionary_never_crashes(tmp_path, english, golden_scorer):
    with open(golden_scorer, 'rb') as file:
        whole = file.read()
    end = language_model_size(whole, golden_scorer)
    random = np.random.RandomState(0)
    rows = random.dirichlet(np.ones(29), 12)
    positions = list(range(140)) + list(range(end, end + 110)) + random.randint(end, len(whole), 250).tolist()
    n_refused = 0
    for number, position in enumerate(positions):
        damaged = bytearray(whole)
        damaged[position] ^= 1 << random.randint(8)
        path = tmp_path / f'{number}.scorer'
        path.write_bytes(damaged)
        try:
            scorer = load_scorer(str(path), english)
        except ScorerError as error:
            assert str(path) in str(error)
            n_refused += 1
        else:
            BeamSearch(DecoderConfig(beam_width=20, lm_alpha=0.5, lm_beta=1.0), english, scorer).decode(rows)
        path.unlink()
    assert n_refused > 100


def test_what_is_not_a_scorer_is_named(tmp_path, english, golden_scorer):
    with pytest.raises(ScorerError, match='No such file'):
        load_scorer(str(tmp_path / 'none.scorer'), english)
    with pytest.raises(ScorerError, match='Is a directory'):
        load_scorer(str(tmp_path), english)
    text = tmp_path / 'text.scorer'
    text.write_text('hello\n' * 100)
    with pytest.raises(ScorerError, match='not a scorer'):
        load_scorer(str(text), english)
    with open(golden_scorer, 'rb') as file:
        whole = file.read()
    end = language_model_size(whole, golden_scorer)
    for name, content, message in (
            ('lm.binary', whole[:end], 'without a dictionary'),
            ('magic.scorer', whole[:end] + b'TRIE' + whole[end + 4:], 'no dictionary header'),
            ('version.scorer', whole[:end + 4] + b'\5' + whole[end + 5:], 'version 5'),
            ('bytes.scorer', whole[:end + 8] + b'\1' + whole[end + 9:], 'bytes output mode'),
            ('strings.scorer', whole[:100] + b'\1' + whole[101:], 'vocabulary strings')):
        path = tmp_path / name
        path.write_bytes(content)
        with pytest.raises(ScorerError, match=message):
            load_scorer(str(path), english)


def test_a_scorer_for_another_alphabet_is_refused(golden_scorer):
    with pytest.raises(ScorerError, match='at least 28 labels'):
        load_scorer(golden_scorer, Alphabet(' abc'))
    with pytest.raises(ScorerError, match='with a space'):
        load_scorer(golden_scorer, Alphabet([chr(code) for code in range(200, 300)]))
