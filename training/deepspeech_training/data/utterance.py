"""An utterance and where its sound is.

A data set gives `Row`s, each with a `Recording` that nobody has looked at yet. The check before the first step makes an
`Utterance` of a row; its sound is an `AudioSource`. Whatever comes after the check reads sound through that class alone, so
another container (a slice of a database, a span of a long file) is another pair of subclasses and a reader that makes rows.
A set of a million rows is held as these objects: they have slots, and what is seldom asked for is packed.
"""

import abc
import hashlib
import os
import struct
from contextlib import contextmanager
from dataclasses import dataclass
from typing import BinaryIO, Callable, ContextManager, Iterator, NamedTuple, Optional, Sequence, Tuple, Union

import numpy as np

from ..errors import DataError
from .audio import AudioInfo, check_copy, decode_wav, encoding_of, open_audio, probe_wav, tag_of

EXCERPT_BYTES = 4096  # a page, 0.13 s of speech
# Size, times of modification and change, inode; samples, rate, channels, bytes of a sample, tag of the encoding; the excerpt.
RECORD = struct.Struct('<QqqQQIHHH16s')


class AudioSource(abc.ABC):
    """Sound that training can read. Complete when it is made; equal sources are the same sound."""

    __slots__ = ()
    info: AudioInfo

    @property
    def n_samples(self) -> int:
        return self.info.n_samples

    @property
    def rate_hz(self) -> int:
        return self.info.rate_hz

    @property
    @abc.abstractmethod
    def identity(self) -> str:
        """What caches know this sound by; another one as soon as anything about the sound may have changed."""

    @property
    @abc.abstractmethod
    def version(self) -> Tuple[int, int]:
        """Size in bytes and time of change in ns of what holds the sound."""

    @property
    def content(self) -> bytes:
        """What tells this sound from others, as far as it was looked at: the same for a copy elsewhere."""
        return f'{self.version[0]} {self.n_samples} {self.rate_hz}'.encode('ascii')

    @abc.abstractmethod
    def describe(self) -> str:
        """Returns what messages call this sound."""

    @abc.abstractmethod
    def read(self) -> np.ndarray:
        """Returns the sound, float32 [n_samples], mono, in [-1, 1) but for the lowest integers, at `rate_hz`.

        Raises:
          DataError: it cannot be read any more, or is not the sound that it was.
        """


class Recording(abc.ABC):
    """Sound that a row names: it may be missing, damaged, or in a format to convert. Hashable; equal ones are the same."""

    __slots__ = ()

    @abc.abstractmethod
    def describe(self) -> str:
        """Returns what messages call it."""

    @abc.abstractmethod
    def exists(self) -> bool:
        """Returns whether it is there at all."""

    @abc.abstractmethod
    def probe(self) -> AudioSource:
        """Returns it as a source; reads no more than it must. Raises DataError: it is missing, or no readable WAV."""

    @abc.abstractmethod
    def version(self) -> str:
        """Returns what a converted copy of it is named after; another text when it has changed."""

    @abc.abstractmethod
    def as_file(self) -> ContextManager[str]:
        """Returns a context that gives the path of a file with it, for programs that convert."""


class FileState(NamedTuple):
    """What tells that a file has changed. Tools can set the time of modification, not that of the last change."""

    size_bytes: int
    modified_ns: int
    changed_ns: int
    inode: int

    @classmethod
    def of(cls, state: os.stat_result) -> 'FileState':
        return cls(state.st_size, state.st_mtime_ns, state.st_ctime_ns, state.st_ino)


@dataclass(frozen=True)
class AudioFile(AudioSource):
    """A WAV file."""

    __slots__ = ('path', 'record')
    path: str
    record: bytes  # what is known of it, packed as RECORD says

    @classmethod
    def of(cls, path: str, info: AudioInfo, state: FileState, excerpt: bytes = b'') -> 'AudioFile':
        """Returns a file of which that is known. `excerpt` is a digest of some of its content, 16 bytes."""
        rate_hz, n_channels, width, n_samples, encoding = info
        return cls(path, RECORD.pack(*state, n_samples, rate_hz, n_channels, width, tag_of(encoding), excerpt))

    @classmethod
    def probe(cls, path: str, check: Callable[[BinaryIO, str], object] = lambda file, path: None) -> 'AudioFile':
        """Opens the file, reads its header, calls `check(file, path)` and closes it.

        Raises:
          DataError: it is missing, no readable WAV file, or `check` says so.
        """
        with open_audio(path) as file:
            info = probe_wav(file, path)
            state = os.fstat(file.fileno())
            check(file, path)
            excerpt = digest_of_excerpts(file, path, state.st_size)
        return cls.of(path, info, FileState.of(state), excerpt)

    @property
    def info(self) -> AudioInfo:  # type: ignore[override]
        n_samples, rate_hz, n_channels, width, tag = RECORD.unpack(self.record)[4:9]
        return AudioInfo(rate_hz, n_channels, width, n_samples, encoding_of(tag))

    @property
    def n_samples(self) -> int:
        return RECORD.unpack(self.record)[4]

    @property
    def state(self) -> FileState:
        return FileState(*RECORD.unpack(self.record)[:4])

    @property
    def excerpt(self) -> bytes:
        """A digest of some of its content."""
        return RECORD.unpack(self.record)[-1]

    @property
    def content(self) -> bytes:
        size_bytes, _, _, _, n_samples, rate_hz, _, _, _, excerpt = RECORD.unpack(self.record)
        return b'%d %d %d %s' % (size_bytes, n_samples, rate_hz, excerpt)

    @property
    def identity(self) -> str:
        return '\n'.join((os.path.abspath(self.path), *map(str, self.state)))

    @property
    def version(self) -> Tuple[int, int]:
        return self.state.size_bytes, self.state.modified_ns

    def describe(self) -> str:
        return self.path

    def read(self) -> np.ndarray:
        with open_audio(self.path) as file:
            samples, _ = decode_wav(file, self.path, self.info)
            state = os.fstat(file.fileno())
            if (state.st_size, state.st_mtime_ns) == self.version:
                return samples
            if digest_of_excerpts(file, self.path, state.st_size) != self.excerpt:  # else it was only copied or touched
                raise DataError(f'{self.path}: other sound than when the run began; whether the transcript still fits is not '
                                f'known.')
        return samples


def digest_of_excerpts(file: BinaryIO, path: str, size_bytes: int) -> bytes:
    """Returns a digest of a page each of the beginning, the middle and the end of a file. Raises DataError."""
    digest = hashlib.blake2b(digest_size=16)
    try:
        for place in (0, (size_bytes - EXCERPT_BYTES) // 2, size_bytes - EXCERPT_BYTES):
            file.seek(max(0, place))
            digest.update(file.read(EXCERPT_BYTES))
    except OSError as error:
        raise DataError(f'{path}: cannot be read ({error.strerror}).') from error
    return digest.digest()


@dataclass(frozen=True)
class RecordedFile(Recording):
    """An audio file, perhaps."""

    __slots__ = ('path',)
    path: str

    def describe(self) -> str:
        return self.path

    def exists(self) -> bool:
        try:
            os.stat(self.path)
        except (FileNotFoundError, NotADirectoryError):
            return False
        except (OSError, ValueError):  # opening it says why it cannot be read
            return True
        return True

    def probe(self) -> AudioFile:
        return AudioFile.probe(self.path)

    def state(self) -> Optional[FileState]:
        """Returns what tells that `probe` would find something else; None: it is not there. Opens nothing."""
        try:
            return FileState.of(os.stat(self.path))
        except (OSError, ValueError):
            return None

    def version(self) -> str:
        try:
            state = os.stat(self.path)
        except (OSError, ValueError):  # nor can it be converted
            return self.path
        return f'{os.path.abspath(self.path)}\n{state.st_size}\n{state.st_mtime_ns}'

    @contextmanager
    def as_file(self) -> Iterator[str]:
        yield self.path


class ConvertedFile(RecordedFile):
    """A copy made by conversion. Its name stands for what it is a copy of; when it was used last is of no importance."""

    __slots__ = ()

    def probe(self) -> AudioFile:
        copy = AudioFile.probe(self.path, check_copy)
        return AudioFile.of(copy.path, copy.info, copy.state._replace(changed_ns=0, inode=0), copy.excerpt)

    def state(self) -> Optional[FileState]:
        state = super().state()
        return state and state._replace(changed_ns=0, inode=0)


@dataclass(frozen=True)
class Row:
    """A row of a data set as it stands there; nothing has been checked yet."""

    __slots__ = ('recording', 'transcript', 'size_bytes', 'id', 'source', 'line', 'speaker')
    recording: Recording
    transcript: Optional[str]  # None: unlabelled
    size_bytes: int  # as the data set states it
    id: str  # what reports call it: the audio as the data set names it, resolved; stays when the audio is converted
    source: str  # path of the data set
    line: int  # of the data set, on which the row begins, counted from 1; 0: it has no lines
    speaker: str  # who speaks, as the data set calls them; empty: it does not say

    @property
    def location(self) -> str:
        """Where to look in an editor, for messages."""
        return f'{self.source}, line {self.line}' if self.line else self.id


@dataclass(frozen=True, eq=False)
class Utterance:
    """An utterance that can be trained on, recognised, or both."""

    __slots__ = ('id', 'transcript', 'packed_labels', 'n_frames', 'audio')
    id: str  # that of its row
    transcript: Optional[str]  # None: unlabelled
    packed_labels: bytes  # uint16 each: an alphabet has no more
    n_frames: int  # feature frames
    audio: AudioSource  # mono, 16-bit, at the features' rate

    @classmethod
    def of(cls, row_id: str, transcript: Optional[str], labels: Union[np.ndarray, Sequence[int]], n_frames: int,
           audio: AudioSource) -> 'Utterance':
        """Returns an utterance with these labels, any integers [n_labels]; none without a transcript."""
        return cls(row_id, transcript, np.array(labels, np.uint16).tobytes(), n_frames, audio)

    @property
    def labels(self) -> np.ndarray:
        """The labels of the transcript, int32 [n_labels]."""
        return np.frombuffer(self.packed_labels, np.uint16).astype(np.int32)

    @property
    def n_samples(self) -> int:
        return self.audio.n_samples


class Draw(NamedTuple):
    """Which use of an utterance this is. Whatever chance decides about that use is a function of it alone."""
    seed: int  # of the run
    epoch: int  # counted from 0
    index: int  # type: ignore[assignment]  # of the utterance in its set; hides a method of tuples
    clock: float = 0.  # how far the training is at the step that takes the utterance, from 0 to 1
