"""Audio files of any format as models need them: int16, mono, at the model's sample rate.

WAV files of plain samples need NumPy only. Other formats are read by libsndfile (FLAC, Ogg Vorbis, Opus, MP3, AIFF,
telephone codes ...), other rates are converted by libsoxr; their packages are loaded when they are needed.
"""

import importlib
import os
import shutil
import sys
import tempfile
from typing import Any, BinaryIO, Iterable, Iterator, List, Optional, Union

import numpy as np

from .errors import AudioError
from .wav import SampleFormat, SampleReader, cut_short, parse_wav_head

STANDARD_INPUT = '-'
HEAD_BYTES = 4096  # to tell formats apart; from a pipe that is 1/8 s of sound at 16 kHz
RATES_HZ = (1000, 768000)  # anything else is a damaged header
READ_SAMPLES = 2 ** 20  # read at once, all channels together
FULL_SCALE = 32768  # int16 for 1.0; models divide by the same number
LOUDEST = 16.0  # in files of floats; louder ones were not written with 1.0 as full scale
REMEDY = 'convert it, for instance with ffmpeg -i IN OUT.wav.'


def read_audio(path: str, rate_hz: int) -> np.ndarray:
    """Returns all sound of a file.

    Args:
      path: any audio file; '-' is standard input.
      rate_hz: sample rate to convert to; Model.sampleRate().
    Returns:
      int16 [n_samples], mono (channels are averaged). 16-bit mono at `rate_hz` is returned unchanged.
    Raises:
      AudioError: the file cannot be read, is damaged, cut short or without sound.
    """
    return np.concatenate(list(audio_blocks(path, rate_hz, rate_hz)))


def audio_blocks(path: str, rate_hz: int, block_samples: int) -> Iterator[np.ndarray]:
    """Yields the samples of `read_audio` in blocks, int16 [block_samples], the last one shorter.

    Memory does not grow with the file. If a file is damaged, the samples before that are yielded, then AudioError is raised.
    """
    with open_audio(path) as audio:
        yield from audio.blocks(rate_hz, block_samples)


def open_audio(path: str, raw_rate_hz: Optional[int] = None) -> 'AudioFile':
    """Returns a file as an AudioFile.

    Args:
      path: as in `read_audio`.
      raw_rate_hz: the file has no header, only 16-bit little-endian mono samples at this rate; None: it has a header.
    Raises:
      AudioError: the file cannot be opened or is of no known format.
    """
    file = _open(path)
    try:
        name = 'standard input' if path == STANDARD_INPUT else path
        reader = SampleReader(name, file, SampleFormat(raw_rate_hz)) if raw_rate_hz else _reader(name, file)
        return AudioFile(name, file, reader)
    except OSError as error:
        file.close()
        raise _unreadable(name, error) from error
    except AudioError:
        file.close()
        raise


class AudioFile:
    """An open audio file; `rate_hz` and `n_channels` are those of the file. Use it in a `with` statement, once."""

    def __init__(self, name: str, file: BinaryIO, reader: 'Union[SampleReader, _LibraryReader]') -> None:
        self.name, self._file, self._reader = name, file, reader
        self.rate_hz, self.n_channels = reader.rate_hz, reader.n_channels
        if not RATES_HZ[0] <= self.rate_hz <= RATES_HZ[1]:
            raise AudioError(f'{name}: {self.rate_hz} Hz, expected {RATES_HZ[0]} to {RATES_HZ[1]}; its header is '
                             f'damaged, get the file again.')

    def __enter__(self) -> 'AudioFile':
        return self

    def __exit__(self, *error: Any) -> None:
        self._file.close()

    def blocks(self, rate_hz: int, block_samples: int) -> Iterator[np.ndarray]:
        """Yields int16 [block_samples] at `rate_hz`, mono; see `audio_blocks`."""
        sound = self._mono(max(1, block_samples * self.rate_hz // rate_hz))
        if self.rate_hz != rate_hz:
            sound = _resampled(sound, self.rate_hz, rate_hz)
        is_empty = True
        for block in _cut(sound, block_samples):
            is_empty = False
            yield np.clip(np.rint(block * FULL_SCALE), -FULL_SCALE, FULL_SCALE - 1).astype(np.int16)
        self._reader.check_whole()
        if is_empty:
            raise AudioError(f'{self.name}: there is no sound in it; record or get it again, or leave it out.')

    def _mono(self, n_frames: int) -> Iterator[np.ndarray]:
        """Yields float32 [n] in [-1, 1] at the sample rate of the file."""
        n_frames = max(1, min(n_frames, READ_SAMPLES // self.n_channels))
        n_read = 0
        while True:
            try:
                frames = self._reader.read(n_frames)
            except OSError as error:
                raise _unreadable(self.name, error) from error
            if not len(frames):
                return
            self._check(frames, n_read)
            n_read += len(frames)
            yield np.clip(frames.mean(axis=1), -1, 1).astype(np.float32)

    def _check(self, frames: np.ndarray, n_before: int) -> None:
        """Raises AudioError if a sample is not a number or absurdly loud."""
        with np.errstate(invalid='ignore'):  # older NumPy warns of NaN, for which the comparison is false
            is_sound = np.abs(frames) <= LOUDEST
        if not is_sound.all():
            row, channel = np.argwhere(~is_sound)[0]
            value, time_s = frames[row, channel], (n_before + row) / self.rate_hz
            if np.isfinite(value):
                raise AudioError(f'{self.name}: the sample at {time_s:.3f} s is {value:g}, and 1 is full scale in a '
                                 f'file of floats; divide the samples by their full scale and write it anew.')
            raise AudioError(f'{self.name}: the sample at {time_s:.3f} s is no number ({value}); write the file anew.')


class _LibraryReader:
    """Reads frames of a file in any format that libsndfile knows."""

    def __init__(self, name: str, file: Any) -> None:
        self.name, self._file = name, file
        soundfile = _load('soundfile', name, 'is not WAV of plain samples')
        try:
            # By its descriptor: for a path, soundfile trusts the ending, and for a file it calls back into Python.
            os.lseek(file.fileno(), 0, os.SEEK_SET)
            self._sound = soundfile.SoundFile(file.fileno(), closefd=False)
        except (RuntimeError, TypeError, ValueError) as error:
            raise AudioError(f'{name}: not audio of a known format, or damaged ({_reason(error)}); get it again, or '
                             f'{REMEDY}') from error
        self.rate_hz, self.n_channels, self._n_read = self._sound.samplerate, self._sound.channels, 0

    def read(self, n_frames: int) -> np.ndarray:
        """Returns up to `n_frames` frames in [-1, 1], float32 [n, n_channels]; none at the end."""
        try:
            frames = self._sound.read(n_frames, dtype='float32', always_2d=True)
        except RuntimeError as error:
            raise AudioError(f'{self.name}: damaged after {self._n_read / self.rate_hz:.2f} s ({_reason(error)}); get '
                             f'it again, or write what is there to a new one with ffmpeg or sox.') from error
        self._n_read += len(frames)
        return frames

    def check_whole(self) -> None:
        """Raises AudioError if less has been read than the header states; for MP3 it states only an estimate."""
        if self._n_read < self._sound.frames and self._sound.format != 'MP3':
            raise cut_short(self.name, self._n_read / self.rate_hz, self._sound.frames / self.rate_hz)


def _reason(error: Exception) -> str:
    """Returns the message of libsndfile."""
    return getattr(error, 'error_string', str(error)).rstrip('.')


class _Rewound:
    """A file with its first bytes put back; needs no seeking."""

    def __init__(self, head: bytes, file: BinaryIO) -> None:
        self._head, self._file = head, file

    def read(self, n_bytes: int) -> bytes:
        start, self._head = self._head[:n_bytes], self._head[n_bytes:]
        return start if len(start) == n_bytes else start + self._file.read(n_bytes - len(start))


def _open(path: str) -> BinaryIO:
    """Returns a file or standard input, open for reading bytes."""
    if path == STANDARD_INPUT:
        if sys.stdin is None or sys.stdin.isatty():
            raise AudioError('standard input: nothing is piped into it; try for instance arecord ... | deepspeech ...')
        return open(sys.stdin.fileno(), 'rb', closefd=False)
    if os.path.isdir(path):
        raise AudioError(f'{path}: this is a directory; name the audio files in it.')
    try:
        return open(path, 'rb')
    except (OSError, ValueError) as error:  # ValueError: a zero byte in the path
        raise AudioError(f'{path}: cannot be opened ({getattr(error, "strerror", error)}).') from error


def _unreadable(name: str, error: OSError) -> AudioError:
    return AudioError(f'{name}: cannot be read ({error.strerror}).')


def _reader(name: str, file: BinaryIO) -> Union[SampleReader, _LibraryReader]:
    """Returns the reader for the format of an open file."""
    head = file.read(HEAD_BYTES)
    if not head:
        raise AudioError(f'{name}: it is empty; record or get it again, or leave it out.')
    whole, header = _Rewound(head, file), parse_wav_head(head)
    if header is not None:
        whole.read(header.offset)
        return SampleReader(name, whole, header.format, header.n_bytes)
    if file.seekable():
        return _LibraryReader(name, file)
    copy = tempfile.TemporaryFile()
    shutil.copyfileobj(whole, copy)  # type: ignore[type-var, arg-type]  # it calls no more than read(n)
    copy.flush()
    return _LibraryReader(name, copy)


def _resampled(blocks: Iterable[np.ndarray], from_hz: int, to_hz: int) -> Iterator[np.ndarray]:
    """Yields float32 [n] blocks at another sample rate and of other sizes, with libsoxr's high quality and no delay."""
    soxr = _load('soxr', f'sound at {from_hz} Hz', f'has to be converted to {to_hz} Hz')
    stream = soxr.ResampleStream(from_hz, to_hz, 1, dtype='float32')
    for block in blocks:
        yield stream.resample_chunk(block)
    yield stream.resample_chunk(np.zeros(0, np.float32), last=True)


def _cut(blocks: Iterable[np.ndarray], n_samples: int) -> Iterator[np.ndarray]:
    """Yields the samples in blocks of another size, the last one shorter."""
    waiting: List[np.ndarray] = []
    n_waiting = 0
    for block in blocks:
        waiting.append(block)
        n_waiting += len(block)
        if n_waiting >= n_samples:
            joined = np.concatenate(waiting)
            end = n_waiting - n_waiting % n_samples
            for start in range(0, end, n_samples):
                yield joined[start:start + n_samples]
            waiting, n_waiting = [joined[end:]], n_waiting - end
    if n_waiting:
        yield np.concatenate(waiting)


def _load(package: str, thing: str, reason: str) -> Any:
    """Returns a package that only some files need."""
    try:
        return importlib.import_module(package)
    except (ImportError, OSError) as error:  # OSError: the package without its library
        raise AudioError(f'{thing} {reason}, for which the package {package} is needed ({error}); install it with pip '
                         f'install {package}, or {REMEDY}') from error
