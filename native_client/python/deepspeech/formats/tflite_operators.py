"""TensorFlow Lite's operators as nodes of a graph; what is not in these tables no model for clients has.

Source: `lite/schema/schema.fbs` of TensorFlow, version 3; field numbers of options are positions in its tables.
"""

import numpy as np

from ..errors import FAIL_INTERPRETER, ModelError
from .flexbuffer import flexbuffer_map
from .nodes import Node

CUSTOM = 32  # the code of operators that have a name instead
CUSTOM_NAMES = ('AudioSpectrogram', 'Mfcc')
# Operators with no options that matter, and the node they become.
PLAIN = {14: 'Sigmoid', 19: 'Relu', 21: 'Relu6', 28: 'Tanh', 39: 'Transpose', 55: 'Maximum', 57: 'Minimum',
         70: 'ExpandDims', 73: 'Log', 76: 'Rsqrt', 99: 'SquaredDifference'}
ARITHMETIC = {0: 'Add', 18: 'Mul', 41: 'Sub'}
NO_ACTIVATION, ACTIVATIONS = 0, {1: 'Relu', 3: 'Relu6'}  # ActivationFunctionType


def unsupported(what):
    """Returns the ModelError for something that clients do not run."""
    return ModelError(FAIL_INTERPRETER, f'it has {what}, which models for clients must not have; export the model '
                                        f'anew with --export_tflite.')


class Operator:
    """An operator that becomes nodes, the last of which has the name of the tensor it gives.

    Args:
      name: of its first output.
      sources: its inputs, as nodes have them; without those left out.
      shapes: of its inputs, tuples; those left out are ().
      output_shape: of its first output. n_outputs: how many it has.
      options: Table. custom_options: array of bytes, or None.
    """

    def __init__(self, name, sources, shapes, output_shape, n_outputs, options, custom_options):
        self.name, self.sources, self.shapes = name, tuple(sources), shapes
        self.output_shape, self.n_outputs = output_shape, n_outputs
        self.options, self.custom_options = options, custom_options
        self.nodes = []

    def translate(self, code, custom_name):
        """Returns the Nodes. Raises ModelError if there are none for it."""
        if code == CUSTOM and custom_name in CUSTOM_NAMES and self.custom_options is not None:
            self.give(custom_name, self.sources, **flexbuffer_map(memoryview(self.custom_options)))
        elif code in PLAIN:
            self.give(PLAIN[code], self.sources)
        elif code in ARITHMETIC:
            self.give_activated(self.options.number(0, 'b'), ARITHMETIC[code], self.sources)
        elif code in SPECIAL:
            SPECIAL[code](self)
        else:
            raise unsupported(f'the operator {custom_name or code}')
        return self.nodes

    def give(self, operation, sources, **attributes):
        """Adds the node that gives the output."""
        self.nodes.append(Node(self.name, operation, tuple(sources), attributes))

    def give_activated(self, activation, operation, sources, **attributes):
        """Adds the nodes that give the output, the last one being the activation function, if there is one."""
        if activation == NO_ACTIVATION:
            self.give(operation, sources, **attributes)
        elif activation in ACTIVATIONS:
            self.give(ACTIVATIONS[activation], [self.part('linear', operation, sources, **attributes)])
        else:
            raise unsupported(f'the activation function {activation}')

    def part(self, name, operation, sources, **attributes):
        """Adds a node on the way to the output; returns it as an input of another."""
        name = f'{self.name}#{name}'
        self.nodes.append(Node(name, operation, tuple(sources), attributes))
        return name, 0

    def constant(self, name, value):
        """Adds int32 numbers; returns them as an input of a node."""
        return self.part(name, 'Const', (), value=np.array(value, np.int32))


def _fully_connected(operator):
    """x weights' + bias, all axes of x before those as long as the rows of the weights being one."""
    activation, is_shuffled, keeps_axes = (operator.options.number(field, 'b') for field in range(3))
    is_matrix = len(operator.shapes[0]) == 2
    if is_shuffled or keeps_axes and not is_matrix:
        raise unsupported('a fully connected layer of another kind')
    x, weights, *bias = operator.sources
    if not is_matrix:
        x = operator.part('rows', 'Reshape', [x, operator.constant('shape', [-1, operator.shapes[1][-1]])])
    if bias:
        product = operator.part('product', 'MatMul', [x, weights], transpose_b=True)
        operator.give_activated(activation, 'BiasAdd', [product] + bias)
    else:
        operator.give_activated(activation, 'MatMul', [x, weights], transpose_b=True)


def _concatenation(operator):
    if operator.options.number(1, 'b') != NO_ACTIVATION:
        raise unsupported('a concatenation with an activation function')  # runtimes do not agree whether there is one
    operator.give('ConcatV2', operator.sources + (operator.constant('axis', operator.options.number(0, 'i')),))


def _softmax(operator):
    if operator.options.number(0, 'f') != 1:
        raise unsupported('a softmax with a factor')
    operator.give('Softmax', operator.sources)


def _reshape(operator):
    x, *shape = operator.sources
    if operator.output_shape == operator.shapes[0] + (1,):  # so it serves any number of samples, too
        operator.give('ExpandDims', [x, operator.constant('axis', -1)])
    else:
        operator.give('Reshape', [x] + (shape or [operator.constant('shape', operator.options.integers(0))]))


def _squeeze(operator):
    operator.give('Squeeze', operator.sources, squeeze_dims=operator.options.integers(0))


def _mean(operator):
    operator.give('Mean', operator.sources, keep_dims=bool(operator.options.number(0, 'B')))


def _split(operator):
    operator.give('Split', operator.sources, num_split=operator.n_outputs)


def _unpack(operator):
    operator.give('Unpack', operator.sources, axis=operator.options.number(1, 'i'))


def _pack(operator):
    operator.give('Pack', operator.sources, axis=operator.options.number(1, 'i'))


def _strided_slice(operator):
    begin, end, ellipsis, new_axes, shrink = (operator.options.number(field, 'i') for field in range(5))
    if ellipsis or new_axes:
        raise unsupported('a slice with new axes')
    operator.give('StridedSlice', operator.sources, begin_mask=begin, end_mask=end, shrink_axis_mask=shrink)


SPECIAL = {2: _concatenation, 9: _fully_connected, 22: _reshape, 25: _softmax, 40: _mean, 43: _squeeze,
           45: _strided_slice, 49: _split, 83: _pack, 88: _unpack}
