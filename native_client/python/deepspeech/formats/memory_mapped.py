"""Memory-mapped models (`.pbmm`): graphs whose large constants stay in the file until they are used.

Such a file consists of regions, a directory of them, and 8 bytes with the position of the directory. Each large constant is a
region; the graph is the last one. Source: TensorFlow's memmapped file system, as its converter
convert_graphdef_memmapped_format writes it.
"""

import re
import struct
from typing import Any, Dict, List, Optional, Set, Tuple, Union

import numpy as np

from ..errors import FAIL_INIT_MMAP, FAIL_READ_PROTOBUF, ModelError
from .graph_def import STRING, read_nodes, tensor
from .nodes import Node
from .protobuf import BYTES, VARINT, Message, WireError, fields, text

REGION = 'memmapped_package://'  # how the names of regions begin
GRAPH_REGION = f'{REGION}.'
OFFSET_BYTES = 8  # at the end of the file: where its directory begins
MIN_BYTES = 10000  # smaller constants stay in the graph
ALIGNMENT = 64  # of regions of constants, so that any processor reads their numbers in place


def is_mapped(data: Union[bytes, memoryview]) -> bool:
    """Returns whether a file is a memory-mapped graph: its end says so."""
    if len(data) < OFFSET_BYTES:
        return False
    (start,) = struct.unpack('<Q', data[-OFFSET_BYTES:])
    return start < len(data) - OFFSET_BYTES and REGION.encode() in bytes(data[start:start + 256])


def read_mapped(data: memoryview) -> List[Node]:
    """Returns the Nodes of a memory-mapped graph, whose large constants are views of `data`.

    Args:
      data: the whole file.
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
    return read_nodes(graph, FAIL_INIT_MMAP, regions)


def _regions(directory: memoryview, directory_start: int, data: memoryview) -> Dict[str, memoryview]:
    """Returns the regions of a file by name."""
    elements = []
    for number, wire_type, value in fields(directory):
        if number == 1 and wire_type == BYTES:
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


def memory_mapped(graph: Union[bytes, memoryview], min_bytes: int = MIN_BYTES) -> Tuple[List[bytes], int]:
    """Returns (the file in pieces, number of constants that became regions).

    Args:
      graph: a serialised GraphDef. min_bytes: size from which a constant becomes a region. Those below 64 stay in any case,
      because clients look for metadata in
        the graph.
    Raises:
      ModelError: it is no graph.
    """
    if is_mapped(graph):
        raise ModelError(FAIL_READ_PROTOBUF, 'this model is memory-mapped already.')
    try:
        return _converted(memoryview(graph), min_bytes)
    except (WireError, KeyError, ValueError, TypeError) as error:
        raise ModelError(FAIL_READ_PROTOBUF, f'this is not a frozen graph, or a damaged one ({error}); get it again or '
                                             f'export it anew with --export_dir.') from error


def _converted(graph: memoryview, min_bytes: int) -> Tuple[List[bytes], int]:
    pieces: List[bytes] = []
    regions: Set[str] = set()
    directory, definition = Message(), Message()
    position = 0
    for number, wire_type, value in fields(graph):
        array, name = (_large_constant(value, min_bytes) if number == 1 else (None, ''))
        if array is None:
            if wire_type == VARINT:
                definition.number(number, value)
            else:
                definition.data(number, value)
            continue
        region = _region_name(name, regions)
        padding = -position % ALIGNMENT
        pieces += [bytes(padding), array.tobytes()]
        directory.message(1, _element(position + padding, region, array.nbytes))
        position += padding + array.nbytes
        definition.message(1, _reference(value, name, region))
    if not definition.size_bytes:
        raise WireError('there is no operation in it')
    directory.message(1, _element(position, GRAPH_REGION, definition.size_bytes))
    offset = struct.pack('<Q', position + definition.size_bytes)
    return pieces + [bytes(definition), bytes(directory), offset], len(regions)


def _element(offset: int, region: str, n_bytes: int) -> Message:
    """Returns an entry of the directory; the length must be there, or the published client finds the graph empty."""
    return Message().number(1, offset).data(2, region).number(3, n_bytes)


def _large_constant(node: memoryview, min_bytes: int) -> Tuple[Optional[np.ndarray], str]:
    """Returns (array, name) of a node that is a constant of at least `min_bytes`, else (None, '')."""
    parts = {number: value for number, _, value in fields(node)}
    if bytes(parts.get(2, b'')) != b'Const':
        return None, ''
    content = _attributes(node)['value']
    value = {number: part for number, _, part in fields(content)}[8]
    if {number: part for number, _, part in fields(value)}.get(1) == STRING:
        return None, ''
    array = tensor(value)
    return (array, text(parts[1])) if array.nbytes >= max(min_bytes, ALIGNMENT) else (None, '')


def _attributes(node: memoryview) -> Dict[str, Any]:
    """Returns the serialised AttrValues of a serialised NodeDef by name."""
    entries = [{field_number: part for field_number, _, part in fields(value)}
               for number, wire_type, value in fields(node) if number == 5 and wire_type == BYTES]
    return {text(entry[1]): entry.get(2, b'') for entry in entries}


def _region_name(name: str, taken: Set[str]) -> str:
    """Returns a name for the region of a node that is not in `taken`, and adds it there."""
    region = REGION + re.sub('[^A-Za-z0-9_.]', '_', name)
    while region in taken:
        region += '_'
    taken.add(region)
    return region


def _reference(node: memoryview, name: str, region: str) -> Message:
    """Returns the NodeDef that replaces a constant."""
    dtype = _attributes(node)['dtype']
    value = {number: part for number, _, part in fields(_attributes(node)['value'])}[8]
    shape = {number: part for number, _, part in fields(value)}.get(2, b'')
    reference = Message().data(1, name).data(2, 'ImmutableConst')
    for key, content in (('dtype', dtype), ('memory_region_name', bytes(Message().data(2, region))),
                         ('shape', bytes(Message().data(7, shape)))):
        reference.message(5, Message().data(1, key).data(2, content))
    return reference
