"""Writes the members of an archive into a new directory, counts what is left out, and ends before a disk is filled.

The directory is new and ours alone, no link is ever made in it, and each file is made anew: so no name leads out of it.
"""

import errno
import os
import stat
from typing import BinaryIO, Callable, Dict, Iterator, List, Optional, Tuple

from deepspeech.errors import one_line
from deepspeech.formats.content import recognise

from ...console.log import Log
from ...console.progress import Transfer
from ...errors import DataError
from .compressed import DamageError, Stream
from .member import DIRECTORY, FILE, HARD_LINK, Member, UnsafeNameError, relative_path
from .tar_stream import BLOCK, is_tar, tar_members
from .zip_archive import zip_members

MOST_BYTES = 10 ** 12  # in all: the largest corpora of speech have a tenth of it
MOST_MEMBERS = 20_000_000
MOST_RATIO, RATIO_FREE_BYTES = 200, 1 << 30  # unpacked to packed, beyond that many bytes; speech reaches 10, texts 20
BLOCK_BYTES = 1 << 18
MARKER = '.deepspeech-unpacked'  # in a directory that was unpacked here: of which archive
Names = Callable[[str], Optional[str]]
_SUFFIXES = ('.gz', '.bz2', '.xz')
_MACOS = '__MACOSX'


def unpack_into(file: BinaryIO, path: str, place: str, log: Log, *, most_bytes: int, names: Optional[Names]) -> int:
    """Unpacks an archive into the empty directory `place`; returns the number of bytes written.

    Args:
      file: the archive, at its beginning.
      path: its path, for messages.
      most_bytes, names: see `archives.unpack`.
    Raises:
      DamageError: the message is the rest of a sentence that begins with the path.
      DataError: there is no room.
      OSError: it cannot be written.
    """
    size = file.seek(0, os.SEEK_END)
    file.seek(0)
    stated, members, stream = _members(file, path)
    if names is None:
        _require_room(stated if stated is not None else size, place, most_bytes)
    writer = _Writer(place, most_bytes, size, names)
    with Transfer(log, f'Unpacking {os.path.basename(path)}', size) as progress:
        for member in members:
            writer.take(member)
            progress.update(file.tell())
        progress.update(size)
    if not writer.n_files and (names is None or not writer.n_members):
        raise DamageError('holds no file that can be unpacked')
    for sentence in writer.sentences(stream.n_ignored if stream else 0):
        log.warn(f'{path}: {sentence}')
    return writer.n_bytes


def _members(file: BinaryIO, path: str) -> Tuple[Optional[int], Iterator[Member], Optional[Stream]]:
    """Returns (bytes of all files, None if nobody knows; members; the stream that they are read from, if it is one)."""
    if file.peek(4)[:4] in (b'PK\x03\x04', b'PK\x05\x06'):  # type: ignore[attr-defined]
        stated, members = zip_members(file)
        return stated, members, None
    stream = Stream(file)
    head = stream.peek(BLOCK)
    if is_tar(head):
        return None, tar_members(stream), stream
    name = os.path.basename(path)
    plain = next((name[:-len(suffix)] for suffix in _SUFFIXES if name.lower().endswith(suffix)), name)
    if not stream.is_compressed or plain.lower().endswith('.tar') or name.lower().endswith(('.tgz', '.tbz2', '.txz')):
        content = recognise(head)
        what = f'{"holds" if stream.is_compressed else "is"} {content.name if content else "something unknown"}'
        advice = f'; {content.advice}' if content and content.advice and not stream.is_compressed else ''
        raise DamageError(f'{what}, not a tar or zip archive{advice}')
    return None, iter([Member(plain, FILE, -1, stream.read)]), stream


def _require_room(n_bytes: int, place: str, most_bytes: int) -> None:
    """Raises DamageError or DataError if that is more than there may be, or the disk has."""
    if n_bytes > most_bytes:
        raise DamageError(f'holds {n_bytes / 1e9:.1f} GB, more than the {most_bytes / 1e9:.1f} GB that are allowed')
    stat_of_disk = os.statvfs(place)
    free = stat_of_disk.f_bavail * stat_of_disk.f_frsize
    if n_bytes > free:
        raise DataError(f'{os.path.dirname(place)}: {n_bytes / 1e9:.2f} GB are to be unpacked, the disk has room for '
                        f'{free / 1e9:.2f}; make room.')


class _Writer:
    """Writes members, one after the other.

    Attributes:
      n_members, n_files, n_bytes: members seen, files and bytes written.
    """

    def __init__(self, place: str, most_bytes: int, archive_bytes: int, names: Optional[Names]):
        self._place, self._most_bytes, self._names = place, most_bytes, names
        self._most_passed = max(RATIO_FREE_BYTES, MOST_RATIO * archive_bytes)
        self._n_passed = 0  # bytes that came out of the archive, written or not
        self._notes: Dict[str, List[str]] = {}  # {what: [number, first name]}
        self.n_members = self.n_files = self.n_bytes = 0

    def take(self, member: Member) -> None:
        """Writes a member, or leaves it out and counts it. Raises DamageError, OSError."""
        self.n_members += 1
        if self.n_members > MOST_MEMBERS:
            raise DamageError(f'holds more than {MOST_MEMBERS} members')
        self._count(0, BLOCK + max(0, member.size_bytes))
        try:
            path = self._path_of(member)
            if not path:
                return
            if member.kind == DIRECTORY:
                self._make_directory(path)
            elif member.kind in (FILE, HARD_LINK):
                self._write(path, member)
            else:
                raise UnsafeNameError(member.kind)
        except UnsafeNameError as error:
            self._note(f'{error} were left out', member.name)
        except (OSError, UnicodeEncodeError) as error:  # the disk, or the system's encoding, takes fewer names than others
            if isinstance(error, OSError) and error.errno not in (errno.ENAMETOOLONG, errno.EILSEQ):
                raise
            self._note('names that the disk does not take were left out', member.name)

    def sentences(self, n_ignored: int) -> List[str]:
        """Returns what to say of what was left out."""
        found = [f'{number} {what}, the first: {one_line(name)[:200]}' for what, (number, name) in self._notes.items()]
        return found + ([f'{n_ignored} bytes behind its end were ignored.'] if n_ignored else [])

    def _note(self, what: str, name: str) -> None:
        number, first = self._notes.get(what, ['0', name])
        self._notes[what] = [str(int(number) + 1), first]

    def _path_of(self, member: Member) -> Optional[str]:
        """Returns where in the target a member goes; '' or None: it is not wanted. Raises UnsafeNameError."""
        path: Optional[str] = relative_path(member.name)
        if path and (path.split('/')[0] == _MACOS or os.path.basename(path).startswith('._')):
            raise UnsafeNameError('notes of macOS on files')
        if path and path.split('/')[0].lower() == MARKER:
            raise UnsafeNameError('marks of our own')
        if path and member.is_guessed:
            self._note('names that are not UTF-8 were guessed', member.name)
        if path and self._names:
            if member.kind == DIRECTORY:
                return None
            path = self._names(path)
            path = path and relative_path(path)
        return path

    def _make_directory(self, path: str) -> None:
        try:
            os.makedirs(os.path.join(self._place, path), exist_ok=True)
        except (FileExistsError, NotADirectoryError) as error:
            raise UnsafeNameError('names of both a file and a directory') from error

    def _write(self, path: str, member: Member) -> None:
        if member.kind == FILE:
            self._copy(path, member.read)
            return
        try:
            origin = self._path_of(member._replace(name=member.link, is_guessed=False))
        except UnsafeNameError as error:
            raise UnsafeNameError('hard links that lead out of the target') from error
        source = os.path.join(self._place, origin or '')
        if not origin or not _is_file(source):
            raise UnsafeNameError('hard links to what is not in the archive before them')
        if origin != path and not _is_same(source, os.path.join(self._place, path)):
            with open(source, 'rb') as file:
                self._copy(path, file.read)

    def _copy(self, path: str, read: Callable[[int], bytes]) -> None:
        """Writes a file. Raises DamageError, OSError, UnsafeNameError."""
        handle = self._create(path)
        self.n_files += 1
        with open(handle, 'wb', buffering=0) as file:
            for block in iter(lambda: read(BLOCK_BYTES), b''):
                self._count(len(block), 0)
                left = memoryview(block)
                while left:
                    left = left[file.write(left):]

    def _create(self, path: str) -> int:
        """Returns the handle of a new file; one of the same name before it makes room, as tar does it."""
        full = os.path.join(self._place, path)
        while True:
            try:
                return os.open(full, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC, 0o666)
            except FileNotFoundError:
                self._make_directory(os.path.dirname(path))
            except NotADirectoryError as error:
                raise UnsafeNameError('names of both a file and a directory') from error
            except FileExistsError as error:
                if os.path.isdir(full):
                    raise UnsafeNameError('names of both a file and a directory') from error
                self._note('files have replaced earlier ones of their names, as far as the disk tells those apart', path)
                os.unlink(full)

    def _count(self, n_written: int, n_passed: int) -> None:
        """Counts bytes. Raises DamageError if they become too many."""
        self.n_bytes += n_written
        self._n_passed += n_passed
        if self.n_bytes > self._most_bytes:
            raise DamageError(f'holds more than the {self._most_bytes / 1e9:.1f} GB that are allowed')
        if max(self.n_bytes, self._n_passed) > self._most_passed:
            raise DamageError(f'becomes more than {MOST_RATIO} times larger when unpacked: damaged, or made to fill disks')


def _is_file(path: str) -> bool:
    try:
        return stat.S_ISREG(os.lstat(path).st_mode)
    except OSError:
        return False


def _is_same(one: str, other: str) -> bool:
    try:
        return os.path.samefile(one, other)
    except OSError:
        return False
