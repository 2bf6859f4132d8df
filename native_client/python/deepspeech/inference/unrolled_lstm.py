"""Hoists the input projection out of unrolled recurrent layers, so that their steps read fewer weights.

In such a layer, each step multiplies [input, state] by all weights. The inputs of all steps are known before the first one, so
their projections are one product here. Each step then reads the state's part of the weights only, and reading it takes most of
the time.
"""

from collections import Counter, defaultdict
from typing import Any, Dict, List, Mapping, Sequence, Tuple

import numpy as np

from ..formats.nodes import Node, Output

Step = Tuple[Node, Node]  # the product of a step, and the concatenation of input and state that it multiplies


def with_hoisted_input_products(nodes: Sequence[Node]) -> List[Node]:
    """Returns `nodes` with the products of unrolled layers replaced by others of the same values, but for rounding.

    A layer is at least two products with the same weights, of concatenations of an input, which is a part of the same value in
    all of them, and a state, which is an input of the graph in the first one.
    """
    by_name = {node.name: node for node in nodes}
    n_uses = Counter(name for node in nodes for name, _ in node.inputs)
    layers: Dict[str, List[Step]] = defaultdict(list)
    for node in nodes:
        if node.op == 'MatMul' and node.attributes == {'transpose_b': True}:
            pair, weights = (by_name.get(name) for name, _ in node.inputs)
            if weights and weights.op == 'Const' and pair and pair.op == 'ConcatV2' and len(pair.inputs) == 3:
                layers[weights.name].append((node, pair))
    replaced: Dict[str, List[Node]] = {}
    for name, steps in layers.items():
        n_state = _state_size(steps, by_name)
        n_inputs = by_name[name].attributes['value'].shape[-1] - n_state
        if len(steps) > 1 and n_state and n_inputs > 0 and _are_parts_of_one(steps, by_name):
            replaced.update(_shared(by_name[name], steps, n_inputs))
            if n_uses[name] > len(steps):
                replaced[name].append(by_name[name])
    return [new for node in nodes for new in replaced.get(node.name, [node])]


def _state_size(steps: Sequence[Step], by_name: Mapping[str, Node]) -> int:
    """Returns the width of the state, 0 if it is an input of the graph in no step."""
    for _, pair in steps:
        node = by_name.get(pair.inputs[1][0])
        if node and node.op == 'Placeholder' and len(node.attributes['shape']) == 2:
            return node.attributes['shape'][1]
    return 0


def _are_parts_of_one(steps: Sequence[Step], by_name: Mapping[str, Node]) -> bool:
    """Returns whether the inputs are parts of one value, so that none of them depends on an earlier step."""
    sources = set()
    for _, pair in steps:
        node = by_name.get(pair.inputs[0][0])
        if not node or node.op not in ('Unpack', 'Split', 'StridedSlice'):
            return False
        sources.add(node.inputs[0] if node.op == 'StridedSlice' else node.name)
    return len(sources) == 1


def _shared(weights: Node, steps: Sequence[Step], n_inputs: int) -> Dict[str, List[Node]]:
    """Returns the Nodes that replace a node by its name."""
    def part(name: str, operation: str, *inputs: Output, **attributes: Any) -> Output:
        nodes.append(Node(f'{weights.name}#{name}', operation, inputs, attributes))
        return nodes[-1].name, 0

    nodes: List[Node] = []
    matrix = weights.attributes['value']
    axis = part('axis', 'Const', value=np.array(0, np.int32))
    # Copied once: for a part with gaps between its rows, NumPy would make a copy in each product.
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
