"""Work on many items in processes of our own: none takes longer than its limit, none outlives this one, and an item on which
its process ends or hangs costs that item only.
"""

import multiprocessing
import os
import signal
import time
from multiprocessing.connection import Connection, wait
from types import TracebackType
from typing import Any, Callable, Iterator, List, Optional, Sequence, Tuple, Type, Union

from ..errors import DataError
from ..programs import end_with, kernel_call

MOST_ENDED = 8  # processes in a row, before anything is done: then it is not the items


class EndedError(DataError):
    """The process that worked on an item has ended."""


class Workers:
    """Processes that call a function; a context manager.

    They are started when they are needed, by `spawn`, so that nothing of this process' threads and locks is copied.

    Args:
      n_workers: how many items are worked on at once.
      timeout_s: an item that takes longer fails.
    """

    def __init__(self, n_workers: int, timeout_s: float) -> None:
        self._n_workers, self._timeout_s = n_workers, timeout_s
        self._workers: List[_Worker] = []

    def __enter__(self) -> 'Workers':
        return self

    def __exit__(self, error_type: Optional[Type[BaseException]], error: Optional[BaseException],
                 traceback: Optional[TracebackType]) -> None:
        for worker in self._workers:
            worker.end()
        self._workers = []

    def map(self, function: Callable[[Any], Any], items: Sequence[Any]) -> Iterator[Tuple[int, Union[Any, DataError]]]:
        """Yields (index, result) for each item as it gets done; instead of a result, the DataError that there was.

        Args:
          function: of a module, not of a class or another function.
        Raises:
          DataError: no process lives long enough.
          whatever else the function raises.
        """
        waiting = iter(range(len(items)))
        while len(self._workers) < min(self._n_workers, len(items)):
            self._workers.append(_Worker(self._timeout_s))
        for worker in self._workers:
            self._next(worker, function, items, waiting)
        n_ended = n_done = 0
        while any(worker.item is not None for worker in self._workers):
            for worker in self._finished():
                index = worker.item
                assert index is not None
                result = worker.result()
                n_ended, n_done = (n_ended + 1, n_done) if isinstance(result, EndedError) else (n_ended, n_done + 1)
                if n_ended == MOST_ENDED and not n_done:
                    raise DataError(f'{n_ended} processes for this work have ended before any of it was done; raise the limits '
                                    f'on memory and processes (ulimit -v, ulimit -u), or use fewer with --workers.')
                self._next(worker, function, items, waiting)
                yield index, result

    @staticmethod
    def _next(worker: '_Worker', function: Callable[[Any], Any], items: Sequence[Any], waiting: Iterator[int]) -> None:
        index = next(waiting, None)
        if index is None:
            worker.item = None
        else:
            worker.begin(index, function, items[index])

    def _finished(self) -> 'List[_Worker]':
        """Waits for some, and returns those that have a result, have ended or are late."""
        busy = [worker for worker in self._workers if worker.item is not None]
        first_due_s = min(worker.due_s for worker in busy)
        ready = wait([worker.connection for worker in busy], max(0., first_due_s - time.monotonic()))
        return [worker for worker in busy if worker.connection in ready or worker.due_s <= time.monotonic()]


class _Worker:
    """A process, and what it does.

    Attributes:
      item: index of what it works on; None: nothing.
      due_s: when that has to be done, on the monotonic clock.
    """

    def __init__(self, timeout_s: float) -> None:
        self._timeout_s = timeout_s
        self.item: Optional[int] = None
        self.due_s = 0.
        self._start()

    def _start(self) -> None:
        context = multiprocessing.get_context('spawn')
        self.connection, theirs = context.Pipe()
        self._process = context.Process(target=_serve, args=(theirs, os.getpid()), daemon=True)
        self._process.start()
        theirs.close()

    def begin(self, index: int, function: Callable[[Any], Any], item: Any) -> None:
        self.item, self.due_s = index, time.monotonic() + self._timeout_s
        try:
            self.connection.send((function, item))
        except OSError:  # it has ended meanwhile, which `result` finds
            pass

    def result(self) -> Any:
        """Returns the result or a DataError; raises what the function raised."""
        is_there = self.connection.poll()
        try:
            result, error = self.connection.recv() if is_there else (None, None)
        except (EOFError, OSError):  # it has ended in the middle of its work
            self._restart()
            return EndedError('the process that read it ended; it is damaged, or memory ran out')
        if not is_there:
            self._restart()
            return DataError(f'not done within {self._timeout_s:g} s')
        if error is not None and not isinstance(error, DataError):
            raise error
        return error or result

    def _restart(self) -> None:
        self.end()
        self._start()

    def end(self) -> None:
        self.connection.close()
        self._process.kill()
        self._process.join()


def _serve(connection: Connection, parent: int) -> None:
    """Calls the functions that come until nobody sends any more."""
    end_with(parent, kernel_call())
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the one who started this answers Ctrl-C
    with open(os.devnull, 'wb') as nowhere:  # decoders talk of damaged files there, in the middle of the progress
        os.dup2(nowhere.fileno(), 2)
    while True:
        try:
            function, item = connection.recv()
        except EOFError:
            return
        answer: Tuple[Any, Optional[Exception]]
        try:
            answer = function(item), None
        except Exception as error:
            answer = None, error
        connection.send(answer)
