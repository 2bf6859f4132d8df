"""Graphs with one thing changed, written without TensorFlow."""

import numpy as np
from deepspeech.formats.protobuf import Message, fields, text

DTYPES = {np.dtype(np.float32): 1, np.dtype(np.int32): 3, np.dtype(object): 7}


def nodes_of(graph):
    """Returns {name: serialised NodeDef} of a serialised GraphDef."""
    nodes = {}
    for number, _, value in fields(memoryview(graph)):
        if number == 1:
            nodes[text(next(part for field, _, part in fields(value) if field == 1))] = bytes(value)
    return nodes


def graph_of(nodes):
    """Returns the GraphDef of serialised nodes."""
    graph = Message()
    for node in nodes.values():
        graph.data(1, node)
    return bytes(graph)


def with_nodes(graph, **changed):
    """Returns a graph with other nodes; None leaves one out."""
    nodes = dict(nodes_of(graph), **changed)
    return graph_of({name: node for name, node in nodes.items() if node is not None})


def node(name, op, inputs=(), **attributes):
    """Returns a NodeDef; attributes are serialised AttrValues."""
    message = Message().data(1, name).data(2, op)
    for each in inputs:
        message.data(3, each)
    for key, value in attributes.items():
        message.message(5, Message().data(1, key).data(2, bytes(value)))
    return bytes(message)


def constant(name, values):
    """Returns the NodeDef of a constant: int32, float32, or one bytes object."""
    values = np.array([values], object) if isinstance(values, bytes) else np.asarray(values)
    shape = Message()
    for size in values.shape:
        shape.message(2, Message().number(1, size))
    tensor = Message().number(1, DTYPES[values.dtype]).message(2, shape)
    if values.dtype == object:
        tensor.data(8, values[0])
    else:
        tensor.data(4, values.tobytes())
    return node(name, 'Const', dtype=Message().number(6, DTYPES[values.dtype]), value=Message().message(8, tensor))


def placeholder(name, *sizes):
    """Returns the NodeDef of a float32 input."""
    shape = Message()
    for size in sizes:
        shape.message(2, Message().number(1, size))
    return node(name, 'Placeholder', dtype=Message().number(6, 1), shape=Message().message(7, shape))
