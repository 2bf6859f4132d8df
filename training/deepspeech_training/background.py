"""Work in threads while the next items are made or the last ones used: decoding beside the network, encoding beside the disk.

Short because it is one loop.
"""

from collections import deque
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Callable, Deque, Generator, Iterable, TypeVar

Item = TypeVar('Item')
Made = TypeVar('Made')


def in_background(work: Callable[[Item], Made], items: Iterable[Item], n_workers: int = 1,
                  n_waiting: int = 2) -> Generator[Made, None, None]:
    """Yields `work(item)` of each item in order; threads work while `items` makes the next ones.

    At most `n_waiting` items wait beside `n_workers` that are worked on, so that memory stays bounded. Close the generator
    (`contextlib.closing`) where it may be left early: that waits for the items at work and drops the waiting ones.

    Raises:
      what `items` or `work` raises, the latter behind the results of all items before.
    """
    waiting: Deque['Future[Made]'] = deque()
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
