"""Lines of text files, plain or compressed, with a bar for the person who waits."""

import codecs
import gzip
import io
import os
import re
import stat
import sys
import zlib
from contextlib import contextmanager
from typing import BinaryIO, Callable, Iterator, Optional, Sequence, TextIO, Tuple

from deepspeech.formats.content import HEAD_BYTES, open_regular

from ..console.log import Log
from ..console.progress import Transfer
from ..errors import DataError
from ..text.files import describe_foreign_byte, foreign_content, open_pipe

SHORT_BYTES = 20 << 20  # less is read in a few seconds and gets no bar
MAX_LINE_BYTES = 10 << 20
GZIP = b'\x1f\x8b'  # how its files begin, RFC 1952
_LINES_PER_UPDATE = 10000
_PIPE_WAIT_S = 10.0  # until somebody writes to a pipe
_LINE_END = re.compile(rb'\r\n|\r|\n')


def read_lines(paths: Sequence[str], label: str, stream: Optional[TextIO] = None) -> Iterator[Tuple[str, int, str]]:
    """Yields (path, line number, line without its end) of UTF-8 text files, one after the other.

    Args:
      paths: files, plain or compressed with gzip, whatever they are called.
      label: what the bar says; it is drawn if the texts are long and `stream` is a terminal.
      stream: where the bar goes; None is stdout.
    Raises:
      DataError: a file cannot be read, is no text or not in UTF-8, or has a line of more than `MAX_LINE_BYTES`.
    """
    with _bar(paths, label, stream or sys.stdout) as show:
        done_bytes = 0
        for path in paths:
            try:
                with _open(path) as file:
                    for number, line in enumerate(_raw_lines(path, file), 1):
                        if not number % _LINES_PER_UPDATE:
                            show(done_bytes, file)
                        yield path, number, _decoded(path, number, line)
                    done_bytes += os.fstat(file.fileno()).st_size
            except (OSError, EOFError, zlib.error) as error:
                raise DataError(f'{path}: the text cannot be read ({getattr(error, "strerror", None) or error}).'
                                ) from error


def _open(path: str) -> BinaryIO:
    """Opens a file or a pipe that somebody writes to, as `<(...)` in a shell is."""
    # A pipe is opened once: who writes to it would lose what it has written to one that is closed again.
    return open_pipe(path, _PIPE_WAIT_S) if _is_pipe(path) else open_regular(path)


def _is_pipe(path: str) -> bool:
    try:
        return stat.S_ISFIFO(os.stat(path).st_mode)
    except (OSError, ValueError):  # which opening it says, too
        return False


def _raw_lines(path: str, file: BinaryIO) -> Iterator[bytes]:
    """Yields the lines without their ends, which are LF, CR or CRLF; the last one may be longer than the limit."""
    if file.peek(2)[:2] == GZIP:  # type: ignore[attr-defined]
        file = io.BufferedReader(gzip.GzipFile(fileobj=file))
    elif str(path).endswith('.gz'):
        raise DataError(f'{path}: no gzip archive in spite of its name; compress it, or leave .gz out of the name.')
    foreign = foreign_content(file.peek(HEAD_BYTES)[:HEAD_BYTES])  # type: ignore[attr-defined]
    if foreign:
        raise DataError(f'{path}: this is {foreign.name}, not a text; {foreign.advice or "name a text"}.')
    # A limit, as a file without line ends would fill the memory.
    rest = b''
    for piece in iter(lambda: file.readline(MAX_LINE_BYTES + 1), b''):
        piece = rest + piece
        # Behind a CR that comes last an LF may follow.
        end = len(piece) if piece.endswith(b'\n') else piece.rfind(b'\r', 0, len(piece) - 1) + 1
        piece, rest = piece[:end], piece[end:]
        if piece:
            yield from _LINE_END.split(piece[:-1] if piece[-2:] != b'\r\n' else piece[:-2])
        if len(rest) > MAX_LINE_BYTES:
            break
    if rest:
        yield rest[:-1] if rest.endswith(b'\r') else rest


def _decoded(path: str, number: int, line: bytes) -> str:
    if len(line) > MAX_LINE_BYTES:
        raise DataError(f'{path}: line {number} is longer than {MAX_LINE_BYTES} bytes; one sentence per line is expected.')
    try:
        return line.decode('utf-8-sig' if number == 1 else 'utf-8')
    except UnicodeDecodeError as error:
        if number == 1 and line.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
            raise DataError(f'{path}: text in UTF-16; convert it with iconv -f UTF-16 -t UTF-8.') from error
        raise DataError(f'{path}, line {number}: {describe_foreign_byte(line, error.start)}') from error


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
