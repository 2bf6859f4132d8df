"""The door of the commands: turns errors into one sentence and an exit code, and leaves no files behind."""

import signal
import sys

from ..errors import DeepSpeechError


def run(command):
    """Calls `command()` and returns the exit code of the program."""
    # Words of a text are printed; a terminal that cannot show one must not end the work of hours.
    for stream in (sys.stdout, sys.stderr):
        stream.reconfigure(errors='backslashreplace')
    # Ended from outside, too, the program removes its temporary files.
    signal.signal(signal.SIGTERM, lambda number, frame: sys.exit(128 + number))
    try:
        command()
    except DeepSpeechError as error:
        print(f'E {error}', file=sys.stderr)
        return error.exit_code
    except OSError as error:
        print(f'E {error.filename or "input or output"}: {error.strerror or error}.', file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print('E interrupted.', file=sys.stderr)
        return 130
    return 0
