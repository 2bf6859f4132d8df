"""What programs do with errors, signals and streams: one sentence, one exit code, no files left behind.

What a program says may be lost: to a full disk behind `>`, a reader that has gone, a stream that was closed when it began.
Its work is done nevertheless; then it says so where it still can, and its exit code is not 0: see `deepspeech.streams`.
"""

import os
import re
import signal
import sys
import threading
from typing import Callable, Optional

from deepspeech.errors import LibraryError
from deepspeech.streams import with_streams

from .errors import ConfigError, DeepSpeechError
from .incomplete import sentence_on_system

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


def positive(text: str) -> int:
    """Returns the whole number above 0 in an argument, as argparse's `type`. Raises ValueError."""
    number = int(text)
    if number < 1:
        raise ValueError
    return number


def _exit_code(work, interrupted):
    """Calls `work()` and returns the exit code of the program; `interrupted` is what Ctrl-C is answered with."""
    try:
        require_system()
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
    if isinstance(error, LibraryError):
        return str(error)
    if isinstance(error, OSError):
        return f'{error.filename or "input or output"}: {error.strerror or error}.'
    if isinstance(error, MemoryError):
        return 'memory ran out; choose a smaller batch size or --n_hidden, --feature_cache off, or raise the limit (ulimit -v).'
    if isinstance(error, ImportError) and _NO_ROOM.search(str(error)):
        line = next(line for line in str(error).split('\n') if _NO_ROOM.search(line))  # NumPy's message has twenty
        return f'memory ran out while a library was loaded ({line.strip()}); raise the limit (ulimit -v).'
    if isinstance(error, RuntimeError) and "can't start new thread" in str(error):
        return 'no further thread can be started; raise the limits on processes and memory (ulimit -u, ulimit -v).'
    return None


def require_system() -> None:
    """Raises ConfigError on systems, such as Windows, that nothing here runs on."""
    sentence = sentence_on_system()
    if sentence:
        raise ConfigError(sentence)


def threads_of_a_run() -> int:
    """Returns how many threads TensorFlow, NumPy and we have at once at most: 11 and 7 per processor were counted."""
    try:
        n_processors = len(os.sched_getaffinity(0))
    except AttributeError:  # not on this system
        n_processors = os.cpu_count() or 1
    return 12 + 8 * n_processors


def require_threads(n_threads: int) -> None:
    """Proves that so many threads can be there at once. TensorFlow ends the program, without a sentence, where they cannot.

    Raises:
      ConfigError: says how many can.
    """
    begun, is_over, stack_bytes = [], threading.Event(), threading.stack_size(1 << 17)  # these need hardly any
    try:
        for _ in range(n_threads):
            thread = threading.Thread(target=is_over.wait, daemon=True)
            thread.start()
            begun.append(thread)
    except RuntimeError as error:
        raise ConfigError(f'only {len(begun)} of the {n_threads} threads of a run can be started; raise the limits on '
                          f'processes (ulimit -u, --pids-limit of a container) and memory (ulimit -v).') from error
    finally:
        threading.stack_size(stack_bytes)
        is_over.set()
        for thread in begun:
            thread.join()
