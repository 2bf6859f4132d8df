"""What a file is, by its kind in the file system and by its first bytes, whatever its name says. Every reader asks here.

A file that cannot be read is mostly another one than meant: what Git leaves in place of a large file, the web page that
a download server answered with, an archive, a model where sound is wanted. Messages say so.
"""

import errno
import os
import re
import stat
from typing import BinaryIO, Callable, NamedTuple, Optional, Tuple

HEAD_BYTES = 512  # enough for `recognise`: the mark of a tar archive is the last one, at 257


class Content(NamedTuple):
    """What a file is."""

    name: str  # with its article
    advice: str  # what to do where something else is wanted; empty: nothing in general


class NotAFileError(OSError):
    """A path that names no regular file; `strerror` says what it is."""


_EXTRACT = 'extract it and name the file in it'
_STARTS: Tuple[Tuple[bytes, Content], ...] = (
    (b'version https://git-lfs.github.com/spec/', Content('a pointer of Git LFS', 'fetch the file it stands for with git lfs '
                                                          'pull')),
    (b'version https://hawser.github.com/spec/', Content('a pointer of Git LFS', 'fetch the file it stands for with git lfs '
                                                         'pull')),
    (b'/annex/objects/', Content('a pointer of git-annex', 'fetch the file it stands for with git annex get')),
    (b'\x1f\x8b', Content('a gzip archive', 'unpack it with gunzip')),
    (b'BZh', Content('a bzip2 archive', 'unpack it with bunzip2')),
    (b'\xfd7zXZ\0', Content('an xz archive', 'unpack it with unxz')),
    (b'\x28\xb5\x2f\xfd', Content('a Zstandard archive', 'unpack it with unzstd')),
    (b'PK\x03\x04', Content('a zip archive', _EXTRACT)),
    (b'PK\x05\x06', Content('an empty zip archive', 'get it again')),
    (b'7z\xbc\xaf\x27\x1c', Content('a 7-Zip archive', _EXTRACT)),
    (b'Rar!\x1a\x07', Content('a RAR archive', _EXTRACT)),
    (b'mmap lm http://kheafield.com/code', Content('a binary language model of KenLM', '')),
    (b'\\data\\', Content('a language model in ARPA format', '')),
    (b'SAMPLEDB', Content('a sample database', '')),
    (b'SQLite format 3\0', Content('an SQLite database', '')),
    (b'%PDF-', Content('a PDF document', '')),
    (b'\x89PNG\r\n\x1a\n', Content('a PNG image', '')),
    (b'\xff\xd8\xff', Content('a JPEG image', '')),
    (b'\x89HDF\r\n\x1a\n', Content('an HDF5 file', '')),
    (b'\x93NUMPY', Content('a NumPy array', '')),
    (b'\x7fELF', Content('a program', '')),
    (b'MZ', Content('a program', '')),
    (b'fLaC', Content('FLAC audio', '')),
    (b'OggS', Content('Ogg audio', '')),
    (b'ID3', Content('MP3 audio', '')),
    (b'.snd', Content('AU audio', '')),
    (b'NIST_1A\n', Content('NIST SPHERE audio', '')),
    (b'#!AMR', Content('AMR audio', '')),
    (b'wvpk', Content('WavPack audio', '')),
    (b'\x1aE\xdf\xa3', Content('a Matroska or WebM file', '')),
)
_PLACED: Tuple[Tuple[int, bytes, Content], ...] = (  # at a place within the file
    (4, b'TFL3', Content('a TensorFlow Lite model', '')),
    (8, b'WAVE', Content('WAV audio', '')),
    (8, b'AIFF', Content('AIFF audio', '')),
    (8, b'AIFC', Content('AIFF audio', '')),
    (4, b'ftyp', Content('MP4 or M4A audio', '')),
    (257, b'ustar', Content('a tar archive', _EXTRACT)),
)
_WEB_PAGE = re.compile(rb'<(!doctype|html|head|body|script|title|meta|!--)\b', re.IGNORECASE)
_XML = Content('an XML document', 'if it is the answer of a server, the download failed; get the file again')
_GRAPH = re.compile(rb'\n.{1,3}?\n.?[A-Za-z0-9_./]+\x12.?[A-Z][A-Za-z]+', re.DOTALL)  # a node: its name, its operation
_BYTE_ORDER_MARKS = (b'\xef\xbb\xbf', b'\xff\xfe', b'\xfe\xff')
_KINDS: Tuple[Tuple[Callable[[int], bool], str], ...] = (
    (stat.S_ISDIR, 'a directory'), (stat.S_ISFIFO, 'a named pipe'), (stat.S_ISCHR, 'a device'), (stat.S_ISBLK, 'a device'),
    (stat.S_ISSOCK, 'a socket'))


def recognise(head: bytes) -> Optional[Content]:
    """Returns what the first HEAD_BYTES of a file show, or None. Less than that may do.

    Source: the published magic numbers of each format.
    """
    if not head:
        return Content('an empty file', 'get or write it again')
    text = head.lstrip(b'\xef\xbb\xbf \t\r\n')
    if _WEB_PAGE.match(text):
        return Content('a web page', 'the download failed; get the file itself')
    if text.startswith(b'<?xml'):
        return _XML
    for start, content in _STARTS:
        if head.startswith(start):
            return content
    for place, mark, content in _PLACED:
        if head[place:place + len(mark)] == mark:
            return content
    if len(head) > 2 and head[0] == 0xff and head[1] & 0xe6 == 0xe2:
        return Content('MP3 audio', '')
    if _GRAPH.match(head):
        return Content('a TensorFlow graph', '')
    if not head.strip(b'\0'):
        return Content('nothing but zero bytes', 'get or write it again')
    return _text(head)


def _text(head: bytes) -> Optional[Content]:
    """Returns that it is text, or None."""
    if head[:2] in _BYTE_ORDER_MARKS[1:]:
        return Content('text in UTF-16', '')
    if any(byte < 32 and byte not in b'\t\n\f\r' for byte in head):
        return None
    try:
        head.decode('utf-8')
    except UnicodeDecodeError as error:
        if error.start < len(head) - 3:  # else a character is cut at the end
            return None
    return Content('text', '')


def explain(head: bytes, wanted: str) -> Optional[str]:
    """Returns what to say of a file that is not what is wanted, as the rest of a sentence without its full stop, or None.

    Args:
      head: the first HEAD_BYTES of the file.
      wanted: what it should be, with an article: `an audio file`.
    """
    content = recognise(head)
    if content is None:
        return None
    advice = content.advice or f'name {wanted}'
    return f'this is {content.name}, not {wanted}; {advice}'


def open_regular(path: str) -> BinaryIO:
    """Opens a regular file to read bytes from. Nothing else is ever waited for: a named pipe would block until written to.

    Raises:
      OSError: it cannot be opened.
      NotAFileError: it is a directory, a device, a named pipe or a socket, or the path holds a zero byte.
    """
    try:
        handle = os.open(path, os.O_RDONLY | getattr(os, 'O_NONBLOCK', 0) | getattr(os, 'O_BINARY', 0))
    except ValueError as error:
        raise NotAFileError(errno.EINVAL, 'the name holds a zero byte', path) from error
    except OSError as error:
        kind = _kind_of(path) if error.errno == errno.ENXIO else None  # of a socket
        if kind:
            raise NotAFileError(errno.EINVAL, f'it is {kind}, not a file', path) from error
        raise
    try:
        mode = os.fstat(handle).st_mode
        for is_kind, name in _KINDS:
            if is_kind(mode):
                number = errno.EISDIR if stat.S_ISDIR(mode) else errno.EINVAL
                raise NotAFileError(number, f'it is {name}, not a file', path)
        return open(handle, 'rb')
    except BaseException:
        os.close(handle)
        raise


def _kind_of(path: str) -> Optional[str]:
    """Returns what a path names if that is no regular file, else None."""
    try:
        mode = os.stat(path).st_mode
    except OSError:
        return None
    return next((name for is_kind, name in _KINDS if is_kind(mode)), None)
