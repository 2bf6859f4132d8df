"""Characters of transcripts are counted and named, what is hardly meant is said, alphabets are read back as written."""

import random
import sys
import unicodedata

import pytest

from deepspeech_training.text.alphabet import Alphabet
from deepspeech_training.text.characters import Characters, alphabet_text, table_of


def characters_of(*texts, normalise=False):
    found = Characters()
    found.add(((f'set.csv, line {line}', text) for line, text in enumerate(texts, 2)), normalise)
    return found


def test_each_character_is_counted_and_found_where_it_stands_first():
    found = characters_of('ab a', 'bé', 'é')
    assert found.all == [(' ', 1, 'set.csv, line 2'), ('a', 2, 'set.csv, line 2'), ('b', 2, 'set.csv, line 2'),
                         ('é', 2, 'set.csv, line 3')]
    assert found.n_transcripts == 3


def test_the_table_shows_blanks_marks_and_invisible_characters():
    lines = table_of(characters_of(' \u200b\u0301').all)
    assert [line.split()[0] for line in lines] == ["'", "'\\u0301'", "'\\u200b'"] and lines[0].startswith("' ' ")
    assert 'U+0301' in lines[1] and 'COMBINING ACUTE ACCENT' in lines[1] and '(set.csv, line 2)' in lines[1]


def test_the_order_does_not_depend_on_that_of_the_rows():
    texts = ['zebra é', "it's #1", 'ж ночь', 'ａ']
    expected = characters_of(*texts).labels
    for seed in range(5):
        shuffled = random.Random(seed).sample(texts, len(texts))
        assert characters_of(*shuffled).labels == expected
    assert expected == [' ', '#', *sorted(set(''.join(texts)) - set(' #'))]


def test_an_alphabet_of_every_character_is_read_back_as_it_was_written(tmp_path):
    every = [chr(point) for point in range(1, 0x3000) if chr(point) not in '\n\r'] + ['\ufeff', '\U0001f600']
    labels = characters_of(''.join(every)).labels
    path = tmp_path / 'alphabet.txt'
    for comment in ('3 characters', ''):
        path.write_bytes(alphabet_text(labels, comment).encode('utf-8'))
        assert Alphabet.from_file(str(path)).labels == tuple(labels) and sorted(labels) == sorted(every)


def test_labels_that_are_written_are_encoded_as_they_were_counted(tmp_path):
    path = tmp_path / 'alphabet.txt'
    path.write_text(alphabet_text(characters_of('a #b\\').labels), encoding='utf-8')
    alphabet = Alphabet.from_file(str(path))
    assert alphabet.decode(alphabet.encode('b# a\\')) == 'b# a\\'


@pytest.mark.parametrize('text, said', [
    ('cafe\u0301', r"'e\u0301' (U+0065 U+0301) is '\xe9' (U+00E9)"), ('o\u0302\u0301 z', r'(U+006F U+0302 U+0301) is'),
    ('x \u212b', '(U+212B) is'), ('\u0958', '(U+0958) is'), ('a\u0315\u0300', '(U+0061 U+0315 U+0300) is')])
def test_what_is_not_in_nfc_is_said_with_its_row_and_code_points(text, said):
    (sentence,) = characters_of('plain', text).about_normal_form()
    assert said in sentence and '1 transcript of 2' in sentence and 'set.csv, line 3: ' in sentence
    found = characters_of('plain', text, normalise=True)
    assert found.about_normal_form() == [sentence]
    assert ''.join(found.labels) == unicodedata.normalize('NFC', ''.join(found.labels))


@pytest.mark.parametrize('text', ['é', 'ñandú', 'нет', 'f\u0301', 'नमस्ते', '한국어', '𝄞'])
def test_what_is_in_nfc_is_not_blamed(text):
    assert not characters_of(text).about_normal_form()


@pytest.mark.parametrize('text, said', [
    ('a\tb', 'control characters'), ('zero\u200bwidth', 'ZERO WIDTH SPACE'), ('a\u00a0b', 'white space other than a blank'),
    ('a\u2028b', 'line separators'), ('soft\u00adhyphen', 'SOFT HYPHEN'), ('\ufeffa', 'ZERO WIDTH NO-BREAK SPACE'),
    ('\ue000', 'private use'), ('\u0378', 'code points without a character'), ('\ufb01n', 'LATIN SMALL LIGATURE FI'),
    ("it's it\u2019s", 'look alike'), ('con con \u0441on', 'CYRILLIC SMALL LETTER ES'), ('a-b a\u2013b', 'EN DASH')])
def test_characters_that_are_hardly_meant_are_named(text, said):
    (sentence,) = characters_of('x', text).warnings()
    assert said in sentence and 'first in set.csv, line 3' in sentence


@pytest.mark.parametrize('text', ["don't stop", 'съешь ещё этих французских булок', 'ısı isi', 'είναι', 'ağaç şey', 'سلام على'])
def test_ordinary_texts_need_no_warning(text):
    assert characters_of(text).warnings() == []


def test_many_findings_of_a_kind_are_one_sentence():
    (sentence,) = characters_of(''.join(map(chr, range(1, 9)))).warnings()
    assert sentence.endswith('and 3 more.')


def test_characters_are_counted_as_fast_as_a_large_set_needs():
    texts = ['the quick brown fox jumps over the lazy dog'] * 1000
    calls, counted = [0], Characters()

    def profile(frame, event, argument):
        calls[0] += event == 'call' and 'characters' in frame.f_code.co_filename

    sys.setprofile(profile)
    try:
        counted.add(('set.csv', text) for text in texts)
    finally:
        sys.setprofile(None)
    assert calls[0] < 1000 * 3  # per row, not per character
