"""Standard streams that may fail: what cannot be written is dropped, the work goes on, and the exit code says so.

A stream may have been closed when the program began, its disk may be full, its reader may have gone. Public: the trainer's
programs use this module, too.
"""

import os
import sys
from contextlib import suppress
from typing import Any, Callable, Optional


class OutputLost(Exception):
    """Nobody gets the results that are printed, so there is no use in more of them."""


def with_streams(work: Callable[[], int]) -> int:
    """Calls `work()`, which no lost output ends, and returns its exit code: at least 1 if output was lost.

    SystemExit, which ends the program after `--help`, is an exit code, too.
    """
    before = sys.stdout, sys.stderr
    is_closed = [stream is None for stream in before]
    _fill_closed()
    out, err = (_Unfailing(stream or open(os.devnull, 'w'), closed) for stream, closed in zip(before, is_closed))
    sys.stdout, sys.stderr = out, err
    try:
        try:
            code = work()
        except SystemExit as end:
            code = _code_of(end)
        except OutputLost:
            code = 1
        out.flush()
        if out.failure:
            print(f'E standard output cannot be written ({out.failure}).', file=err)
        elif err.failure:
            print(f'E standard error cannot be written ({err.failure}).', flush=True)
        err.flush()
        return code or int(bool(out.failure or err.failure))
    finally:
        sys.stdout, sys.stderr = before


def print_result(text: str) -> None:
    """Prints text to stdout at once. Raises OutputLost."""
    print(text, flush=True)
    if getattr(sys.stdout, 'failure', None):
        raise OutputLost


def _code_of(end: SystemExit) -> int:
    """Returns the exit code of a SystemExit, whose text is printed, as Python does."""
    if end.code is None or isinstance(end.code, int):
        return end.code or 0
    print(end.code, file=sys.stderr)
    return 1


def _fill_closed() -> None:
    """Opens what is closed of the three standard streams, or the next file that is opened would get what is said."""
    for number in range(3):
        try:
            os.fstat(number)
        except OSError:
            os.open(os.devnull, os.O_RDWR)  # gets the lowest free number


class _Unfailing:
    """A standard stream that drops what cannot be written.

    Attributes:
      failure: why something was dropped, or None.
    """

    def __init__(self, stream: Any, is_closed: bool) -> None:
        self._stream, self._is_closed = stream, is_closed
        self.failure: Optional[str] = None
        with suppress(AttributeError, OSError):  # of what stands in for a stream
            stream.reconfigure(errors='backslashreplace')  # a terminal may not be able to show a word

    def write(self, text: str) -> int:
        if self._is_closed and text:
            self.failure = 'it is closed'
        self._attempt(lambda: self._stream.write(text))
        return len(text)

    def flush(self) -> None:
        self._attempt(self._stream.flush)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._stream, name)

    def _attempt(self, action: Callable[[], object]) -> None:
        if self.failure:
            return
        try:
            action()
        except OSError as error:
            self.failure = 'nobody reads it any more' if isinstance(error, BrokenPipeError) else error.strerror or str(error)
            with suppress(OSError):  # Python flushes at its end what could not be written, and programs that are run write, too
                nowhere = os.open(os.devnull, os.O_WRONLY)
                os.dup2(nowhere, self._stream.fileno())
                os.close(nowhere)
