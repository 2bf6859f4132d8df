"""From the text of a corpus to a transcript."""

import sys

import pytest

from deepspeech_training.corpora.labels import LabelRules, load_validate, validate_english
from deepspeech_training.corpora.problems import LABEL, MALFORMED
from deepspeech_training.errors import ConfigError, DataError
from deepspeech_training.text.alphabet import Alphabet


@pytest.mark.parametrize('text, expected', [
    ('Hello, World!', 'hello world'), ('well-known  under_score', 'well known under score'), ('yes ; no', 'yes no'),
    ('in 1984', None), ('a (b', None), ('<unk>', None), ('a [noise]', None), ('R&D', None), ('5 * 5', None), ('{x}', None),
    ('?!', None), ('', None), ('Ünïcode – stays', 'ünïcode – stays')])
def test_rule_for_english(text, expected):
    assert validate_english(text) == expected


def test_transcripts_are_composed_and_have_single_blanks():
    assert LabelRules().transcript(' u\u0308ber\t den\nWolken ') == 'über den Wolken'


@pytest.mark.parametrize('text', ['', ' \t', '\u3000'])
def test_no_text_is_no_transcript(text):
    assert LabelRules().transcript(text).kind == LABEL


def test_order_is_ascii_then_corpus_then_language_then_alphabet():
    seen = []

    def rule(name, result):
        return lambda text: seen.append((name, text)) or result

    rules = LabelRules(rule('corpus', 'b'), rule('language', 'c'), Alphabet('xyz'), to_ascii=True)
    problem = rules.transcript('Añb д')
    assert seen == [('corpus', 'Anb '), ('language', 'b')]
    assert problem.characters == 'c' and 'U+0063' in problem.reason


def test_a_rule_that_refuses_ends_the_others():
    assert LabelRules(lambda text: None, lambda text: 1 / 0).transcript('a').kind == LABEL


def test_characters_outside_the_alphabet_are_named():
    problem = LabelRules(alphabet=Alphabet('abc ')).transcript('abc dé')
    assert problem.characters == 'dé' and 'U+00E9' in problem.reason


def test_a_blank_after_every_character():
    assert LabelRules(spaced=True).transcript('早上好') == '早 上 好'
    assert LabelRules(spaced=True).transcript('早上 好') == '早 上 好'


def test_a_locale_file_decides_and_may_import_its_neighbours(tmp_path):
    (tmp_path / 'words_of_mine.py').write_text('BAD = "bad"\n')
    (tmp_path / 'locale.rules').write_text('from words_of_mine import BAD\n'
                                           'def validate_label(text):\n    return None if BAD in text else text.upper()\n')
    validate = load_validate(str(tmp_path / 'locale.rules'))
    assert LabelRules(validate=validate).transcript('good') == 'GOOD'
    assert LabelRules(validate=validate).transcript('bad').kind == LABEL


@pytest.mark.parametrize('content, words', [
    (None, 'there is no such file'), ('x = 1\n', 'defines no function validate_label'), ('def (\n', 'SyntaxError'),
    ('import no_such_module_at_all\n', 'no_such_module_at_all'), ('import sys\nsys.exit()\n', 'SystemExit')])
def test_a_locale_file_that_cannot_be_used_is_said_at_once(content, words, tmp_path):
    path = tmp_path / 'rules.py'
    if content is not None:
        path.write_text(content)
    with pytest.raises(ConfigError) as error:
        load_validate(str(path))
    assert words in str(error.value) and 'rules.py' in str(error.value)


@pytest.mark.parametrize('rule, words', [(lambda text: 1 / 0, 'ZeroDivisionError'), (lambda text: 7, 'gives 7'),
                                         (lambda text: sys.exit(), 'SystemExit')])
def test_a_rule_that_fails_ends_the_import_with_the_text(rule, words):
    with pytest.raises(DataError) as error:
        LabelRules(validate=rule).transcript('some text')
    assert words in str(error.value) and 'some text' in str(error.value)


@pytest.mark.parametrize('rest', ['\0', '\udc80'])
def test_what_csv_files_cannot_hold_costs_the_clip_where_a_rule_makes_it(rest):
    assert LabelRules(validate=lambda text: text + rest).transcript('some text').kind == MALFORMED
