"""FlatBuffers from nested Python values, and the schema-less maps of the same family.

Whoever knows a format's field numbers writes it with these few lines; the library for it builds from back to front and
call by call, and TensorFlow 1.15 does not bring it. Source: "FlatBuffers internals" and "FlexBuffers" in the
FlatBuffers documentation.
"""

import struct

import numpy as np

FIELD_BYTES = 4  # of a number or an offset within a table
DATA_ALIGNMENT = 16  # of bytes, so that whoever maps the file can use numbers in them where they lie

FLEX_INT, FLEX_FLOAT, FLEX_MAP, FLEX_BOOL = 1, 3, 9, 26
FLEX_WIDTH, FLEX_WIDTH_LOG2 = 4, 2  # bytes of every number


def flatbuffer(root, identifier):
    """Returns a table as a file.

    Args:
      root: {field number: value}. Values: NumPy scalars of at most four bytes; str; bytes; vectors of numbers as 1-D
        arrays; tables as dicts; vectors of tables as lists.
      identifier: four bytes that tell what kind of file it is.
    """
    writer = _Writer()
    writer.data += bytes(FIELD_BYTES) + identifier
    writer.point(0, root)
    return bytes(writer.data)


class _Writer:
    """A file that grows from front to back: what a table points to follows it."""

    def __init__(self):
        self.data = bytearray()
        self._layouts = {}  # {bytes of a layout: position}; most tables of a kind share one

    def point(self, field, value):
        """Appends a value and makes the offset at `field` point to it."""
        position = self._table(value) if isinstance(value, dict) else self._vector(value)
        struct.pack_into('<I', self.data, field, position - field)

    def _align(self, multiple, ahead=0):
        self.data += bytes(-(len(self.data) + ahead) % multiple)

    def _table(self, fields):
        """Appends a table and what it points to; returns its position."""
        n_slots = max(fields, default=-1) + 1
        place = {number: FIELD_BYTES * (1 + order) for order, number in enumerate(fields)}
        layout = struct.pack(f'<{2 + n_slots}H', 4 + 2 * n_slots, FIELD_BYTES * (1 + len(fields)),
                             *(place.get(number, 0) for number in range(n_slots)))
        self._align(FIELD_BYTES)
        if layout not in self._layouts:
            self._layouts[layout] = len(self.data)
            self.data += layout
            self._align(FIELD_BYTES)
        table = len(self.data)
        self.data += struct.pack('<i', table - self._layouts[layout])
        for value in fields.values():
            number = value.tobytes() if isinstance(value, np.generic) else b''
            self.data += number + bytes(FIELD_BYTES - len(number))
        for number, value in fields.items():
            if not isinstance(value, np.generic):
                self.point(table + place[number], value)
        return table

    def _vector(self, values):
        """Appends a vector or a string, its length before it; returns its position."""
        if isinstance(values, list):
            position = self._numbers(bytes(FIELD_BYTES * len(values)), len(values), FIELD_BYTES)
            for index, value in enumerate(values):
                self.point(position + FIELD_BYTES * (1 + index), value)
            return position
        if isinstance(values, str):
            content = values.encode('utf-8')
            return self._numbers(content + b'\0', len(content), FIELD_BYTES)
        if isinstance(values, bytes):
            return self._numbers(values, len(values), DATA_ALIGNMENT)
        return self._numbers(values.tobytes(), len(values), max(FIELD_BYTES, values.itemsize))

    def _numbers(self, content, n_values, alignment):
        self._align(alignment, ahead=FIELD_BYTES)
        position = len(self.data)
        self.data += struct.pack('<I', n_values)
        self.data += content
        return position


def flexbuffer(values):
    """Returns {str: bool, int or float} as a FlexBuffer, whose root is a map."""
    names = sorted(values)
    data = bytearray()
    key_at = []
    for name in names:
        key_at.append(len(data))
        data += name.encode('ascii') + b'\0'
    data += bytes(-len(data) % FLEX_WIDTH)
    data += struct.pack('<I', len(names))
    keys = len(data)
    for at in key_at:
        data += struct.pack('<I', len(data) - at)
    data += struct.pack('<3I', len(data) - keys, FLEX_WIDTH, len(names))
    root = len(data)
    types = bytearray()
    for name in names:
        value = values[name]
        data += struct.pack('<f' if isinstance(value, float) else '<i', value)
        kind = {bool: FLEX_BOOL, int: FLEX_INT, float: FLEX_FLOAT}[type(value)]
        types.append(kind << 2 | FLEX_WIDTH_LOG2)
    data += types
    return bytes(data) + bytes([len(data) - root, FLEX_MAP << 2 | FLEX_WIDTH_LOG2, 1])
