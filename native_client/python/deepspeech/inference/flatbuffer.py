"""Reading of FlatBuffers and FlexBuffers, field by field, whatever bytes there are.

Every position is checked before it is read. Tables point forward only, so there are no cycles; but many of them may
point to the same place, so what is read is counted. Source: "FlatBuffers internals" and "FlexBuffers" in the
FlatBuffers documentation.
"""

import struct

import numpy as np

MAX_ITEMS = 1 << 20  # tables and numbers in vectors; the files of the largest models known have a hundredth of that

_INT, _UINT, _FLOAT, _MAP, _BOOL = 1, 2, 3, 9, 26  # types in FlexBuffers
_FORMATS = {_INT: 'bhiq', _UINT: 'BHIQ', _BOOL: 'BHIQ', _FLOAT: '  fd'}  # by type and logarithm of the width


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
        layout = position - _number(data, '<i', position)
        size = _number(data, '<H', layout)
        self._places = _vector(data, layout + 4, (size - 4) // 2, '<u2')

    def number(self, field, form, default=0):
        """Returns a number of the format `form`, as in `struct`."""
        place = self._place(field)
        return _number(self._data, f'<{form}', place) if place else default

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
        return Table(self._data, place + _number(self._data, '<I', place), self._budget)

    def _vector(self, field):
        """Returns where the elements of a vector begin and how many there are, (None, 0) if it is missing."""
        place = self._place(field)
        if not place:
            return None, 0
        start = place + _number(self._data, '<I', place)
        return start + 4, _number(self._data, '<I', start)

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
    return Table(data, _number(data, '<I', 0), [MAX_ITEMS])


def flexbuffer_map(data):
    """Returns the numbers by name in a FlexBuffer, {str: bool, int or float}.

    Raises:
      FlatBufferError: it is something else.
    """
    if len(data) < 3:
        raise FlatBufferError('options of less than three bytes')
    width, kind = data[-1], data[-2]
    if kind >> 2 != _MAP or width not in (1, 2, 4, 8):
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
    number = _number(data, f'<{form}', place)
    return bool(number) if kind == _BOOL else number


def _name(data, place):
    if not 0 <= place < len(data):
        raise FlatBufferError('a name is outside of the options')
    return bytes(data[place:place + 64]).split(b'\0')[0].decode('ascii', 'replace')


def _unsigned(data, place, width):
    return _number(data, '<' + 'BHIQ'[width.bit_length() - 1], place)


def _number(data, form, place):
    if not 0 <= place <= len(data) - struct.calcsize(form):
        raise FlatBufferError(f'it points to byte {place} of {len(data)}')
    return struct.unpack_from(form, data, place)[0]


def _vector(data, start, count, dtype):
    end = start + count * np.dtype(dtype).itemsize
    if not 0 <= start <= end <= len(data):
        raise FlatBufferError(f'it points to bytes {start} to {end} of {len(data)}')
    return np.frombuffer(data[start:end], dtype)
