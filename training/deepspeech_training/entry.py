"""What programs do with errors, signals and streams: one sentence, one exit code, no files left behind.

What a program says may be lost: to a full disk behind `>`, a reader that has gone, a stream that was closed when it began.
Its work is done nevertheless; then it says so where it still can, and its exit code is not 0. The client has the same in its
`streams.py`.
"""

import os
import re
import signal
import sys
from contextlib import suppress
from typing import Any, Callable, Optional

from .errors import DeepSpeechError

EXIT_BY_SIGNAL = 128  # and the signal's number: the exit code of a program that a signal has ended
_NO_ROOM = re.compile('failed to map segment|annot allocate memory')  # what the system's loader says
INTERRUPTED = EXIT_BY_SIGNAL + signal.SIGINT


def run_command(command: Callable[[], None]) -> int:
    """Calls `command()`, which builds something in temporary files; returns the exit code of the program."""
    # Ended from outside, too, the program removes its temporary files.
    signal.signal(signal.SIGTERM, lambda number, frame: sys.exit(EXIT_BY_SIGNAL + number))
    return with_streams(lambda: _exit_code(command, 'interrupted.'))


def run_importer(importer: Callable[[], None]) -> int:
    """Calls `importer()`, which goes on where it stopped; returns the exit code of the program."""
    return with_streams(lambda: _exit_code(importer, 'interrupted; the same command goes on from here.'))


def _exit_code(work, interrupted):
    """Calls `work()` and returns the exit code of the program; `interrupted` is what Ctrl-C is answered with."""
    try:
        work()
    except KeyboardInterrupt:
        print(f'E {interrupted}', file=sys.stderr)
        return INTERRUPTED
    except Exception as error:
        sentence = sentence_of(error)
        if sentence is None:
            raise
        print(f'E {sentence}', file=sys.stderr)
        return getattr(error, 'exit_code', 1)
    return 0


def sentence_of(error: Exception) -> Optional[str]:
    """Returns what to say of an error that is not ours to mend, or None."""
    if isinstance(error, DeepSpeechError):
        return str(error)
    if isinstance(error, OSError):
        return f'{error.filename or "input or output"}: {error.strerror or error}.'
    if isinstance(error, MemoryError):
        return 'memory ran out; choose a smaller batch size or --n_hidden, --feature_cache off, or raise the limit (ulimit -v).'
    if isinstance(error, ImportError) and _NO_ROOM.search(str(error)):
        return f'memory ran out while a library was loaded ({error}); raise the limit (ulimit -v).'
    if isinstance(error, RuntimeError) and "can't start new thread" in str(error):
        return 'no further thread can be started; raise the limits on processes and memory (ulimit -u, ulimit -v).'
    return None


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
        out.flush()
        if out.failure:
            print(f'E standard output cannot be written ({out.failure}).', file=err)
        elif err.failure:
            print(f'E standard error cannot be written ({err.failure}).', flush=True)
        err.flush()
        return code or int(bool(out.failure or err.failure))
    finally:
        sys.stdout, sys.stderr = before


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
