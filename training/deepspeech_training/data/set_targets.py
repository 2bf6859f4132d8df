"""What a data set is written to: a CSV file with a directory beside it, a tar archive, a sample database.

Each target is a context manager that gives a function to add samples with. It appears when all are there, whole or not at all,
and is the same, byte by byte, whenever and wherever it is made of the same samples.
"""

import csv
import gzip
import io
import os
import tarfile
from contextlib import contextmanager
from typing import IO, Callable, ContextManager, Iterator, List, NamedTuple, Optional, Sequence, Tuple

from ..errors import ConfigError, DataError
from ..paths import write_atomically, written_atomically
from .csv_table import FILENAME, FILESIZE
from .csv_table import TRANSCRIPT as TRANSCRIPT_COLUMN
from .sdb import OPUS, SPEECH, TEXT, TRANSCRIPT, WAV, Column, DatabaseWriter

CSV, SDB, TAR, TAR_GZ = 'csv', 'sdb', 'tar', 'tar.gz'
MODES = {tarfile.DIRTYPE: 0o755, tarfile.REGTYPE: 0o644}
ENDINGS = {'.csv': CSV, '.sdb': SDB, '.tar': TAR, '.tar.gz': TAR_GZ, '.tgz': TAR_GZ}
SAMPLES = 'samples'  # the directory in an archive; its table is called so, too
GZIP_LEVEL = 6

Add = Callable[[bytes, Optional[str]], None]  # a WAV file or an Opus container, and its transcript


class Target(NamedTuple):
    """Where a set goes.

    path: of the file.
    labelled: whether there are transcripts.
    is_opus: of a sample database, whether it gets Opus containers.
    absolute: of a CSV file, whether its paths are.
    included: paths of files that an archive gets besides.
    """

    path: str
    labelled: bool = True
    is_opus: bool = False
    absolute: bool = False
    included: Tuple[str, ...] = ()

    @property
    def kind(self) -> str:
        """CSV, SDB, TAR or TAR_GZ. Raises ConfigError: it is none of them."""
        name = self.path.lower()
        for ending, kind in ENDINGS.items():
            if name.endswith(ending):
                return kind
        raise ConfigError(f'{self.path}: the ending of the target tells what it becomes; name it {", ".join(ENDINGS)}.')

    def check(self) -> None:
        """Raises ConfigError: it cannot be what it is asked to be, or is in the way of itself."""
        kind = self.kind
        if self.absolute and kind != CSV:
            raise ConfigError(f'--absolute-paths is for CSV files, not for {self.path}; leave it out.')
        if self.included and kind not in (TAR, TAR_GZ):
            raise ConfigError(f'--include is for tar archives, not for {self.path}; leave it out.')
        names = [os.path.basename(path) for path in self.included]
        for path, name in zip(self.included, names):
            if not os.path.isfile(path):
                raise ConfigError(f'--include {path}: no such file.')
            if name in (SAMPLES, f'{SAMPLES}.csv') or names.count(name) > 1:
                raise ConfigError(f'--include {path}: the archive has another {name}; give the file another name.')
        if kind == CSV and os.path.lexists(self.directory):
            raise ConfigError(f'{self.directory}: the samples of {self.path} go there, and it exists; remove it or choose '
                              f'another name.')

    @property
    def directory(self) -> str:
        """Where the samples of a CSV file go."""
        return os.path.splitext(self.path)[0]

    def open(self, scratch: str) -> ContextManager[Add]:
        """Gives a function that adds a sample.

        Args:
          scratch: a directory beside the target, for what is not finished.
        Raises:
          DataError: the target cannot be written; then there is nothing of it.
        """
        return {CSV: _csv, SDB: _sdb, TAR: _tar, TAR_GZ: _tar}[self.kind](self, scratch)


@contextmanager
def _sdb(target: Target, scratch: str) -> Iterator[Add]:
    columns = [Column(SPEECH, OPUS if target.is_opus else WAV)] + [Column(TRANSCRIPT, TEXT)] * target.labelled
    with written_atomically(target.path, DataError) as file:
        writer = DatabaseWriter(file, columns)

        def add(sound: bytes, transcript: Optional[str]) -> None:
            writer.add([sound, _encoded(transcript)] if target.labelled else [sound])

        yield add
        writer.finish()


@contextmanager
def _csv(target: Target, scratch: str) -> Iterator[Add]:
    made = os.path.join(scratch, SAMPLES)
    os.mkdir(made)
    table = _Table(os.path.abspath(target.directory) if target.absolute else os.path.basename(target.directory),
                   target.labelled)

    def add(sound: bytes, transcript: Optional[str]) -> None:
        with open(os.path.join(made, table.add(sound, transcript)), 'wb') as file:
            file.write(sound)

    yield add
    os.sync()  # what the CSV file names is to outlast a power cut, as that does
    os.rename(made, target.directory)
    try:
        write_atomically(target.path, table.text(), DataError)
    except BaseException:
        os.rename(target.directory, made)
        raise


@contextmanager
def _tar(target: Target, scratch: str) -> Iterator[Add]:
    table = _Table(SAMPLES, target.labelled)
    with written_atomically(target.path, DataError) as file, _compressed(file, target.kind == TAR_GZ) as stream, tarfile.open(
            fileobj=stream, mode='w', format=tarfile.PAX_FORMAT) as archive:
        archive.addfile(_entry(SAMPLES, 0, tarfile.DIRTYPE))
        for path in target.included:
            with open(path, 'rb') as included:
                archive.addfile(_entry(os.path.basename(path), os.fstat(included.fileno()).st_size), included)

        def add(sound: bytes, transcript: Optional[str]) -> None:
            archive.addfile(_entry(f'{SAMPLES}/{table.add(sound, transcript)}', len(sound)), io.BytesIO(sound))

        yield add
        text = table.text()
        archive.addfile(_entry(f'{SAMPLES}.csv', len(text)), io.BytesIO(text))


@contextmanager
def _compressed(file: IO[bytes], is_compressed: bool) -> Iterator[IO[bytes]]:
    if not is_compressed:
        yield file
        return
    with gzip.GzipFile(filename='', mode='wb', compresslevel=GZIP_LEVEL, fileobj=file, mtime=0) as stream:
        yield stream  # type: ignore[misc]


def _entry(name: str, size_bytes: int, kind: bytes = tarfile.REGTYPE) -> tarfile.TarInfo:
    """Returns the head of a member, without what differs from day to day and machine to machine."""
    entry = tarfile.TarInfo(name)
    entry.size, entry.type, entry.mode = size_bytes, kind, MODES[kind]
    return entry


class _Table:
    """The rows of the CSV file of a set, and the names of its samples."""

    def __init__(self, directory: str, labelled: bool) -> None:
        self._directory, self._labelled = directory, labelled
        self._rows: List[Sequence[object]] = []

    def add(self, sound: bytes, transcript: Optional[str]) -> str:
        """Returns the name of the next sample."""
        name = f'sample{len(self._rows):08d}.wav'
        self._rows.append([f'{self._directory}/{name}', len(sound), *([transcript] if self._labelled else [])])
        return name

    def text(self) -> bytes:
        """Returns the CSV file."""
        text = io.StringIO()
        writer = csv.writer(text, lineterminator='\r\n')  # as published; what is a line end is quoted within a cell
        writer.writerow([FILENAME, FILESIZE, *([TRANSCRIPT_COLUMN] if self._labelled else [])])
        writer.writerows(self._rows)
        return _encoded(text.getvalue())


def _encoded(text: Optional[str]) -> bytes:
    return (text or '').encode('utf-8')

