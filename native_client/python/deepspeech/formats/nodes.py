"""What every reader of a model file gives: the operations of its graph as Nodes, with TensorFlow's names and meanings."""

from typing import NamedTuple

import numpy as np

MAX_ELEMENTS = 1 << 28  # of one result; the weights of the largest layers known have a tenth of that
DTYPES = {1: np.float32, 2: np.float64, 3: np.int32, 4: np.uint8, 5: np.int16, 6: np.int8, 9: np.int64, 10: np.bool_,
          19: np.float16}  # by TensorFlow's number


class Node(NamedTuple):
    """An operation in a graph.

    `inputs` names for each input (node, index of its output). `attributes` holds plain Python values and arrays; a `Const`
    has its array as `value`, a `Placeholder` its static sizes as `shape`.
    """

    name: str
    op: str
    inputs: tuple
    attributes: dict


def bounded(shape):
    """Returns `shape` as a tuple of int; raises ValueError if an array of it would be out of proportion."""
    sizes = tuple(int(size) for size in shape)
    n_elements = 1
    for size in sizes:
        n_elements *= max(size, 0)
    if n_elements > MAX_ELEMENTS:
        raise ValueError(f'a result of {n_elements} elements, more than {MAX_ELEMENTS}')
    return sizes


def relu_clip_of(nodes):
    """Returns what a graph, a list of Nodes, limits its activations to, float32 []; None if it has another way to do so."""
    activations = {node.name for node in nodes if node.op == 'Relu'}
    constants = {node.name: node.attributes.get('value') for node in nodes if node.op == 'Const'}
    for node in nodes:
        if node.op == 'Minimum' and len(node.inputs) == 2 and node.inputs[0][0] in activations:
            limit = constants.get(node.inputs[1][0])
            if limit is not None and limit.shape == () and limit.dtype == np.float32:
                return limit
    return None
