"""Streams of bytes that archives are read from: compressed ones, and files in several parts.

Written here because the readers of Python's library cannot tell what follows a compressed stream from damage in it, and
because theirs of Python 3.7 take a stream that was cut off between two of its parts for a whole one.
"""

import bz2
import io
import lzma
import os
import zlib
from typing import Any, BinaryIO, Callable, Dict, List, Sequence

from deepspeech.formats.content import open_regular

BLOCK_BYTES = 1 << 18
LZMA_MEMORY_BYTES = 1 << 29  # `xz -9` makes streams that need 65 MB; a damaged header may ask for 4 GB


class DamageError(Exception):
    """An archive that is cut short or damaged; the message is the rest of a sentence that begins with its name."""


def _zlib() -> Any:
    return zlib.decompressobj(wbits=31)


def _lzma() -> Any:
    return lzma.LZMADecompressor(format=lzma.FORMAT_XZ, memlimit=LZMA_MEMORY_BYTES)


# By their first bytes, which every further stream in the same file has, too.
DECOMPRESSORS: Dict[bytes, Callable[[], Any]] = {b'\x1f\x8b': _zlib, b'BZh': bz2.BZ2Decompressor, b'\xfd7zXZ\0': _lzma}


class Stream:
    """Bytes of a file from its beginning to its end, decompressed if it is compressed.

    Attributes:
      is_compressed: whether it is.
      n_ignored: bytes after the end of the compressed ones, which belong to nothing; known when all was read.
    """

    def __init__(self, file: BinaryIO):
        self._file = file
        head = file.read(BLOCK_BYTES)
        self._make = next((make for mark, make in DECOMPRESSORS.items() if head.startswith(mark)), None)
        self._mark = next((mark for mark in DECOMPRESSORS if head.startswith(mark)), b'')
        self._raw, self._out, self._at = head, b'', 0
        self.n_ignored = 0
        self.is_compressed = self._make is not None
        self._decompressor = self._make() if self._make else None

    def read(self, n_bytes: int) -> bytes:
        """Returns so many bytes; fewer only at the end. Raises DamageError."""
        found = []
        while n_bytes:
            if self._at == len(self._out):
                self._out, self._at = self._next_block(), 0
                if not self._out:
                    break
            piece = self._out[self._at:self._at + n_bytes]
            self._at += len(piece)
            n_bytes -= len(piece)
            found.append(piece)
        return found[0] if len(found) == 1 else b''.join(found)

    def peek(self, n_bytes: int) -> bytes:
        """Returns the next so many bytes without passing them. Raises DamageError."""
        found = self.read(n_bytes)
        self._out, self._at = found + self._out[self._at:], 0
        return found

    def _next_block(self) -> bytes:
        """Returns some bytes; none at the end."""
        if self._make is None:
            block, self._raw = self._raw or self._file.read(BLOCK_BYTES), b''
            return block
        while self._decompressor is not None:
            if self._decompressor.eof:
                self._begin_next_stream()
                continue
            if not self._raw and getattr(self._decompressor, 'needs_input', True):
                self._raw = self._file.read(BLOCK_BYTES)
            is_at_end = not self._raw
            block = self._decompress()
            if block:
                return block
            if is_at_end and not self._decompressor.eof:
                raise DamageError('is cut short')
        return b''

    def _decompress(self) -> bytes:
        """Feeds what was read to the decompressor; returns a block, or nothing yet."""
        try:
            block: bytes = self._decompressor.decompress(self._raw, BLOCK_BYTES)  # type: ignore[union-attr]
        except (zlib.error, OSError, lzma.LZMAError, EOFError, ValueError, MemoryError) as error:
            raise DamageError(f'is damaged ({error})') from error
        # zlib gives back what it did not use; the others keep it, and do not need input until it is used up.
        self._raw = getattr(self._decompressor, 'unconsumed_tail', b'')
        return block

    def _begin_next_stream(self) -> None:
        """Begins another compressed stream behind the one that has ended, if there is one; else there is no decompressor."""
        rest = self._decompressor.unused_data  # type: ignore[union-attr]
        while True:
            rest = rest.lstrip(b'\0')  # padding of tapes
            more = self._file.read(BLOCK_BYTES) if len(rest) < len(self._mark) else b''
            rest += more
            if not more:
                break
        if rest.startswith(self._mark) and self._make:
            self._decompressor, self._raw = self._make(), rest
            return
        self._decompressor, self._raw = None, b''
        self.n_ignored = len(rest)
        for block in iter(lambda: self._file.read(BLOCK_BYTES), b''):
            self.n_ignored += len(block)


class JoinedFiles(io.RawIOBase):
    """One file or several, one after the other, to be read anywhere. Raises OSError when it is made, later DamageError."""

    def __init__(self, paths: Sequence[str]):
        super().__init__()
        self._files: List[BinaryIO] = []
        self._starts = [0]
        try:
            for path in paths:
                self._files.append(open_regular(path))
                self._starts.append(self._starts[-1] + os.fstat(self._files[-1].fileno()).st_size)
        except BaseException:
            self.close()
            raise
        self._place = 0

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def tell(self) -> int:
        return self._place

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        self._place = max(0, offset + (0, self._place, self._starts[-1])[whence])
        return self._place

    def readinto(self, buffer: Any) -> int:
        for file, start, end in zip(self._files, self._starts, self._starts[1:]):
            if start <= self._place < end:
                try:
                    file.seek(self._place - start)
                    block = file.read(min(len(buffer), end - self._place))
                except OSError as error:  # of the disk; the errors of writing are others
                    raise DamageError(f'cannot be read ({error.strerror})') from error
                buffer[:len(block)] = block
                self._place += len(block)
                return len(block)
        return 0

    def close(self) -> None:
        for file in self._files:
            file.close()
        super().close()
