"""WAV files and raw samples, from files and pipes alike.

A WAV file is walked from its beginning to its end and nothing is gone back to, so that sound can be used while it is still
being recorded. Sizes in it are statements: what is there decides, and `Part` tells the two apart.
Source: RIFF/WAVE as in Microsoft's "Multiple channel audio data and WAVE files" (format tags, extensible format); RF64 as in
EBU Tech 3306.
"""

import struct
from typing import Any, Iterator, NamedTuple, Optional, Tuple

import numpy as np

from .errors import AudioError

PCM, FLOAT, EXTENSIBLE = 1, 3, 0xFFFE  # format tags; the true tag of the last is in the first bytes of its sub-format
# Recorders that write to a pipe cannot fill in sizes afterwards. They leave 0 or state the largest size they know:
# 0xFFFFFFFF (ffmpeg), 0x80000000 (arecord), 0x7FFFF000 (sox).
UNKNOWN_BYTES = 0x7FFFF000
FORMS = (b'RIFF', b'RF64', b'BW64')  # the latter two state 64-bit sizes in a chunk `ds64`
MAX_CHUNKS = 1000  # a file of more is damaged; each costs a seek
# Writers that count their header as sound state up to so much more than there is. That is no loss.
SLACK_BYTES, SLACK_SHARE = 128, 0.01
SKIPPED_BYTES = 2 ** 16  # read at once where nothing can be skipped by seeking


class FormatChunk(NamedTuple):
    """The fields of a `fmt ` chunk as they stand there, with the true tag of an extensible format."""

    tag: int
    n_channels: int
    rate_hz: int
    bytes_per_s: int
    frame_bytes: int
    bits: int  # of a sample

    @property
    def width(self) -> int:
        """Bytes of a sample; 20 bits are stored in 3 bytes, 24 bits in 3 or 4, always in the upper ones."""
        of_frame = self.frame_bytes // self.n_channels if self.n_channels else 0
        is_whole = self.n_channels and self.frame_bytes % self.n_channels == 0 and 8 * of_frame >= self.bits
        return of_frame if is_whole and of_frame <= 8 else (self.bits + 7) // 8


class SampleFormat(NamedTuple):
    """How samples are stored. `width` is in bytes; a frame is one sample of every channel."""

    rate_hz: int
    n_channels: int = 1
    tag: int = PCM
    width: int = 2

    @property
    def frame_bytes(self) -> int:
        """Size of a frame."""
        return self.n_channels * self.width

    @property
    def is_known(self) -> bool:
        """Whether SampleReader can read it."""
        return self.n_channels > 0 and (self.tag, self.width) in _DECODERS


class Part(NamedTuple):
    """A `data` chunk; most files have one."""

    offset: int
    n_bytes: Optional[int]  # that are there; None: up to the end of a pipe
    stated: Optional[int]  # by the header; None: it was never filled in

    @property
    def is_last(self) -> bool:
        """Whether it reaches to the end of the file."""
        return self.n_bytes is None or self.stated is None or self.n_bytes < self.stated


Parts = Iterator[Tuple[FormatChunk, Part]]


class Forward:
    """A file that is read from its beginning to its end.

    Args:
      file: has a method `read`, and `seek` if the length is given.
      length: of the file in bytes; None: it is a pipe.
      head: what has been read of it already.
    """

    def __init__(self, file: Any, length: Optional[int] = None, head: bytes = b'') -> None:
        self._file, self.length, self._ahead = file, length, head
        self.position = 0

    def read(self, n_bytes: int) -> bytes:
        """Returns the next bytes, fewer at the end."""
        start, self._ahead = self._ahead[:n_bytes], self._ahead[n_bytes:]
        data = start if len(start) == n_bytes else start + self._file.read(n_bytes - len(start))
        self.position += len(data)
        return data

    def peek(self, n_bytes: int) -> bytes:
        """Returns the next bytes and leaves them where they are."""
        if len(self._ahead) < n_bytes:
            self._ahead += self._file.read(n_bytes - len(self._ahead))
        return self._ahead[:n_bytes]

    def skip_to(self, position: int) -> None:
        """Goes on from a later position, or from the end."""
        if self.length is not None and position > self.position:
            self._file.seek(min(position, self.length))
            self._ahead, self.position = b'', min(position, self.length)
        while self.position < position and self.read(min(position - self.position, SKIPPED_BYTES)):
            pass


def sound_parts(source: Forward) -> Parts:
    """Yields the parts of the sound of a WAV file; none if it is no WAV file or a damaged one.

    When a part is yielded, `source` stands at its first byte. It may be read from before the next one is asked for.
    """
    form, riff_bytes, kind = struct.unpack('<4sI4s', source.read(12).ljust(12, b'\0'))
    if form not in FORMS or kind != b'WAVE':
        return
    fields, long_bytes = None, None
    for _ in range(MAX_CHUNKS):
        header = source.read(8)
        if len(header) < 8:
            return
        name, n_bytes = struct.unpack('<4sI', header)
        begin = source.position
        if name == b'ds64':
            sizes = source.read(min(n_bytes, 24)).ljust(24, b'\0')
            (long_bytes,) = struct.unpack_from('<Q', sizes, 8)
        elif name == b'fmt ' and fields is None:
            fields = parse_format_chunk(source.read(min(n_bytes, 40)))
        elif name == b'data':
            if fields is None:
                return
            if n_bytes == 0xFFFFFFFF and long_bytes and long_bytes < 2 ** 63:
                n_bytes = long_bytes
            part = _part(source, n_bytes, riff_bytes)
            yield fields, part
            if part.is_last:
                return
        source.skip_to(begin + n_bytes)
        # A chunk of odd size is followed by a zero byte, which some writers forget.
        if n_bytes % 2 and source.peek(1) == b'\0':
            source.read(1)


def _part(source: Forward, stated: int, riff_bytes: int) -> Part:
    """Returns the part that `source` stands at."""
    offset, left = source.position, None if source.length is None else max(0, source.length - source.position)
    if stated == 0:
        # It is the true size if the size of the whole file was filled in and more chunks follow.
        is_unknown = not (offset - 8 < riff_bytes < UNKNOWN_BYTES and _is_chunk_name(source.peek(4)))
    else:
        is_unknown = stated >= UNKNOWN_BYTES and (left is None or stated > left)
    if is_unknown:
        return Part(offset, left, None)
    return Part(offset, stated if left is None else min(stated, left), stated)


def _is_chunk_name(name: bytes) -> bool:
    return len(name) == 4 and all(0x20 <= byte < 0x7F for byte in name)


def parse_format_chunk(content: bytes) -> Optional[FormatChunk]:
    """Returns the fields of a `fmt ` chunk, None if it is too short for them."""
    if len(content) < 16:
        return None
    chunk = FormatChunk(*struct.unpack_from('<HHIIHH', content))
    if chunk.tag != EXTENSIBLE:
        return chunk
    if len(content) < 26:  # without the sub-format it can only be what most files are
        return chunk._replace(tag=PCM)
    (tag,) = struct.unpack_from('<H', content, 24)
    return chunk._replace(tag=tag)


def is_short(n_bytes: int, stated: int) -> bool:
    """Returns whether sound is missing: more than a miscounted header, or than a hundredth where there is little."""
    return stated - n_bytes > min(SLACK_BYTES, SLACK_SHARE * stated)


class SampleReader:
    """Reads frames.

    Args:
      name: of the file in messages.
      source: stands at the first sample.
      sample_format: one that is known.
      part: where it stands in a WAV file; None: there are samples only, up to the end.
      parts: the parts behind it.
    """

    def __init__(self, name: str, source: Forward, sample_format: SampleFormat, part: Optional[Part] = None,
                 parts: Optional[Parts] = None) -> None:
        self.name, self.rate_hz, self.n_channels = name, sample_format.rate_hz, sample_format.n_channels
        self._source, self._format, self._parts = source, sample_format, parts
        self._left = part.n_bytes if part else None  # bytes of the part that are not read; None: up to the end
        self._stated = part.stated if part else None
        self._bytes_read = 0

    def read(self, n_frames: int) -> np.ndarray:
        """Returns up to `n_frames` frames in [-1, 1], float32 or float64 [n, n_channels]; none at the end."""
        data = self._read(n_frames * self._format.frame_bytes)
        while not data and self._begin_part():
            data = self._read(n_frames * self._format.frame_bytes)
        return _DECODERS[self._format.tag, self._format.width](data).reshape(-1, self.n_channels)

    def _read(self, n_bytes: int) -> bytes:
        """Returns the next frames of the part; without the rest of one in which a recorder was stopped."""
        data = self._source.read(n_bytes if self._left is None else min(n_bytes, self._left))
        self._bytes_read += len(data)
        if self._left is not None:
            self._left -= len(data)
        return data[:len(data) - len(data) % self._format.frame_bytes]

    def _begin_part(self) -> bool:
        """Goes on to the next part; returns whether there is one."""
        _, part = next(self._parts or iter(()), (None, None))
        if part is None:
            return False
        self._left = part.n_bytes
        self._stated = None if part.stated is None or self._stated is None else self._stated + part.stated
        return True

    def check_whole(self) -> None:
        """Raises AudioError if less has been read than the header states, see `is_short`."""
        if self._stated is not None and is_short(self._bytes_read, self._stated):
            raise cut_short(self.name, self._seconds(self._bytes_read), self._seconds(self._stated))

    def _seconds(self, n_bytes: int) -> float:
        return n_bytes / self._format.frame_bytes / self.rate_hz


def cut_short(name: str, n_seconds: float, stated_s: float) -> AudioError:
    """Returns the AudioError for a file with less sound than its header states."""
    return AudioError(f'{name}: ends after {n_seconds:.2f} of {stated_s:.2f} s; the file is cut short, get it again, '
                      f'or write what is there to a new one with ffmpeg or sox.')


def _from_int24(data: bytes) -> np.ndarray:
    wide = np.zeros((len(data) // 3, 4), np.uint8)
    wide[:, 1:] = np.frombuffer(data, np.uint8).reshape(-1, 3)
    return wide.view('<i4').reshape(-1) / np.float64(2 ** 31)


_DECODERS = {
    (PCM, 1): lambda data: (np.frombuffer(data, np.uint8) - np.float32(128)) / np.float32(2 ** 7),  # silence is 128
    (PCM, 2): lambda data: np.frombuffer(data, '<i2') / np.float32(2 ** 15),
    (PCM, 3): _from_int24,
    (PCM, 4): lambda data: np.frombuffer(data, '<i4') / np.float64(2 ** 31),
    (FLOAT, 4): lambda data: np.frombuffer(data, '<f4'),
    (FLOAT, 8): lambda data: np.frombuffer(data, '<f8'),
}
