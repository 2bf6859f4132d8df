"""The door of the command `deepspeech`. What it does is in `transcribe.py`, which loads NumPy and the decoder.

They are imported once the streams are there to say so in, in case there is no memory for them.
"""

import sys
from typing import Optional, Sequence

from .streams import with_streams

FAILED, INTERRUPTED = 1, 130
NO_MEMORY = 'E Memory ran out; use a smaller model or --beam_width, or raise the limit (ulimit -v).'


def main(argv: Optional[Sequence[str]] = None) -> int:
    """Runs the command; returns its exit code.

    Args:
      argv: words after the name of the program; None: those of this process.
    """
    return with_streams(lambda: _main(argv))


def _main(argv: Optional[Sequence[str]]) -> int:
    try:
        from .transcribe import transcribe
        return transcribe(argv)
    except KeyboardInterrupt:
        print('E Interrupted.', file=sys.stderr)
        return INTERRUPTED
    except MemoryError:
        print(NO_MEMORY, file=sys.stderr)
        return FAILED
    except OSError as error:
        print(f'E {error.filename or "input or output"}: {error.strerror or error}.', file=sys.stderr)
        return FAILED
    except ImportError as error:
        # NumPy and the decoder are libraries that have to be mapped; the loader says so in words of its own.
        if not any(words in str(error) for words in ('failed to map segment', 'cannot allocate memory')):
            raise
        print(NO_MEMORY, file=sys.stderr)
        return FAILED
