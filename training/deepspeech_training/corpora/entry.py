"""The door of an importer: turns errors into one sentence and an exit code."""

import sys

from ..errors import DeepSpeechError


def run(importer):
    """Calls `importer()` and returns the exit code of the program."""
    try:
        importer()
    except DeepSpeechError as error:
        print(f'E {error}', file=sys.stderr)
        return error.exit_code
    except OSError as error:
        print(f'E {error.filename or "input or output"}: {error.strerror or error}.', file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print('E interrupted; the same command goes on from here.', file=sys.stderr)
        return 130
    return 0
