"""Model files of TensorFlow Lite: a list of tensors and a list of operators on them.

Source: TensorFlow's `lite/schema/schema.fbs`, version 3; field numbers are positions in its tables.
"""

from typing import Any, Dict, List, NamedTuple, Optional, Sequence, Union

import numpy as np
from deepspeech.formats.flatbuffer import flatbuffer
from deepspeech.formats.tflite_schema import (
    CUSTOM,
    FILE_IDENTIFIER,
    FLOAT32,
    INT8,
    INT32,
    OPERATORS,
    OPTION_TABLES,
    SCHEMA_VERSION,
    STRING,
)

from ..errors import ExportError

MAX_SIZE_BYTES = 2 ** 31 - 1  # of any FlatBuffer
# FULLY_CONNECTED is of version 3 where its weights may be 8-bit; all others are as they were at first.
VERSIONS = {'FULLY_CONNECTED': 3}


class Tensor(NamedTuple):
    """A tensor of a file."""

    index: int  # type: ignore[assignment]  # in the file's list
    shape: List[int]


class TfliteFile:
    """A model file: graphs, the first of which is the model; the others are parts that its operators run."""

    def __init__(self) -> None:
        self._buffers: List[Dict[int, Any]] = [{}]  # the first one is what tensors without content have
        self._codes: List[str] = []
        self._graphs: List[TfliteGraph] = []

    def graph(self) -> 'TfliteGraph':
        """Returns a new TfliteGraph of this file."""
        self._graphs.append(TfliteGraph(len(self._graphs), self._buffers, self._codes))
        return self._graphs[-1]

    def content(self) -> bytes:
        """Returns the file as bytes. Raises ExportError: it is too large."""
        size_bytes = sum(len(buffer.get(0, b'')) for buffer in self._buffers)
        if size_bytes > MAX_SIZE_BYTES:
            raise ExportError(f'The model has {size_bytes / 1e9:.2f} GB, a TensorFlow Lite file holds at most '
                              f'{MAX_SIZE_BYTES / 1e9:.2f} GB; quantise it or train one with a smaller --n_hidden.')
        codes = [{0: np.int8(OPERATORS[name]), 2: np.int32(VERSIONS.get(name, 1))} if name in OPERATORS
                 else {0: np.int8(CUSTOM), 1: name, 2: np.int32(1)} for name in self._codes]
        graphs = [graph.fields() for graph in self._graphs]
        return flatbuffer({0: np.uint32(SCHEMA_VERSION), 1: codes, 2: graphs, 4: self._buffers}, FILE_IDENTIFIER)


class TfliteGraph:
    """A graph that grows operator by operator; tensors of other types than float32 are constants and copies.

    Attributes:
      index: of the graph in its file.
      inputs, outputs: Tensors that go in and out; set them when it is complete.
    """

    def __init__(self, index: int, buffers: List[Dict[int, Any]], codes: List[str]) -> None:
        self.index = index
        self.inputs: Sequence[Tensor] = ()
        self.outputs: Sequence[Tensor] = ()
        self._buffers, self._codes = buffers, codes
        self._tensors: List[Dict[int, Any]] = []
        self._operators: List[Dict[int, Any]] = []

    def fields(self) -> Dict[int, Any]:
        """Returns the table of the graph: {field number: content}."""
        return {0: self._tensors, 1: _indices(self.inputs), 2: _indices(self.outputs), 3: self._operators}

    def tensor(self, shape: Sequence[int], name: str = '', dtype: int = FLOAT32) -> Tensor:
        """Returns a new Tensor without content: an input, or what an operator gives."""
        return self._add(shape, name, dtype, {})

    def constant(self, values: Union[np.ndarray, np.generic], name: str = '') -> Tensor:
        """Returns a new Tensor with the content of an array of float32 or int32."""
        dtype = {'float32': FLOAT32, 'int32': INT32}[values.dtype.name]
        return self._add(values.shape, name, dtype, {2: self._buffer(values.tobytes())})

    def string(self, value: bytes, name: str) -> Tensor:
        """Returns a new Tensor with one string."""
        begin = 3 * 4  # after three numbers: how many strings, where the first begins, where the last ends
        content = np.array([1, begin, begin + len(value)], '<i4').tobytes() + value
        return self._add([1], name, STRING, {2: self._buffer(content)})

    def quantized(self, values: np.ndarray, name: str = '') -> Tensor:
        """Returns a new Tensor with float32 numbers rounded to multiples of the largest one's 127th."""
        scale = np.float32(np.abs(values).max() / 127) or np.float32(1)  # any will do for zeros
        content = np.clip(np.rint(values / scale), -127, 127).astype(np.int8)
        return self._add(values.shape, name, INT8, {
            2: self._buffer(content.tobytes()), 4: {2: np.array([scale]), 3: np.array([0], np.int64)}})

    def apply(self, operator: str, inputs: Sequence[Tensor], outputs: Sequence[Tensor],
              options: Optional[Union[Dict[int, Any], bytes]] = None) -> None:
        """Adds an operator.

        Args:
          operator: name of a built-in one, or of a custom one.
          inputs, outputs: Tensors.
          options: {field number: NumPy scalar or array} of its table, for a custom one a FlexBuffer.
        """
        fields: Dict[int, Any] = {0: np.uint32(self._code(operator)), 1: _indices(inputs), 2: _indices(outputs)}
        if operator not in OPERATORS:
            fields[5] = options
        elif operator in OPTION_TABLES:
            fields.update({3: np.uint8(OPTION_TABLES[operator]), 4: options or {}})
        self._operators.append(fields)

    def _add(self, shape: Sequence[int], name: str, dtype: int, fields: Dict[int, Any]) -> Tensor:
        fields.update({0: np.array(shape, np.int32), 1: np.int8(dtype), 3: name or f'tensor_{len(self._tensors)}'})
        self._tensors.append(fields)
        return Tensor(len(self._tensors) - 1, list(shape))

    def _buffer(self, content: bytes) -> np.uint32:
        self._buffers.append({0: content})
        return np.uint32(len(self._buffers) - 1)

    def _code(self, operator: str) -> int:
        if operator not in self._codes:
            self._codes.append(operator)
        return self._codes.index(operator)


def _indices(tensors: Sequence[Tensor]) -> np.ndarray:
    return np.array([tensor.index for tensor in tensors], np.int32)
