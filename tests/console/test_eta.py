"""The time left of a run, with a clock that the test turns."""

from deepspeech_training.console.eta import RemainingTime
from deepspeech_training.console.throughput import Throughput


def run(clock, n_steps, step_s, to_make=None):
    """Returns the Throughput of a pass over steps with ten seconds of audio each, of which some are made."""
    throughput = Throughput(n_steps, 10. * n_steps, clock=clock)
    for _ in range(n_steps if to_make is None else to_make):
        clock.seconds += step_s
        throughput.add(10., 1e9, 0.)
    return throughput


def test_unknown_until_every_kind_of_pass_was_seen_at_work(clock):
    remaining = RemainingTime([('train', 100.), ('dev', 40.)], clock)
    assert remaining.left_s(0, 2, run(clock, 10, 2., to_make=5)) is None  # nobody has validated yet
    remaining.finished(0, run(clock, 10, 1.))  # 20 s for all of it: the steps above count as time between two passes
    assert remaining.left_s(1, 2, run(clock, 4, 1., to_make=1)) is None
    assert remaining.left_s(1, 2, run(clock, 4, 1., to_make=2)) == 2. + 2 * (20. + 4.)


def test_without_validation_known_from_the_second_step(clock):
    remaining = RemainingTime([('train', 100.)], clock)
    assert remaining.left_s(0, 2, run(clock, 10, 2., to_make=2)) == 16. + 2 * 20.


def test_what_lies_between_passes_counts(clock):
    remaining = RemainingTime([('train', 100.), ('dev', 20.), ('dev', 20.)], clock)
    remaining.finished(0, run(clock, 10, 1.))
    clock.seconds += 7.  # saves a checkpoint
    remaining.finished(1, run(clock, 2, 1.))
    # Two more sets in this epoch at 9 s each; next epoch 10 s and twice 9 s.
    assert remaining.left_s(1, 1, run(clock, 2, 1.)) == 9. + 10. + 9. + 9.


def test_a_short_rest_of_an_interrupted_epoch_is_not_taken_for_the_rule(clock):
    remaining = RemainingTime([('train', 100.)], clock)
    remaining.finished(0, run(clock, 1, 30.))  # one step, which also set everything up
    assert remaining.left_s(0, 1, run(clock, 10, 1., to_make=2)) == 8. + 10.


def test_the_last_pass_ends_the_run(clock):
    remaining = RemainingTime([('train', 100.)], clock)
    remaining.finished(0, run(clock, 10, 1.))
    assert remaining.left_s(0, 0, run(clock, 10, 1.)) == 0.
