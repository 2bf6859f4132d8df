"""FlexBuffers, the schema-less relatives of FlatBuffers: maps of numbers, which are the options of custom operators.

Source: "FlexBuffers" in the FlatBuffers documentation.
"""

import struct

from .flatbuffer import FlatBufferError, number_at

MAP = 9  # types of values
INT, UINT, FLOAT, BOOL = 1, 2, 3, 26
_FORMATS = {INT: 'bhiq', UINT: 'BHIQ', BOOL: 'BHIQ', FLOAT: '  fd'}  # by type and logarithm of the width
WIDTH, WIDTH_LOG2 = 4, 2  # bytes of every written number


def flexbuffer_map(data):
    """Returns the numbers by name in a FlexBuffer, {str: bool, int or float}.

    Raises:
      FlatBufferError: it is something else.
    """
    if len(data) < 3:
        raise FlatBufferError('options of less than three bytes')
    width, kind = data[-1], data[-2]
    if kind >> 2 != MAP or width not in (1, 2, 4, 8):
        raise FlatBufferError('options are no map')
    place = len(data) - 2 - width
    values = place - _unsigned(data, place, width)
    width = 1 << (kind & 3)
    count = _unsigned(data, values - width, width)
    key_width = _unsigned(data, values - 2 * width, width)
    keys = values - 3 * width - _unsigned(data, values - 3 * width, width)
    if count > len(data) or key_width not in (1, 2, 4, 8):
        raise FlatBufferError(f'options of {count} names')
    numbers = {}
    for index in range(count):
        place = keys + index * key_width
        name = _name(data, place - _unsigned(data, place, key_width))
        kind = _unsigned(data, values + count * width + index, 1)
        numbers[name] = _flexible(data, values + index * width, kind >> 2, width)
    return numbers


def _flexible(data, place, kind, width):
    form = _FORMATS.get(kind, '    ')[width.bit_length() - 1]
    if form == ' ':
        raise FlatBufferError(f'an option of the type {kind} in {width} bytes')
    number = number_at(data, f'<{form}', place)
    return bool(number) if kind == BOOL else number


def _name(data, place):
    if not 0 <= place < len(data):
        raise FlatBufferError('a name is outside of the options')
    return bytes(data[place:place + 64]).split(b'\0')[0].decode('ascii', 'replace')


def _unsigned(data, place, width):
    return number_at(data, '<' + 'BHIQ'[width.bit_length() - 1], place)


def flexbuffer(values):
    """Returns {str: bool, int or float} as a FlexBuffer, whose root is a map."""
    names = sorted(values)
    data = bytearray()
    key_at = []
    for name in names:
        key_at.append(len(data))
        data += name.encode('ascii') + b'\0'
    data += bytes(-len(data) % WIDTH)
    data += struct.pack('<I', len(names))
    keys = len(data)
    for at in key_at:
        data += struct.pack('<I', len(data) - at)
    data += struct.pack('<3I', len(data) - keys, WIDTH, len(names))
    root = len(data)
    types = bytearray()
    for name in names:
        value = values[name]
        data += struct.pack('<f' if isinstance(value, float) else '<i', value)
        kind = {bool: BOOL, int: INT, float: FLOAT}[type(value)]
        types.append(kind << 2 | WIDTH_LOG2)
    data += types
    return bytes(data) + bytes([len(data) - root, MAP << 2 | WIDTH_LOG2, 1])
