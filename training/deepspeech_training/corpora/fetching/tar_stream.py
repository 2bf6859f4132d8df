"""Members of a tar archive, read once from the beginning to the end; nothing that is damaged passes for the end.

Python's `tarfile` takes a bad header, or a file that was cut off between two members, for the end of the archive, and reads
extended headers of any size into memory; each of its releases does so in its own way.

Source: POSIX.1-2001, `pax`; the manual of GNU tar, "Basic Tar Format" (long names, numbers in base 256, sparse files).
"""

import re
from typing import Dict, Iterator, Optional, Tuple

from .compressed import DamageError, Stream
from .member import DEVICE, DIRECTORY, FILE, HARD_LINK, PARTIAL, SYMBOLIC_LINK, Member, decoded

BLOCK = 512
MOST_HEADER_BYTES = 1 << 20  # of an extended header: names and comments
MOST_ZERO_BYTES = 1 << 26  # behind the end: tapes are filled up to whole records
MOST_HEADERS = 100  # in front of one member
_TYPES = {b'0': FILE, b'\0': FILE, b'7': FILE, b'1': HARD_LINK, b'2': SYMBOLIC_LINK, b'3': DEVICE, b'4': DEVICE,
          b'5': DIRECTORY, b'6': DEVICE, b'S': PARTIAL, b'D': DIRECTORY, b'M': PARTIAL}
_NOTES = (b'g', b'V', b'N')  # global headers, labels, lists of names: about no member
_RECORD = re.compile(rb'(\d{1,8}) ([^=]+)=')


def is_tar(head: bytes) -> bool:
    """Tells whether the first 512 bytes of a stream are the header of a tar archive, or its end."""
    return len(head) >= BLOCK and (_checksum_is_right(head[:BLOCK]) or not head.strip(b'\0'))


def tar_members(stream: Stream) -> Iterator[Member]:
    """Yields the members; what one of them was not read of is passed over. Raises DamageError."""
    while True:
        header, extended = _next_header(stream)
        if header is None:
            return
        member = _member(header, extended, stream)
        data = _Data(stream, member.size_bytes)
        yield member._replace(read=data.read)
        data.skip()


def _next_header(stream: Stream) -> Tuple[Optional[bytes], Dict[bytes, bytes]]:
    """Returns (header, {keyword of pax: value}) of the next member, or (None, {}) at the end."""
    extended: Dict[bytes, bytes] = {}
    for _ in range(MOST_HEADERS):
        header = stream.read(BLOCK)
        if len(header) == BLOCK and not header.strip(b'\0'):
            if extended:
                raise DamageError('is damaged: it ends where a member should begin')
            header = _beyond_zeros(stream)
            if not header:
                return None, {}
        if len(header) < BLOCK:
            raise DamageError('is cut short')
        if not _checksum_is_right(header):
            raise DamageError('is damaged: there is no header where a member should begin')
        kind, size = header[156:157], _number(header[124:136])
        if kind in b'xXLK':
            if size > MOST_HEADER_BYTES:
                raise DamageError(f'is damaged: an extended header of {size} bytes')
            data = _Data(stream, size)
            content = data.read(size)
            data.skip()
            extended.update(_records(content) if kind in b'xX' else
                            {b'path' if kind == b'L' else b'linkpath': content.rstrip(b'\0')})
        elif kind in _NOTES:
            _Data(stream, size).skip()
        else:
            return header, extended
    raise DamageError(f'is damaged: more than {MOST_HEADERS} extended headers in front of one member')


def _beyond_zeros(stream: Stream) -> bytes:
    """Returns the first block that is not all zeros; none at the end. One archive may follow another."""
    for n_blocks in range(MOST_ZERO_BYTES // BLOCK):
        block = stream.read(BLOCK)
        if block.strip(b'\0'):
            if len(block) < BLOCK or not _checksum_is_right(block):
                raise DamageError('is damaged, or has something else behind its end')
            return block
        if len(block) < BLOCK:
            return b''
    raise DamageError('ends in nothing but zero bytes, as files do whose download was not finished')


def _member(header: bytes, extended: Dict[bytes, bytes], stream: Stream) -> Member:
    prefix = header[345:500].split(b'\0', 1)[0] if header[257:263] == b'ustar\0' else b''  # GNU tar has times there
    name = (prefix + b'/' if prefix else b'') + header[:100].split(b'\0', 1)[0]
    name = extended.get(b'path', name)
    kind = _TYPES.get(header[156:157], FILE)  # POSIX: what is not known is a file
    size = _number(header[124:136])
    if b'size' in extended:
        if not extended[b'size'].isdigit() or len(extended[b'size']) > 20:
            raise DamageError('is damaged: a size that is no number')
        size = int(extended[b'size'])
    if any(keyword.startswith(b'GNU.sparse') for keyword in extended):
        kind = PARTIAL
    if kind == FILE and name.endswith(b'/'):
        kind = DIRECTORY  # before POSIX
    if header[156:157] in b'123456' or kind == DIRECTORY and header[156:157] != b'D':
        size = 0  # whatever they state, no data follow
    if header[156:157] == b'S':
        _skip_sparse_headers(header, stream)
    link, _ = decoded(extended.get(b'linkpath', header[157:257].split(b'\0', 1)[0]))
    text, is_utf8 = decoded(name)
    return Member(text, kind, size, stream.read, link=link, is_guessed=not is_utf8)


def _skip_sparse_headers(header: bytes, stream: Stream) -> None:
    """Passes the blocks of GNU tar's old format that say where the data of a file with holes belong."""
    more = header[482:483]
    while more not in (b'\0', b''):
        more = stream.read(BLOCK)[504:505]


class _Data:
    """The data of one member within a stream, with the padding to whole blocks."""

    def __init__(self, stream: Stream, size: int):
        self._stream, self._left, self._padding = stream, size, -size % BLOCK

    def read(self, n_bytes: int) -> bytes:
        wanted = min(n_bytes, self._left)
        found = self._stream.read(wanted)
        self._left -= len(found)
        if len(found) < wanted:
            raise DamageError('is cut short')
        return found

    def skip(self) -> None:
        """Passes what is left."""
        while self._left:
            self.read(1 << 18)
        if len(self._stream.read(self._padding)) < self._padding:
            raise DamageError('is cut short')
        self._padding = 0


def _checksum_is_right(header: bytes) -> bool:
    """Tells whether a header holds the sum of its bytes; some programs have added them as signed ones."""
    try:
        stated = _number(header[148:156])
    except DamageError:
        return False
    plain = sum(header[:148]) + 8 * 32 + sum(header[156:])
    return stated in (plain, plain - 256 * sum(byte > 127 for byte in header[:148] + header[156:]))


def _number(field: bytes) -> int:
    """Returns a number in octal digits, or in base 256 after a byte 0x80. Raises DamageError."""
    if field[0] == 0x80:
        return int.from_bytes(field[1:], 'big')
    digits = field.split(b'\0', 1)[0].strip(b' ')
    if digits.strip(b'01234567'):
        raise DamageError('is damaged: a number in a header is none')
    return int(digits or b'0', 8)


def _records(content: bytes) -> Iterator[Tuple[bytes, bytes]]:
    """Yields the (keyword, value) of an extended header such as `30 mtime=1350244992.023960108\\n`."""
    place = 0
    while place < len(content) and content[place]:
        found = _RECORD.match(content, place)
        end = place + int(found.group(1)) if found else 0
        if not found or not found.end() < end <= len(content) or content[end - 1:end] != b'\n':
            raise DamageError('is damaged: an extended header cannot be read')
        yield found.group(2), content[found.end():end - 1]
        place = end
