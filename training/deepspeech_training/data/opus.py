"""Opus as sample databases hold it: a header, then packets, each with its length in front.

    4  length of the decoded PCM in bytes
    4  sample rate
    1  channels
    1  bytes of a sample, 2
    .  packets: 2 bytes, length; the packet. Writers make them of 60 ms and fill up the last one with silence

All numbers are unsigned, the most significant byte first. Nothing tells of the delay of the encoder, 6.5 ms, by which decoded
sound comes late. To decode, packets are put into an Ogg stream for libsndfile, which comes with the Python package soundfile:
no library of the system is needed. `opus_encoder.py` needs one.
Sources: RFC 6716, section 3 (packets), RFC 3533 (Ogg), RFC 7845 (Opus in Ogg).
"""

import io
import struct
import tempfile
import zlib
from typing import IO, BinaryIO, Iterator, List, NamedTuple, Optional, Tuple

import numpy as np
from deepspeech.audio import audio_in
from deepspeech.errors import AudioError

from ..errors import DataError
from .audio import AudioInfo

RATES_HZ = (8000, 12000, 16000, 24000, 48000)  # that Opus has
PACKET_MS = 60
HEADER = struct.Struct('>IIBB')
LENGTH = struct.Struct('>H')
WIDTH = 2
CLOCK_HZ = 48000  # of Opus, whatever the sample rate
MAX_CHANNELS = 2
MAX_PACKET_TICKS = CLOCK_HZ * 120 // 1000
MAX_PACKET_BYTES = 255 * 255 - 1  # of what fits into an Ogg page by itself; no sound packet is longer
# Samples at 48 kHz in a frame of each configuration: SILK, hybrid, CELT (RFC 6716, table 2).
_FRAME_TICKS = [480, 960, 1920, 2880] * 3 + [480, 960] * 2 + [120, 240, 480, 960] * 4
_N_FRAMES = (1, 2, 2, 0)  # in a packet of each code; 0: its second byte tells
_BEGINS, _ENDS = 2, 4  # flags of Ogg pages
_PAGE = struct.Struct('<4sBBqIIIB')
_REFLECTED = bytes(int(f'{byte:08b}'[::-1], 2) for byte in range(256))


class Packet(NamedTuple):
    """A packet, and how much sound it is."""

    data: bytes
    n_ticks: int  # of CLOCK_HZ


def header(n_samples: int, rate_hz: int) -> bytes:
    """Returns the header for mono sound."""
    return HEADER.pack(WIDTH * n_samples, rate_hz, 1, WIDTH)


def stated_bytes(start: bytes) -> int:
    """Returns how long the decoded PCM is by the beginning of a container; 0 where that is cut short."""
    return int(HEADER.unpack_from(start)[0]) if len(start) >= HEADER.size else 0


def probe_opus(file: BinaryIO, name: str) -> AudioInfo:
    """Returns what the sound in a container is once it is decoded; reads the packets' lengths and kinds.

    Args:
      file: at its beginning.
      name: what messages call it.
    Raises:
      DataError: the container is damaged or cut short.
    """
    info = _read_header(file, name)
    for _ in _packets(file, name, info):
        pass
    return info


def decode_opus(file: BinaryIO, name: str) -> Tuple[np.ndarray, int]:
    """Returns (samples, rate_hz) as `audio.decode_wav` does; several channels are averaged. Raises DataError."""
    with tempfile.TemporaryFile() as ogg:
        info = write_ogg(file, name, ogg)
        ogg.seek(0)
        try:
            with audio_in(ogg, name) as audio:
                samples = np.concatenate(list(audio.sound(info.rate_hz, max(1, info.n_samples))))
        except AudioError as error:
            raise DataError(str(error)) from error
    if len(samples) != info.n_samples:
        raise DataError(f'{name}: {len(samples)} of {info.n_samples} samples can be decoded; it is damaged.')
    # Decoders of this format give integers, and training divides by 32767 (see `audio.decode_wav`).
    whole = np.clip(np.rint(samples * np.float32(32768)), -32768, 32767).astype(np.int16)
    return whole.astype(np.float32) / np.float32(32767), info.rate_hz


def write_ogg(file: BinaryIO, name: str, target: IO[bytes]) -> AudioInfo:
    """Writes the sound of a container as an Ogg stream, without a change of its packets; returns what it is.

    Raises:
      DataError: the container is damaged or cut short.
    """
    info = _read_header(file, name)
    end = info.n_samples * CLOCK_HZ // info.rate_hz
    target.write(_page(b'OpusHead' + struct.pack('<BBHIHB', 1, info.n_channels, 0, info.rate_hz, 0, 0), 0, 0, flags=_BEGINS))
    target.write(_page(b'OpusTags' + bytes(8), 1, 0))
    n_ticks = 0
    for number, packet in enumerate(_packets(file, name, info), 2):
        n_ticks += packet.n_ticks
        is_last = n_ticks >= end
        target.write(_page(packet.data, number, min(n_ticks, end), flags=_ENDS if is_last else 0))
    target.flush()
    return info


def _read_header(file: BinaryIO, name: str) -> AudioInfo:
    start = file.read(HEADER.size)
    if len(start) < HEADER.size:
        raise DataError(f'{name}: its Opus container ends after {len(start)} bytes; it is cut short.')
    n_bytes, rate_hz, n_channels, width = HEADER.unpack(start)
    if rate_hz not in RATES_HZ or not 1 <= n_channels <= MAX_CHANNELS or width != WIDTH or n_bytes % (n_channels * width):
        raise DataError(f'{name}: damaged header of an Opus container ({n_bytes} bytes of PCM, {rate_hz} Hz, {n_channels} '
                        f'channels, {8 * width} bits).')
    return AudioInfo(rate_hz, n_channels, width, n_bytes // (n_channels * width), 'pcm')


def _packets(file: BinaryIO, name: str, info: AudioInfo) -> Iterator[Packet]:
    """Yields packets until there is as much sound as the header states. Raises DataError: there is less, or a damaged one."""
    n_ticks, wanted = 0, info.n_samples * CLOCK_HZ // info.rate_hz
    while n_ticks < wanted:
        length = file.read(LENGTH.size)
        (n_bytes,) = LENGTH.unpack(length) if len(length) == LENGTH.size else (0,)
        data = file.read(n_bytes)
        if not length or len(data) < n_bytes:
            raise DataError(f'{name}: ends after {n_ticks / CLOCK_HZ:.2f} of {info.duration_s:.2f} s; it is cut short.')
        ticks = _ticks(data)
        if ticks is None or n_bytes > MAX_PACKET_BYTES:
            raise DataError(f'{name}: damaged after {n_ticks / CLOCK_HZ:.2f} of {info.duration_s:.2f} s (no Opus packet).')
        n_ticks += ticks
        yield Packet(data, ticks)


def _ticks(data: bytes) -> Optional[int]:
    """Returns how much sound a packet is by its first bytes; None: it is none. Source: RFC 6716, section 3.1 and 3.2."""
    if not data:
        return None
    kind, code = divmod(data[0], 4)  # which also tells the channels
    if code == 3 and len(data) < 2:
        return None
    ticks = _FRAME_TICKS[kind // 2] * (_N_FRAMES[code] or data[1] & 63)
    return ticks if 0 < ticks <= MAX_PACKET_TICKS else None


def _page(packet: bytes, number: int, n_ticks: int, flags: int = 0) -> bytes:
    """Returns an Ogg page with one packet, after which a decoder has given `n_ticks`."""
    lengths = b'\xff' * (len(packet) // 255) + bytes([len(packet) % 255])
    fields: List[int] = [0, flags, n_ticks, 1, number]
    unchecked = _PAGE.pack(b'OggS', *fields, 0, len(lengths)) + lengths + packet
    return _PAGE.pack(b'OggS', *fields, _checksum(unchecked), len(lengths)) + unchecked[_PAGE.size:]


def _checksum(data: bytes) -> int:
    """Returns the checksum of an Ogg page: that of zlib with all bits the other way round, from 0 and not inverted."""
    reflected = zlib.crc32(data.translate(_REFLECTED), 0xffffffff) ^ 0xffffffff
    return int(f'{reflected:032b}'[::-1], 2)


def in_container(packets: List[bytes], n_samples: int, rate_hz: int) -> bytes:
    """Returns packets of mono sound as a container."""
    content = io.BytesIO()
    content.write(header(n_samples, rate_hz))
    for packet in packets:
        content.write(LENGTH.pack(len(packet)) + packet)
    return content.getvalue()
