"""How many threads NumPy's matrix products take.

More than one pay only while the processor has nothing else to do: the threads of a product wait for each other, busily. Beside
another job, products that read large weights then take three times as long as in one thread (measured with OpenBLAS on two
cores; alone they gain a fifth).
"""

import threading
from contextlib import contextmanager

from threadpoolctl import ThreadpoolController


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
        """Gives products `n_threads` threads; 0 leaves the number as it is."""
        if not n_threads:
            yield
            return
        with self._lock:
            if not self._n_inside:
                self._libraries = self._libraries or ThreadpoolController()
                self._limit = self._libraries.limit(limits=n_threads, user_api='blas')
            self._n_inside += 1
        try:
            yield
        finally:
            with self._lock:
                self._n_inside -= 1
                if not self._n_inside:
                    self._limit.restore_original_limits()


BLAS_THREADS = BlasThreads()  # a process has one set of libraries
