import random
from functools import lru_cache

import pytest

from deepspeech_training.text.metrics import EditCounts, edit_counts, error_rates, levenshtein


def textbook_distance(a, b):
    @lru_cache(maxsize=None)
    def distance(i, j):
        if not i or not j:
            return i + j
        return min(distance(i - 1, j) + 1, distance(i, j - 1) + 1, distance(i - 1, j - 1) + (a[i - 1] != b[j - 1]))
    return distance(len(a), len(b))


@pytest.mark.parametrize('a, b, distance', [
    ('', '', 0), ('', 'abc', 3), ('abc', '', 3), ('abc', 'abc', 0), ('kitten', 'sitting', 3), ('flaw', 'lawn', 2),
    ('\u00fc', 'u\u0308', 2), ('a' * 200, 'b' * 100, 200)])
def test_known_distances(a, b, distance):
    assert levenshtein(a, b) == levenshtein(b, a) == distance


def test_distance_is_the_textbook_one_for_random_strings_and_words():
    rng = random.Random(5)
    for _ in range(1500):
        a, b = ([rng.choice('abc') for _ in range(rng.randrange(12))] for _ in range(2))
        assert levenshtein(''.join(a), ''.join(b)) == textbook_distance(a, b)
        assert levenshtein([x * 3 for x in a], [x * 3 for x in b]) == textbook_distance(a, b)
    for length in (63, 64, 65, 130):  # around machine words
        a, b = (''.join(rng.choice('ab') for _ in range(length)) for _ in range(2))
        assert levenshtein(a, b) == textbook_distance(a, b)


def test_utterance_scores():
    result = edit_counts('turn on the light', 'turn of light')
    assert result == EditCounts(char_distance=5, char_length=17, word_distance=2, word_length=4)
    assert (result.cer, result.wer) == (5 / 17, 0.5)
    assert edit_counts('a', 'b c d').wer == 3.0  # not capped


def test_words_stand_between_any_white_space():
    assert edit_counts('a  b', ' a\tb ').wer == 0


def test_empty_reference_has_a_score():
    assert (edit_counts('', '').wer, edit_counts('', '').cer) == (0.0, 0.0)
    assert (edit_counts('', 'x y').wer, edit_counts('', 'x y').cer) == (1.0, 1.0)
    assert (edit_counts(' ', '').wer, edit_counts(' ', '').cer) == (0.0, 1.0)


def test_totals_weigh_by_length_and_are_capped():
    wer, cer = error_rates([edit_counts('a b c d', 'a b c d'), edit_counts('e', 'f')])
    assert (wer, cer) == (1 / 5, 1 / 8)
    assert error_rates([edit_counts('a', 'b c d'), edit_counts('a', 'a')]) == (1.0, 1.0)
    assert error_rates([edit_counts('', '')]) == (0.0, 0.0)
    assert error_rates([edit_counts('', 'x'), edit_counts('a b', 'a b')]) == (0.5, 1 / 3)
    assert error_rates([]) == (0.0, 0.0)
