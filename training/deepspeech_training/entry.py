"""What programs do with errors and signals: one sentence, one exit code, no files left behind."""

import signal
import sys
from typing import Callable

from .errors import DeepSpeechError

EXIT_BY_SIGNAL = 128  # and the signal's number: the exit code of a program that a signal has ended
INTERRUPTED = EXIT_BY_SIGNAL + signal.SIGINT
BROKEN_PIPE = EXIT_BY_SIGNAL + signal.SIGPIPE


def run_command(command: Callable[[], None]) -> int:
    """Calls `command()`, which builds something in temporary files; returns the exit code of the program."""
    print_whatever_there_is()
    # Ended from outside, too, the program removes its temporary files.
    signal.signal(signal.SIGTERM, lambda number, frame: sys.exit(EXIT_BY_SIGNAL + number))
    return _exit_code(command, 'interrupted.')


def print_whatever_there_is() -> None:
    """Lets words of a text and names of files be printed that the terminal cannot show: they must not end the work of hours."""
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, 'reconfigure'):  # else a test has put something in its place
            stream.reconfigure(errors='backslashreplace')


def run_importer(importer: Callable[[], None]) -> int:
    """Calls `importer()`, which goes on where it stopped; returns the exit code of the program."""
    return _exit_code(importer, 'interrupted; the same command goes on from here.')


def _exit_code(work, interrupted):
    """Calls `work()` and returns the exit code of the program; `interrupted` is what Ctrl-C is answered with."""
    try:
        work()
    except DeepSpeechError as error:
        print(f'E {error}', file=sys.stderr)
        return error.exit_code
    except OSError as error:
        print(f'E {error.filename or "input or output"}: {error.strerror or error}.', file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print(f'E {interrupted}', file=sys.stderr)
        return INTERRUPTED
    return 0
