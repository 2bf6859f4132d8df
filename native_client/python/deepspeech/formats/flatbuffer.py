"""FlatBuffers: read field by field, whatever bytes there are, and written from nested Python values.

Whoever knows a format's field numbers needs no more; the library for it writes from back to front and call by call, and
TensorFlow 1.15 does not bring it. Every position is checked before it is read. Tables point forward only, so there are no cycles;
but many of them may point to the same place, so what is read is counted. Source: "FlatBuffers internals" in the FlatBuffers
documentation.
"""

import struct

import numpy as np

MAX_ITEMS = 1 << 20  # tables and numbers in vectors; the files of the largest models known have a hundredth of that
FIELD_BYTES = 4  # of a number or an offset within a written table
DATA_ALIGNMENT = 16  # of written bytes, so that whoever maps the file can use numbers in them where they lie


class FlatBufferError(ValueError):
    """Bytes that are no such buffer."""


class Table:
    """A table in a FlatBuffer; fields are told by their numbers, missing ones have the default.

    Args:
      data: memoryview of the file.
      position: where it is said to begin.
      budget: list with how many items may still be read, shared by all tables of a file.
    """

    def __init__(self, data, position, budget):
        self._data, self._position, self._budget = data, position, budget
        layout = position - number_at(data, '<i', position)
        size = number_at(data, '<H', layout)
        self._places = _vector(data, layout + 4, (size - 4) // 2, '<u2')

    def number(self, field, form, default=0):
        """Returns a number of the format `form`, as in `struct`."""
        place = self._place(field)
        return number_at(self._data, f'<{form}', place) if place else default

    def numbers(self, field, dtype):
        """Returns a vector of numbers as an array, a view of the file; None if there is none."""
        start, count = self._vector(field)
        return None if start is None else _vector(self._data, start, count, dtype)

    def integers(self, field):
        """Returns a vector of int32 as a list, empty if there is none."""
        start, count = self._vector(field)
        self._spend(count)
        return [] if start is None else _vector(self._data, start, count, '<i4').tolist()

    def text(self, field):
        """Returns a str, '' if there is none."""
        content = self.numbers(field, 'u1')
        if content is None:
            return ''
        self._spend(len(content))
        try:
            return content.tobytes().decode('utf-8')
        except UnicodeDecodeError as error:
            raise FlatBufferError('a name is not UTF-8') from error

    def table(self, field):
        """Returns a Table, an empty one if there is none."""
        place = self._place(field)
        return self._at(place) if place else _NoTable()

    def tables(self, field):
        """Returns a vector of Tables as a list."""
        start, count = self._vector(field)
        self._spend(count)
        return [self._at(start + 4 * index) for index in range(count)]

    def _place(self, field):
        offset = int(self._places[field]) if field < len(self._places) else 0
        return self._position + offset if offset else 0

    def _at(self, place):
        self._spend(1)
        return Table(self._data, place + number_at(self._data, '<I', place), self._budget)

    def _vector(self, field):
        """Returns where the elements of a vector begin and how many there are, (None, 0) if it is missing."""
        place = self._place(field)
        if not place:
            return None, 0
        start = place + number_at(self._data, '<I', place)
        return start + 4, number_at(self._data, '<I', start)

    def _spend(self, count):
        self._budget[0] -= count
        if self._budget[0] < 0:
            raise FlatBufferError(f'there are more than {MAX_ITEMS} items in it')


class _NoTable(Table):
    """Has defaults only."""

    def __init__(self):
        self._places = ()


def root(data):
    """Returns the Table of a whole file.

    Raises:
      FlatBufferError: bytes are missing; so do all methods of tables.
    """
    return Table(data, number_at(data, '<I', 0), [MAX_ITEMS])


def number_at(data, form, place):
    """Returns the number of the `struct` format `form` at byte `place`. Raises FlatBufferError if it is not all there."""
    if not 0 <= place <= len(data) - struct.calcsize(form):
        raise FlatBufferError(f'it points to byte {place} of {len(data)}')
    return struct.unpack_from(form, data, place)[0]


def _vector(data, start, count, dtype):
    end = start + count * np.dtype(dtype).itemsize
    if not 0 <= start <= end <= len(data):
        raise FlatBufferError(f'it points to bytes {start} to {end} of {len(data)}')
    return np.frombuffer(data[start:end], dtype)


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
