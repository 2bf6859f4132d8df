"""Two steps of work at once: order, bounded waiting, errors."""

import threading
import time
from contextlib import closing

import pytest

from deepspeech_training.background import in_background


def test_results_come_in_order_and_few_items_are_made_ahead():
    made, ahead = [], []

    def items():
        for number in range(20):
            made.append(number)
            yield number

    def work(number):
        time.sleep(0.002)
        return number * number

    for n_used, result in enumerate(in_background(work, items(), n_waiting=2)):
        assert result == n_used * n_used
        ahead.append(len(made) - n_used)
    assert len(ahead) == 20 and max(ahead) <= 3


def test_the_next_item_is_made_while_one_is_worked_on():
    at_work, made = threading.Event(), threading.Event()

    def items():
        yield 1
        assert at_work.wait(10)
        made.set()
        yield 2

    def work(number):
        at_work.set()
        assert made.wait(10)
        return number

    assert list(in_background(work, items())) == [1, 2]


def test_several_work_at_a_time_and_results_stay_in_order():
    together = threading.Barrier(4)
    made = []

    def items():
        for number in range(20):
            made.append(number)
            yield number

    def work(number):
        together.wait(10)
        time.sleep(0.01 * (3 - number % 4))
        return number

    for n_used, result in enumerate(in_background(work, items(), n_workers=4, n_waiting=2)):
        assert result == n_used and len(made) - n_used <= 6


@pytest.mark.parametrize('n_workers', [1, 3])
def test_errors_of_the_work_come_behind_the_results_before(n_workers):
    seen = []
    with pytest.raises(ZeroDivisionError):
        for result in in_background(lambda number: 6 // number, [3, 2, 0, 1], n_workers):
            seen.append(result)
    assert seen == [2, 3]


def test_errors_while_items_are_made_reach_the_caller():
    def items():
        yield 1
        raise KeyError('no more')
    with pytest.raises(KeyError, match='no more'):
        list(in_background(str, items()))


def test_leaving_early_drops_what_waits():
    done = []

    def work(number):
        time.sleep(0.01)
        done.append(number)

    with closing(in_background(work, range(100))) as results:
        next(results)
    n_done = len(done)
    time.sleep(0.1)
    assert len(done) == n_done <= 3
