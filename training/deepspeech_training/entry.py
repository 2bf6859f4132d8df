"""What every command does with its errors: one sentence and an exit code."""

import sys

from .errors import DeepSpeechError

INTERRUPTED = 130  # the exit code of a program ended by Ctrl-C


def exit_code(command, interrupted):
    """Calls `command()` and returns the exit code of the program; `interrupted` is what Ctrl-C is answered with."""
    try:
        command()
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
