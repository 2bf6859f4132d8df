"""Best model, early stopping and plateaus, epoch by epoch."""

import math

import pytest

from deepspeech_training.settings.config import ScheduleConfig
from deepspeech_training.train.state import TrainingState

BOTH = ScheduleConfig(early_stop=True, es_epochs=4, es_min_delta=0.1, reduce_lr_on_plateau=True, plateau_epochs=2)


def decisions(losses, config=BOTH, schedule=None):
    schedule = schedule or TrainingState()
    return [schedule.validated(loss, config) for loss in losses], schedule


def test_small_falls_are_saved_but_count_as_stale():
    made, schedule = decisions([10, 9.95, 9.92, 9.5])
    assert [decision.best for decision in made] == [True, True, True, True]
    assert [decision.plateau for decision in made] == [False, False, True, False]
    assert schedule.stale == 0 and schedule.best == 9.5


def test_stops_after_the_given_number_of_stale_epochs():
    made, _ = decisions([10, 11, 11, 11, 11])
    assert [decision.stop for decision in made] == [False, False, False, False, True]
    assert [decision.plateau for decision in made] == [False, False, True, False, False]


def test_nothing_stops_unless_asked_for():
    made, _ = decisions([10] + [11] * 50, ScheduleConfig())
    assert not any(decision.stop or decision.plateau for decision in made)


def test_a_loss_that_is_not_finite_is_no_improvement():
    made, schedule = decisions([math.nan, math.inf, 10, math.nan])
    assert [decision.best for decision in made] == [False, False, True, False]
    assert schedule.best == 10 and schedule.stale == 1


def test_state_survives_the_way_through_json():
    import json
    for losses in ([], [10, 11, 11]):
        _, schedule = decisions(losses)
        assert TrainingState.from_dict(json.loads(json.dumps(schedule.as_dict()))) == schedule


def test_the_same_command_finishes_an_interrupted_run_and_extends_a_finished_one():
    schedule = TrainingState()
    assert not schedule.plan(10) and schedule.last_epoch == 10
    schedule.epoch = 4
    assert schedule.plan(10) and schedule.last_epoch == 10
    assert not schedule.plan(3) and schedule.last_epoch == 7
    schedule.epoch = 7
    assert not schedule.plan(3) and schedule.last_epoch == 10


def interrupted(**values):
    """Returns the TrainingState of a run that was interrupted in epoch 3 after 4 steps."""
    return TrainingState.from_dict(dict({'epoch': 3, 'position': 4, 'n_samples': 100}, **values))


def test_an_interrupted_epoch_goes_on_only_with_the_same_batches():
    schedule = interrupted(batching='abc')
    assert schedule.reconcile(100, ['abc'], []) == [] and schedule.position == 4
    (sentence,) = schedule.reconcile(90, ['def', '90 by 16'], [])
    assert 'Epoch 3 begins again' in sentence and '90' in sentence and '100' in sentence
    assert schedule.position == 0 and (schedule.n_samples, schedule.batching) == (90, 'def')


def test_an_interrupted_epoch_goes_on_only_in_the_same_order():
    assert interrupted(batching='abc', order='one').reconcile(100, ['abc'], [], 'one') == []
    assert len(interrupted(batching='abc', order='one').reconcile(100, ['abc'], [], 'other')) == 1
    first = interrupted(batching='abc', order='one')
    first.epoch = 0  # which every seed takes in the set's own order
    assert first.reconcile(100, ['abc'], [], 'other') == [] and first.order == 'other'


def test_an_epoch_interrupted_by_an_earlier_version_goes_on_with_the_same_slices():
    schedule = interrupted(n_per_step=16)
    assert schedule.reconcile(100, ['abc', '100 by 16'], []) == [] and schedule.position == 4
    for names in (['abc'], ['abc', '100 by 32'], ['abc', '90 by 16']):
        schedule = interrupted(n_per_step=16)
        assert len(schedule.reconcile(100, names, [])) == 1 and schedule.position == 0


def test_epochs_in_all_are_no_more_however_often_a_run_is_started():
    schedule = TrainingState()
    assert not schedule.plan(75, 3) and schedule.last_epoch == 3
    for schedule.epoch, goes_on in ((1, True), (3, False), (3, False)):
        assert schedule.plan(75, 3) == goes_on and schedule.last_epoch == 3
    assert not schedule.plan(75, 5) and schedule.last_epoch == 5


@pytest.mark.parametrize('epoch, share, last_epoch, clock', [
    (0, 0, 4, 0), (1, 0.5, 4, 0.375), (3, 1, 4, 1), (3, 0, 6, 0.5), (5, 0, 0, 1)])
def test_the_clock_goes_from_0_to_1_over_all_epochs_of_the_run(epoch, share, last_epoch, clock):
    assert TrainingState(epoch=epoch, last_epoch=last_epoch).clock(share) == clock


def test_the_clock_never_goes_back():
    state, found = TrainingState(), []
    for epochs in (3, 3):  # the second three begin in the middle
        state.plan(epochs)
        while state.epoch < state.last_epoch:
            found.append([state.clock(step / 7) for step in range(7)])
            state.begin_epoch(state.epoch + 1)
    for run in (sum(found[:3], []), sum(found[3:], [])):
        assert run == sorted(run) and len(set(run)) == 21 and max(run) < 1
