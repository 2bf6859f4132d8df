"""The door of the commands: turns errors into one sentence and an exit code, and leaves no files behind."""

import signal
import sys

from ..entry import exit_code


def run(command):
    """Calls `command()` and returns the exit code of the program."""
    # Words of a text are printed; a terminal that cannot show one must not end the work of hours.
    for stream in (sys.stdout, sys.stderr):
        stream.reconfigure(errors='backslashreplace')
    # Ended from outside, too, the program removes its temporary files.
    signal.signal(signal.SIGTERM, lambda number, frame: sys.exit(128 + number))
    return exit_code(command, 'interrupted.')
