"""Frozen graphs of TensorFlow, plain (`.pb`) or memory-mapped (`.pbmm`); the content of a file says which, not its name."""

import mmap
from typing import Iterable, List, Optional

import numpy as np

from ..errors import ModelError
from .content import HEAD_BYTES, explain, open_regular, recognise
from .graph_def import read_plain
from .memory_mapped import is_mapped, read_mapped
from .nodes import Node

_GRAPHS = ('a TensorFlow graph', 'a TensorFlow Lite model')


def map_file(path: str) -> memoryview:
    """Returns the content of a file; pages are read when they are used.

    Raises:
      OSError: the file cannot be opened, or is a directory, a pipe or a device.
      ValueError: it is empty.
    """
    with open_regular(path) as file:
        return memoryview(mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ))


def read_graph(data: memoryview) -> List[Node]:
    """Returns the Nodes of a frozen graph, plain or memory-mapped; `data` is the whole file.

    Raises:
      ModelError: it is no graph, or damaged.
    """
    try:
        return read_mapped(data) if is_mapped(data) else read_plain(data)
    except ModelError as error:
        head = bytes(data[:HEAD_BYTES])
        content = recognise(head)
        if content is None or content.name in _GRAPHS:
            raise
        raise ModelError(error.code, f'{explain(head, "an exported model")}.') from error


def relu_clip_of(nodes: Iterable[Node]) -> Optional[np.ndarray]:
    """Returns the limit of the clipped ReLUs in a graph, float32 []; None if they are not computed by `Relu` and `Minimum`."""
    nodes = list(nodes)
    activations = {node.name for node in nodes if node.op == 'Relu'}
    constants = {node.name: node.attributes.get('value') for node in nodes if node.op == 'Const'}
    for node in nodes:
        if node.op == 'Minimum' and len(node.inputs) == 2 and node.inputs[0][0] in activations:
            limit = constants.get(node.inputs[1][0])
            if limit is not None and limit.shape == () and limit.dtype == np.float32:
                return limit
    return None
