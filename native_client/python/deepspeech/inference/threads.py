"""How many threads NumPy's matrix products use.

Several threads are faster only while the processor is otherwise idle, because the threads of a product spin while they wait for
each other. Beside another job, products that read large weights take up to three times as long in two threads as in one
(OpenBLAS on two cores); alone they take two thirds of the time. Measured times are the only sign of other jobs, so they decide.
"""

import os
import threading
import time
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, Callable, Dict, Iterator, Optional

if TYPE_CHECKING:
    from threadpoolctl import ThreadpoolController

MAX_THREADS = 4  # more do not help: reading weights is limited by the memory that cores share
WORTH_ELEMENTS = 1 << 23  # weights of a model; products of smaller ones take less time than starting threads
FIRST_PAUSE, LONGEST_PAUSE = 4, 64  # calls between two trials of the other number of threads
KEPT = 0.5  # share of the earlier time in the moving average
SLOWER = 1.5  # ratio to the average from which a time is not noise any more
FORK_WAITS_S = 10.0  # for products to end; it may be a signal's handler that forks in the midst of one
GAIN = 0.95  # ratio to a time below which another one counts as better


class BlasThreads:
    """Sets the number of threads for the duration of a `with` statement, for all products in this process.

    The library has one number for the whole process, so overlapping statements in several threads share it: the first
    one sets it, the last one restores what was there before.

    A fork waits until nobody is inside: OpenBLAS ends its threads then, and may wait for ever beside a product. In the child
    nobody is.
    """

    def __init__(self) -> None:
        self._libraries: 'Optional[ThreadpoolController]' = None  # made at the first use, which imports its package
        self._begin()
        if hasattr(os, 'register_at_fork'):  # the threads of the parent do not exist in the child, whatever they hold
            os.register_at_fork(before=self._hold, after_in_parent=self._go_on, after_in_child=self._begin)

    def _begin(self) -> None:
        self._changed = threading.Condition()
        self._n_inside, self._is_forking = 0, False
        self._limit: Any = None

    def _hold(self) -> None:
        with self._changed:
            self._is_forking = True
            self._changed.wait_for(lambda: not self._n_inside, FORK_WAITS_S)

    def _go_on(self) -> None:
        with self._changed:
            self._is_forking = False
            self._changed.notify_all()

    @contextmanager
    def limited_to(self, n_threads: int) -> Iterator[None]:
        """Lets products use `n_threads` threads."""
        with self._changed:
            self._changed.wait_for(lambda: not self._is_forking)
            if not self._n_inside:
                self._limit = self._controller().limit(limits=n_threads, user_api='blas')
            self._n_inside += 1
        try:
            yield
        finally:
            with self._changed:
                self._n_inside -= 1
                if not self._n_inside:
                    self._limit.restore_original_limits()
                    self._changed.notify_all()

    def most(self) -> int:
        """Returns how many threads the library uses by default, at most MAX_THREADS."""
        with self._changed:
            return min([MAX_THREADS] + [library['num_threads'] for library in self._controller().info()
                                        if library['user_api'] == 'blas'])

    def _controller(self) -> 'ThreadpoolController':
        if self._libraries is None:
            # Imported late, because opening a model should be quick.
            from threadpoolctl import ThreadpoolController

            self._libraries = ThreadpoolController()
        return self._libraries


BLAS_THREADS = BlasThreads()  # a process has one set of libraries


class ThreadChoice:
    """Runs the calls of a network in one thread or in several, whichever has been faster lately.

    Args:
      n_threads: how many threads to use; 0: the measured times decide.
      n_elements: number of weights that a call reads.
      clock: returns the time in seconds.
    """

    def __init__(self, n_threads: int, n_elements: int, clock: Callable[[], float] = time.perf_counter) -> None:
        self._n_threads = n_threads or (0 if n_elements >= WORTH_ELEMENTS else 1)
        self._best = 1  # numbers of threads
        self._other: Optional[int] = None  # known at the first call, which loads the library
        self._times_s: Dict[int, float] = {}  # moving averages per step by number of threads
        self._pause = self._calls_left = FIRST_PAUSE
        self._clock = clock

    @contextmanager
    def of_call(self, n_steps: int) -> Iterator[None]:
        """Sets the number of threads for a call of `n_steps` steps, and learns from its duration."""
        n_threads = self._n_threads or self._next()
        with BLAS_THREADS.limited_to(n_threads):
            begun_s = self._clock()
            yield
        if not self._n_threads:
            self._learn(n_threads, (self._clock() - begun_s) / n_steps)

    def _next(self) -> int:
        if self._other is None:
            self._other = BLAS_THREADS.most()
        self._calls_left -= 1
        return self._other if self._calls_left <= 0 else self._best

    def _learn(self, n_threads: int, step_s: float) -> None:
        known_s = self._times_s.get(n_threads, step_s)
        self._times_s[n_threads] = KEPT * known_s + (1 - KEPT) * step_s
        if self._other is None or self._best == self._other:
            return
        if n_threads == self._best:
            if step_s > SLOWER * known_s:
                self._calls_left = 0  # something has changed: try the other one now
            return
        is_better = step_s < GAIN * self._times_s.get(self._best, step_s)
        if is_better:
            self._best, self._other = self._other, self._best
        self._pause = FIRST_PAUSE if is_better else min(2 * self._pause, LONGEST_PAUSE)
        self._calls_left = self._pause
