"""FLAC files whose writer could not go back to state their length, as those written to a pipe.

libsndfile reads none of them. The last frame tells how many samples there are.
Source: RFC 9639 (STREAMINFO in section 8.2, frame headers in section 9.1).
"""

import os
import shutil
import tempfile
from typing import BinaryIO, Optional, Tuple

STREAM_INFO = slice(8, 42)  # behind the mark `fLaC` and the header of the first block of metadata
LEAST_TAIL_BYTES = 2 ** 17  # a frame of 4608 samples in 2 channels of 24 bits has 28 kB
MOST_TAIL_BYTES = 2 ** 24 + 16  # the longest frame that can be stated
_BLOCK_SAMPLES = {1: 192, **{code: 576 << code - 2 for code in range(2, 6)}, **{code: 256 << code - 8 for code in range(8, 16)}}


def with_length(file: BinaryIO, head: bytes) -> Optional[BinaryIO]:
    """Returns a copy of a FLAC file that states its length, in a temporary file without a name.

    None if the file is no FLAC, states its length, or has no frame to learn it from.

    Args:
      file: seekable.
      head: its first bytes, at least 42.
    """
    if head[:4] != b'fLaC' or len(head) < STREAM_INFO.stop:
        return None
    info = bytearray(head[STREAM_INFO])
    if int.from_bytes(info[13:18], 'big') & 0xFFFFFFFFF:
        return None
    n_samples = _n_samples(file, bytes(info))
    if not n_samples:
        return None
    info[13] |= n_samples >> 32 & 0x0F
    info[14:18] = (n_samples & 0xFFFFFFFF).to_bytes(4, 'big')
    copy = tempfile.TemporaryFile()
    copy.write(head[:STREAM_INFO.start] + info)
    file.seek(STREAM_INFO.stop)
    shutil.copyfileobj(file, copy)
    copy.flush()
    return copy


def _n_samples(file: BinaryIO, info: bytes) -> int:
    """Returns the samples of one channel up to the end of the last frame that begins; 0: there is none."""
    longest = int.from_bytes(info[7:10], 'big')
    n_tail = min(MOST_TAIL_BYTES, max(LEAST_TAIL_BYTES, 2 * longest))
    file.seek(max(STREAM_INFO.stop, file.seek(0, os.SEEK_END) - n_tail))
    tail = file.read(n_tail)
    place = len(tail)
    while True:
        place = tail.rfind(b'\xff', 0, place)
        if place < 0:
            return 0
        if place + 1 < len(tail) and tail[place + 1] in (0xF8, 0xF9):
            end = _frame_end(tail[place:place + 16], int.from_bytes(info[2:4], 'big'))
            if end:
                return end


def _frame_end(header: bytes, block_samples: int) -> int:
    """Returns the number of the sample behind a frame; 0 if these bytes are not the header of one."""
    if len(header) < 6 or header[3] & 1 or header[3] >> 4 > 10:
        return 0
    size_code, rate_code = header[2] >> 4, header[2] & 15
    number, place = _coded_number(header)
    n_size_bytes = {6: 1, 7: 2}.get(size_code, 0)
    n_samples = _BLOCK_SAMPLES.get(size_code, 1 + int.from_bytes(header[place:place + n_size_bytes], 'big'))
    place += n_size_bytes + {12: 1, 13: 2, 14: 2}.get(rate_code, 0)
    if not size_code or place >= len(header) or _crc8(header[:place]) != header[place]:
        return 0
    return n_samples + (number if header[1] & 1 else number * block_samples)


def _coded_number(header: bytes) -> Tuple[int, int]:
    """Returns (number of the frame or of its first sample, place behind it): coded as UTF-8 codes characters."""
    first = header[4]
    n_more = 0
    while first << n_more & 0x80:
        n_more += 1
    n_more = max(0, n_more - 1)
    number = first & (0x7F if not n_more else 0x3F >> n_more)
    for byte in header[5:5 + n_more]:
        number = number << 6 | byte & 0x3F
    return number, 5 + n_more


def _crc8(data: bytes) -> int:
    value = 0
    for byte in data:
        value ^= byte
        for _ in range(8):
            value = (value << 1 ^ 0x07 if value & 0x80 else value << 1) & 0xFF
    return value
