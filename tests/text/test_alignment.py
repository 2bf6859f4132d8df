"""Alignments have as few errors as any, checked against all alignments there are."""

import random
from functools import lru_cache

import pytest

from deepspeech_training.text.alignment import Pair, align
from deepspeech_training.text.metrics import levenshtein


def all_alignments(a, b):
    """Every way to pair off two short sequences in order."""
    if not a and not b:
        return [[]]
    found = []
    if a:
        found += [[(a[0], None), *rest] for rest in all_alignments(a[1:], b)]
    if b:
        found += [[(None, b[0]), *rest] for rest in all_alignments(a, b[1:])]
    if a and b:
        found += [[(a[0], b[0]), *rest] for rest in all_alignments(a[1:], b[1:])]
    return found


def n_errors(pairs):
    return sum(said != recognised for said, recognised in pairs)


@pytest.mark.parametrize('seed', range(60))
def test_no_alignment_has_fewer_errors(seed):
    draw = random.Random(seed)
    a, b = [''.join(draw.choice('ab ') for _ in range(draw.randrange(6))) for _ in range(2)]
    pairs = align(a, b)
    possible = all_alignments(a, b)
    assert [tuple(pair) for pair in pairs] in possible
    assert n_errors(pairs) == min(map(n_errors, possible)) == levenshtein(a, b)


def distance(a, b):
    """The plain recurrence."""
    @lru_cache(None)
    def rest(i, j):
        if i == len(a) or j == len(b):
            return len(a) - i + len(b) - j
        return min(rest(i + 1, j) + 1, rest(i, j + 1) + 1, rest(i + 1, j + 1) + (a[i] != b[j]))
    return rest(0, 0)


@pytest.mark.parametrize('seed', range(40))
def test_long_texts_are_aligned_with_as_many_errors_as_their_distance(seed):
    """Beyond 64 items, too, as the columns are integers of any length."""
    draw = random.Random(seed)
    a, b = [tuple(draw.choice(['yes', 'no', 'maybe', 'so']) for _ in range(draw.randrange(150))) for _ in range(2)]
    pairs = align(a, b)
    assert [pair.said for pair in pairs if pair.said is not None] == list(a)
    assert [pair.recognised for pair in pairs if pair.recognised is not None] == list(b)
    assert n_errors(pairs) == distance(a, b) == levenshtein(a, b)


def test_what_happened_to_each_word_is_told():
    pairs = align('the cat sat down'.split(), 'a the hat sat'.split())
    assert [(pair.said, pair.recognised, pair.kind) for pair in pairs] == [
        (None, 'a', 'ins'), ('the', 'the', 'right'), ('cat', 'hat', 'sub'), ('sat', 'sat', 'right'), ('down', None, 'del')]


def test_nothing_is_aligned_with_nothing():
    assert align('', '') == [] and align('ab', '') == [Pair('a', None), Pair('b', None)] and align('', 'a') == [Pair(None, 'a')]
