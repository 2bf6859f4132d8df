"""Sound of any kind as a model wants it: int16, mono, at the model's rate.

WAV files of plain samples need NumPy only. Other formats are read by libsndfile (FLAC, Ogg Vorbis, Opus, MP3, AIFF,
telephone codes ...), other rates are converted by libsoxr; their packages are loaded when they are needed.
"""

import importlib
import os
import shutil
import sys
import tempfile

import numpy as np

from .errors import AudioError
from .wav import SampleFormat, SampleReader, cut_short, parse_wav_head

STANDARD_INPUT = '-'
HEAD_BYTES = 4096  # to tell formats apart; from a pipe that is 1/8 s of sound at 16 kHz
RATES_HZ = (1000, 768000)  # anything else is a damaged header
READ_SAMPLES = 2 ** 20  # read at once from a file of many channels
FULL_SCALE = 32768  # int16 for 1.0; models divide by the same number
LOUDEST = 16.0  # in files of floats; what is louder was not written with 1.0 as full scale
REMEDY = 'convert it, for instance with ffmpeg -i IN OUT.wav.'


def read_audio(path, rate_hz):
    """Returns all sound of a file.

    Args:
      path: any audio file; '-' is standard input.
      rate_hz: rate to convert to; Model.sampleRate().
    Returns:
      int16 [n_samples], mono (channels are averaged). 16-bit mono at `rate_hz` comes as it is stored.
    Raises:
      AudioError: the file cannot be read, is damaged, cut short or without sound.
    """
    return np.concatenate(list(audio_blocks(path, rate_hz, rate_hz)))


def audio_blocks(path, rate_hz, block_samples):
    """Yields the sound of `read_audio` in pieces of `block_samples`, the last one shorter.

    Memory does not grow with the file. One that is damaged later on gives the sound before that, then AudioError.
    """
    with open_audio(path) as audio:
        yield from audio.blocks(rate_hz, block_samples)


def open_audio(path, raw_rate_hz=None):
    """Returns a file as an AudioFile.

    Args:
      path: as in `read_audio`.
      raw_rate_hz: the file is no more than 16-bit little-endian mono samples at this rate; None: it says what it is.
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
    """An open file of sound; `rate_hz` and `n_channels` are those of the file. Use it in a `with` statement, once."""

    def __init__(self, name, file, reader):
        self.name, self._file, self._reader = name, file, reader
        self.rate_hz, self.n_channels = reader.rate_hz, reader.n_channels
        if not RATES_HZ[0] <= self.rate_hz <= RATES_HZ[1]:
            raise AudioError(f'{name}: {self.rate_hz} Hz, expected {RATES_HZ[0]} to {RATES_HZ[1]}; its header is '
                             f'damaged, get the file again.')

    def __enter__(self):
        return self

    def __exit__(self, *error):
        self._file.close()

    def blocks(self, rate_hz, block_samples):
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

    def _mono(self, n_frames):
        """Yields float32 [n] in [-1, 1] at the rate of the file."""
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

    def _check(self, frames, n_before):
        """Raises AudioError if a sample is no number, or far from what can be sound."""
        with np.errstate(invalid='ignore'):  # older NumPy warns of NaN, for which this is false
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

    def __init__(self, name, file):
        self.name, self._file = name, file
        soundfile = _load('soundfile', name, 'is not WAV of plain samples')
        try:
            # By its descriptor: else soundfile goes by the ending of its name and calls back into Python for each read.
            os.lseek(file.fileno(), 0, os.SEEK_SET)
            self._sound = soundfile.SoundFile(file.fileno(), closefd=False)
        except (RuntimeError, TypeError, ValueError) as error:
            raise AudioError(f'{name}: not audio of a known format, or damaged ({_reason(error)}); get it again, or '
                             f'{REMEDY}') from error
        self.rate_hz, self.n_channels, self._n_read = self._sound.samplerate, self._sound.channels, 0

    def read(self, n_frames):
        """Returns up to `n_frames` frames in [-1, 1], float32 [n, n_channels]; none at the end."""
        try:
            frames = self._sound.read(n_frames, dtype='float32', always_2d=True)
        except RuntimeError as error:
            raise AudioError(f'{self.name}: damaged after {self._n_read / self.rate_hz:.2f} s ({_reason(error)}); get '
                             f'it again, or write what is there to a new one with ffmpeg or sox.') from error
        self._n_read += len(frames)
        return frames

    def check_whole(self):
        """Raises AudioError if less has been read than the file states; the length of MP3 is only an estimate."""
        if self._n_read < self._sound.frames and self._sound.format != 'MP3':
            raise cut_short(self.name, self._n_read / self.rate_hz, self._sound.frames / self.rate_hz)


def _reason(error):
    """Returns what libsndfile says."""
    return getattr(error, 'error_string', str(error)).rstrip('.')


class _Rewound:
    """A file as it was before its first bytes were read; needs no seeking."""

    def __init__(self, head, file):
        self._head, self._file = head, file

    def read(self, n_bytes):
        start, self._head = self._head[:n_bytes], self._head[n_bytes:]
        return start if len(start) == n_bytes else start + self._file.read(n_bytes - len(start))


def _open(path):
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


def _unreadable(name, error):
    return AudioError(f'{name}: cannot be read ({error.strerror}).')


def _reader(name, file):
    """Returns the reader for the format of an open file."""
    head = file.read(HEAD_BYTES)
    if not head:
        raise AudioError(f'{name}: it is empty; record or get it again, or leave it out.')
    whole, header = _Rewound(head, file), parse_wav_head(head)
    if header is not None:
        whole.read(header.offset)
        return SampleReader(name, whole, header.format, header.n_bytes)
    if not file.seekable():
        file = tempfile.TemporaryFile()
        shutil.copyfileobj(whole, file)
        file.flush()
    return _LibraryReader(name, file)


def _resampled(blocks, from_hz, to_hz):
    """Yields `blocks` at another rate, in other sizes; libsoxr's high quality, its delay compensated."""
    soxr = _load('soxr', f'sound at {from_hz} Hz', f'has to be converted to {to_hz} Hz')
    stream = soxr.ResampleStream(from_hz, to_hz, 1, dtype='float32')
    for block in blocks:
        yield stream.resample_chunk(block)
    yield stream.resample_chunk(np.zeros(0, np.float32), last=True)


def _cut(blocks, n_samples):
    """Yields what is in `blocks` in pieces of `n_samples`, the last one shorter."""
    waiting, n_waiting = [], 0
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


def _load(package, thing, reason):
    """Returns a package that only some files need."""
    try:
        return importlib.import_module(package)
    except (ImportError, OSError) as error:  # OSError: the package without its library
        raise AudioError(f'{thing} {reason}, for which the package {package} is needed ({error}); install it with pip '
                         f'install {package}, or {REMEDY}') from error
