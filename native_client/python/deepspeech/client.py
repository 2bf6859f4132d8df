"""The door of the command `deepspeech`. What it does is in `transcribe.py`, which loads NumPy and the native library.

They are imported once the streams are there to say so in, in case there is no memory for them.
"""

import mmap
import os
import sys
from contextlib import suppress
from typing import Optional, Sequence

from .errors import LibraryError, one_line
from .streams import with_streams

FAILED, INTERRUPTED = 1, 130
LIBRARIES_BYTES, THREAD_BYTES = 112 << 20, 40 << 20  # address space of both libraries, and of each thread of NumPy's
NO_MEMORY = 'E Memory ran out; use a smaller model or --beam_width, or raise the limit (ulimit -v).'


def main(argv: Optional[Sequence[str]] = None) -> int:
    """Runs the command; returns its exit code.

    Args:
      argv: words after the name of the program; None: those of this process.
    """
    return with_streams(lambda: _main(argv))


def _main(argv: Optional[Sequence[str]]) -> int:
    try:
        _require_address_space()
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
        # NumPy and the client are libraries that have to be mapped; the loader says so in words of its own.
        if any(words in str(error) for words in ('failed to map segment', 'cannot allocate memory')):
            print(NO_MEMORY, file=sys.stderr)
            return FAILED
        if not isinstance(error, LibraryError):
            raise
        print(f'E {one_line(str(error))}', file=sys.stderr)
        return FAILED


def _require_address_space() -> None:
    """Raises MemoryError where NumPy's own library (OpenBLAS) would end the program instead, or send it a Ctrl-C."""
    n_threads = len(os.sched_getaffinity(0)) if hasattr(os, 'sched_getaffinity') else os.cpu_count() or 1
    for name in ('OPENBLAS_NUM_THREADS', 'OMP_NUM_THREADS'):
        with suppress(KeyError, ValueError):
            n_threads = min(n_threads, max(1, int(os.environ[name])))
    try:
        mmap.mmap(-1, LIBRARIES_BYTES + n_threads * THREAD_BYTES).close()
    except OSError as error:
        raise MemoryError from error
