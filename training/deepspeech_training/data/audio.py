"""Speech in WAV files: what a header says, and samples as float.

The files are walked by the client's `deepspeech.wav`, so that trainer and client agree on what they are. `conversion.py` turns
everything else into such files.
"""

import os
import struct
import time
from concurrent.futures import ThreadPoolExecutor
from typing import BinaryIO, Callable, List, NamedTuple, Optional, Sequence, Tuple, TypeVar, Union

import numpy as np
from deepspeech.formats.content import HEAD_BYTES, NotAFileError, open_regular, recognise
from deepspeech.wav import FormatChunk, Forward, Part, is_short, sound_parts

from ..errors import DataError

WAV_HEADER_BYTES = 44  # where nothing but format and sound is stated, the size of the sound last
N_THREADS = 16  # headers and conversions wait for disks and processes, not for this one
BLOCK_ITEMS = 1024  # handed to threads at once; what a block needs, a set of any size needs
QUICK_S = 0.0005  # what is done sooner, as the header of a file in memory, threads only delay: one waits for the other
SAMPLE_BY_SAMPLE = ('pcm', 'float', 'alaw', 'ulaw')  # encodings without blocks: bits per sample are what they say
ENCODINGS = {1: 'pcm', 2: 'adpcm', 3: 'float', 6: 'alaw', 7: 'ulaw', 17: 'ima adpcm', 49: 'gsm', 85: 'mp3'}
UNKNOWN_ENCODING = 'format 0x'  # and its tag

Item = TypeVar('Item')
Result = TypeVar('Result')


class AudioInfo(NamedTuple):
    """What a header says. `sample_width` is in bytes; `n_samples` counts those of one channel."""

    rate_hz: int
    n_channels: int
    sample_width: int
    n_samples: int
    encoding: str  # 'pcm', 'float', 'alaw', ... or 'format 0x....'

    @property
    def duration_s(self) -> float:
        return self.n_samples / self.rate_hz

    def is_plain(self, rate_hz: int) -> bool:
        """Returns whether this is 16-bit mono PCM at `rate_hz`, which training reads as it is."""
        return (self.encoding, self.sample_width, self.n_channels, self.rate_hz) == ('pcm', 2, 1, rate_hz)

    def __str__(self) -> str:
        channels = 'mono' if self.n_channels == 1 else f'{self.n_channels} channels'
        encoding = '' if self.encoding == 'pcm' else f' {self.encoding}'
        return f'{self.rate_hz} Hz, {channels}, {8 * self.sample_width}-bit{encoding}'


def probe_wav(file: BinaryIO, name: str) -> AudioInfo:
    """Returns the AudioInfo of a WAV file; reads its headers only.

    Args:
      file: seekable.
      name: what messages call it.
    Raises:
      DataError: it is no WAV file, its header is damaged, or there is less sound than it states. A size that was never
        filled in, as by a recorder that writes to a pipe, states nothing; a miscounted header or a torn last sample is no
        loss (`deepspeech.wav.is_short`).
    """
    return _layout(file, name)[0]


def decode_channels(file: BinaryIO, name: str, expected: Optional[AudioInfo] = None) -> Tuple[np.ndarray, AudioInfo]:
    """Returns (samples, float32 [n_samples, n_channels], what the header says) of a WAV file. Raises as `decode_wav`."""
    info, parts = _layout(file, name)
    if expected is not None and info != expected:
        raise DataError(f'{name}: now {info}, {info.n_samples} samples; it had {expected}, {expected.n_samples} samples when '
                        f'the run began.')
    decode = _DECODERS.get((info.encoding, info.sample_width))
    if decode is None:
        raise DataError(f'{name}: {info} cannot be read; convert it to 16-bit PCM.')
    samples = np.concatenate([decode(_read(file, part, info.n_channels * info.sample_width)) for part in parts])
    return samples.reshape(-1, info.n_channels), info


def decode_wav(file: BinaryIO, name: str, expected: Optional[AudioInfo] = None) -> Tuple[np.ndarray, int]:
    """Returns (samples, rate_hz) of a WAV file.

    Args:
      file, name: see `probe_wav`.
      expected: what it was when it was probed; None: that is of no interest.
    Returns:
      samples: float32 [n_samples]; integers are divided by the largest value of their type (16 bit: 32767, so that
        the lowest gives -1.00003) as models of this family are trained; several channels are averaged.
      rate_hz: int.
    Raises:
      DataError: as `probe_wav`, its encoding has to be converted first, or it is not what was expected.
    """
    samples, info = decode_channels(file, name, expected)
    return samples.mean(axis=1) if info.n_channels > 1 else samples[:, 0], info.rate_hz


def check_copy(file: BinaryIO, name: str) -> None:
    """Raises DataError if a WAV file is not to its last byte what conversion writes: a header and 16-bit mono samples."""
    file.seek(WAV_HEADER_BYTES - 4)
    (n_bytes,) = struct.unpack('<I', file.read(4).ljust(4, b'\0'))
    length = os.fstat(file.fileno()).st_size
    if length != WAV_HEADER_BYTES + n_bytes or n_bytes % 2:
        raise DataError(f'{name}: its conversion gave {length} bytes, not {WAV_HEADER_BYTES + n_bytes // 2 * 2} as it states; '
                        f'repair the file or remove its row.')


def open_audio(path: str) -> BinaryIO:
    """Opens a file for reading. Raises DataError: it cannot be opened, or is a directory, a device or a pipe."""
    try:
        return open_regular(path)
    except NotAFileError as error:
        raise DataError(f'{path}: cannot be read as audio ({error.strerror}); name an audio file.') from error
    except (OSError, ValueError) as error:  # ValueError: a path that the file system cannot encode
        raise DataError(f'{path}: cannot be opened ({getattr(error, "strerror", error)}).') from error


def read_wav(path: str) -> Tuple[np.ndarray, int]:
    """Returns what `decode_wav` says of the file at `path`. Raises DataError, too, where it cannot be opened."""
    with open_audio(path) as file:
        return decode_wav(file, path)


def for_each(function: Callable[[Item], Result], items: Sequence[Item]) -> List[Union[Result, DataError]]:
    """Calls `function`, in threads where it takes long; returns for each item, in order, its result or the DataError that it
    raised."""
    def result_or_error(item: Item) -> Union[Result, DataError]:
        try:
            return function(item)
        except DataError as error:
            return _without_frames(error)

    results: List[Union[Result, DataError]] = []
    with ThreadPoolExecutor(N_THREADS) as pool:
        for first in range(0, len(items), BLOCK_ITEMS):
            block, begun_s = items[first:first + BLOCK_ITEMS], time.perf_counter()
            n_done = 0
            while n_done < len(block) and time.perf_counter() - begun_s <= QUICK_S * (n_done + 1):
                results.append(result_or_error(block[n_done]))
                n_done += 1
            results += pool.map(result_or_error, block[n_done:])
    return results


def _without_frames(error: DataError) -> DataError:
    """Returns an error that is kept, without what was at hand when it was raised; there may be a million of them."""
    part: Optional[BaseException] = error
    while part is not None:
        part.__traceback__ = None
        part = part.__cause__ or part.__context__
    return error


def encoding_of(tag: int) -> str:
    """Returns what an AudioInfo calls the encoding of a format tag."""
    return ENCODINGS.get(tag) or f'{UNKNOWN_ENCODING}{tag:04X}'


def tag_of(encoding: str) -> int:
    """Returns the format tag of an encoding."""
    known = [tag for tag, name in ENCODINGS.items() if name == encoding]
    return known[0] if known else int(encoding[len(UNKNOWN_ENCODING):], 16)


def _layout(file: BinaryIO, name: str) -> Tuple[AudioInfo, List[Part]]:
    """Returns (what the header says, where the sound is)."""
    try:
        length = file.seek(0, os.SEEK_END)
        file.seek(0)
        found = list(sound_parts(Forward(file, length)))
        if not found:
            file.seek(0)
            content = recognise(file.read(HEAD_BYTES))
            damaged = 'a damaged WAV file (no format or no sound in it)'
            raise DataError(f'{name}: not a WAV file ({damaged if content and "WAV" in content.name else content.name}).'
                            if content else f'{name}: not a WAV file.')
    except OSError as error:
        raise DataError(f'{name}: cannot be read ({error.strerror}).') from error
    fields, parts = found[0][0], [part for _, part in found]
    info = _info(name, fields, sum(part.n_bytes or 0 for part in parts))
    stated = sum(part.n_bytes or 0 if part.stated is None else part.stated for part in parts)
    if is_short(sum(part.n_bytes or 0 for part in parts), stated):
        stated_s = _info(name, fields, stated).duration_s
        raise DataError(f'{name}: ends after {info.duration_s:.2f} of {stated_s:.2f} s.')
    return info, parts


def _read(file: BinaryIO, part: Part, frame_bytes: int) -> bytes:
    """Returns the whole frames of a part."""
    file.seek(part.offset)
    raw = file.read(part.n_bytes or 0)
    return raw[:len(raw) - len(raw) % frame_bytes]


def _info(name: str, fields: FormatChunk, data_bytes: int) -> AudioInfo:
    """Returns what a `fmt ` chunk says of so many bytes of sound."""
    encoding = encoding_of(fields.tag)
    n_channels, rate_hz, width = fields.n_channels, fields.rate_hz, fields.width
    if not n_channels or not rate_hz or (encoding in SAMPLE_BY_SAMPLE and not width):
        raise DataError(f'{name}: damaged WAV header ({n_channels} channels, {rate_hz} Hz, {fields.bits} bits).')
    if encoding in SAMPLE_BY_SAMPLE:
        n_samples = data_bytes // (n_channels * width)
    else:
        n_samples = data_bytes * rate_hz // max(fields.bytes_per_s, 1)  # compressed: as long as its bit rate says
    return AudioInfo(rate_hz, n_channels, width, n_samples, encoding)


# The divisors are float32 because older NumPy makes float64 of float32 divided by a large int.
def _from_uint8(raw: bytes) -> np.ndarray:
    return (np.frombuffer(raw, np.uint8).astype(np.float32) - 128) / np.float32(127)  # unsigned, silence is 128


def _from_int16(raw: bytes) -> np.ndarray:
    return np.frombuffer(raw, '<i2').astype(np.float32) / np.float32(32767)


def _from_int24(raw: bytes) -> np.ndarray:
    wide = np.zeros((len(raw) // 3, 4), np.uint8)
    wide[:, 1:] = np.frombuffer(raw, np.uint8).reshape(-1, 3)
    return (wide.view('<i4').reshape(-1) >> 8).astype(np.float32) / np.float32(8388607)


def _from_int32(raw: bytes) -> np.ndarray:
    return np.frombuffer(raw, '<i4').astype(np.float32) / np.float32(2147483647)


def _from_float32(raw: bytes) -> np.ndarray:
    return np.frombuffer(raw, '<f4').astype(np.float32)


def _from_float64(raw: bytes) -> np.ndarray:
    return np.frombuffer(raw, '<f8').astype(np.float32)


_DECODERS = {('pcm', 1): _from_uint8, ('pcm', 2): _from_int16, ('pcm', 3): _from_int24, ('pcm', 4): _from_int32,
             ('float', 4): _from_float32, ('float', 8): _from_float64}
