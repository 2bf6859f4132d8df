"""Text files as people have them: what is no text is called what it is, another encoding is read or named with its line."""

import codecs
import errno
import io
import os
import re
import time
from typing import Any, BinaryIO, Collection, NamedTuple, Optional

from deepspeech.formats.content import HEAD_BYTES, Content, NotAFileError, open_regular, recognise

from ..errors import DataError

LINE_END = re.compile(r'\r\n|\r|\n')
_PIPE_PAUSE_S = 0.02
_LINE_END_BYTES = re.compile(rb'\r\n|\r|\n')
# UTF-32 first: its mark begins like that of UTF-16.
_MARKS = ((codecs.BOM_UTF32_LE, 'UTF-32'), (codecs.BOM_UTF32_BE, 'UTF-32'), (codecs.BOM_UTF16_LE, 'UTF-16'),
          (codecs.BOM_UTF16_BE, 'UTF-16'))
_TEXT_CONTENTS = ('text', 'text in UTF-16', 'an empty file')
# What is text, too, but hardly ever the one that is wanted.
_OTHER_TEXTS = ('a pointer of Git LFS', 'a pointer of git-annex', 'a web page', 'an XML document',
                'a language model in ARPA format')


class Text(NamedTuple):
    """The content of a text file."""

    text: str  # without byte order mark; line ends as they are
    encoding: str  # UTF-8, UTF-16 or UTF-32


def foreign_content(head: bytes) -> Optional[Content]:
    """Returns what a file is that begins like this, or None where it may be the text that is wanted.

    Args:
      head: its first HEAD_BYTES.
    """
    content = recognise(head)
    if content is None or content.name in _TEXT_CONTENTS:
        return None
    if content.name not in _OTHER_TEXTS and _is_plain(head):  # words like MZ or Rar! begin other files, too
        return None
    return content


def read_text(path: str, wanted: str, max_bytes: Optional[int] = None, flag: str = '', errors: str = 'strict', *,
              takes_zeros: bool = False) -> Text:
    """Returns the Text of a file, UTF-8 with or without a byte order mark, or UTF-16 and UTF-32 with one.

    Args:
      path: of a regular file.
      wanted: what it should be, with an article: `a CSV file`.
      max_bytes: of more than that, it is none; None: no limit.
      flag: `--name` that takes such a path, for messages; empty: none.
      errors: what becomes of bytes that are no UTF-8, as in `bytes.decode`.
      takes_zeros: whether a few zero bytes are taken as characters.
    Raises:
      DataError: it cannot be read, is something else, or not text in these encodings. Names line and byte.
    """
    data = read_start(path, wanted, max_bytes=None if max_bytes is None else max_bytes + 1, flag=flag)
    if max_bytes is not None and len(data) > max_bytes:
        raise DataError(f'{path}: more than {max_bytes} bytes, which is too long for {wanted}; name another file.')
    return decode_text(path, data, errors, takes_zeros)


def read_start(path: str, wanted: str, max_bytes: Optional[int], flag: str = '') -> bytes:
    """Returns the first `max_bytes` of what may be a text file (None: all of it), as they are. Raises as `read_text`."""
    try:
        with open_regular(path) as file:
            head = file.read(HEAD_BYTES)
            foreign = foreign_content(head)
            if foreign:
                raise DataError(f'{path}: this is {foreign.name}, not {wanted}; '
                                f'{foreign.advice or f"name {wanted}"}.')
            return head + file.read(-1 if max_bytes is None else max(0, max_bytes - len(head)))
    except OSError as error:
        advice = f'pass an existing file with {flag}' if flag else 'check the path'
        raise DataError(f'{path}: cannot be read as {wanted} ({error.strerror or error}); {advice}.') from error


def decode_text(path: str, data: bytes, errors: str = 'strict', takes_zeros: bool = False) -> Text:
    """Returns the Text in the bytes of a file. Raises DataError as `read_text`."""
    encoding = next((name for mark, name in _MARKS if data.startswith(mark)), 'UTF-8')
    try:
        text = data.decode('utf-8-sig', errors) if encoding == 'UTF-8' else data.decode(encoding.lower())
    except UnicodeDecodeError as error:
        if encoding == 'UTF-8':
            raise DataError(f'{path}, line {line_of(data, error.start)}: {describe_foreign_byte(data, error.start)}'
                            ) from error
        raise DataError(f'{path}: damaged text in {encoding} (byte {error.start}); save it as UTF-8.') from error
    if '\0' in text and not (takes_zeros and 3 * data.count(0) <= len(data)):
        place = text.index('\0')
        line = len(LINE_END.findall(text, 0, place)) + 1
        cause = ', as UTF-16 without a byte order mark has them' if 3 * data.count(0) > len(data) else ''
        raise DataError(f'{path}, line {line}: a zero byte{cause}; save the file as UTF-8.')
    return Text(text, encoding)


def line_of(data: bytes, place: int) -> int:
    """Returns the number of the line, counted from 1, in which a byte stands; LF, CR and CRLF end lines."""
    return len(_LINE_END_BYTES.findall(data, 0, place)) + 1


def describe_foreign_byte(data: bytes, place: int) -> str:
    """Returns what to say of text that is not UTF-8 at a byte, and what it may be in Windows-1252."""
    byte, hint = data[place:place + 1], ''
    advice = 'save the file as UTF-8'
    if data[:place].isascii():  # else it is UTF-8 with a damaged place
        try:
            hint = f', {byte.decode("cp1252")!r} in Windows-1252'
            advice += ', or convert it with iconv -f WINDOWS-1252 -t UTF-8'
        except UnicodeDecodeError:
            pass
    return f'not UTF-8 (byte 0x{byte[0]:02X}{hint}); {advice}.'


def open_pipe(path: str, wait_s: float) -> BinaryIO:
    """Opens a named pipe to read bytes from; who writes to it, may come a little later.

    Raises:
      OSError: nobody has come after `wait_s` seconds.
    """
    handle = os.open(path, os.O_RDONLY | os.O_NONBLOCK)
    file = open(handle, 'rb', buffering=0)
    try:
        start: Optional[bytes] = b''
        tries = int(wait_s / _PIPE_PAUSE_S)
        while start == b'' and tries:  # None: somebody has it open and has not written yet
            start = file.read(1)
            tries -= 1
            if start == b'':
                time.sleep(_PIPE_PAUSE_S)
        if start == b'':
            raise NotAFileError(errno.EINVAL, 'it is a named pipe to which nobody writes', path)
        os.set_blocking(handle, True)
        return io.BufferedReader(_Behind(start or b'', file))
    except BaseException:
        file.close()
        raise


class _Behind(io.RawIOBase):
    """Bytes that were read already, and behind them the rest of a file."""

    def __init__(self, start: bytes, file: io.FileIO) -> None:
        self._start, self._file = start, file

    def readable(self) -> bool:
        return True

    def fileno(self) -> int:
        return self._file.fileno()

    def readinto(self, buffer: Any) -> Optional[int]:
        if not self._start:
            return self._file.readinto(buffer)
        n_bytes = min(len(buffer), len(self._start))
        buffer[:n_bytes], self._start = self._start[:n_bytes], self._start[n_bytes:]
        # More at once: who asks for the first bytes wants to know what they begin.
        return n_bytes + (self._file.readinto(memoryview(buffer)[n_bytes:]) or 0)

    def close(self) -> None:
        self._file.close()
        super().close()


def _is_plain(head: bytes, controls: Collection[int] = b'\t\n\f\r') -> bool:
    """Whether bytes are UTF-8 without control characters but white space."""
    try:
        head.decode('utf-8')
    except UnicodeDecodeError as error:
        if error.start < len(head) - 3:  # else a character is cut at the end
            return False
    return not any(byte < 32 and byte not in controls for byte in head)
