"""Protocol buffers, read and written field by field.

Knowing a format's field numbers is enough for both. The `protobuf` library is not used: a process can have one version of it,
and TensorFlow chooses which. Source: "Encoding", in the Protocol Buffers documentation.
"""

import struct
from typing import Any, Iterator, List, Tuple, Union

VARINT, FIXED64, BYTES, FIXED32 = 0, 1, 2, 5
_FIXED = {FIXED64: 8, FIXED32: 4}


class WireError(ValueError):
    """The bytes are not a protocol buffer."""


def fields(data: memoryview) -> Iterator[Tuple[int, int, Any]]:
    """Yields (number, wire type, value) of each field of a message; the value is an int for VARINT, else a memoryview.

    Raises:
      WireError: the bytes end too early or are no message.
    """
    value: Any
    position, end = 0, len(data)
    while position < end:
        key, position = varint(data, position)
        number, wire_type = key >> 3, key & 7
        if number == 0:
            raise WireError(f'no field has the number 0 (byte {position})')
        if wire_type == VARINT:
            value, position = varint(data, position)
        else:
            if wire_type == BYTES:
                length, position = varint(data, position)
            elif wire_type in _FIXED:
                length = _FIXED[wire_type]
            else:
                raise WireError(f'kind {wire_type} of field {number} is unknown (byte {position})')
            if length > end - position:
                raise WireError(f'field {number} has {length} bytes, {end - position} are left')
            value = data[position:position + length]
            position += length
        yield number, wire_type, value


def varint(data: memoryview, position: int) -> Tuple[int, int]:
    """Returns (unsigned number of at most 64 bits, position after it)."""
    number = shift = 0
    while shift < 64:
        if position >= len(data):
            raise WireError('the data ends within a number')
        byte = data[position]
        position += 1
        number |= (byte & 0x7F) << shift
        if byte < 0x80:
            return number & 0xFFFFFFFFFFFFFFFF, position
        shift += 7
    raise WireError('a number has more than 64 bits')


def varints(data: memoryview) -> List[int]:
    """Returns the numbers in a packed field."""
    numbers, position = [], 0
    while position < len(data):
        number, position = varint(data, position)
        numbers.append(number)
    return numbers


def signed(number: int) -> int:
    """Returns the int64 that a varint encodes."""
    return number - (1 << 64) if number >> 63 else number


def text(data: memoryview) -> str:
    """Returns the string in a BYTES field."""
    try:
        return bytes(data).decode('utf-8')
    except UnicodeDecodeError as error:
        raise WireError('a name is not UTF-8') from error


def float32(data: memoryview) -> float:
    """Returns the float in a FIXED32 field."""
    return struct.unpack('<f', data)[0]


class Message:
    """A message that grows field by field; `bytes(message)` joins its parts.

    Attributes:
      size_bytes: length of what it has so far.
    """

    def __init__(self) -> None:
        self._parts: List[Union[bytes, memoryview]] = []
        self.size_bytes = 0

    def number(self, field: int, value: int) -> 'Message':
        """Appends an int (or enum, or bool) and returns the message; negative numbers take ten bytes."""
        return self._append(_as_varint(field << 3 | VARINT), _as_varint(value % 2 ** 64))

    def data(self, field: int, value: Union[str, bytes, memoryview]) -> 'Message':
        """Appends bytes or a string and returns the message."""
        encoded = value.encode('utf-8') if isinstance(value, str) else value
        return self._append(_as_varint(field << 3 | BYTES), _as_varint(len(encoded)), encoded)

    def message(self, field: int, other: 'Message') -> 'Message':
        """Appends a copy of another message and returns this one."""
        return self._append(_as_varint(field << 3 | BYTES), _as_varint(other.size_bytes), *other._parts)

    def __bytes__(self) -> bytes:
        return b''.join(self._parts)

    def _append(self, *parts: Union[bytes, memoryview]) -> 'Message':
        self._parts += parts
        self.size_bytes += sum(map(len, parts))
        return self


def _as_varint(number: int) -> bytes:
    """Returns a number from 0 on in groups of seven bits, the lowest first; all but the last have the top bit set."""
    groups = bytearray()
    while number > 127:
        groups.append(number & 127 | 128)
        number >>= 7
    groups.append(number)
    return bytes(groups)
