"""TensorFlow Lite's operators as nodes of a graph: those in these tables, which are all that models for clients have.

Source: `lite/schema/schema.fbs` of TensorFlow, version 3; field numbers of options are positions in its tables.
"""

from typing import Any, Callable, List, Optional, Sequence, Tuple

import numpy as np

from ..errors import FAIL_INTERPRETER, ModelError
from .flatbuffer import Table
from .flexbuffer import flexbuffer_map
from .nodes import DT_FLOAT, Node, Output, Subgraph
from .tflite_schema import CUSTOM, FLOAT32, NO_ACTIVATION, OPERATORS, RELU, RELU6

CUSTOM_NAMES = ('AudioSpectrogram', 'Mfcc')
# Operators whose options, if any, do not matter, and the nodes they become.
PLAIN = {'LOGISTIC': 'Sigmoid', 'RELU': 'Relu', 'RELU6': 'Relu6', 'TANH': 'Tanh', 'TRANSPOSE': 'Transpose',
         'MAXIMUM': 'Maximum', 'MINIMUM': 'Minimum', 'EXPAND_DIMS': 'ExpandDims', 'LOG': 'Log', 'RSQRT': 'Rsqrt',
         'SQUARED_DIFFERENCE': 'SquaredDifference', 'LESS': 'Less'}
ARITHMETIC = {'ADD': 'Add', 'MUL': 'Mul', 'SUB': 'Sub'}
ACTIVATIONS = {RELU: 'Relu', RELU6: 'Relu6'}
_NAMES = {code: name for name, code in OPERATORS.items()}


def unsupported(what: str) -> ModelError:
    """Returns the ModelError for something that clients do not run."""
    return ModelError(FAIL_INTERPRETER, f'it has {what}, which models for clients must not have; export the model '
                                        f'anew with --export_tflite.')


class Operator:
    """An operator that becomes nodes, the last of which has the name of its first output.

    Args:
      name: of its first output.
      sources: its inputs, as nodes have them, without omitted ones.
      shapes: of its inputs; () for an omitted one.
      output_shape, output_type: of its first output.
      n_outputs: how many it has.
      options: those of a built-in operator.
      custom_options: uint8 [n], a FlexBuffer; None for a built-in operator.
      part: function from the index of a graph of the file to the Subgraph.
    """

    def __init__(self, name: str, sources: Sequence[Output], shapes: Sequence[Tuple[int, ...]], output_shape: Tuple[int, ...],
                 output_type: int, n_outputs: int, options: Table, custom_options: Optional[np.ndarray],
                 part: Callable[[int], Subgraph]) -> None:
        self.name, self.sources, self.shapes = name, tuple(sources), shapes
        self.output_shape, self.output_type, self.n_outputs = output_shape, output_type, n_outputs
        self.options, self.custom_options, self.subgraph = options, custom_options, part
        self.nodes: List[Node] = []

    def translate(self, code: int, custom_name: str) -> List[Node]:
        """Returns the Nodes. Raises ModelError if the operator is not in the tables."""
        name = _NAMES.get(code, '')
        if code == CUSTOM and custom_name in CUSTOM_NAMES and self.custom_options is not None:
            self.give(custom_name, self.sources, **flexbuffer_map(self.custom_options.data))
        elif name in PLAIN:
            self.give(PLAIN[name], self.sources)
        elif name in ARITHMETIC:
            self.give_activated(self.options.number(0, 'b'), ARITHMETIC[name], self.sources)
        elif name in SPECIAL:
            SPECIAL[name](self)
        else:
            raise unsupported(f'the operator {custom_name or code}')
        return self.nodes

    def give(self, operation: str, sources: Sequence[Output], **attributes: Any) -> None:
        """Adds the node that computes the output."""
        self.nodes.append(Node(self.name, operation, tuple(sources), attributes))

    def give_activated(self, activation: int, operation: str, sources: Sequence[Output], **attributes: Any) -> None:
        """Adds the nodes that compute the output, followed by the activation function, if any."""
        if activation == NO_ACTIVATION:
            self.give(operation, sources, **attributes)
        elif activation in ACTIVATIONS:
            self.give(ACTIVATIONS[activation], [self.part('linear', operation, sources, **attributes)])
        else:
            raise unsupported(f'the activation function {activation}')

    def part(self, name: str, operation: str, sources: Sequence[Output], **attributes: Any) -> Output:
        """Adds an intermediate node; returns its output."""
        name = f'{self.name}#{name}'
        self.nodes.append(Node(name, operation, tuple(sources), attributes))
        return name, 0

    def constant(self, name: str, value: Any) -> Output:
        """Adds a constant of int32; returns its output."""
        return self.part(name, 'Const', (), value=np.array(value, np.int32))


def _fully_connected(operator: Operator) -> None:
    """x weights' + bias; all axes of x but the last become one, unless it is a matrix already."""
    activation, is_shuffled, keeps_axes = (operator.options.number(field, 'b') for field in range(3))
    is_matrix = len(operator.shapes[0]) == 2
    if is_shuffled or keeps_axes and not is_matrix:
        raise unsupported('a fully connected layer of another kind')
    x, weights, *bias = operator.sources
    if not is_matrix:
        x = operator.part('rows', 'Reshape', [x, operator.constant('shape', [-1, operator.shapes[1][-1]])])
    if bias:
        product = operator.part('product', 'MatMul', [x, weights], transpose_b=True)
        operator.give_activated(activation, 'BiasAdd', [product, *bias])
    else:
        operator.give_activated(activation, 'MatMul', [x, weights], transpose_b=True)


def _concatenation(operator: Operator) -> None:
    if operator.options.number(1, 'b') != NO_ACTIVATION:
        raise unsupported('a concatenation with an activation function')  # runtimes do not agree whether there is one
    operator.give('ConcatV2', operator.sources + (operator.constant('axis', operator.options.number(0, 'i')),))


def _softmax(operator: Operator) -> None:
    if operator.options.number(0, 'f') != 1:
        raise unsupported('a softmax with a factor')
    operator.give('Softmax', operator.sources)


def _reshape(operator: Operator) -> None:
    x, *shape = operator.sources
    if operator.output_shape == operator.shapes[0] + (1,):  # so it serves any number of samples, too
        operator.give('ExpandDims', [x, operator.constant('axis', -1)])
    else:
        operator.give('Reshape', [x, *(shape or [operator.constant('shape', operator.options.integers(0))])])


def _squeeze(operator: Operator) -> None:
    operator.give('Squeeze', operator.sources, squeeze_dims=operator.options.integers(0))


def _mean(operator: Operator) -> None:
    operator.give('Mean', operator.sources, keep_dims=bool(operator.options.number(0, 'B')))


def _gather(operator: Operator) -> None:
    if operator.options.number(0, 'i') or operator.options.number(1, 'i'):
        raise unsupported('a selection along another axis than the first')
    operator.give('Gather', operator.sources)


def _while(operator: Operator) -> None:
    operator.give('While', operator.sources, cond=operator.subgraph(operator.options.number(0, 'i')),
                  body=operator.subgraph(operator.options.number(1, 'i')))


def _reverse_sequence(operator: Operator) -> None:
    operator.give('ReverseSequence', operator.sources, seq_dim=operator.options.number(0, 'i'),
                  batch_dim=operator.options.number(1, 'i'))


def _cast(operator: Operator) -> None:
    if operator.output_type != FLOAT32:
        raise unsupported('a conversion to anything but 32-bit numbers with a fraction')
    operator.give('Cast', operator.sources, DstT=DT_FLOAT)


def _split(operator: Operator) -> None:
    operator.give('Split', operator.sources, num_split=operator.n_outputs)


def _unpack(operator: Operator) -> None:
    operator.give('Unpack', operator.sources, axis=operator.options.number(1, 'i'))


def _pack(operator: Operator) -> None:
    operator.give('Pack', operator.sources, axis=operator.options.number(1, 'i'))


def _strided_slice(operator: Operator) -> None:
    begin, end, ellipsis, new_axes, shrink = (operator.options.number(field, 'i') for field in range(5))
    if ellipsis or new_axes:
        raise unsupported('a slice with new axes')
    operator.give('StridedSlice', operator.sources, begin_mask=begin, end_mask=end, shrink_axis_mask=shrink)


SPECIAL = {'CONCATENATION': _concatenation, 'FULLY_CONNECTED': _fully_connected, 'RESHAPE': _reshape, 'SOFTMAX': _softmax,
           'MEAN': _mean, 'SQUEEZE': _squeeze, 'STRIDED_SLICE': _strided_slice, 'SPLIT': _split, 'PACK': _pack,
           'UNPACK': _unpack, 'REVERSE_SEQUENCE': _reverse_sequence, 'CAST': _cast, 'GATHER': _gather,
           'WHILE': _while}
