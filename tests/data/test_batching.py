"""Batches, steps and their order: complete, within limits, hardly padded, reproducible, short utterances first."""

from types import SimpleNamespace

import pytest

from deepspeech_training.data.batching import BatchPlan, cut_into_batches, slices_name
from deepspeech_training.settings.config import SetConfig

ELEVEN = [9, 3, 7, 1, 5, 11, 2, 10, 4, 8, 6]


def steps_of(n_frames, n_devices=1, by_length=True, **limits):
    samples = [SimpleNamespace(n_frames=frames) for frames in n_frames]
    return BatchPlan(samples, SetConfig(**limits), 20, n_devices, by_length)


def frames_of(steps, n_frames):
    """Returns the frames of each utterance in each batch of each step."""
    return [[[n_frames[place] for place in batch] for batch in step] for step in steps]


def in_epoch(epoch, seed=1, shuffle=True, **how):
    steps = steps_of(ELEVEN, **how)
    return [sum(batches, []) for batches in frames_of(steps.of_epoch(seed, epoch, shuffle), ELEVEN)]


def test_utterances_of_like_length_share_a_batch():
    assert in_epoch(0, batch_size=3) == [[1, 2, 3], [4, 5, 6], [7, 8, 9], [10, 11]]
    assert in_epoch(0, batch_size=3, reverse=True) == [[11, 10, 9], [8, 7, 6], [5, 4, 3], [2, 1]]


def test_the_given_order_is_kept_when_asked_for():
    assert in_epoch(0, batch_size=3, by_length=False) == [ELEVEN[:3], ELEVEN[3:6], ELEVEN[6:9], ELEVEN[9:]]


def test_equally_long_ones_keep_their_order():
    assert [list(batch) for (batch,) in steps_of([5, 5, 3, 5], batch_size=2).in_order] == [[2, 0], [1, 3]]
    assert [list(batch) for (batch,) in steps_of([5, 5, 3, 5], batch_size=2, reverse=True).in_order] == [[0, 1], [3, 2]]


@pytest.mark.parametrize('by_length', [True, False])
@pytest.mark.parametrize('reverse', [True, False])
@pytest.mark.parametrize('max_size', [0, 2])
def test_batches_by_seconds_hold_as_much_as_fits(by_length, reverse, max_size):
    seconds = 0.4  # 20 frames
    steps = steps_of(ELEVEN, by_length=by_length, reverse=reverse, batch_size=max_size, batch_seconds=seconds)
    batches = sum(frames_of(steps.in_order, ELEVEN), [])
    assert sorted(sum(batches, [])) == sorted(ELEVEN)
    for batch, following in zip(batches, batches[1:]):
        assert len(batch) * max(batch) <= 20 and (not max_size or len(batch) <= max_size)
        joined = batch + following[:1]
        assert len(joined) * max(joined) > 20 or len(joined) > max_size > 0


def test_an_utterance_longer_than_the_limit_is_a_batch_of_its_own():
    assert [list(batch) for batch in cut_into_batches([30, 2, 30, 30, 2, 2], 0, 10)] == [[0], [1], [2], [3], [4, 5]]


def test_padding_is_what_fills_up_to_the_longest():
    assert steps_of([2, 4, 4, 8], batch_size=2).padding_share == 1 - 18 / 24
    assert steps_of([4, 4, 4], batch_size=2).padding_share == 0


def test_first_epoch_and_unshuffled_ones_keep_the_order():
    expected = [[1, 2, 3], [4, 5, 6], [7, 8, 9], [10, 11]]
    assert in_epoch(0, batch_size=3) == in_epoch(5, shuffle=False, batch_size=3) == expected


def test_later_epochs_shuffle_whole_steps_with_the_incomplete_one_last():
    seen = set()
    for epoch in range(1, 30):
        shuffled = in_epoch(epoch, batch_size=3)
        assert sorted(shuffled[:3]) == [[1, 2, 3], [4, 5, 6], [7, 8, 9]] and shuffled[3] == [10, 11]
        seen.add(str(shuffled))
    assert len(seen) == 6  # every order of three steps


def test_order_is_a_function_of_seed_and_epoch():
    assert in_epoch(3, seed=7, batch_size=3) == in_epoch(3, seed=7, batch_size=3)
    assert len({str([in_epoch(epoch, seed, batch_size=3) for epoch in range(1, 6)]) for seed in range(5)}) == 5


@pytest.mark.parametrize('limits', [dict(batch_size=2), dict(batch_size=0, batch_seconds=0.4)])
def test_devices_get_batches_of_like_length_and_stay_together(limits):
    steps = steps_of(ELEVEN, 2, **limits)
    assert all(len(step) == 2 for step in steps.in_order[:-1])
    for epoch in range(1, 5):
        shuffled = frames_of(steps.of_epoch(1, epoch, True), ELEVEN)
        assert sorted(shuffled) == sorted(frames_of(steps.in_order, ELEVEN))
    n_steps = len(steps.in_order)
    assert [steps.n_updates(n) for n in (1, 2, n_steps - 1, n_steps, 99)] == [n_steps, (n_steps + 1) // 2, 2, 1, 1]


def test_fewer_samples_than_a_step_are_used():
    assert [list(batch) for (batch,) in steps_of([1, 2], batch_size=16).of_epoch(0, 4, True)] == [[0, 1]]


def test_the_largest_step_is_that_with_the_most_frames_padding_included():
    # 3 x 4 frames, 3 x 5 frames, 1 x 9 frames
    steps = steps_of([4, 4, 3, 5, 5, 5, 9], batch_size=3)
    assert [list(batch) for batch in steps.largest] == [[3, 4, 5]]
    assert steps.n_padded(steps.largest) == 15
    assert [len(batch) for batch in steps_of([4, 4, 3, 5, 5, 5, 9], 2, batch_size=3).largest] == [3, 3]


def test_names_tell_batches_apart_but_not_where_files_are():
    base = steps_of(ELEVEN, batch_size=3).names
    assert base == steps_of(ELEVEN[::-1], batch_size=3).names and len(base) == 1
    others = [steps_of(ELEVEN, batch_size=4), steps_of(ELEVEN, 2, batch_size=3), steps_of(ELEVEN[:-1], batch_size=3),
              steps_of(ELEVEN[:-1] + [60], batch_size=3), steps_of(ELEVEN, batch_size=0, batch_seconds=1.),
              steps_of(ELEVEN, batch_size=3, reverse=True)]
    assert len({steps.names[0] for steps in others} | set(base)) == 7


def test_slices_of_the_sets_own_order_are_also_known_by_two_numbers():
    ascending = sorted(ELEVEN)
    assert steps_of(ascending, 2, batch_size=3).names[1:] == [slices_name(11, 6)]
    assert steps_of(ELEVEN, batch_size=3, by_length=False).names[1:] == [slices_name(11, 3)]
    assert not steps_of(ascending, batch_size=3, batch_seconds=1.).names[1:]
