"""The order of a training epoch: reproducible, complete, whole steps, short utterances first in the first epoch."""

from deepspeech_training.data.order import epoch_order


def steps(*arguments):
    order = list(epoch_order(11, 3, *arguments))
    return [order[start:start + 3] for start in range(0, 11, 3)]


def test_first_epoch_and_unshuffled_ones_keep_the_order():
    assert steps(1, 0, True) == steps(1, 5, False) == [[0, 1, 2], [3, 4, 5], [6, 7, 8], [9, 10]]


def test_later_epochs_shuffle_whole_steps_with_the_incomplete_one_last():
    seen = set()
    for epoch in range(1, 30):
        shuffled = steps(1, epoch, True)
        assert sorted(shuffled[:3]) == [[0, 1, 2], [3, 4, 5], [6, 7, 8]] and shuffled[3] == [9, 10]
        seen.add(str(shuffled))
    assert len(seen) == 6  # every order of three steps


def test_order_is_a_function_of_seed_and_epoch():
    assert steps(7, 3, True) == steps(7, 3, True)
    assert len({str([steps(seed, epoch, True) for epoch in range(1, 6)]) for seed in range(5)}) == 5


def test_fewer_samples_than_a_step_are_used():
    assert list(epoch_order(2, 16, 0, 4, True)) == [0, 1]
