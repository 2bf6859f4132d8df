"""Audio files of any format as models need them: int16, mono, at the model's sample rate.

WAV files of plain samples need NumPy only. Other formats are read by libsndfile (FLAC, Ogg Vorbis, Opus, MP3, AIFF,
telephone codes ...), other rates are converted by libsoxr; their packages are loaded when they are needed.
"""

import io
import os
import shutil
import stat
import sys
import tempfile
from typing import Any, BinaryIO, Iterable, Iterator, List, Optional, Union

import numpy as np

from .errors import AudioError
from .formats.content import NotAFileError, open_regular
from .sound_library import LibraryReader, load_package
from .wav import Forward, SampleFormat, SampleReader, sound_parts

STANDARD_INPUT = '-'
PIPE_HEAD_BYTES = 4096  # to tell formats apart; from a pipe that is 1/8 s of sound at 16 kHz
RATES_HZ = (1000, 768000)  # anything else is a damaged header
READ_SAMPLES = 2 ** 20  # read at once, all channels together
FULL_SCALE = 32768  # int16 for 1.0; models divide by the same number
LOUDEST = 16.0  # in files of floats; louder ones were not written with 1.0 as full scale


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
    return audio_in(_open(path), 'standard input' if path == STANDARD_INPUT else path, raw_rate_hz)


def audio_in(file: BinaryIO, name: str, raw_rate_hz: Optional[int] = None) -> 'AudioFile':
    """Returns an open file as an AudioFile, which closes it.

    Args:
      file: at its beginning.
      name: what messages call it.
      raw_rate_hz: as in `open_audio`.
    Raises:
      AudioError: it is of no known format; the file is closed.
    """
    reader: Union[SampleReader, LibraryReader, None] = None
    try:
        reader = SampleReader(name, Forward(file), SampleFormat(raw_rate_hz)) if raw_rate_hz else _reader(name, file)
        return AudioFile(name, file, reader)
    except BaseException as error:
        if isinstance(reader, LibraryReader):
            reader.close()
        file.close()
        if isinstance(error, OSError):
            raise _unreadable(name, error) from error
        raise


class AudioFile:
    """An open audio file; `rate_hz` and `n_channels` are those of the file. Use it in a `with` statement, once."""

    def __init__(self, name: str, file: BinaryIO, reader: Union[SampleReader, LibraryReader]) -> None:
        self.name, self._file, self._reader = name, file, reader
        self.rate_hz, self.n_channels = reader.rate_hz, reader.n_channels
        if not RATES_HZ[0] <= self.rate_hz <= RATES_HZ[1]:
            raise AudioError(f'{name}: {self.rate_hz} Hz, expected {RATES_HZ[0]} to {RATES_HZ[1]}; its header is '
                             f'damaged, get the file again.')

    def __enter__(self) -> 'AudioFile':
        return self

    def __exit__(self, *error: Any) -> None:
        if isinstance(self._reader, LibraryReader):
            self._reader.close()
        self._file.close()

    def blocks(self, rate_hz: int, block_samples: int) -> Iterator[np.ndarray]:
        """Yields int16 [block_samples] at `rate_hz`, mono; see `audio_blocks`."""
        for block in self.sound(rate_hz, block_samples):
            yield np.clip(np.rint(block * FULL_SCALE), -FULL_SCALE, FULL_SCALE - 1).astype(np.int16)

    def sound(self, rate_hz: int, block_samples: int, channel: Optional[int] = None) -> Iterator[np.ndarray]:
        """Yields what `blocks` does before it is rounded, float32 [block_samples] in about [-1, 1].

        Args:
          channel: the only one to hear, counted from 0; None: all of them, averaged.
        """
        if channel is not None and not 0 <= channel < self.n_channels:
            raise AudioError(f'{self.name}: has {self.n_channels} channels, so there is no channel {channel + 1}; get the '
                             f'right file.')
        sound = self._mono(max(1, block_samples * self.rate_hz // rate_hz), channel)
        if self.rate_hz != rate_hz:
            sound = _resampled(sound, self.rate_hz, rate_hz)
        is_empty = True
        for block in _cut(sound, block_samples):
            is_empty = False
            yield block
        self._reader.check_whole()
        if is_empty:
            raise AudioError(f'{self.name}: there is no sound in it; record or get it again, or leave it out.')

    def _mono(self, n_frames: int, channel: Optional[int]) -> Iterator[np.ndarray]:
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
            only = 0 if self.n_channels == 1 else channel
            mono = frames.mean(axis=1) if only is None else frames[:, only]
            yield np.clip(mono, -1, 1).astype(np.float32, copy=False)

    def _check(self, frames: np.ndarray, n_before: int) -> None:
        """Raises AudioError if a sample is not a number or absurdly loud."""
        with np.errstate(invalid='ignore'):  # older NumPy warns of NaN, for which any comparison is false
            if -LOUDEST <= frames.min() and frames.max() <= LOUDEST:
                return
            row, channel = np.argwhere(~(np.abs(frames) <= LOUDEST))[0]
        value, time_s = frames[row, channel], (n_before + row) / self.rate_hz
        if np.isfinite(value):
            raise AudioError(f'{self.name}: the sample at {time_s:.3f} s is {value:g}, and 1 is full scale in a '
                             f'file of floats; divide the samples by their full scale and write it anew.')
        raise AudioError(f'{self.name}: the sample at {time_s:.3f} s is no number ({value}); write the file anew.')


def _open(path: str) -> BinaryIO:
    """Returns a file or standard input, open for reading bytes."""
    if path == STANDARD_INPUT:
        if sys.stdin is None or sys.stdin.isatty():
            raise AudioError('standard input: nothing is piped into it; try for instance arecord ... | deepspeech ...')
        return open(sys.stdin.fileno(), 'rb', closefd=False)
    try:
        return _open_pipe(path) if stat.S_ISFIFO(os.stat(path).st_mode) else open_regular(path)
    except NotAFileError as error:
        if os.path.isdir(path):
            raise AudioError(f'{path}: this is a directory; name the audio files in it.') from error
        raise AudioError(f'{path}: cannot be read ({error.strerror}); name an audio file.') from error
    except (OSError, ValueError) as error:  # ValueError: a zero byte in the path
        raise AudioError(f'{path}: cannot be opened ({getattr(error, "strerror", error)}).') from error


def _open_pipe(path: str) -> BinaryIO:
    """Returns a named pipe, as shells make for `<(...)`. It has to have a writer: to wait for one could take forever."""
    handle = os.open(path, os.O_RDONLY | os.O_NONBLOCK)
    try:
        start = os.read(handle, PIPE_HEAD_BYTES)
    except BlockingIOError:  # there is a writer, and nothing written yet
        start = b''
    else:
        if not start:
            os.close(handle)
            raise AudioError(f'{path}: nobody writes to this named pipe; start what writes to it first.')
    os.set_blocking(handle, True)
    return io.BufferedReader(_Started(start, open(handle, 'rb', buffering=0)))


class _Started(io.RawIOBase):
    """A pipe with its first bytes put back."""

    def __init__(self, start: bytes, pipe: io.RawIOBase) -> None:
        self._start, self._pipe = start, pipe

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        data = self._start[:len(buffer)] or self._pipe.read(len(buffer)) or b''
        self._start = self._start[len(buffer):]
        buffer[:len(data)] = data
        return len(data)

    def close(self) -> None:
        self._pipe.close()
        super().close()


def _unreadable(name: str, error: OSError) -> AudioError:
    return AudioError(f'{name}: cannot be read ({error.strerror}).')


def _reader(name: str, file: BinaryIO) -> Union[SampleReader, LibraryReader]:
    """Returns the reader for the format of an open file."""
    if file.seekable():
        return _reader_of_file(name, file)
    head = file.read(PIPE_HEAD_BYTES)
    reader = _sample_reader(name, Forward(io.BytesIO(head)))
    if reader is not None:  # the header is in it
        source = Forward(file, head=head)
        return _sample_reader(name, source) or reader
    copy = tempfile.TemporaryFile()
    copy.write(head)
    shutil.copyfileobj(file, copy)
    copy.flush()
    return _reader_of_file(name, copy)


def _reader_of_file(name: str, file: Any) -> Union[SampleReader, LibraryReader]:
    length = file.seek(0, os.SEEK_END)
    if not length:
        raise AudioError(f'{name}: it is empty; record or get it again, or leave it out.')
    file.seek(0)
    return _sample_reader(name, Forward(file, length)) or LibraryReader(name, file)


def _sample_reader(name: str, source: Forward) -> Optional[SampleReader]:
    """Returns the reader of a WAV file of plain samples; None if it is something else."""
    parts = sound_parts(source)
    for fields, part in parts:
        sample_format = SampleFormat(fields.rate_hz, fields.n_channels, fields.tag, fields.width)
        return SampleReader(name, source, sample_format, part, parts) if sample_format.is_known else None
    return None


def _resampled(blocks: Iterable[np.ndarray], from_hz: int, to_hz: int) -> Iterator[np.ndarray]:
    """Yields float32 [n] blocks at another sample rate and of other sizes, with libsoxr's high quality and no delay."""
    soxr = load_package('soxr', f'sound at {from_hz} Hz', f'has to be converted to {to_hz} Hz')
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
