"""Two steps of work at the same time: one makes items, the other uses them up."""

from collections import deque
from concurrent.futures import ThreadPoolExecutor


def in_background(work, items, n_workers=1, n_waiting=2):
    """Yields `work(item)` of each item in order; threads work while `items` makes the next ones.

    At most `n_waiting` items wait beside `n_workers` that are worked on, so that memory stays bounded. Close the generator
    (`contextlib.closing`) where it may be left early: that waits for the items at work and drops the waiting ones.

    Raises:
      what `items` or `work` raises, the latter behind the results of all items before.
    """
    waiting = deque()
    with ThreadPoolExecutor(n_workers) as threads:
        try:
            for item in items:
                waiting.append(threads.submit(work, item))
                while waiting and (len(waiting) >= n_workers + n_waiting or waiting[0].done()):
                    yield waiting.popleft().result()
            while waiting:
                yield waiting.popleft().result()
        finally:
            for future in waiting:
                future.cancel()
