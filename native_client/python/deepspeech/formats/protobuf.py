"""Reading and writing of protocol buffers, field by field.

Whoever knows a format's field numbers needs no more; a library for it would bring its own version of the protobuf runtime,
of which a process can have one, and TensorFlow chooses it. Source: "Encoding", in the Protocol Buffers documentation.
"""

import struct

VARINT, FIXED64, BYTES, FIXED32 = 0, 1, 2, 5
_FIXED = {FIXED64: 8, FIXED32: 4}


class WireError(ValueError):
    """Bytes that are no protocol buffer."""


def fields(data):
    """Yields (number, kind, value) of each field of a message.

    Args:
      data: memoryview of bytes.
    Returns:
      value is an int for VARINT, else a memoryview of its bytes.
    Raises:
      WireError: the bytes end too early or are no message.
    """
    position, end = 0, len(data)
    while position < end:
        key, position = varint(data, position)
        number, kind = key >> 3, key & 7
        if number == 0:
            raise WireError(f'no field has the number 0 (byte {position})')
        if kind == VARINT:
            value, position = varint(data, position)
        else:
            if kind == BYTES:
                length, position = varint(data, position)
            elif kind in _FIXED:
                length = _FIXED[kind]
            else:
                raise WireError(f'kind {kind} of field {number} is unknown (byte {position})')
            if length > end - position:
                raise WireError(f'field {number} has {length} bytes, {end - position} are left')
            value = data[position:position + length]
            position += length
        yield number, kind, value


def varint(data, position):
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


def varints(data):
    """Returns the numbers in a packed field."""
    numbers, position = [], 0
    while position < len(data):
        number, position = varint(data, position)
        numbers.append(number)
    return numbers


def signed(number):
    """Returns the int64 that a varint stands for."""
    return number - (1 << 64) if number >> 63 else number


def text(data):
    """Returns the str in a field."""
    try:
        return bytes(data).decode('utf-8')
    except UnicodeDecodeError as error:
        raise WireError('a name is not UTF-8') from error


def float32(data):
    """Returns the float in a FIXED32 field."""
    return struct.unpack('<f', data)[0]


class Message:
    """A message that grows field by field; its parts are joined once, when all of it is known.

    Attributes:
      size_bytes: how long it is.
    """

    def __init__(self):
        self._parts = []
        self.size_bytes = 0

    def number(self, field, value):
        """Appends an int (or enum, or bool) and returns the message; negative numbers take ten bytes."""
        return self._append(_as_varint(field << 3 | VARINT), _as_varint(value % 2 ** 64))

    def data(self, field, value):
        """Appends what is like bytes, or a str, and returns the message."""
        encoded = value.encode('utf-8') if isinstance(value, str) else value
        return self._append(_as_varint(field << 3 | BYTES), _as_varint(len(encoded)), encoded)

    def message(self, field, other):
        """Appends another message, complete by now, and returns this one."""
        return self._append(_as_varint(field << 3 | BYTES), _as_varint(other.size_bytes), *other._parts)

    def __bytes__(self):
        return b''.join(self._parts)

    def _append(self, *parts):
        self._parts += parts
        self.size_bytes += sum(map(len, parts))
        return self


def _as_varint(number):
    """Returns a number from 0 in groups of seven bits, the lowest first; all but the last carry the top bit."""
    groups = bytearray()
    while number > 127:
        groups.append(number & 127 | 128)
        number >>= 7
    groups.append(number)
    return bytes(groups)
