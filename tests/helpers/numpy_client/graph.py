"""Runs the Nodes that the readers of model files return. Operations that are not in a table are refused."""

from typing import Any, Callable, Dict, Iterable, List, Mapping, Sequence, Set, Tuple

import numpy as np
from deepspeech.errors import FAIL_CREATE_SESS, FAIL_RUN_SESS, ModelError
from deepspeech.formats.nodes import Node, Subgraph

from .operations import OPERATIONS, Operation

MAX_TURNS = 1 << 12  # of a loop; 10 s of speech have 25 in what the trainer exports
Values = Dict[str, Tuple[np.ndarray, ...]]  # outputs of nodes by name


class Graph:
    """Nodes by name, and functions that compute some of them from others.

    Args:
      nodes: in any order.
      operations: those that they may have.
    Raises:
      ModelError: an operation is not in the table, a name is there twice, or an input is missing.
    """

    def __init__(self, nodes: Iterable[Node], operations: Mapping[str, Operation] = OPERATIONS) -> None:
        self.nodes: Dict[str, Node] = {}
        self._operations = operations
        self._loops: Dict[str, WhileLoop] = {}
        for node in nodes:
            cond, body = (node.attributes.get(part) for part in ('cond', 'body'))
            if isinstance(cond, Subgraph) and isinstance(body, Subgraph):
                self._loops[node.name] = WhileLoop(cond, body, operations)
            elif node.op not in operations and node.op not in ('Placeholder', 'Const'):
                raise ModelError(FAIL_CREATE_SESS, f'node {node.name} has the operation {node.op}, which models for '
                                                   f'clients must not have; export the model anew with --export_dir.')
            if node.op == 'Const' and not isinstance(node.attributes.get('value'), np.ndarray):
                raise ModelError(FAIL_CREATE_SESS, f'node {node.name} is a constant without a value; the file is damaged, '
                                                   f'get it again.')
            if node.name in self.nodes:
                raise ModelError(FAIL_CREATE_SESS, f'two nodes are called {node.name}; the file is damaged, get it again.')
            self.nodes[node.name] = node
        for node in self.nodes.values():
            for name, _ in node.inputs:
                if name not in self.nodes:
                    raise ModelError(FAIL_CREATE_SESS, f'node {node.name} needs {name}, which is missing; the file is '
                                                       f'damaged, get it again.')

    def function(self, inputs: Sequence[str], outputs: Sequence[str]) -> Callable[..., List[np.ndarray]]:
        """Returns a function from values of the nodes `inputs` to a list of the first outputs of the nodes `outputs`.

        Nodes that do not depend on the inputs are computed once, now.

        Raises:
          ModelError: a node is missing, depends on itself or on an input not named, or cannot be computed.
        """
        order = self.in_order(outputs)
        values: Values = {}
        steps: List[Node] = []
        varying = set(inputs)
        for name in order:
            node = self.nodes[name]
            if name in varying:
                continue
            if node.op == 'Const':
                values[name] = (node.attributes['value'],)
            elif node.op == 'Placeholder':
                raise ModelError(FAIL_RUN_SESS, f'{outputs[0]} needs the input {name}, which clients do not give.')
            elif any(source in varying for source, _ in node.inputs):
                varying.add(name)
                steps.append(node)
            else:
                self._compute(node, values)
        needed = {source for node in steps for source, _ in node.inputs} | set(outputs)
        constants = {name: value for name, value in values.items() if name in needed}
        last_uses = _last_uses(steps, outputs)

        def run(*arrays: np.ndarray) -> List[np.ndarray]:
            values = dict(constants)
            for name, array in zip(inputs, arrays):
                values[name] = (array,)
            for node, finished in zip(steps, last_uses):
                self._compute(node, values)
                for name in finished:
                    del values[name]
            return [values[name][0] for name in outputs]

        return run

    def in_order(self, outputs: Sequence[str]) -> List[str]:
        """Returns the names of all nodes that `outputs` need, in topological order.

        Raises:
          ModelError: a node is missing or depends on itself.
        """
        order: List[str] = []
        begun: Set[str] = set()
        done: Set[str] = set()
        waiting = [(name, False) for name in reversed(outputs)]
        while waiting:
            name, is_ready = waiting.pop()
            if name not in self.nodes:
                raise ModelError(FAIL_RUN_SESS, f'node {name} is missing; this is not a model for clients, export one with '
                                                f'--export_dir.')
            if is_ready:
                done.add(name)
                order.append(name)
            elif name not in done:
                if name in begun:
                    raise ModelError(FAIL_CREATE_SESS, f'node {name} depends on itself; the file is damaged, get it again.')
                begun.add(name)
                waiting.append((name, True))
                waiting.extend((source, False) for source, _ in self.nodes[name].inputs if source not in done)
        return order

    def _compute(self, node: Node, values: Values) -> None:
        """Computes a node and adds its outputs to `values`."""
        arguments = []
        for name, index in node.inputs:
            outputs = values[name]
            if index >= len(outputs) or outputs[index] is None:
                raise ModelError(FAIL_CREATE_SESS, f'node {node.name} needs output {index} of {name}, which it does not have.')
            arguments.append(outputs[index])
        operation = self._loops.get(node.name) or self._operations[node.op]
        try:
            result = operation(node.attributes, *arguments)
        except ModelError:
            raise
        except (ArithmeticError, AttributeError, IndexError, KeyError, MemoryError, TypeError, ValueError) as error:
            raise ModelError(FAIL_RUN_SESS, f'node {node.name} ({node.op}) cannot be computed ({error}); the file is damaged '
                                            f'or no model for clients.') from error
        values[node.name] = result if isinstance(result, tuple) else (np.asarray(result),)


class WhileLoop:
    """Runs `body` on the variables of a loop as long as `cond` is true of them.

    Raises:
      ModelError: see Graph.
    """

    def __init__(self, cond: Subgraph, body: Subgraph, operations: Mapping[str, Operation]) -> None:
        graphs = [Graph(part.nodes, operations) for part in (cond, body)]
        self._is_to_go_on, self._body = (graph.function(part.inputs, part.outputs)
                                         for graph, part in zip(graphs, (cond, body)))

    def __call__(self, attributes: Mapping[str, Any], *variables: np.ndarray) -> Tuple[np.ndarray, ...]:
        """Returns the variables after the last turn. Raises ValueError: they change shape, or there is no end."""
        current = list(variables)
        for _ in range(MAX_TURNS):
            (goes_on,) = self._is_to_go_on(*current)
            if not goes_on.item():
                return tuple(current)
            following = self._body(*current)
            if [each.shape for each in following] != [each.shape for each in current]:
                raise ValueError('a turn changes the shapes of its variables')
            current = following
        raise ValueError(f'there are more than {MAX_TURNS} turns')


def _last_uses(steps: Sequence[Node], outputs: Sequence[str]) -> List[Set[str]]:
    """Returns for each step the names of steps whose values are not needed after it."""
    computed = {node.name for node in steps}
    seen, finished = set(outputs), []
    for node in reversed(steps):
        names = {source for source, _ in node.inputs if source in computed} - seen
        seen |= names
        finished.append(names if node.name in seen else names | {node.name})
    return finished[::-1]
