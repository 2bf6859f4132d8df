"""Which words an alphabet can write, and what a person is told about the others."""

import pytest

from deepspeech_training.errors import ConfigError, DataError, ScorerError
from deepspeech_training.lm.vocabulary import describe_split, split_vocabulary, word_alphabet
from deepspeech_training.text.alphabet import Alphabet

LATIN = Alphabet(" abcdefghijklmnopqrstuvwxyz'")


def test_words_outside_the_alphabet_are_counted_by_character():
    result = split_vocabulary(['turn', 'caf\u00e9', 'na\u00efve', "l'\u00e9t\u00e9", 'light'], LATIN)
    assert result.writable == ['turn', 'light']
    told = describe_split(result, LATIN)
    assert '3 of 5 words' in told[0] and 'caf\u00e9, na\u00efve' in told[0]
    assert "'\u00e9' (U+00E9" in told[1] and 'in 2 words, such as caf\u00e9' in told[1]
    assert 'in 1 word, such as na\u00efve' in told[2]


def test_many_missing_characters_are_summed_up():
    told = describe_split(split_vocabulary(['turn'] + list('\u0430\u0431\u0432\u0433\u0434\u0435\u0436'), LATIN), LATIN)
    assert len(told) == 7 and 'and 2 more characters' in told[-1]


def test_nothing_is_said_if_all_words_fit():
    assert describe_split(split_vocabulary(['turn', 'on'], LATIN), LATIN) == []


def test_a_vocabulary_of_which_nothing_is_left_is_refused():
    with pytest.raises(ScorerError, match='none of 2 words.*such as \u0432\u043a\u043b\u044e\u0447\u0438'):
        split_vocabulary(['\u0432\u043a\u043b\u044e\u0447\u0438', '\u0441\u0432\u0435\u0442'], LATIN)
    with pytest.raises(ScorerError, match='2 of them could be written in upper case'):
        split_vocabulary(['turn', 'on'], Alphabet(' ABCDEFGHIJKLMNOPQRSTUVWXYZ'))


def test_an_alphabet_file_must_be_there_and_have_a_space(tmp_path):
    with pytest.raises(DataError, match='none: cannot be read as an alphabet.*with --alphabet'):
        word_alphabet(str(tmp_path / 'none'))
    (tmp_path / 'alphabet.txt').write_text('a\nb\n')
    with pytest.raises(ConfigError, match='needs an alphabet with a space'):
        word_alphabet(str(tmp_path / 'alphabet.txt'))


def test_the_first_line_of_a_missing_character_and_the_form_that_fits_are_named():
    alphabet = Alphabet(' cafe\u00e9')
    told = describe_split(split_vocabulary(['cafe\u0301', 'ca', 'fa'], alphabet), alphabet, {'\u0301': ('text.txt', 7)})
    assert told[0].endswith('1 of them could be written in Unicode normal form NFC.')
    assert told[1].endswith('(U+0301, COMBINING ACUTE ACCENT): in 1 word, such as cafe\u0301; first in text.txt, line 7')


def test_an_alphabet_with_two_blanks_in_place_of_one_is_told_so(tmp_path):
    (tmp_path / 'alphabet.txt').write_text('  \na\nb\n')
    with pytest.raises(ConfigError, match='needs an alphabet with a space.*line 1: label .  . .*exactly one blank'):
        word_alphabet(str(tmp_path / 'alphabet.txt'))
