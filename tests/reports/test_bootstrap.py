"""Intervals of error rates, checked against all drawings there are and against drawings of another program."""

import itertools
import random

import numpy as np
import pytest

from deepspeech_training.reports.bootstrap import compare, interval


def exact_rates(errors, lengths):
    """The rate of every drawing of a small set, each as likely as the others."""
    n = len(errors)
    return sorted(sum(errors[i] for i in drawn) / sum(lengths[i] for i in drawn)
                  for drawn in itertools.product(range(n), repeat=n))


def test_the_interval_is_that_of_all_possible_drawings():
    errors, lengths = [0, 1, 2, 3, 1, 0], [4, 6, 5, 7, 3, 2]
    rates = exact_rates(errors, lengths)  # 46,656 of them
    found = interval(errors, lengths, seed=1, n_drawings=40000)
    assert found.rate == 7 / 27
    for bound, share in ((found.low, 0.025), (found.high, 0.975)):
        # The share of possible drawings below the bound is the one wanted; rates are discrete, hence from - to.
        below, up_to = np.searchsorted(rates, [bound - 1e-9, bound + 1e-9]) / len(rates)
        assert below - 0.004 <= share <= up_to + 0.004


def test_the_interval_is_that_of_an_independent_program():
    draw = random.Random(3)
    lengths = [draw.randint(1, 20) for _ in range(200)]
    errors = [min(length, int(draw.expovariate(0.4))) for length in lengths]
    rates = []
    for _ in range(4000):
        drawn = draw.choices(range(200), k=200)
        rates.append(sum(errors[i] for i in drawn) / sum(lengths[i] for i in drawn))
    rates.sort()
    found = interval(errors, lengths, seed=7, n_drawings=4000)
    width = rates[3900] - rates[100]
    assert abs(found.low - rates[100]) < 0.05 * width and abs(found.high - rates[3900]) < 0.05 * width


def test_intervals_hold_what_they_promise():
    """Of 300 sets from one population, about 95 % of the intervals hold its true rate."""
    random_state = np.random.RandomState(5)
    hits = 0
    for seed in range(300):
        errors = random_state.binomial(10, 0.2, 80)
        found = interval(errors.tolist(), [10] * 80, seed, 400)
        hits += found.low <= 0.2 <= found.high
    assert 0.90 <= hits / 300 <= 0.99


def test_the_seed_decides():
    errors, lengths = [0, 1, 2, 3] * 9, [4] * 36
    assert interval(errors, lengths, 1) == interval(errors, lengths, 1) != interval(errors, lengths, 2)
    assert interval(errors, lengths, -1).rate == 1.5 / 4


def test_a_large_set_is_drawn_in_parts_that_change_nothing(monkeypatch):
    errors, lengths = [0, 1, 2, 3] * 9, [4] * 36
    whole = interval(errors, lengths, 1)
    monkeypatch.setattr('deepspeech_training.reports.bootstrap._MAX_AT_ONCE', 100)
    assert interval(errors, lengths, 1) == whole


def test_a_paired_comparison_sees_what_intervals_alone_do_not():
    """Utterances differ much, the tests differ little, but always in the same direction."""
    draw = random.Random(1)
    first = [draw.randint(0, 20) for _ in range(100)]
    second = [max(0, errors - 1) for errors in first]
    found = compare(first, second, [20] * 100, seed=1)
    assert found.first.low < found.second.rate < found.first.high  # the intervals overlap widely
    assert found.change.high < 0 and found.share_better == 1.0
    assert (found.n_better, found.n_worse, found.n_equal) == (100 - first.count(0), 0, first.count(0))
    assert found.first == interval(first, [20] * 100, seed=1)


def test_the_paired_difference_is_that_of_all_possible_drawings():
    first, second, lengths = [1, 2, 0, 3, 2], [0, 2, 1, 1, 2], [4, 5, 3, 6, 2]
    changes = sorted((sum(second[i] for i in drawn) - sum(first[i] for i in drawn)) / sum(lengths[i] for i in drawn)
                     for drawn in itertools.product(range(5), repeat=5))
    found = compare(first, second, lengths, seed=2, n_drawings=40000)
    below, up_to = np.searchsorted(changes, [-1e-9, 1e-9]) / len(changes)
    assert found.share_better == pytest.approx(below + (up_to - below) / 2, abs=0.01)
    for bound, share in ((found.change.low, 0.025), (found.change.high, 0.975)):
        below, up_to = np.searchsorted(changes, [bound - 1e-9, bound + 1e-9]) / len(changes)
        assert below - 0.006 <= share <= up_to + 0.006


def test_equal_tests_do_not_differ():
    found = compare([1, 0], [1, 0], [2, 2], seed=1)
    assert found.change == (0., 0., 0.) and found.share_better == 0.5 and found.n_equal == 2


def test_an_empty_set_has_no_errors():
    assert interval([], [], 1) == (0., 0., 0.)
