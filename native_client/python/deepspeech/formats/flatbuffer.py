"""FlatBuffers: read field by field, without trusting a byte, and written from nested Python values.

Knowing a format's field numbers is enough for both. The `flatbuffers` library is not used: it writes from back to front, call
by call, and TensorFlow 1.15 does not bring it. Every position is checked before it is read. Tables point forward only, so there
are no cycles; but many of them may point to the same place, so the number of items read is limited. Source: "FlatBuffers
internals" in the FlatBuffers documentation.
"""

import struct
from typing import Any, Dict, List, Optional, Tuple, Union

import numpy as np

MAX_ITEMS = 1 << 20  # tables and numbers in vectors; the files of the largest models known have a hundredth of that
FIELD_BYTES = 4  # of a number or an offset within a written table
DATA_ALIGNMENT = 16  # of written bytes, so that numbers in a mapped file can be used in place


class FlatBufferError(ValueError):
    """The bytes are not such a buffer."""


class Table:
    """A table in a FlatBuffer. Fields have numbers; missing ones have the default.

    All methods raise FlatBufferError where the bytes they need are missing.

    Args:
      data: the whole file.
      position: of the table.
      budget: a list of one number: how many items may still be read, shared by all tables of a file.
    """

    def __init__(self, data: memoryview, position: int, budget: List[int]) -> None:
        self._data, self._position, self._budget = data, position, budget
        layout = position - number_at(data, '<i', position)
        size = number_at(data, '<H', layout)
        self._offsets = _vector(data, layout + 4, (size - 4) // 2, '<u2')

    def number(self, field: int, form: str, default: Any = 0) -> Any:
        """Returns a number of the `struct` format `form`."""
        position = self._find(field)
        return number_at(self._data, f'<{form}', position) if position else default

    def numbers(self, field: int, dtype: str) -> Optional[np.ndarray]:
        """Returns a vector of numbers as an array [n], a view of the file; None if it is missing."""
        start, count = self._find_vector(field)
        return None if start is None else _vector(self._data, start, count, dtype)

    def integers(self, field: int) -> List[int]:
        """Returns a vector of int32 as a list, empty if it is missing."""
        start, count = self._find_vector(field)
        self._spend(count)
        return [] if start is None else _vector(self._data, start, count, '<i4').tolist()

    def text(self, field: int) -> str:
        """Returns a string, empty if it is missing."""
        content = self.numbers(field, 'u1')
        if content is None:
            return ''
        self._spend(len(content))
        try:
            return content.tobytes().decode('utf-8')
        except UnicodeDecodeError as error:
            raise FlatBufferError('a name is not UTF-8') from error

    def table(self, field: int) -> 'Table':
        """Returns a Table, one without fields if it is missing."""
        position = self._find(field)
        return self._at(position) if position else _EmptyTable()

    def tables(self, field: int) -> List['Table']:
        """Returns a vector of Tables as a list, empty if it is missing."""
        start, count = self._find_vector(field)
        self._spend(count)
        return [] if start is None else [self._at(start + 4 * index) for index in range(count)]

    def _find(self, field: int) -> int:
        """Returns the position of a field, 0 if it is missing."""
        offset = int(self._offsets[field]) if field < len(self._offsets) else 0
        return self._position + offset if offset else 0

    def _at(self, position: int) -> 'Table':
        """Returns the Table that the offset at a position points to."""
        self._spend(1)
        return Table(self._data, position + number_at(self._data, '<I', position), self._budget)

    def _find_vector(self, field: int) -> Tuple[Optional[int], int]:
        """Returns (position of the first element, number of elements), (None, 0) if it is missing."""
        position = self._find(field)
        if not position:
            return None, 0
        start = position + number_at(self._data, '<I', position)
        return start + 4, number_at(self._data, '<I', start)

    def _spend(self, count: int) -> None:
        self._budget[0] -= count
        if self._budget[0] < 0:
            raise FlatBufferError(f'there are more than {MAX_ITEMS} items in it')


class _EmptyTable(Table):
    """Has defaults only."""

    def __init__(self) -> None:
        self._offsets = np.zeros(0, '<u2')
        self._budget = [0]


def root(data: memoryview) -> Table:
    """Returns the Table of a whole file.

    Raises:
      FlatBufferError: bytes are missing.
    """
    return Table(data, number_at(data, '<I', 0), [MAX_ITEMS])


def number_at(data: memoryview, form: str, position: int) -> Any:
    """Returns the number of the `struct` format `form` at a byte. Raises FlatBufferError if it is not all there."""
    if not 0 <= position <= len(data) - struct.calcsize(form):
        raise FlatBufferError(f'it points to byte {position} of {len(data)}')
    return struct.unpack_from(form, data, position)[0]


def _vector(data: memoryview, start: int, count: int, dtype: str) -> np.ndarray:
    end = start + count * np.dtype(dtype).itemsize
    if not 0 <= start <= end <= len(data):
        raise FlatBufferError(f'it points to bytes {start} to {end} of {len(data)}')
    return np.frombuffer(data[start:end], dtype)


# A table by field numbers; see `flatbuffer`.
Fields = Dict[int, Any]


def flatbuffer(fields: Fields, identifier: bytes) -> bytes:
    """Returns a table as a file.

    Args:
      fields: {field number: value}. Values: NumPy scalars of at most four bytes; str; bytes; vectors of numbers as 1-D
        arrays; tables as dicts; vectors of tables as lists.
      identifier: four bytes that tell what kind of file it is.
    """
    writer = _Writer()
    writer.data += bytes(FIELD_BYTES) + identifier
    writer.point(0, fields)
    return bytes(writer.data)


class _Writer:
    """A file that grows from front to back: what a table points to follows it."""

    def __init__(self) -> None:
        self.data = bytearray()
        self._layouts: Dict[bytes, int] = {}  # positions of layouts; most tables of a kind share one

    def point(self, field: int, value: Any) -> None:
        """Appends a value and makes the offset at `field` point to it."""
        position = self._table(value) if isinstance(value, dict) else self._vector(value)
        struct.pack_into('<I', self.data, field, position - field)

    def _align(self, multiple: int, ahead: int = 0) -> None:
        self.data += bytes(-(len(self.data) + ahead) % multiple)

    def _table(self, fields: Fields) -> int:
        """Appends a table and what it points to; returns its position."""
        n_slots = max(fields, default=-1) + 1
        offsets = {number: FIELD_BYTES * (1 + order) for order, number in enumerate(fields)}
        layout = struct.pack(f'<{2 + n_slots}H', 4 + 2 * n_slots, FIELD_BYTES * (1 + len(fields)),
                             *(offsets.get(number, 0) for number in range(n_slots)))
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
        for field, value in fields.items():
            if not isinstance(value, np.generic):
                self.point(table + offsets[field], value)
        return table

    def _vector(self, values: Union[List[Fields], str, bytes, np.ndarray]) -> int:
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

    def _numbers(self, content: bytes, n_values: int, alignment: int) -> int:
        self._align(alignment, ahead=FIELD_BYTES)
        position = len(self.data)
        self.data += struct.pack('<I', n_values)
        self.data += content
        return position
