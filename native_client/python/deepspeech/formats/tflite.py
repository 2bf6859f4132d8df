"""Reading of TensorFlow Lite files: their operators become nodes named after the tensors they give.

Weights in 8 bits become float32. Results are then nearer to those of the model as it was trained than a runtime's that
multiplies 8-bit numbers, which rounds what it multiplies them with, too. Source: `lite/schema/schema.fbs` of
TensorFlow, version 3; field numbers are positions in its tables.
"""

import numpy as np

from ..errors import FAIL_INIT_MMAP, ModelError
from .flatbuffer import FlatBufferError, root
from .nodes import Node
from .tflite_operators import Operator, unsupported

TFLITE_MARK = b'TFL3'  # after the first four bytes of a file
STRING = 5  # TensorType, as the following
DTYPES = {0: '<f4', 2: '<i4', 3: 'u1', 4: '<i8', 9: 'i1'}
MAX_AXES = 8


def read_tflite(data):
    """Returns the Nodes of a TensorFlow Lite file; float32 weights are views of `data`.

    Args:
      data: memoryview of the whole file.
    Raises:
      ModelError: it is damaged, or has operators that models for clients do not have.
    """
    try:
        return _nodes(root(data), len(data))
    except (FlatBufferError, IndexError, OverflowError, TypeError, ValueError) as error:
        raise ModelError(FAIL_INIT_MMAP, f'this TensorFlow Lite file is damaged ({error}); get it again or export '
                                         f'it anew with --export_tflite.') from error


def _nodes(model, size_bytes):
    subgraphs = model.tables(2)
    if len(subgraphs) != 1:
        raise FlatBufferError(f'there are {len(subgraphs)} graphs instead of one')
    (subgraph,) = subgraphs
    codes = [(max(code.number(0, 'b'), code.number(3, 'i')), code.text(1)) for code in model.tables(1)]
    tensors = _Tensors(subgraph.tables(0), model.tables(4), size_bytes)
    nodes = [Node(tensors.name(index), 'Placeholder', (), {'shape': tensors.shape(index)})
             for index in subgraph.integers(1)]
    operators = [(operator, operator.integers(1), operator.integers(2)) for operator in subgraph.tables(3)]
    for _, _, outputs in operators:
        for place, index in enumerate(outputs):
            tensors.is_given(index, tensors.name(outputs[0]), place)
    for operator, inputs, outputs in operators:
        present = [index for index in inputs if index >= 0]
        translated = Operator(
            tensors.name(outputs[0]), [tensors.source(index) for index in present],
            [tensors.shape(index) if index >= 0 else () for index in inputs], tensors.shape(outputs[0]), len(outputs),
            operator.table(4), operator.numbers(5, 'u1'))
        nodes += translated.translate(*codes[operator.number(0, 'I')])
    for index in subgraph.integers(2):  # the network asks for these by name, also where they are second outputs
        source = tensors.source(index)
        if source != (tensors.name(index), 0):
            nodes.append(Node(tensors.name(index), 'Identity', (source,), {}))
    return nodes + tensors.constants


class _Tensors:
    """The tensors of a file by their indices.

    Attributes:
      constants: Nodes of those among them that something asked for.
    """

    def __init__(self, tensors, buffers, size_bytes):
        self.constants = []
        self._tensors, self._buffers = tensors, buffers
        self._left_bytes = 2 * size_bytes  # of constants, as many of them could have one and the same content
        self._names, taken = [], set()
        for index, tensor in enumerate(tensors):
            name = tensor.text(3)
            self._names.append(name if name and name not in taken else f'{name}#{index}')
            taken.add(self._names[-1])
        self._sources = {}  # {index: (node, which of its outputs)}

    def name(self, index):
        return self._names[self._checked(index)]

    def shape(self, index):
        shape = tuple(self._tensors[self._checked(index)].integers(0))
        if len(shape) > MAX_AXES:
            raise FlatBufferError(f'a tensor has {len(shape)} axes')
        return shape

    def is_given(self, index, node, place):
        """Takes down which output of which node a tensor is."""
        self._sources[self._checked(index)] = node, place

    def source(self, index):
        """Returns a tensor as nodes have their inputs."""
        if self._checked(index) not in self._sources:
            self._sources[index] = self._names[index], 0
            value = self._constant(self._tensors[index], self.shape(index))
            if value is not None:
                self.constants.append(Node(self._names[index], 'Const', (), {'value': value}))
        return self._sources[index]

    def _checked(self, index):
        if not 0 <= index < len(self._tensors):
            raise FlatBufferError(f'there is no tensor {index}')
        return index

    def _constant(self, tensor, shape):
        """Returns the content of a tensor, None if it has none: then it is an input."""
        content = self._buffers[tensor.number(2, 'I')].numbers(0, 'u1')
        if content is None or not len(content):
            return None
        self._left_bytes -= len(content)
        if self._left_bytes < 0:
            raise FlatBufferError('too many tensors have the same content')
        kind = tensor.number(1, 'b')
        if kind == STRING:
            return _strings(content).reshape(shape)
        if kind not in DTYPES:
            raise unsupported(f'numbers of the type {kind}')
        values = content.view(DTYPES[kind]).reshape(shape)
        scales = tensor.table(4).numbers(2, '<f4')
        if scales is not None and len(scales):
            return _dequantized(values, scales, tensor.table(4))
        return values if values.flags.aligned else values.copy()


def _dequantized(values, scales, quantization):
    """Returns float32 numbers; there is one scale for all, or one for each index of an axis."""
    zeros = quantization.numbers(3, '<i8')
    shape = [1] * values.ndim
    if len(scales) > 1:
        shape[quantization.number(6, 'i')] = len(scales)
    values = values.astype(np.float32)
    if zeros is not None and zeros.any():
        values -= zeros.astype(np.float32).reshape(shape)
    values *= scales.reshape(shape)
    return values


def _strings(content):
    """Returns an array of `bytes`: their number comes first, then where each begins, then where the last one ends."""
    (count,) = content[:4].view('<i4').tolist()
    if not 0 <= count <= len(content) // 4 - 2:
        raise FlatBufferError(f'there are {count} strings in {len(content)} bytes')
    places = content[4:8 + 4 * count].view('<i4').tolist()
    strings = np.empty(count, object)
    strings[:] = [content[begin:end].tobytes() for begin, end in zip(places, places[1:])]
    return strings
