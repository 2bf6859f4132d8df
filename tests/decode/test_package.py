"""Writing scorer packages."""

import os
import random

import pytest

from deepspeech_training.decode.automaton import minimal_automaton
from deepspeech_training.decode.kenlm_file import language_model_size
from deepspeech_training.decode.package import write_package
from deepspeech_training.decode.scorer import load_scorer
from deepspeech_training.errors import ScorerError
from deepspeech_training.text.alphabet import Alphabet


@pytest.fixture
def language_model(tmp_path, golden_scorer):
    """The language model of the golden package on its own."""
    with open(golden_scorer, 'rb') as file:
        whole = file.read()
    path = tmp_path / 'lm.binary'
    path.write_bytes(whole[:language_model_size(whole, golden_scorer)])
    return str(path)


def language_of(dictionary):
    """Returns the set of label tuples that an automaton accepts."""
    words, open_paths = set(), [(dictionary.start, ())]
    while open_paths:
        state, labels = open_paths.pop()
        if dictionary.accepting[state]:
            words.add(labels)
        for arc in range(dictionary.first[state], dictionary.first[state + 1]):
            open_paths.append((int(dictionary.targets[arc]), labels + (int(dictionary.labels[arc]),)))
    return words


def n_states_of_minimal_automaton(words):
    """Counts the different sets of endings that beginnings of words have: the states of any minimal automaton."""
    endings = {}
    for word in words:
        for length in range(len(word) + 1):
            endings.setdefault(word[:length], set()).add(word[length:])
    return len({frozenset(ends) for ends in endings.values()})


@pytest.mark.parametrize('seed', range(20))
def test_automaton_accepts_exactly_the_words_and_is_minimal(seed):
    generator = random.Random(seed)
    words = {tuple(generator.choices(range(2, 5), k=generator.randint(1, 6))) + (1,) for _ in range(40)}
    automaton = minimal_automaton(words)
    assert language_of(automaton) == words
    assert len(automaton.accepting) == n_states_of_minimal_automaton(words)
    assert automaton.accepting.sum() == 1


def test_a_package_is_read_back_as_written(tmp_path, english, language_model):
    path = str(tmp_path / 'new.scorer')
    words = ['please', 'enter', 'password', "don't", 'entry']
    report = write_package(path, language_model, words + ['<s>', '</s>', '<unk>'], english, 0.75, 1.85)
    assert report == (5, 0, ())
    scorer = load_scorer(path, english)
    assert (scorer.alpha, scorer.beta) == (0.75, 1.850000023841858)
    assert language_of(scorer.dictionary) == {
        tuple(label + 1 for label in english.encode(word + ' ')) for word in words}
    assert scorer.model.order == 4


def test_the_published_package_is_written_again_from_its_words(tmp_path, english, golden_scorer, language_model):
    published = load_scorer(golden_scorer, english)
    words = [english.decode([label - 1 for label in labels[:-1]]) for labels in language_of(published.dictionary)]
    path = str(tmp_path / 'again.scorer')
    write_package(path, language_model, words, english, published.alpha, published.beta)
    assert os.path.getsize(path) == os.path.getsize(golden_scorer)
    end = os.path.getsize(language_model) + 25 + 65  # up to the tables, whose states may be numbered otherwise
    with open(path, 'rb') as ours, open(golden_scorer, 'rb') as theirs:
        assert ours.read(end) == theirs.read(end)


def test_words_that_cannot_be_written_are_counted(tmp_path, english, language_model):
    path = str(tmp_path / 'new.scorer')
    report = write_package(path, language_model, ['one', 'naïve', 'café', 'two'], english, 1, 1)
    assert report == (2, 2, ('café', 'naïve'))


def test_a_package_without_words_is_not_written(tmp_path, english, language_model):
    path = tmp_path / 'new.scorer'
    path.write_bytes(b'old')
    with pytest.raises(ScorerError, match="none of 2 words .* such as 'DE', 'ß'"):
        write_package(str(path), language_model, ['ß', 'DE'], english, 1, 1)
    with pytest.raises(ScorerError, match='none of 0 words'):
        write_package(str(path), language_model, [], english, 1, 1)
    assert path.read_bytes() == b'old'


def test_an_alphabet_without_space_is_refused(tmp_path, language_model):
    with pytest.raises(ScorerError, match='needs an alphabet with a space'):
        write_package(str(tmp_path / 'new.scorer'), language_model, ['a'], Alphabet('ab'), 1, 1)


def test_a_package_of_a_package_is_refused(tmp_path, english, golden_scorer):
    with pytest.raises(ScorerError, match='a scorer package already'):
        write_package(str(tmp_path / 'new.scorer'), golden_scorer, ['one'], english, 1, 1)
    assert not os.listdir(str(tmp_path))


def test_nothing_is_left_behind_where_writing_fails(tmp_path, english, language_model):
    with pytest.raises(ScorerError, match='cannot be written'):
        write_package(str(tmp_path / 'missing' / 'new.scorer'), language_model, ['one'], english, 1, 1)
    assert os.listdir(str(tmp_path)) == ['lm.binary']
