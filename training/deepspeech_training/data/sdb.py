"""Sample databases (.sdb): many recordings with their transcripts in one file.

    8  SAMPLEDB
    8  M, length of the metadata
    M  metadata, JSON: {"schema": [{"content": "speech", "mime-type": "audio/wav"},
                                   {"content": "transcript", "mime-type": "text/plain"}]}
    8  S, bytes from behind this field to the index
    8  n, number of samples
    .  n entries: 4 bytes, how many follow; for each column 4 bytes, length of its data, and the data
    8  I, bytes behind this field, 8 + 8 n
    8  n again
    8n offset of each entry in the file

All numbers are unsigned, the most significant byte first. A writer fills in S and n when everything else is there, so a file
whose writer was interrupted has zeros for both. Sizes in a file are believed only as far as the file is long.
"""

import array
import json
import os
import struct
import sys
from typing import IO, Any, BinaryIO, List, NamedTuple, Optional, Sequence, Tuple

from deepspeech.formats.content import HEAD_BYTES, NotAFileError, explain, open_regular

from ..errors import DataError

MAGIC = b'SAMPLEDB'
SPEECH, TRANSCRIPT = 'speech', 'transcript'  # contents of columns
WAV, OPUS, TEXT = 'audio/wav', 'application/vnd.mozilla.opus', 'text/plain'  # mime-types
MAX_METADATA_BYTES = 2 ** 20
MAX_CELL_BYTES = 2 ** 32 - 1 - 64  # lengths have 4 bytes, those of entries, too
_INT, _BIGINT = struct.Struct('>I'), struct.Struct('>Q')
WANTED = 'a sample database'


class Column(NamedTuple):
    """What one piece of data of each sample is."""

    content: str
    mime_type: str


class Span(NamedTuple):
    """Where something stands in a file."""

    offset: int
    n_bytes: int


class Database:
    """A database as it was when it was opened for the first time; nothing stays open. Equal ones are the same file.

    Args:
      path: of the file.
    Raises:
      DataError: it cannot be opened, is no sample database, was not written to its end, is cut short or damaged.
    """

    def __init__(self, path: str) -> None:
        self.path = path
        with self.open() as file:
            self.state = os.fstat(file.fileno())
            self._n_bytes = self.state.st_size
            self._check_magic(file)
            start, self.columns = self._read_metadata(file)
            self._entries, self._offsets = self._read_index(file, start)
        self._key = os.path.realpath(path), self.state.st_size, self.state.st_mtime_ns, self.state.st_ino

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Database) and self._key == other._key

    def __hash__(self) -> int:
        return hash(self._key)

    def __len__(self) -> int:
        return len(self._offsets)

    def open(self) -> BinaryIO:
        """Opens the file. Raises DataError: it cannot be opened."""
        try:
            return open_regular(self.path)
        except NotAFileError as error:
            raise DataError(f'{self.path}: cannot be read as {WANTED} ({error.strerror}); name an .sdb file.') from error
        except (OSError, ValueError) as error:  # ValueError: a path that the file system cannot encode
            raise DataError(f'{self.path}: cannot be opened ({getattr(error, "strerror", error)}); check the path.') from error

    def place(self, content: str, mime_types: Sequence[str]) -> Optional[int]:
        """Returns the place of the first column with such data; None: there is none."""
        return next((place for place, column in enumerate(self.columns)
                     if column.content == content and column.mime_type in mime_types), None)

    def spans(self, file: BinaryIO, index: int) -> List[Span]:
        """Returns where the data of a sample stand, one Span for each column.

        Raises:
          DataError: the entry does not fit into the file, or its columns not into the entry.
        """
        offset = self._offsets[index]
        first, end = self._entries
        if not first <= offset <= end - _INT.size:
            raise self._damaged(f'sample {index} begins at {offset}, samples stand from {first} to {end}')
        position = offset + _INT.size
        n_left = self._number(file, offset, _INT)
        if n_left > end - position:
            raise self._damaged(f'sample {index} has {n_left} bytes, {end - position} are left')
        spans = []
        for column in self.columns:
            n_bytes = self._number(file, position, _INT) if n_left >= _INT.size else 0
            position, n_left = position + _INT.size, n_left - _INT.size - n_bytes
            if n_left < 0:
                raise self._damaged(f'the {column.content} of sample {index} is longer than the sample')
            spans.append(Span(position, n_bytes))
            position += n_bytes
        if n_left:
            raise self._damaged(f'sample {index} has {n_left} bytes behind its last column')
        return spans

    def read(self, file: BinaryIO, span: Span) -> bytes:
        """Returns the bytes of a span. Raises DataError: they cannot be read, or the file has become shorter."""
        try:
            data = os.pread(file.fileno(), span.n_bytes, span.offset)
        except OSError as error:
            raise DataError(f'{self.path}: cannot be read ({error.strerror}).') from error
        if len(data) < span.n_bytes:
            raise DataError(f'{self.path}: ends after {span.offset + len(data)} bytes; it has become shorter since it was '
                            f'opened.')
        return data

    def _check_magic(self, file: BinaryIO) -> None:
        head = self.read(file, Span(0, min(HEAD_BYTES, self._n_bytes)))
        if not head.startswith(MAGIC):
            raise DataError(f'{self.path}: {explain(head, WANTED) or f"this is not {WANTED}; check the path"}.')

    def _read_metadata(self, file: BinaryIO) -> Tuple[int, List[Column]]:
        """Returns (where the metadata end, the columns)."""
        start = len(MAGIC) + _BIGINT.size
        n_bytes = self._number(file, len(MAGIC), _BIGINT)
        if n_bytes > MAX_METADATA_BYTES:
            raise self._damaged(f'its metadata have {n_bytes} bytes, at most {MAX_METADATA_BYTES} are taken')
        self._check_length(start + n_bytes)
        try:
            metadata = json.loads(self.read(file, Span(start, n_bytes)).decode('utf-8'))
        except (ValueError, RecursionError) as error:
            raise self._damaged('its metadata are no JSON') from error
        return start + n_bytes, self._columns(metadata)

    def _columns(self, metadata: Any) -> List[Column]:
        schema = metadata.get('schema') if isinstance(metadata, dict) else None
        if schema is None:
            raise DataError(f'{self.path}: the schema is missing in its metadata; make the database again.')
        columns = []
        for column in schema if isinstance(schema, list) else [None]:
            content, mime_type = (column.get('content'), column.get('mime-type')) if isinstance(column, dict) else (None, None)
            if not isinstance(content, str) or not isinstance(mime_type, str):
                raise self._damaged('its schema is no list of columns, each with content and mime-type')
            columns.append(Column(content, mime_type))
        return columns

    def _read_index(self, file: BinaryIO, start: int) -> Tuple[Tuple[int, int], 'array.array[int]']:
        """Returns ((where the first entry begins, where the last one ends), offsets of the entries)."""
        section, n_samples = self._number(file, start, _BIGINT), self._number(file, start + _BIGINT.size, _BIGINT)
        if not section and not n_samples:
            raise DataError(f'{self.path}: it was never finished, whatever wrote it was interrupted; make it again.')
        end = start + _BIGINT.size + section
        index_end = end + 2 * _BIGINT.size + _BIGINT.size * n_samples
        self._check_length(index_end)
        if section < _BIGINT.size + _INT.size * (1 + len(self.columns)) * n_samples:
            raise self._damaged(f'its {n_samples} samples do not fit into {section} bytes')
        listed, n_listed = self._number(file, end, _BIGINT), self._number(file, end + _BIGINT.size, _BIGINT)
        if (listed, n_listed) != (_BIGINT.size * (1 + n_samples), n_samples):
            raise self._damaged(f'it holds {n_samples} samples, its index {n_listed} in {listed} bytes')
        if index_end < self._n_bytes:
            raise self._damaged(f'{self._n_bytes - index_end} bytes follow behind its index')
        offsets = array.array('Q', self.read(file, Span(end + 2 * _BIGINT.size, _BIGINT.size * n_samples)))
        if sys.byteorder == 'little':
            offsets.byteswap()
        return (start + 2 * _BIGINT.size, end), offsets

    def _number(self, file: BinaryIO, offset: int, kind: struct.Struct) -> int:
        self._check_length(offset + kind.size)
        return int(kind.unpack(self.read(file, Span(offset, kind.size)))[0])

    def _check_length(self, wanted: int) -> None:
        if wanted > self._n_bytes:
            raise DataError(f'{self.path}: ends after {self._n_bytes} of at least {wanted} bytes; it is cut short or damaged, '
                            f'get it again.')

    def _damaged(self, what: str) -> DataError:
        return DataError(f'{self.path}: damaged, {what}; get it again.')


class DatabaseWriter:
    """Writes a database: `add` each sample, then `finish`. Before that, what is there reads as unfinished.

    Args:
      file: empty, for reading and writing; whoever opened it sees to it that it appears whole.
      columns: what each sample has, in this order.
    """

    def __init__(self, file: IO[bytes], columns: Sequence[Column]) -> None:
        self._file, self._columns = file, columns
        schema = [{'content': column.content, 'mime-type': column.mime_type} for column in columns]
        metadata = json.dumps({'schema': schema}).encode('utf-8')
        self._start = len(MAGIC) + _BIGINT.size + len(metadata)
        self._offsets = array.array('Q')
        self._end = self._start + 2 * _BIGINT.size
        file.write(MAGIC + _BIGINT.pack(len(metadata)) + metadata + bytes(2 * _BIGINT.size))

    def add(self, cells: Sequence[bytes]) -> None:
        """Appends a sample. Raises DataError: it is too long for the format."""
        n_bytes = sum(_INT.size + len(cell) for cell in cells)
        assert len(cells) == len(self._columns)
        if n_bytes > MAX_CELL_BYTES:
            raise DataError(f'sample {len(self._offsets)} of a database would have {n_bytes} bytes, at most {MAX_CELL_BYTES} '
                            f'are possible; cut it into utterances.')
        self._offsets.append(self._end)
        self._file.write(_INT.pack(n_bytes))
        for cell in cells:
            self._file.write(_INT.pack(len(cell)))
            self._file.write(cell)
        self._end += _INT.size + n_bytes

    def finish(self) -> None:
        """Writes the index, then what makes the file a database."""
        n_samples = len(self._offsets)
        self._file.write(_BIGINT.pack(_BIGINT.size * (1 + n_samples)) + _BIGINT.pack(n_samples))
        offsets = self._offsets[:]
        if sys.byteorder == 'little':
            offsets.byteswap()
        self._file.write(offsets.tobytes())
        self._file.seek(self._start)
        self._file.write(_BIGINT.pack(self._end - self._start - _BIGINT.size) + _BIGINT.pack(n_samples))
        self._file.seek(0, os.SEEK_END)
