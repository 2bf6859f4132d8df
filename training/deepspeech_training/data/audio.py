"""Speech in WAV files: what a header says, samples as float, and conversion to what training reads.

Python's `wave` module reads integer PCM only and trusts all sizes, so the chunks are walked here, by seeking; the client,
whose `fmt ` chunk this is, reads from pipes and cannot.
"""

import os
import shutil
import struct
import tempfile
import uuid
from concurrent.futures import ThreadPoolExecutor
from typing import Any, BinaryIO, Callable, Iterator, List, NamedTuple, Sequence, Tuple, TypeVar, Union

import numpy as np
from deepspeech.wav import FormatChunk, parse_format_chunk

from ..errors import DataError
from ..paths import UNFINISHED

N_THREADS = 16  # headers and conversions wait for disks and processes, not for this one
SAMPLE_BY_SAMPLE = ('pcm', 'float', 'alaw', 'ulaw')  # encodings without blocks: bits per sample are what they say
ENCODINGS = {1: 'pcm', 2: 'adpcm', 3: 'float', 6: 'alaw', 7: 'ulaw', 17: 'ima adpcm', 49: 'gsm', 85: 'mp3'}

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


class _Layout(NamedTuple):
    info: AudioInfo
    data_offset: int
    data_bytes: int


def probe_wav(file: BinaryIO, name: str) -> AudioInfo:
    """Returns the AudioInfo of a WAV file; reads its header only.

    Sizes are taken with a grain of salt: what a recorder that was cut short or wrote to a pipe announces too much,
    or did not announce at all, is replaced by what is there.

    Args:
      file: seekable, at its beginning.
      name: what messages call it.
    Raises:
      DataError: it is no WAV file, or its header is damaged.
    """
    return _read_layout(file, name).info


def decode_wav(file: BinaryIO, name: str) -> Tuple[np.ndarray, int]:
    """Returns (samples, rate_hz) of a WAV file.

    Args:
      file, name: see `probe_wav`.
    Returns:
      samples: float32 [n_samples]; integers are divided by the largest value of their type (16 bit: 32767, so that
        the lowest gives -1.00003) as models of this family are trained; several channels are averaged.
      rate_hz: int.
    Raises:
      DataError: it is no WAV file, is damaged, or its encoding has to be converted first.
    """
    info, offset, n_bytes = _read_layout(file, name)
    file.seek(offset)
    raw = file.read(n_bytes)
    decode = _DECODERS.get((info.encoding, info.sample_width))
    if decode is None:
        raise DataError(f'{name}: {info} cannot be read; convert it to 16-bit PCM.')
    samples = decode(raw[:len(raw) - len(raw) % (info.n_channels * info.sample_width)])
    if info.n_channels > 1:
        samples = samples.reshape(-1, info.n_channels).mean(axis=1)
    return samples, info.rate_hz


def open_audio(path: str) -> BinaryIO:
    """Opens a file for reading. Raises DataError: it cannot be opened."""
    try:
        return open(path, 'rb')
    except OSError as error:
        raise DataError(f'{path}: cannot be opened ({error.strerror}).') from error


def read_wav(path: str) -> Tuple[np.ndarray, int]:
    """Returns what `decode_wav` says of the file at `path`. Raises DataError, too, where it cannot be opened."""
    with open_audio(path) as file:
        return decode_wav(file, path)


def convert_audio(source: str, target: str, rate_hz: int) -> None:
    """Writes `source` as 16-bit mono WAV at `rate_hz`; the same source always gives the same bytes.

    Args:
      source: path of any audio file that SoX reads.
      target: path ending in .wav; appears only when it is complete.
    Raises:
      DataError: SoX is not installed, or cannot convert the file.
    """
    sox = load_sox()
    transformer = sox.Transformer()
    transformer.set_globals(dither=False, verbosity=1)  # dither is random
    transformer.convert(samplerate=rate_hz, n_channels=1, bitdepth=16)
    transformer.set_output_format(file_type='wav', bits=16, channels=1, encoding='signed-integer')
    unfinished = os.path.join(os.path.dirname(os.path.abspath(target)), f'{UNFINISHED}{uuid.uuid4().hex}.wav')
    with tempfile.TemporaryDirectory() as folder:
        # SoX expands * ? [ ] { } in input names itself, so it is given a link with a plain name.
        link = os.path.join(folder, 'source' + os.path.splitext(source)[1].lower())
        os.symlink(os.path.abspath(source), link)
        try:
            transformer.build_file(link, unfinished)
            os.replace(unfinished, target)
        except (sox.SoxError, sox.SoxiError, OSError) as error:
            reason = _sox_message(error).replace(link, source)
            raise DataError(f'{source}: cannot be converted to 16-bit mono {rate_hz} Hz ({reason}); repair the file or '
                            f'remove its row.') from error
        finally:
            if os.path.exists(unfinished):
                os.remove(unfinished)


def load_sox() -> Any:
    """Returns the `sox` module; imported here because its import runs the program and complains if there is none.

    Raises:
      DataError: SoX is not installed.
    """
    if shutil.which('sox') is None:
        raise DataError('audio has to be converted, but the program sox is not installed; install it (Debian, Ubuntu: '
                        'apt-get install sox libsox-fmt-all).')
    import sox
    return sox


def _sox_message(error: BaseException) -> str:
    """Returns the last line that SoX wrote."""
    # Asking for the number of channels comes first in pysox, and that error keeps SoX's own words to itself.
    said = getattr(error.__context__, 'stderr', None)
    text = said.decode('utf-8', 'replace') if said else str(error)
    return text.strip().split('\n')[-1]


def for_each(function: Callable[[Item], Result], items: Sequence[Item]) -> List[Union[Result, DataError]]:
    """Calls `function` in threads; returns for each item, in order, its result or the DataError that it raised."""
    def result_or_error(item: Item) -> Union[Result, DataError]:
        try:
            return function(item)
        except DataError as error:
            return error

    with ThreadPoolExecutor(N_THREADS) as pool:
        return list(pool.map(result_or_error, items))


def _read_layout(file: BinaryIO, name: str) -> _Layout:
    length = file.seek(0, os.SEEK_END)
    file.seek(0)
    head = file.read(12)
    if len(head) < 12 or head[:4] != b'RIFF' or head[8:] != b'WAVE':
        raise DataError(f'{name}: not a WAV file' + (' (it is empty).' if not length else ' (no RIFF header).'))
    (riff_bytes,) = struct.unpack('<I', head[4:8])
    content = b''  # of the `fmt ` chunk
    for chunk, offset, n_bytes in _chunks(file):
        if chunk == b'fmt ':
            content = file.read(min(n_bytes, 40))
        elif chunk == b'data':
            fields = parse_format_chunk(content)
            if fields is None:
                raise DataError(f'{name}: damaged WAV header (no complete format before the sound).')
            unannounced = n_bytes == 0 and riff_bytes <= offset - 8  # written to a pipe, sizes never filled in
            available = max(0, length - offset)
            n_bytes = available if unannounced else min(n_bytes, available)
            return _Layout(_info(name, fields, n_bytes), offset, n_bytes)
    raise DataError(f'{name}: damaged WAV file (no {"sound" if content else "format"} in it).')


def _chunks(file: BinaryIO) -> Iterator[Tuple[bytes, int, int]]:
    """Yields (name, offset of the content, stated size) of each chunk; the file stands at the content."""
    while True:
        header = file.read(8)
        if len(header) < 8:
            return
        name, n_bytes = struct.unpack('<4sI', header)
        offset = file.tell()
        yield name, offset, n_bytes
        file.seek(offset + n_bytes)
        # A chunk of odd size is followed by a zero byte, which some writers forget.
        if n_bytes % 2 and file.read(1) != b'\0':
            file.seek(offset + n_bytes)


def _info(name: str, fields: FormatChunk, data_bytes: int) -> AudioInfo:
    """Returns what a `fmt ` chunk says of so many bytes of sound."""
    tag, n_channels, rate_hz, bytes_per_s, _, bits = fields
    encoding = ENCODINGS.get(tag, f'format 0x{tag:04X}')
    sample_width = (bits + 7) // 8
    if not n_channels or not rate_hz or (encoding in SAMPLE_BY_SAMPLE and not sample_width):
        raise DataError(f'{name}: damaged WAV header ({n_channels} channels, {rate_hz} Hz, {bits} bits).')
    if encoding in SAMPLE_BY_SAMPLE:
        n_samples = data_bytes // (n_channels * sample_width)
    else:
        n_samples = data_bytes * rate_hz // max(bytes_per_s, 1)  # compressed: as long as its bit rate says
    return AudioInfo(rate_hz, n_channels, sample_width, n_samples, encoding)


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
