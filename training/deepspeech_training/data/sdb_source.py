"""Data sets in sample databases (`sdb.py`): each sample is a row, its sound a slice of the file."""

import io
import os
import tempfile
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, BinaryIO, Iterator, List, NamedTuple, Optional, Tuple

import numpy as np

from ..errors import DataError
from ..settings.config import SetConfig
from .audio import AudioInfo, decode_wav, probe_wav
from .opus import HEADER, decode_opus, probe_opus, stated_bytes, write_ogg
from .sdb import OPUS, SPEECH, TEXT, TRANSCRIPT, WAV, Database, Span
from .utterance import AudioSource, Recording, Row, digest_of_excerpts

MAX_TRANSCRIPT_BYTES = 2 ** 20
PROBE_BYTES = 2 ** 12  # of a WAV file, its header is looked at


class Places(NamedTuple):
    """Which columns of a database are used."""

    speech: int
    transcript: Optional[int]  # None: unlabelled


@dataclass(frozen=True)
class Collection:
    """A database as a set of recordings; equal ones hold the same."""

    database: Database
    mime_type: str  # of the speech
    places: Places
    read_bytes: int  # read from the file at once

    def name(self, index: int) -> str:
        """Returns what a sample is called: by its place in the file."""
        return f'{self.database.path}:{index}'


def _slice(file: BinaryIO, span: Span, buffer_bytes: int) -> BinaryIO:
    """Returns a part of an open file as a file of its own."""
    return io.BufferedReader(_Slice(file, span), max(1, min(buffer_bytes, span.n_bytes)))


class _Slice(io.RawIOBase):
    """What `_slice` gives, without a buffer."""

    def __init__(self, file: BinaryIO, span: Span) -> None:
        self._file, self._span, self._position = file, span, 0

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def fileno(self) -> int:
        return self._file.fileno()

    def readinto(self, buffer: Any) -> int:
        n_bytes = max(0, min(len(buffer), self._span.n_bytes - self._position))
        data = os.pread(self._file.fileno(), n_bytes, self._span.offset + self._position)
        buffer[:len(data)] = data
        self._position += len(data)
        return len(data)

    def seek(self, offset: int, whence: int = os.SEEK_SET) -> int:
        start = {os.SEEK_SET: 0, os.SEEK_CUR: self._position, os.SEEK_END: self._span.n_bytes}[whence]
        self._position = max(0, start + offset)
        return self._position

    def tell(self) -> int:
        return self._position


@dataclass(frozen=True)
class StoredAudio(AudioSource):
    """Sound in a database: a WAV file or an Opus container."""

    collection: Collection
    index: int
    span: Span  # where it stands in the file
    info: AudioInfo
    excerpt: bytes  # a digest of some of its content

    @property
    def content(self) -> bytes:  # that of the file by itself, so that a set is the same in a database
        return f'{self.span.n_bytes} {self.n_samples} {self.rate_hz} '.encode('ascii') + self.excerpt

    @property
    def identity(self) -> str:
        state = self.collection.database.state
        numbers = state.st_size, state.st_mtime_ns, state.st_ctime_ns, state.st_ino, self.index
        return '\n'.join((os.path.abspath(self.collection.database.path), *map(str, numbers)))

    @property
    def version(self) -> Tuple[int, int]:
        state = self.collection.database.state
        return state.st_size, state.st_mtime_ns

    @property
    def is_opus(self) -> bool:
        """Whether it is stored as an Opus container."""
        return self.collection.mime_type == OPUS

    def describe(self) -> str:
        return self.collection.name(self.index)

    def read(self) -> np.ndarray:
        name = self.describe()
        with self._opened() as file:
            samples, _ = decode_opus(file, name) if self.is_opus else decode_wav(file, name, self.info)
        return samples

    def stored(self) -> bytes:
        """Returns the WAV file or the Opus container as it is. Raises DataError."""
        with self._opened() as file:
            return file.read()

    @contextmanager
    def _opened(self) -> Iterator[BinaryIO]:
        """Gives the sound as a file. Raises DataError: it is not what it was."""
        with self.collection.database.open() as whole, _slice(whole, self.span, self.collection.read_bytes) as file:
            state = os.fstat(file.fileno())
            if (state.st_size, state.st_mtime_ns) != self.version:  # copied or touched, or another file
                if digest_of_excerpts(file, self.describe(), self.span.n_bytes) != self.excerpt:
                    raise DataError(f'{self.describe()}: other sound than when the run began; whether the transcript still '
                                    f'fits is not known.')
                file.seek(0)
            yield file


@dataclass(frozen=True)
class StoredRecording(Recording):
    """The sound of a sample that nobody has looked at yet."""

    collection: Collection
    index: int

    def describe(self) -> str:
        return self.collection.name(self.index)

    def exists(self) -> bool:
        return True  # else the database could not have been read

    def probe(self) -> StoredAudio:
        name, is_opus = self.describe(), self.collection.mime_type == OPUS
        with self._opened(self.collection.read_bytes if is_opus else PROBE_BYTES) as (file, span):
            info = probe_opus(file, name) if is_opus else probe_wav(file, name)
            return StoredAudio(self.collection, self.index, span, info, digest_of_excerpts(file, name, span.n_bytes))

    def version(self) -> str:
        state = self.collection.database.state
        return f'{os.path.abspath(self.collection.database.path)}\n{state.st_size}\n{state.st_mtime_ns}\n{self.index}'

    @contextmanager
    def as_file(self) -> Iterator[str]:
        """Gives a copy: of an Opus container, one that other programs read, too."""
        with tempfile.NamedTemporaryFile() as copy:
            with self._opened(self.collection.read_bytes) as (file, _):
                if self.collection.mime_type == OPUS:
                    write_ogg(file, self.describe(), copy)
                else:
                    for block in iter(lambda: file.read(self.collection.read_bytes), b''):
                        copy.write(block)
            copy.flush()
            yield copy.name

    @contextmanager
    def _opened(self, buffer_bytes: int) -> Iterator[Tuple[BinaryIO, Span]]:
        """Gives (the sound as a file, where it stands). Raises DataError: the database has changed."""
        with self.collection.database.open() as whole:
            span = self.collection.database.spans(whole, self.index)[self.collection.places.speech]
            with _slice(whole, span, buffer_bytes) as file:
                yield file, span


def read_sdb(path: str, labelled: bool = True, read_bytes: int = SetConfig.read_bytes) -> List[Row]:
    """Returns the rows of a sample database as they are stored; in which order they are used, `batching` decides.

    `size_bytes` is that of a WAV file, and that of the decoded sound where it is Opus.

    Args:
      path: of the database.
      labelled: whether transcripts are needed; if not, they are ignored.
      read_bytes: read from the file at once.
    Returns:
      list of Row, not empty.
    Raises:
      DataError: the database cannot be read, lacks a column, holds no sample, or a transcript is no text.
    """
    database = Database(path)
    speech = database.place(SPEECH, (WAV, OPUS))
    if speech is None:
        raise DataError(f'{path}: no column of its schema holds speech as {WAV} or {OPUS} ({_listing(database)}).')
    transcript = database.place(TRANSCRIPT, (TEXT,)) if labelled else None
    if labelled and transcript is None:
        raise DataError(f'{path}: no column of its schema holds transcripts as {TEXT} ({_listing(database)}); it is a set of '
                        f'sounds without labels.')
    if not len(database):
        raise DataError(f'{path}: there is no sample in it; add samples or leave the file out.')
    collection = Collection(database, database.columns[speech].mime_type, Places(speech, transcript), read_bytes)
    with database.open() as file:
        return [_row(collection, file, index) for index in range(len(database))]


def _row(collection: Collection, file: BinaryIO, index: int) -> Row:
    database, places = collection.database, collection.places
    spans = database.spans(file, index)
    speech = spans[places.speech]
    transcript = None if places.transcript is None else _transcript(collection, file, index, spans[places.transcript])
    size_bytes = speech.n_bytes
    if collection.mime_type == OPUS:
        size_bytes = stated_bytes(database.read(file, Span(speech.offset, min(HEADER.size, speech.n_bytes))))
    return Row(StoredRecording(collection, index), transcript, size_bytes, id=collection.name(index), source=database.path,
               line=0, speaker='')


def _transcript(collection: Collection, file: BinaryIO, index: int, span: Span) -> str:
    if span.n_bytes > MAX_TRANSCRIPT_BYTES:
        raise DataError(f'{collection.name(index)}: a transcript of {span.n_bytes} bytes; the database is damaged, get it '
                        f'again.')
    try:
        return collection.database.read(file, span).decode('utf-8')
    except UnicodeDecodeError as error:
        raise DataError(f'{collection.name(index)}: the transcript is not UTF-8; make the database again.') from error


def _listing(database: Database) -> str:
    return ', '.join(f'{column.content} as {column.mime_type}' for column in database.columns[:5]) or 'it has no columns'
