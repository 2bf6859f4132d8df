"""Counting words in bounded memory gives what plain counting gives."""

import random
from collections import Counter

import pytest

from deepspeech_training.lm import counting
from deepspeech_training.lm.counting import WordCounter


def zipf_lines(seed, n_lines=200, n_words=120):
    """Lines of a few words, some frequent and most rare, with many equal counts."""
    generator = random.Random(seed)
    words = [f'w{number}' for number in range(n_words)] + ['\u044f', '\U0001f600', 'a"b', '\\n', "l'eau"]
    return [[words[int(len(words) * generator.random() ** 3)] for _ in range(generator.randrange(9))]
            for _ in range(n_lines)]


@pytest.mark.parametrize('max_words', [1, 2, 7, 50, 1000])
@pytest.mark.parametrize('seed', range(4))
def test_bounded_counting_equals_plain_counting(tmp_path, monkeypatch, max_words, seed):
    monkeypatch.setattr(counting, '_MAX_RUNS', 5)
    lines = zipf_lines(seed)
    plain, bounded = Counter(), WordCounter(max_words, str(tmp_path))
    for line in lines:
        plain.update(line)
        bounded.add(line)
    for n in (1, 3, 40, 10000):
        # Of equal counts, most_common of the standard library has the first seen first, too.
        assert bounded.most_common(n) == (plain.most_common(n), len(plain))
    assert bounded.n_tokens == sum(plain.values())


def test_memory_stays_bounded(tmp_path):
    counter = WordCounter(10, str(tmp_path))
    for number in range(2000):
        counter.add([f'word{number}'])
        assert len(counter._counts) <= 10 and len(counter._runs) <= 64
    assert counter.most_common(3) == ([('word0', 1), ('word1', 1), ('word2', 1)], 2000)
    assert not list(tmp_path.iterdir())
