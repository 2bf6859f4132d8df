"""How many threads NumPy's matrix products take.

More than one pay while the processor has nothing else to do: the threads of a product wait for each other, busily. Beside another
job, products that read large weights take up to three times as long in two threads as in one (OpenBLAS on two cores); alone they
take two thirds of the time. What is going on beside shows in the times only, so these decide.
"""

import threading
import time
from contextlib import contextmanager

MAX_THREADS = 4  # reading weights, cores share what memory gives
WORTH_ELEMENTS = 1 << 23  # weights of a model; products of smaller ones are over before threads have met
FIRST_PAUSE, LONGEST_PAUSE = 4, 64  # calls between two tries of the other number
KEPT = 0.5  # share of an older time in the one that is remembered
SLOWER = 1.5  # times what is known, which is no chance
GAIN = 0.95  # of a time that another one has to be below to be better


class BlasThreads:
    """Sets the number of threads for the time of a `with` statement, for all products in this process.

    The library knows one number for the whole process, so statements that overlap in several threads share it: the first
    one sets it, the last one puts back what was there before.
    """

    def __init__(self):
        self._lock = threading.Lock()
        self._libraries = None
        self._n_inside = 0
        self._limit = None

    @contextmanager
    def limited_to(self, n_threads):
        """Gives products `n_threads` threads."""
        with self._lock:
            if not self._n_inside:
                self._limit = self._controller().limit(limits=n_threads, user_api='blas')
            self._n_inside += 1
        try:
            yield
        finally:
            with self._lock:
                self._n_inside -= 1
                if not self._n_inside:
                    self._limit.restore_original_limits()

    def most(self):
        """Returns how many threads the library would take by itself, at most MAX_THREADS."""
        with self._lock:
            return min([MAX_THREADS] + [library['num_threads'] for library in self._controller().info()
                                        if library['user_api'] == 'blas'])

    def _controller(self):
        if self._libraries is None:
            # Imported when it is needed, which is after a model has been opened: that shall not take long.
            from threadpoolctl import ThreadpoolController

            self._libraries = ThreadpoolController()
        return self._libraries


BLAS_THREADS = BlasThreads()  # a process has one set of libraries


class ThreadChoice:
    """Runs the calls of a network in one thread or in several, whichever has been faster lately.

    Args:
      n_threads: how many threads to take; 0: as times say.
      n_elements: weights that a call reads.
      clock: function that gives seconds.
    """

    def __init__(self, n_threads, n_elements, clock=time.perf_counter):
        self._n_threads = n_threads or (0 if n_elements >= WORTH_ELEMENTS else 1)
        self._best, self._other = 1, None  # numbers of threads
        self._times_s = {}  # per step
        self._pause = self._calls_left = FIRST_PAUSE
        self._clock = clock

    @contextmanager
    def of_call(self, n_steps):
        """Sets the number of threads for a call of `n_steps` steps, and learns from the time that it takes."""
        n_threads = self._n_threads or self._next()
        with BLAS_THREADS.limited_to(n_threads):
            begun_s = self._clock()
            yield
        if not self._n_threads:
            self._learn(n_threads, (self._clock() - begun_s) / n_steps)

    def _next(self):
        if self._other is None:
            self._other = BLAS_THREADS.most()
        self._calls_left -= 1
        return self._other if self._calls_left <= 0 else self._best

    def _learn(self, n_threads, step_s):
        known_s = self._times_s.get(n_threads, step_s)
        self._times_s[n_threads] = KEPT * known_s + (1 - KEPT) * step_s
        if self._best == self._other:
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
