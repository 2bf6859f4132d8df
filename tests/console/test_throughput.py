"""Rates of a pass and the time left, with a clock that the test turns."""

import pytest

from deepspeech_training.console.throughput import Throughput


def walk(throughput, clock, steps):
    """Makes steps, each (seconds it takes, audio seconds, operations, seconds waited)."""
    for took_s, audio_s, operations, waited_s in steps:
        clock.seconds += took_s
        throughput.add(audio_s, operations, waited_s)


def test_rates_of_a_steady_pass(clock):
    throughput = Throughput(10, 200., clock=clock)
    walk(throughput, clock, [(2., 20., 6e9, 0.5)] * 4)
    assert throughput.recent == throughput.rates == (10., 3., 0.25, 2.)
    assert throughput.left_s == 12. and throughput.steps == 4 and throughput.elapsed_s == 8.


def test_nothing_is_known_before_the_second_step(clock):
    throughput = Throughput(10, 200., clock=clock)
    assert throughput.recent is None and throughput.whole is None and throughput.left_s is None
    walk(throughput, clock, [(60., 20., 6e9, 0.)])
    assert throughput.recent is None and throughput.left_s is None
    walk(throughput, clock, [(2., 20., 6e9, 0.)])
    assert throughput.recent.step_s == 2. and throughput.left_s == 16.


def test_old_steps_are_forgotten(clock):
    throughput = Throughput(300, 300., clock=clock)
    walk(throughput, clock, [(1., 1., 1e9, 1.)] * 100 + [(1., 4., 1e9, 0.)] * 40)
    assert throughput.recent.audio == 4. and throughput.recent.wait_share == 0.


def test_of_very_long_steps_the_last_one_counts(clock):
    throughput = Throughput(300, 300., clock=clock)
    walk(throughput, clock, [(1., 1., 1e9, 0.)] * 5 + [(100., 1., 1e9, 0.)] * 2)
    assert throughput.recent.step_s == 100.


def test_a_complete_pass_gives_its_averages(clock):
    throughput = Throughput(3, 60., clock=clock)
    walk(throughput, clock, [(8., 20., 6e9, 4.), (1., 20., 6e9, 0.), (1., 20., 6e9, 0.)])
    assert throughput.rates == throughput.whole == (6., 1.8, 0.4, pytest.approx(10 / 3))
    assert throughput.left_s == 0


def test_a_resumed_pass_counts_from_where_it_was(clock):
    throughput = Throughput(10, 80., done=6, clock=clock)
    assert throughput.steps == 6
    walk(throughput, clock, [(2., 20., 6e9, 0.)] * 2)
    assert throughput.steps == 8 and throughput.left_s == 4. and throughput.recent.audio == 10.
