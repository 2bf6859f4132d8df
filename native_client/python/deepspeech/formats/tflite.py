"""TensorFlow Lite files as Nodes, which are named after the tensors they compute.

8-bit weights become float32. Results are then nearer to those of the trained model than in a runtime that multiplies 8-bit
numbers, because such a runtime rounds the other factor, too. Source: `lite/schema/schema.fbs` of TensorFlow, version 3; field
numbers are positions in its tables.
"""

from typing import Callable, Dict, List, Optional, Sequence, Set, Tuple

import numpy as np

from ..errors import FAIL_INIT_MMAP, ModelError
from .flatbuffer import FlatBufferError, Table, root
from .nodes import Node, Output, Subgraph
from .tflite_operators import Operator, unsupported
from .tflite_schema import FILE_IDENTIFIER, FLOAT32, INT8, INT32, INT64, STRING, UINT8

DTYPES = {FLOAT32: '<f4', INT32: '<i4', UINT8: 'u1', INT64: '<i8', INT8: 'i1'}
MAX_AXES = 8
MAX_GRAPHS = 64


def is_tflite(data: memoryview) -> bool:
    """Returns whether a file is one of TensorFlow Lite."""
    return data[4:8] == FILE_IDENTIFIER


def read_tflite(data: memoryview) -> List[Node]:
    """Returns the Nodes of a TensorFlow Lite file, `data`; float32 weights are views of it.

    Raises:
      ModelError: it is damaged, or has operators that models for clients do not have.
    """
    try:
        return _nodes(root(data), len(data))
    except (FlatBufferError, IndexError, OverflowError, TypeError, ValueError) as error:
        raise ModelError(FAIL_INIT_MMAP, f'this TensorFlow Lite file is damaged ({error}); get it again or export '
                                         f'it anew with --export_tflite.') from error


def _nodes(model: Table, size_bytes: int) -> List[Node]:
    tables = model.tables(2)
    if not 1 <= len(tables) <= MAX_GRAPHS:
        raise FlatBufferError(f'there are {len(tables)} graphs instead of one and the parts of its loops')
    codes = [(max(code.number(0, 'b'), code.number(3, 'i')), code.text(1)) for code in model.tables(1)]
    buffers, left_bytes = model.tables(4), [2 * size_bytes]

    def part(index: int) -> Subgraph:
        """Returns a graph that the main one runs."""
        if not 1 <= index < len(tables):
            raise FlatBufferError(f'there is no graph {index} for a loop')
        return _subgraph(tables[index], codes, _Tensors(tables[index].tables(0), buffers, left_bytes), no_loop)

    return _subgraph(tables[0], codes, _Tensors(tables[0].tables(0), buffers, left_bytes), part).nodes


def no_loop(index: int) -> Subgraph:
    """Refuses loops within loops. Raises ModelError."""
    raise unsupported('a loop within a loop')


def _subgraph(subgraph: Table, codes: Sequence[Tuple[int, str]], tensors: '_Tensors',
              part: Callable[[int], Subgraph]) -> Subgraph:
    """Returns a graph of the file; `part` gives those that it runs."""
    nodes = [Node(tensors.name(index), 'Placeholder', (), {'shape': tensors.shape(index)})
             for index in subgraph.integers(1)]
    operators = [(operator, operator.integers(1), operator.integers(2)) for operator in subgraph.tables(3)]
    for _, _, outputs in operators:
        for place, index in enumerate(outputs):
            tensors.note_source(index, (tensors.name(outputs[0]), place))
    for operator, inputs, outputs in operators:
        present = [index for index in inputs if index >= 0]
        translated = Operator(
            name=tensors.name(outputs[0]), sources=[tensors.source(index) for index in present],
            shapes=[tensors.shape(index) if index >= 0 else () for index in inputs],
            output_shape=tensors.shape(outputs[0]), output_type=tensors.type(outputs[0]), n_outputs=len(outputs),
            options=operator.table(4), custom_options=operator.numbers(5, 'u1'), part=part)
        nodes += translated.translate(*codes[operator.number(0, 'I')])
    for index in subgraph.integers(2):  # callers know these by name, even if they are second outputs
        source = tensors.source(index)
        if source != (tensors.name(index), 0):
            nodes.append(Node(tensors.name(index), 'Identity', (source,), {}))
    names_in, names_out = ([tensors.name(index) for index in subgraph.integers(field)] for field in (1, 2))
    return Subgraph(nodes + tensors.constants, names_in, names_out)


class _Tensors:
    """The tensors of a file by their indices.

    Attributes:
      constants: Nodes of those among them that `source` was asked for.
    """

    def __init__(self, tensors: Sequence[Table], buffers: Sequence[Table], left_bytes: List[int]) -> None:
        self.constants: List[Node] = []
        self._tensors, self._buffers = tensors, buffers
        self._left_bytes = left_bytes  # of constants, one number for all graphs of a file; more would share the same content
        self._names: List[str] = []
        taken: Set[str] = set()
        for index, tensor in enumerate(tensors):
            name = tensor.text(3)
            self._names.append(name if name and name not in taken else f'{name}#{index}')
            taken.add(self._names[-1])
        self._sources: Dict[int, Output] = {}

    def name(self, index: int) -> str:
        return self._names[self._checked(index)]

    def shape(self, index: int) -> Tuple[int, ...]:
        shape = tuple(self._tensors[self._checked(index)].integers(0))
        if len(shape) > MAX_AXES:
            raise FlatBufferError(f'a tensor has {len(shape)} axes')
        return shape

    def type(self, index: int) -> int:
        return self._tensors[self._checked(index)].number(1, 'b')

    def note_source(self, index: int, source: Output) -> None:
        """Remembers which output of which node a tensor is."""
        self._sources[self._checked(index)] = source

    def source(self, index: int) -> Output:
        """Returns which output of which node a tensor is."""
        if self._checked(index) not in self._sources:
            self._sources[index] = self._names[index], 0
            value = self._constant(self._tensors[index], self.shape(index))
            if value is not None:
                self.constants.append(Node(self._names[index], 'Const', (), {'value': value}))
        return self._sources[index]

    def _checked(self, index: int) -> int:
        if not 0 <= index < len(self._tensors):
            raise FlatBufferError(f'there is no tensor {index}')
        return index

    def _constant(self, tensor: Table, shape: Tuple[int, ...]) -> Optional[np.ndarray]:
        """Returns the content of a tensor; None for an input, which has none."""
        content = self._buffers[tensor.number(2, 'I')].numbers(0, 'u1')
        if content is None or not len(content):
            return None
        self._left_bytes[0] -= len(content)
        if self._left_bytes[0] < 0:
            raise FlatBufferError('too many tensors have the same content')
        tensor_type = tensor.number(1, 'b')
        if tensor_type == STRING:
            return _strings(content).reshape(shape)
        if tensor_type not in DTYPES:
            raise unsupported(f'numbers of the type {tensor_type}')
        values = content.view(DTYPES[tensor_type]).reshape(shape)
        scales = tensor.table(4).numbers(2, '<f4')
        if scales is not None and len(scales):
            return _dequantized(values, scales, tensor.table(4))
        return values if values.flags.aligned else values.copy()


def _dequantized(values: np.ndarray, scales: np.ndarray, quantization: Table) -> np.ndarray:
    """Returns 8-bit values as float32, of the same shape; there is one scale for all, or one for each index of an axis."""
    zeros = quantization.numbers(3, '<i8')
    shape = [1] * values.ndim
    if len(scales) > 1:
        shape[quantization.number(6, 'i')] = len(scales)
    values = values.astype(np.float32)
    if zeros is not None and zeros.any():
        values -= zeros.astype(np.float32).reshape(shape)
    values *= scales.reshape(shape)
    return values


def _strings(content: np.ndarray) -> np.ndarray:
    """Returns an array of `bytes`. Their number comes first, then where each begins, then where the last one ends."""
    (count,) = content[:4].view('<i4').tolist()
    if not 0 <= count <= len(content) // 4 - 2:
        raise FlatBufferError(f'there are {count} strings in {len(content)} bytes')
    positions = content[4:8 + 4 * count].view('<i4').tolist()
    strings = np.empty(count, object)
    strings[:] = [content[begin:end].tobytes() for begin, end in zip(positions, positions[1:])]
    return strings
