"""Reading and writing of protocol buffers, field by field, without their schema compiler.

Source: the encoding as documented by the Protocol Buffers project.
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


def field(number, value):
    """Returns the bytes of a field: VARINT for an int (negative ones have 64 bits), BYTES for what is like bytes."""
    if isinstance(value, int):
        return _as_varint(number << 3 | VARINT) + _as_varint(value & 0xFFFFFFFFFFFFFFFF)
    return _as_varint(number << 3 | BYTES) + _as_varint(len(value)) + bytes(value)


def _as_varint(number):
    encoded = bytearray()
    while number >= 0x80:
        encoded.append(number & 0x7F | 0x80)
        number >>= 7
    encoded.append(number)
    return bytes(encoded)
