"""Messages in the wire format of Protocol Buffers, from field numbers and values.

Whoever knows a format's field numbers writes it with these few lines; a library for it would bring its own version of
the protobuf runtime, which TensorFlow already chooses. Source: "Encoding", in the Protocol Buffers documentation.
"""

VARINT, DELIMITED = 0, 2  # how a field's value is written


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
        return self._append(_varint(field << 3 | VARINT), _varint(value % 2 ** 64))

    def data(self, field, value):
        """Appends bytes or a str and returns the message."""
        encoded = value.encode('utf-8') if isinstance(value, str) else value
        return self._append(_varint(field << 3 | DELIMITED), _varint(len(encoded)), encoded)

    def message(self, field, other):
        """Appends another message, complete by now, and returns this one."""
        return self._append(_varint(field << 3 | DELIMITED), _varint(other.size_bytes), *other._parts)

    def __bytes__(self):
        return b''.join(self._parts)

    def _append(self, *parts):
        self._parts += parts
        self.size_bytes += sum(map(len, parts))
        return self


def _varint(value):
    """Returns a number from 0 in groups of seven bits, the lowest first; all but the last carry the top bit."""
    groups = bytearray()
    while value > 127:
        groups.append(value & 127 | 128)
        value >>= 7
    groups.append(value)
    return bytes(groups)
