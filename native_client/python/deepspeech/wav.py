"""WAV files and raw samples, from files and pipes alike.

A WAV header is read from the first bytes alone and nothing is skipped by seeking, so that sound can be used while it is
still being recorded.
Source: RIFF/WAVE as in Microsoft's "Multiple channel audio data and WAVE files" (format tags, extensible format).
"""

import struct
from typing import Any, NamedTuple, Optional

import numpy as np

from .errors import AudioError

PCM, FLOAT, EXTENSIBLE = 1, 3, 0xFFFE  # format tags; the true tag of the last is in the first bytes of its sub-format
# Recorders that write to a pipe cannot fill in sizes afterwards. They leave 0 or state the largest size they know:
# 0xFFFFFFFF (ffmpeg), 0x80000000 (arecord), 0x7FFFF000 (sox).
UNKNOWN_BYTES = 0x7FFFF000


class FormatChunk(NamedTuple):
    """The fields of a `fmt ` chunk as they stand there, with the true tag of an extensible format."""

    tag: int
    n_channels: int
    rate_hz: int
    bytes_per_s: int
    frame_bytes: int
    bits: int  # of a sample


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


class WavHeader(NamedTuple):
    """Where the sound of a WAV file is: `n_bytes` from `offset` on, None if that was never filled in."""

    format: SampleFormat
    offset: int
    n_bytes: Optional[int]


def parse_wav_head(head: bytes) -> Optional[WavHeader]:
    """Returns the WavHeader in the first bytes of a file; None if they are no WAV of plain samples, or none yet."""
    if head[:4] != b'RIFF' or head[8:12] != b'WAVE':
        return None
    (riff_bytes,) = struct.unpack_from('<I', head, 4)
    offset, sample_format = 12, None
    while offset + 8 <= len(head):
        name, n_bytes = struct.unpack_from('<4sI', head, offset)
        offset += 8
        if name == b'fmt ':
            sample_format = _parse_format(head[offset:offset + n_bytes])
        elif name == b'data':
            if sample_format is None:
                return None
            # 0 is the true size if the size of the whole file was filled in and more chunks follow.
            is_unknown = n_bytes >= UNKNOWN_BYTES or (n_bytes == 0 and not offset - 8 < riff_bytes < UNKNOWN_BYTES)
            return WavHeader(sample_format, offset, None if is_unknown else n_bytes)
        offset += n_bytes
        # A chunk of odd size is followed by a zero byte, which some writers forget.
        if n_bytes % 2 and head[offset:offset + 1] == b'\0':
            offset += 1
    return None


def parse_format_chunk(content: bytes) -> Optional[FormatChunk]:
    """Returns the fields of a `fmt ` chunk, None if it is too short for them."""
    if len(content) < 16:
        return None
    chunk = FormatChunk(*struct.unpack_from('<HHIIHH', content))
    if chunk.tag == EXTENSIBLE and len(content) >= 26:
        (tag,) = struct.unpack_from('<H', content, 24)
        return chunk._replace(tag=tag)
    return chunk


def _parse_format(content: bytes) -> Optional[SampleFormat]:
    """Returns the SampleFormat of a `fmt ` chunk, None if it is damaged or no plain one."""
    chunk = parse_format_chunk(content)
    if chunk is None:
        return None
    sample_format = SampleFormat(chunk.rate_hz, chunk.n_channels, chunk.tag, chunk.bits // 8)
    is_plain = ((chunk.tag, sample_format.width) in _DECODERS and chunk.n_channels
                and chunk.frame_bytes == sample_format.frame_bytes)
    return sample_format if is_plain else None


class SampleReader:
    """Reads frames from a file that is positioned at the first.

    Args:
      name: of the file in messages.
      file: has at least a method `read`.
      n_bytes: stated size of the sound; None: up to the end of the file.
    """

    def __init__(self, name: str, file: Any, sample_format: SampleFormat, n_bytes: Optional[int] = None) -> None:
        self.name, self.rate_hz, self.n_channels = name, sample_format.rate_hz, sample_format.n_channels
        self._file, self._format, self._n_bytes, self._bytes_read = file, sample_format, n_bytes, 0

    def read(self, n_frames: int) -> np.ndarray:
        """Returns up to `n_frames` frames in [-1, 1], float32 or float64 [n, n_channels]; none at the end."""
        wanted = n_frames * self._format.frame_bytes
        if self._n_bytes is not None:
            wanted = min(wanted, self._n_bytes - self._bytes_read)
        data = self._file.read(wanted)
        self._bytes_read += len(data)
        whole = data[:len(data) - len(data) % self._format.frame_bytes]  # a recorder may be stopped within a frame
        return _DECODERS[self._format.tag, self._format.width](whole).reshape(-1, self.n_channels)

    def check_whole(self) -> None:
        """Raises AudioError if less has been read than the header states."""
        if self._n_bytes is not None and self._bytes_read < self._n_bytes:
            raise cut_short(self.name, self._seconds(self._bytes_read), self._seconds(self._n_bytes))

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
