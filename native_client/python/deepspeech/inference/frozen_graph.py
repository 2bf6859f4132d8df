"""Reading of TensorFlow's frozen graphs: plain (`.pb`) and memory-mapped (`.pbmm`, see memory_mapped.py).

Source: the messages GraphDef, NodeDef, AttrValue, TensorProto and MemmappedFileSystemDirectory of TensorFlow.
"""

import mmap
import struct

import numpy as np

from ..errors import FAIL_INIT_MMAP, FAIL_READ_PROTOBUF, ModelError
from .graph import Node
from .operations import DTYPES, bounded
from .wire import BYTES, VARINT, WireError, fields, float32, signed, text, varints

REGION = 'memmapped_package://'  # how the names of regions begin
GRAPH_REGION = f'{REGION}.'
OFFSET_BYTES = 8  # at the end of a memory-mapped file: where its directory begins
STRING = 7  # TensorFlow's number of that type
# Fields of a TensorProto that hold values one by one, and how they are written.
_VALUE_FIELDS = {5: '<f4', 6: '<f8', 7: 'varint', 10: 'varint', 11: 'varint', 13: 'half'}


def read_graph(data):
    """Returns the Nodes of a frozen graph, plain or memory-mapped, as its content says.

    Args:
      data: memoryview of the whole file.
    Raises:
      ModelError: it is no graph, or damaged.
    """
    return read_mapped(data) if is_mapped(data) else read_plain(data)


def limit_of_activations(nodes):
    """Returns what a graph, a list of Nodes, limits its activations to, float32 []; None if it has another way to do so."""
    activations = {node.name for node in nodes if node.op == 'Relu'}
    constants = {node.name: node.attributes.get('value') for node in nodes if node.op == 'Const'}
    for node in nodes:
        if node.op == 'Minimum' and len(node.inputs) == 2 and node.inputs[0][0] in activations:
            limit = constants.get(node.inputs[1][0])
            if limit is not None and limit.shape == () and limit.dtype == np.float32:
                return limit
    return None


def is_mapped(data):
    """Returns whether a file is a memory-mapped graph, by its end; its name does not count."""
    if len(data) < OFFSET_BYTES:
        return False
    (start,) = struct.unpack('<Q', data[-OFFSET_BYTES:])
    return start < len(data) - OFFSET_BYTES and REGION.encode() in bytes(data[start:start + 256])


def read_plain(data):
    """Returns the Nodes of a serialised GraphDef; large constants are copied out of `data`.

    Raises:
      ModelError: it is no graph.
    """
    return _nodes(data, FAIL_READ_PROTOBUF, {})


def read_mapped(data):
    """Returns the Nodes of a memory-mapped graph, whose large constants are views of `data`.

    Args:
      data: memoryview of the whole file.
    Raises:
      ModelError: the directory or the graph is damaged.
    """
    try:
        (start,) = struct.unpack('<Q', data[-OFFSET_BYTES:])
        regions = _regions(data[start:-OFFSET_BYTES], start, data)
        graph = regions[GRAPH_REGION]
    except (WireError, KeyError, TypeError) as error:  # TypeError: bytes where a number should be
        raise ModelError(FAIL_INIT_MMAP, f'the directory of this memory-mapped model is damaged ({error}); get the file '
                                         f'again or convert the .pb anew.') from error
    return _nodes(graph, FAIL_INIT_MMAP, regions)


def _regions(directory, directory_start, data):
    """Returns {name: memoryview of the region}."""
    elements = []
    for number, kind, value in fields(directory):
        if number == 1 and kind == BYTES:
            element = {field: content for field, _, content in fields(value)}
            elements.append((text(element[2]), element.get(1, 0), element.get(3, 0)))
    ends = [start for _, start, _ in elements[1:]] + [directory_start]
    regions = {}
    for (name, start, length), end in zip(elements, ends):
        end = start + length if length else end  # older converters wrote no lengths
        if not start <= end <= directory_start:
            raise WireError(f'region {name} is outside of the file')
        regions[name] = data[start:end]
    return regions


def _nodes(data, code, regions):
    try:
        nodes = [_node(value, regions) for number, kind, value in fields(data) if number == 1 and kind == BYTES]
    except (WireError, KeyError, ValueError, TypeError, struct.error) as error:
        raise ModelError(code, f'this is not a graph, or a damaged one ({error}); get the file again or export it anew '
                               f'with --export_dir.') from error
    if not nodes:
        raise ModelError(code, 'there is no operation in this file; it is not a graph. Export one with --export_dir.')
    return nodes


def _node(data, regions):
    name = op = ''
    inputs, attributes = [], {}
    for number, kind, value in fields(data):
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


def _input(name):
    node, _, index = name.partition(':')
    return node, int(index or 0)


def _attribute(data):
    """Returns the value of an AttrValue; None for kinds that no operation in the table has."""
    for number, kind, value in fields(data):
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


def _shape(data):
    """Returns the sizes in a TensorShapeProto, -1 where unknown; None if even their number is."""
    sizes = []
    for number, _, value in fields(data):
        if number == 2:
            sizes.append(signed({field: content for field, _, content in fields(value)}.get(1, 0)))
        elif number == 3 and value:
            return None
    return tuple(sizes)


def tensor(data):
    """Returns the array in a TensorProto; strings become an array of `bytes` objects."""
    dtype, shape, content, values, strings = 0, (), None, [], []
    for number, kind, value in fields(data):
        if number == 1:
            dtype = value
        elif number == 2:
            shape = bounded(_shape(value))
        elif number == 4:
            content = value
        elif number == 8:
            strings.append(bytes(value))
        elif number in _VALUE_FIELDS:
            values.extend(_values(_VALUE_FIELDS[number], kind, value))
    n_elements = int(np.prod(shape, dtype=np.int64))
    if dtype == STRING:
        array = np.empty(len(strings), object)
        array[:] = strings
    elif content:
        array = np.frombuffer(content, DTYPES[dtype]).copy()  # elsewhere in memory: aligned, and the file can be closed
    elif values:
        array = np.array(values).astype(DTYPES[dtype])
    else:
        array = np.zeros(n_elements, DTYPES[dtype])
    if 0 < len(array) < n_elements:  # the last value stands for those left out
        rest = np.broadcast_to(array[-1:], n_elements - len(array))
        array = np.concatenate([array, rest]) if len(array) > 1 else np.broadcast_to(array, n_elements)
    return array.reshape(shape)


def _values(encoding, kind, value):
    """Returns the numbers in a value field, packed or alone."""
    if encoding in ('varint', 'half'):
        numbers = [value] if kind == VARINT else varints(value)
        if encoding == 'varint':
            return [signed(number) for number in numbers]
        return np.array(numbers, np.uint16).view(np.float16).tolist()
    return np.frombuffer(value, encoding).tolist()


def _mapped_tensor(attributes, regions):
    dtype, shape = np.dtype(DTYPES[attributes['dtype']]), bounded(attributes['shape'])
    n_bytes = int(np.prod(shape, dtype=np.int64)) * dtype.itemsize
    name = attributes['memory_region_name'].decode('utf-8')
    if len(regions.get(name, b'')) < n_bytes:
        raise WireError(f'{name} has {len(regions.get(name, b""))} of {n_bytes} bytes')
    region = regions[name]
    array = np.frombuffer(region[:n_bytes], dtype).reshape(shape)
    return array if array.flags.aligned else array.copy()


def map_file(path):
    """Returns a memoryview of a file's content, read as it is used.

    Raises:
      OSError: the file cannot be opened.
      ValueError: it is empty.
    """
    with open(path, 'rb') as file:
        return memoryview(mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ))
