"""Serialised GraphDefs as Nodes; their constants are in them, or in regions of a memory-mapped file around them.

Source: the messages GraphDef, NodeDef, AttrValue and TensorProto of TensorFlow.
"""

import struct
from typing import Any, Dict, List, Mapping, Optional, Tuple

import numpy as np

from ..errors import FAIL_READ_PROTOBUF, ModelError
from .nodes import DTYPES, Node, Output, bounded
from .protobuf import BYTES, VARINT, WireError, fields, float32, signed, text, varints

STRING = 7  # TensorFlow's number of that type
# Fields of a TensorProto that hold values one by one, and how they are written.
_VALUE_FIELDS = {5: '<f4', 6: '<f8', 7: 'varint', 10: 'varint', 11: 'varint', 13: 'half'}


def read_plain(data: memoryview) -> List[Node]:
    """Returns the Nodes of a serialised GraphDef; large constants are copied out of `data`.

    Raises:
      ModelError: it is no graph.
    """
    return read_nodes(data, FAIL_READ_PROTOBUF, {})


def read_nodes(data: memoryview, code: int, regions: Mapping[str, memoryview]) -> List[Node]:
    """Returns the Nodes of a serialised GraphDef.

    Args:
      code: of the ModelError if there is no graph in `data`.
      regions: by name, of the constants that are outside of it.
    """
    try:
        nodes = [_node(value, regions) for number, wire_type, value in fields(data) if number == 1 and wire_type == BYTES]
    except (WireError, KeyError, ValueError, TypeError, struct.error) as error:
        raise ModelError(code, f'this is not a graph, or a damaged one ({error}); get the file again or export it anew '
                               f'with --export_dir.') from error
    if not nodes:
        raise ModelError(code, 'there is no operation in this file; it is not a graph. Export one with --export_dir.')
    return nodes


def _node(data: memoryview, regions: Mapping[str, memoryview]) -> Node:
    name = op = ''
    inputs: List[Output] = []
    attributes: Dict[str, Any] = {}
    for number, _, value in fields(data):
        if number == 1:
            name = text(value)
        elif number == 2:
            op = text(value)
        elif number == 3 and not bytes(value[:1]) == b'^':  # those are dependencies, not inputs
            inputs.append(_input(text(value)))
        elif number == 5:
            entry = {field: content for field, _, content in fields(value)}
            attributes[text(entry[1])] = _attribute(entry.get(2, b''))
    if op == 'ImmutableConst':
        op, attributes = 'Const', {'value': _mapped_tensor(attributes, regions)}
    return Node(name, op, tuple(inputs), attributes)


def _input(name: str) -> Output:
    node, _, index = name.partition(':')
    return node, int(index or 0)


def _attribute(data: memoryview) -> Any:
    """Returns the value of an AttrValue; None for types that no supported operation has."""
    for number, _, value in fields(data):
        if number == 1:  # a list, of which only integers are used
            return [signed(item) for field, _, content in fields(value) if field == 3
                    for item in (varints(content) if isinstance(content, memoryview) else [content])]
        if number == 2:
            return bytes(value)
        if number == 3:
            return signed(value)
        if number == 4:
            return float32(value)
        if number == 5:
            return bool(value)
        if number == 6:
            return value
        if number == 7:
            return _shape(value)
        if number == 8:
            return tensor(value)
    return None


def _shape(data: memoryview) -> Optional[Tuple[int, ...]]:
    """Returns the sizes in a TensorShapeProto, -1 where unknown; None if even their number is."""
    sizes = []
    for number, _, value in fields(data):
        if number == 2:
            sizes.append(signed({field: content for field, _, content in fields(value)}.get(1, 0)))
        elif number == 3 and value:
            return None
    return tuple(sizes)


def tensor(data: memoryview) -> np.ndarray:
    """Returns the array in a TensorProto; strings become an array of `bytes` objects."""
    dtype, content = 0, None
    shape: Tuple[int, ...] = ()
    values: List[Any] = []
    strings: List[bytes] = []
    for number, wire_type, value in fields(data):
        if number == 1:
            dtype = value
        elif number == 2:
            shape = bounded(_shape(value))
        elif number == 4:
            content = value
        elif number == 8:
            strings.append(bytes(value))
        elif number in _VALUE_FIELDS:
            values.extend(_values(_VALUE_FIELDS[number], wire_type, value))
    n_elements = int(np.prod(shape, dtype=np.int64))
    if dtype == STRING:
        array = np.empty(len(strings), object)
        array[:] = strings
    elif content:
        array = np.frombuffer(content, DTYPES[dtype]).copy()  # a copy is aligned, and the file can be closed
    elif values:
        array = np.array(values).astype(DTYPES[dtype])
    else:
        array = np.zeros(n_elements, DTYPES[dtype])
    if 0 < len(array) < n_elements:  # the last value stands for those left out
        rest = np.broadcast_to(array[-1:], n_elements - len(array))
        array = np.concatenate([array, rest]) if len(array) > 1 else np.broadcast_to(array, n_elements)
    return array.reshape(shape)


def _values(encoding: str, wire_type: int, value: Any) -> List[Any]:
    """Returns the numbers in a value field, packed or alone."""
    if encoding in ('varint', 'half'):
        numbers = [value] if wire_type == VARINT else varints(value)
        if encoding == 'varint':
            return [signed(number) for number in numbers]
        return np.array(numbers, np.uint16).view(np.float16).tolist()
    return np.frombuffer(value, encoding).tolist()


def _mapped_tensor(attributes: Mapping[str, Any], regions: Mapping[str, memoryview]) -> np.ndarray:
    dtype, shape = np.dtype(DTYPES[attributes['dtype']]), bounded(attributes['shape'])
    n_bytes = int(np.prod(shape, dtype=np.int64)) * dtype.itemsize
    name = attributes['memory_region_name'].decode('utf-8')
    if len(regions.get(name, b'')) < n_bytes:
        raise WireError(f'{name} has {len(regions.get(name, b""))} of {n_bytes} bytes')
    region = regions[name]
    array = np.frombuffer(region[:n_bytes], dtype).reshape(shape)
    return array if array.flags.aligned else array.copy()
