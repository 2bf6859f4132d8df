"""A graph of ONNX operations that grows node by node, and the file it becomes.

Field numbers and enumerations: https://github.com/onnx/onnx/blob/main/onnx/onnx.proto.
"""

from typing import Any, List, Mapping, Sequence, Union

import numpy as np
from deepspeech.formats.protobuf import Message

from ..errors import ExportError

IR_VERSION = 7
OPERATIONS_VERSION = 13  # the oldest with these forms of the operations; read by onnxruntime since 1.6
MAX_SIZE_BYTES = 2 ** 31 - 1  # of any protobuf message
ELEMENT_TYPES = {'float32': 1, 'int32': 6, 'int64': 7, 'float64': 11}

Shape = Sequence[Union[int, str]]
Attribute = Union[int, str, List[int]]


class OnnxGraph:
    """Names, wherever they are taken or given, are those of values: inputs, constants and outputs of nodes."""

    def __init__(self) -> None:
        self._nodes: List[Message] = []
        self._constants: List[Message] = []
        self._inputs: List[Message] = []
        self._outputs: List[Message] = []
        self._n_names = 0

    def input(self, name: str, dtype: str, shape: Shape) -> str:
        """Declares what is fed and returns `name`.

        Args:
          name: of the value.
          dtype: one of ELEMENT_TYPES.
          shape: sizes; words where any size will do.
        """
        self._inputs.append(_value(name, dtype, shape))
        return name

    def output(self, name: str, dtype: str, shape: Shape) -> None:
        """Declares a value as a result; arguments as of `input`."""
        self._outputs.append(_value(name, dtype, shape))

    def constant(self, value: Any) -> str:
        """Returns the name of a new constant that holds an array."""
        array = np.ascontiguousarray(value)
        name = self._new_name('constant')
        tensor = Message()
        for size in np.shape(value):
            tensor.number(1, size)
        tensor.number(2, ELEMENT_TYPES[array.dtype.name]).data(8, name)
        little_endian = array.astype(array.dtype.newbyteorder('<'), copy=False)
        self._constants.append(tensor.data(9, little_endian.tobytes()))
        return name

    def integers(self, *values: int) -> str:
        """Returns the name of a new constant, int64 [number of values]."""
        return self.constant(np.array(values, np.int64))

    def add(self, operation: str, *inputs: str, **attributes: Attribute) -> str:
        """Adds a node with one result and returns its name; arguments as of `add_of_many`."""
        return self.add_of_many(operation, inputs, [self._new_name(operation)], **attributes)[0]

    def add_as(self, name: str, operation: str, *inputs: str, **attributes: Attribute) -> str:
        """Adds a node whose one result bears `name`, and returns that."""
        return self.add_of_many(operation, inputs, [name], **attributes)[0]

    def add_of_many(self, operation: str, inputs: Sequence[str], outputs: List[str],
                    **attributes: Attribute) -> List[str]:
        """Adds a node.

        Args:
          operation: of the ONNX standard.
          inputs: names of values; '' leaves an optional one out.
          outputs: names for its results.
          attributes: of the operation, by name.
        Returns:
          `outputs`.
        """
        node = Message()
        for name in inputs:
            node.data(1, name)
        for name in outputs:
            node.data(2, name)
        node.data(3, f'make_{outputs[0]}').data(4, operation)
        for name, value in attributes.items():
            node.message(5, _attribute(name, value))
        self._nodes.append(node)
        return outputs

    def model(self, properties: Mapping[str, str]) -> bytes:
        """Returns the content of the file.

        Args:
          properties: what the file says about itself.
        Raises:
          ExportError: it would be larger than such a file can be.
        """
        graph = Message()
        for field, messages in ((1, self._nodes), (5, self._constants), (11, self._inputs), (12, self._outputs)):
            for message in messages:
                graph.message(field, message)
        model = Message().number(1, IR_VERSION).data(2, 'deepspeech_training')
        model.message(7, graph.data(2, 'acoustic_model'))
        model.message(8, Message().data(1, '').number(2, OPERATIONS_VERSION))
        for name, value in properties.items():
            model.message(14, Message().data(1, name).data(2, value))
        if model.size_bytes > MAX_SIZE_BYTES:
            raise ExportError(f'As ONNX the model takes {model.size_bytes / 1e9:.2f} GB, a file of this format holds at '
                              f'most {MAX_SIZE_BYTES / 1e9:.2f} GB; train a model with a smaller --n_hidden.')
        return bytes(model)

    def _new_name(self, stem: str) -> str:
        self._n_names += 1
        return f'{stem}_{self._n_names}'


def _value(name: str, dtype: str, shape: Shape) -> Message:
    sizes = Message()
    for size in shape:
        sizes.message(1, Message().data(2, size) if isinstance(size, str) else Message().number(1, size))
    tensor = Message().number(1, ELEMENT_TYPES[dtype]).message(2, sizes)
    return Message().data(1, name).message(2, Message().message(1, tensor))


def _attribute(name: str, value: Attribute) -> Message:
    attribute = Message().data(1, name)
    if isinstance(value, str):
        return attribute.data(4, value).number(20, 3)
    if isinstance(value, int):
        return attribute.number(3, value).number(20, 2)
    for number in value:
        attribute.number(8, number)
    return attribute.number(20, 7)
