"""Members of a zip archive."""

import lzma
import stat
import struct
import zipfile
import zlib
from typing import BinaryIO, Callable, Iterator, List, Tuple

from .compressed import DamageError
from .member import DEVICE, DIRECTORY, FILE, SYMBOLIC_LINK, Member

DEFLATE64 = 9  # what Windows writes beyond 2 GB; Python cannot read it
KNOWN = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED, DEFLATE64, zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA)
UNIX = 3
ENCRYPTED, IS_UTF8 = 0x1, 0x800  # flags
LOCAL_HEADER_BYTES = 30
BLOCK_BYTES = 1 << 16
# All that the library is known to raise on damage.
_ERRORS = (zipfile.BadZipFile, zipfile.LargeZipFile, zlib.error, lzma.LZMAError, EOFError, RuntimeError, struct.error,
           ValueError, OverflowError, OSError, IndexError, KeyError)


def zip_members(file: BinaryIO) -> Tuple[int, Iterator[Member]]:
    """Returns (bytes of all files as stated, members in the order they lie in). Raises DamageError, the members too."""
    try:
        archive = zipfile.ZipFile(file)
    except _ERRORS as error:
        if 'not a zip file' in str(error):  # the list of members is at the end
            raise DamageError('is cut short: the list of what is in it is missing') from error
        raise DamageError(f'is damaged ({error})') from error
    infos = sorted(archive.infolist(), key=lambda info: info.header_offset)
    for info, following in zip(infos, infos[1:]):
        if info.header_offset + LOCAL_HEADER_BYTES + info.compress_size > following.header_offset:
            raise DamageError(f'is damaged, or made to fill disks: {info.filename!r} and {following.filename!r} overlap')
    return sum(info.file_size for info in infos), _members(archive, infos, file)


def _members(archive: zipfile.ZipFile, infos: List[zipfile.ZipInfo], file: BinaryIO) -> Iterator[Member]:
    for info in infos:
        name, is_guessed = _name(info)
        kind = _kind(info)
        if kind != FILE:
            yield Member(name, kind, 0, lambda n_bytes: b'', is_guessed=is_guessed)
            continue
        if info.flag_bits & ENCRYPTED:
            raise DamageError('is encrypted; unpack it by hand, with its password')
        if info.compress_type not in KNOWN:
            raise DamageError(f'is compressed in a way that Python cannot read (number {info.compress_type}); unpack it by '
                              f'hand, with 7z')
        yield Member(name, FILE, info.file_size, _Content(archive, info, file).read, is_guessed=is_guessed)


def _name(info: zipfile.ZipInfo) -> Tuple[str, bool]:
    """Returns (name, whether its encoding is guessed): without a mark it is that of MS-DOS, or what the system had."""
    name = info.orig_filename  # filename ends at a zero byte
    if info.flag_bits & IS_UTF8:
        return name, False
    try:
        return name.encode('cp437').decode('utf-8'), False
    except UnicodeError:
        return name, True


def _kind(info: zipfile.ZipInfo) -> str:
    mode = stat.S_IFMT(info.external_attr >> 16) if info.create_system == UNIX else 0
    if mode == stat.S_IFLNK:
        return SYMBOLIC_LINK
    if mode not in (0, stat.S_IFREG, stat.S_IFDIR):
        return DEVICE
    return DIRECTORY if info.orig_filename.endswith(('/', '\\')) or mode == stat.S_IFDIR else FILE


class _Content:
    """The bytes of one member; opened when they are asked for."""

    def __init__(self, archive: zipfile.ZipFile, info: zipfile.ZipInfo, file: BinaryIO):
        self._archive, self._info, self._file = archive, info, file
        self._n_read = 0
        self._read: Callable[[int], bytes] = self._open

    def _open(self, n_bytes: int) -> bytes:
        self._read = (_deflate64(self._info, self._file) if self._info.compress_type == DEFLATE64 else
                      self._archive.open(self._info).read)
        return self._read(n_bytes)

    def read(self, n_bytes: int) -> bytes:
        """Returns the next bytes, none at the end. Raises DamageError."""
        try:
            block = self._read(n_bytes)
        except _ERRORS as error:
            raise DamageError(f'is damaged at {self._info.filename!r} ({error})') from error
        self._n_read += len(block)
        if self._n_read > self._info.file_size or not block and self._n_read < self._info.file_size:
            raise DamageError(f'is damaged: {self._info.filename!r} has not the {self._info.file_size} bytes that are stated')
        return block


def _deflate64(info: zipfile.ZipInfo, file: BinaryIO) -> Callable[[int], bytes]:
    """Returns a function that reads a member compressed by Deflate64. Raises DamageError: a package is missing."""
    try:
        import inflate64
    except ImportError as error:
        raise DamageError('is compressed by Deflate64: install the package inflate64 (pip install inflate64), or unpack it by '
                          'hand with unzip or 7z') from error
    file.seek(info.header_offset)
    header = file.read(LOCAL_HEADER_BYTES)
    place = info.header_offset + LOCAL_HEADER_BYTES + sum(struct.unpack('<HH', header[26:30]))  # a name and an extra field

    def blocks() -> Iterator[bytes]:
        inflater, at, left, crc = inflate64.Inflater(), place, info.compress_size, 0
        while left:
            file.seek(at)
            compressed = file.read(min(left, BLOCK_BYTES))
            if not compressed:
                raise EOFError('it is cut short')
            at, left = at + len(compressed), left - len(compressed)
            block = inflater.inflate(compressed)
            crc = zlib.crc32(block, crc)
            if block:
                yield block
        if crc != info.CRC:
            raise zipfile.BadZipFile('Bad CRC-32')

    made = blocks()
    return lambda n_bytes: next(made, b'')
