"""Lines of text files, plain or compressed, with a bar for the person who waits."""

import gzip
import io
import os
import sys
import zlib
from contextlib import contextmanager
from typing import BinaryIO, Callable, Iterator, Optional, Sequence, TextIO, Tuple

from ..console.log import Log
from ..console.progress import Transfer
from ..errors import DataError

SHORT_BYTES = 20 << 20  # less is read in a few seconds and gets no bar
MAX_LINE_BYTES = 10 << 20
_LINES_PER_UPDATE = 10000


def read_lines(paths: Sequence[str], label: str, stream: Optional[TextIO] = None) -> Iterator[Tuple[str, int, str]]:
    """Yields (path, line number, line without its end) of UTF-8 text files, one after the other.

    Args:
      paths: files, each gzip if it ends in .gz.
      label: what the bar says; it is drawn if the texts are long and `stream` is a terminal.
      stream: where the bar goes; None is stdout.
    Raises:
      DataError: a file cannot be read, is not UTF-8, or has a line of more than `MAX_LINE_BYTES`.
    """
    with _bar(paths, label, stream or sys.stdout) as show:
        done_bytes = 0
        for path in paths:
            try:
                with open(path, 'rb') as file:
                    for number, line in enumerate(_raw_lines(path, file), 1):
                        if not number % _LINES_PER_UPDATE:
                            show(done_bytes, file)
                        yield path, number, _decoded(path, number, line)
                    done_bytes += os.fstat(file.fileno()).st_size
            except (OSError, EOFError, zlib.error) as error:
                raise DataError(f'{path}: the text cannot be read ({getattr(error, "strerror", None) or error}).'
                                ) from error


def _raw_lines(path: str, file: BinaryIO) -> Iterator[bytes]:
    if str(path).endswith('.gz'):
        file = io.BufferedReader(gzip.GzipFile(fileobj=file))
    # A limit, as a file without line ends would fill the memory.
    return iter(lambda: file.readline(MAX_LINE_BYTES + 1), b'')


def _decoded(path: str, number: int, line: bytes) -> str:
    if len(line) > MAX_LINE_BYTES:
        raise DataError(f'{path}: line {number} is longer than {MAX_LINE_BYTES} bytes; one sentence per line is expected.')
    try:
        return line.decode('utf-8-sig' if number == 1 else 'utf-8').rstrip('\n')
    except UnicodeDecodeError as error:
        raise DataError(f'{path}: not UTF-8 text (line {number}, byte {line[error.start]:#04x}); convert it to UTF-8.'
                        ) from error


@contextmanager
def _bar(paths: Sequence[str], label: str, stream: TextIO) -> Iterator[Callable[[int, BinaryIO], None]]:
    """Gives a function that shows the share of bytes read: those of earlier files and those of the open one."""
    regular = all(map(os.path.isfile, paths))  # a pipe has no size and no position
    if not regular or not stream.isatty():
        yield lambda done_bytes, file: None
        return
    total_bytes = sum(map(os.path.getsize, paths))
    with Transfer(Log(stream=stream), label, total_bytes, short_bytes=SHORT_BYTES) as progress:
        yield lambda done_bytes, file: progress.update(done_bytes + file.tell())
        progress.update(total_bytes)
