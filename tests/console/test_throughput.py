"""Rates of a pass and the time left, with a clock that the test turns."""

import pytest

from deepspeech_training.console.throughput import Throughput


def walk(pace, clock, steps):
    """Makes steps, each (seconds it takes, audio seconds, operations, seconds waited)."""
    for took_s, audio_s, operations, waited_s in steps:
        clock.seconds += took_s
        pace.add(audio_s, operations, waited_s)


def test_rates_of_a_steady_pass(clock):
    pace = Throughput(10, 200., clock=clock)
    walk(pace, clock, [(2., 20., 6e9, 0.5)] * 4)
    assert pace.recent == pace.rates == (10., 3., 0.25, 2.)
    assert pace.left_s == 12. and pace.steps == 4 and pace.elapsed_s == 8.


def test_nothing_is_known_before_the_second_step(clock):
    pace = Throughput(10, 200., clock=clock)
    assert pace.recent is None and pace.whole is None and pace.left_s is None
    walk(pace, clock, [(60., 20., 6e9, 0.)])
    assert pace.recent is None and pace.left_s is None
    walk(pace, clock, [(2., 20., 6e9, 0.)])
    assert pace.recent.step_s == 2. and pace.left_s == 16.


def test_old_steps_are_forgotten(clock):
    pace = Throughput(300, 300., clock=clock)
    walk(pace, clock, [(1., 1., 1e9, 1.)] * 100 + [(1., 4., 1e9, 0.)] * 40)
    assert pace.recent.audio == 4. and pace.recent.wait_share == 0.


def test_of_very_long_steps_the_last_one_counts(clock):
    pace = Throughput(300, 300., clock=clock)
    walk(pace, clock, [(1., 1., 1e9, 0.)] * 5 + [(100., 1., 1e9, 0.)] * 2)
    assert pace.recent.step_s == 100.


def test_a_complete_pass_gives_its_averages(clock):
    pace = Throughput(3, 60., clock=clock)
    walk(pace, clock, [(8., 20., 6e9, 4.), (1., 20., 6e9, 0.), (1., 20., 6e9, 0.)])
    assert pace.rates == pace.whole == (6., 1.8, 0.4, pytest.approx(10 / 3))
    assert pace.left_s == 0


def test_a_resumed_pass_counts_from_where_it_was(clock):
    pace = Throughput(10, 80., done=6, clock=clock)
    assert pace.steps == 6
    walk(pace, clock, [(2., 20., 6e9, 0.)] * 2)
    assert pace.steps == 8 and pace.left_s == 4. and pace.recent.audio == 10.
