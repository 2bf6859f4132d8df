"""Lower case by the alphabet, and what makes a text fit."""

import sys
import unicodedata

import pytest

from deepspeech_training.corpora.layouts.text import clean_transcript
from deepspeech_training.text.letters import lower_case, upper_case, what_makes_fit

TURKISH = frozenset(' abc\u00e7defg\u011fh\u0131ijklmno\u00f6prs\u015ftu\u00fcvyz')
ENGLISH = frozenset(" abcdefghijklmnopqrstuvwxyz'")


@pytest.mark.parametrize('text, letters, expected', [
    ('\u0130STANBUL I\u011eDIR ILIK', TURKISH, 'istanbul \u0131\u011fd\u0131r \u0131l\u0131k'),
    ('\u0130zmir \u0131\u015f\u0131k', TURKISH, 'izmir \u0131\u015f\u0131k'),
    (unicodedata.normalize('NFD', '\u0130zmir I'), TURKISH, 'izmir \u0131'),
    ('\u018fLI \u0130L', TURKISH | {'\u0259'}, '\u0259l\u0131 il'),  # Azeri
    ('\u0130STANBUL IN JULY', ENGLISH, 'istanbul in july'), ('I AM', (), 'i am'), ('\u0130', (), 'i'),
    ('\u039f\u0394\u039f\u03a3', frozenset('\u03b1\u03b4\u03bf\u03c3\u03c2'), '\u03bf\u03b4\u03bf\u03c2'),
    ('\u039f\u0394\u039f\u03a3', frozenset('\u03b1\u03b4\u03bf\u03c3'), '\u03bf\u03b4\u03bf\u03c3'),
    ('STRASSE \u1e9e', frozenset('stra\u00dfe '), 'strasse \u00df')])
def test_lower_case_is_that_of_the_alphabet(text, letters, expected):
    assert lower_case(text, letters) == expected


@pytest.mark.parametrize('letters', [(), ENGLISH, TURKISH])
def test_lower_case_never_makes_two_characters_of_one(letters):
    """The combining dot of str.lower() is a character that the text does not hold and no alphabet has."""
    for code in range(sys.maxunicode + 1):
        if not 0xD800 <= code < 0xE000:
            assert len(lower_case(chr(code), letters)) == 1, hex(code)


@pytest.mark.parametrize('text, letters, expected', [
    ('istanbul', frozenset('\u0130SI'), '\u0130STANBUL'), ('i\u0131', (), 'II')])
def test_upper_case_is_that_of_the_alphabet(text, letters, expected):
    assert upper_case(text, letters) == expected


@pytest.mark.parametrize('text, letters, change', [
    ('cafe\u0301', ENGLISH | {'\u00e9'}, 'in Unicode normal form NFC'),
    ('caf\u00e9', ENGLISH | {'\u0301'}, 'in Unicode normal form NFD'),
    ('two\u00a0words', ENGLISH, 'with plain blanks for other white space'),
    ('two\twords', ENGLISH, 'with plain blanks for other'),
    ('TURN', ENGLISH, 'in lower case'), ('ILIK', TURKISH, 'in lower case'), ('turn', frozenset('TURN'), 'in upper case'),
    ('CAFE\u0301', ENGLISH | {'\u00e9'}, 'in Unicode normal form NFC and in lower case'), ('7', ENGLISH, None)])
def test_the_least_change_is_named(text, letters, change):
    found = what_makes_fit(text, letters)
    assert found is None if change is None else found.startswith(change)


def test_importers_use_the_same_lower_case():
    assert clean_transcript('\u0130ci', 'fr') == 'ici'
