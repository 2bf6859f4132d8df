"""FlexBuffers, the schema-less relatives of FlatBuffers: maps of numbers, which hold the options of custom operators.

Source: "FlexBuffers" in the FlatBuffers documentation.
"""

import struct
from typing import Dict, Mapping, Union

from .flatbuffer import FlatBufferError, number_at

MAP = 9  # types of values
INT, UINT, FLOAT, BOOL = 1, 2, 3, 26
_FORMATS = {INT: 'bhiq', UINT: 'BHIQ', BOOL: 'BHIQ', FLOAT: '  fd'}  # by type and logarithm of the width
WIDTH, WIDTH_LOG2 = 4, 2  # bytes of every written number

Number = Union[bool, int, float]


def flexbuffer_map(data: memoryview) -> Dict[str, Number]:
    """Returns the numbers in a FlexBuffer by name.

    Raises:
      FlatBufferError: it is something else.
    """
    if len(data) < 3:
        raise FlatBufferError('options of less than three bytes')
    width, packed_type = data[-1], data[-2]
    if packed_type >> 2 != MAP or width not in (1, 2, 4, 8):
        raise FlatBufferError('options are no map')
    position = len(data) - 2 - width
    values = position - _unsigned(data, position, width)
    width = 1 << (packed_type & 3)
    count = _unsigned(data, values - width, width)
    key_width = _unsigned(data, values - 2 * width, width)
    keys = values - 3 * width - _unsigned(data, values - 3 * width, width)
    if count > len(data) or key_width not in (1, 2, 4, 8):
        raise FlatBufferError(f'options of {count} names')
    numbers = {}
    for index in range(count):
        position = keys + index * key_width
        name = _name(data, position - _unsigned(data, position, key_width))
        packed_type = _unsigned(data, values + count * width + index, 1)
        numbers[name] = _number(data, values + index * width, packed_type >> 2, width)
    return numbers


def _number(data: memoryview, position: int, value_type: int, width: int) -> Number:
    form = _FORMATS.get(value_type, '    ')[width.bit_length() - 1]
    if form == ' ':
        raise FlatBufferError(f'an option of the type {value_type} in {width} bytes')
    number = number_at(data, f'<{form}', position)
    return bool(number) if value_type == BOOL else number


def _name(data: memoryview, position: int) -> str:
    if not 0 <= position < len(data):
        raise FlatBufferError('a name is outside of the options')
    return bytes(data[position:position + 64]).split(b'\0')[0].decode('ascii', 'replace')


def _unsigned(data: memoryview, position: int, width: int) -> int:
    return number_at(data, '<' + 'BHIQ'[width.bit_length() - 1], position)


def flexbuffer(values: Mapping[str, Number]) -> bytes:
    """Returns numbers by name as a FlexBuffer, whose root is a map."""
    names = sorted(values)
    data = bytearray()
    key_positions = []
    for name in names:
        key_positions.append(len(data))
        data += name.encode('ascii') + b'\0'
    data += bytes(-len(data) % WIDTH)
    data += struct.pack('<I', len(names))
    keys = len(data)
    for position in key_positions:
        data += struct.pack('<I', len(data) - position)
    data += struct.pack('<3I', len(data) - keys, WIDTH, len(names))
    root = len(data)
    types = bytearray()
    for name in names:
        value = values[name]
        data += struct.pack('<f' if isinstance(value, float) else '<i', value)
        types.append({bool: BOOL, int: INT, float: FLOAT}[type(value)] << 2 | WIDTH_LOG2)
    data += types
    return bytes(data) + bytes([len(data) - root, MAP << 2 | WIDTH_LOG2, 1])
