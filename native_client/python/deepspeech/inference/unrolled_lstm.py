"""Recurrent layers that are written out step by step, so that less of their weights is read.

Each step multiplies [input, state] with all weights. The inputs of all steps are known before the first one, so their
part is one product here; what is left to do step by step reads the state's part only, and that is what takes the time.
"""

from collections import Counter, defaultdict

import numpy as np

from ..formats.nodes import Node


def with_hoisted_input_products(nodes):
    """Returns `nodes`, with the products of unrolled layers replaced; their values stay the same but for rounding.

    A layer is at least two products with the same weights, of pairs whose first halves are parts of the same value and
    whose second ones begin with an input of the graph.
    """
    by_name = {node.name: node for node in nodes}
    n_uses = Counter(name for node in nodes for name, _ in node.inputs)
    layers = defaultdict(list)
    for node in nodes:
        if node.op == 'MatMul' and node.attributes == {'transpose_b': True}:
            pair, weights = (by_name.get(name) for name, _ in node.inputs)
            if weights and weights.op == 'Const' and pair and pair.op == 'ConcatV2' and len(pair.inputs) == 3:
                layers[weights.name].append((node, pair))
    replaced = {}
    for name, steps in layers.items():
        n_state = _state_size(steps, by_name)
        n_inputs = by_name[name].attributes['value'].shape[-1] - n_state
        if len(steps) > 1 and n_state and n_inputs > 0 and _are_parts_of_one(steps, by_name):
            replaced.update(_shared(by_name[name], steps, n_inputs))
            if n_uses[name] > len(steps):
                replaced[name].append(by_name[name])
    return [new for node in nodes for new in replaced.get(node.name, [node])]


def _state_size(steps, by_name):
    """Returns the width of the second halves, 0 if none of them is an input of the graph."""
    for _, pair in steps:
        node = by_name.get(pair.inputs[1][0])
        if node and node.op == 'Placeholder' and len(node.attributes['shape']) == 2:
            return node.attributes['shape'][1]
    return 0


def _are_parts_of_one(steps, by_name):
    """Returns whether the first halves come of one value, so that none of them waits for a step."""
    sources = set()
    for _, pair in steps:
        node = by_name.get(pair.inputs[0][0])
        if not node or node.op not in ('Unpack', 'Split', 'StridedSlice'):
            return False
        sources.add(node.inputs[0] if node.op == 'StridedSlice' else node.name)
    return len(sources) == 1


def _shared(weights, steps, n_inputs):
    """Returns {name of a node: the Nodes that take its place}."""
    def part(name, operation, *inputs, **attributes):
        nodes.append(Node(f'{weights.name}#{name}', operation, inputs, attributes))
        return nodes[-1].name, 0

    nodes = []
    matrix = weights.attributes['value']
    axis = part('axis', 'Const', value=np.array(0, np.int32))
    # As copies: of a part that lies between others, NumPy would make one for each product.
    of_inputs = part('of_inputs', 'Const', value=np.ascontiguousarray(matrix[:, :n_inputs]))
    of_state = part('of_state', 'Const', value=np.ascontiguousarray(matrix[:, n_inputs:]))
    inputs = part('inputs', 'ConcatV2', *(pair.inputs[0] for _, pair in steps), axis)
    products, _ = part('split', 'Split', axis, part('product', 'MatMul', inputs, of_inputs, transpose_b=True),
                       num_split=len(steps))
    replaced = {weights.name: nodes}
    for step, (product, pair) in enumerate(steps):
        recurrent = Node(f'{product.name}#recurrent', 'MatMul', (pair.inputs[1], of_state), {'transpose_b': True})
        replaced[product.name] = [recurrent, Node(product.name, 'Add', ((products, step), (recurrent.name, 0)), {})]
    return replaced
