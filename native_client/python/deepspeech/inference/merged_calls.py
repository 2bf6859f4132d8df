"""Merges several calls of a streaming network into one.

Most of the time of a call goes into reading weights; a call of four times as many frames reads those of the feed-forward layers
once instead of four times. A few constants of the graph are its number of frames; multiplying them lets it take more. Whether
that is enough is not known beforehand, so the first long call is made both ways and the results are compared.
"""

from typing import Any, Callable, Dict, List, Sequence

import numpy as np

from ..errors import ModelError
from ..formats.nodes import Node
from .graph import Graph

MAX_STEPS = 128  # of a call; longer ones are hardly faster
TOLERANCE = 1e-4  # of probabilities and states; products of other sizes add up in another order

# (batch, lengths, c, h) -> [probabilities, c, h], see `MergedCalls.run`
AcousticFunction = Callable[[np.ndarray, np.ndarray, np.ndarray, np.ndarray], List[np.ndarray]]


class MergedCalls:
    """Runs `n_steps` frames of a network at a time, or a multiple of them.

    Args:
      graph: of the network.
      n_steps: frames that the graph takes.
      make_function: compiles a Graph.
    Attributes:
      max_calls: how many calls are merged at most.
    """

    def __init__(self, graph: Graph, n_steps: int, make_function: Callable[[Graph], AcousticFunction]) -> None:
        self._graph, self._n_steps, self._make = graph, n_steps, make_function
        self.max_calls = max(1, MAX_STEPS // n_steps)
        self._functions: Dict[int, AcousticFunction] = {1: make_function(graph)}  # by number of merged calls
        is_unidirectional = sum(node.op == 'BlockLSTM' for node in graph.nodes.values()) == 1
        self._is_tried = not is_unidirectional  # calls in both directions cannot be merged

    def run(self, batch: np.ndarray, lengths: np.ndarray, c: np.ndarray, h: np.ndarray) -> List[np.ndarray]:
        """Runs the network over windows.

        Args:
          batch: float32 [batch, k * n_steps, window, n_features], k from 1 to `max_calls`.
          lengths: int32 [batch], numbers of valid windows.
          c, h: float32 [batch, cell], the state before.
        Returns:
          [probabilities, c, h], the first as the graph shapes them.
        Raises:
          ModelError: the graph cannot be computed.
        """
        n_calls = batch.shape[1] // self._n_steps
        if n_calls > 1 and not self._is_tried:
            return self._try(n_calls, batch, lengths, c, h)
        if n_calls in self._functions:
            return self._functions[n_calls](batch, lengths, c, h)
        return self._one_by_one(n_calls, batch, lengths, c, h)

    def _try(self, n_calls: int, batch: np.ndarray, lengths: np.ndarray, c: np.ndarray, h: np.ndarray) -> List[np.ndarray]:
        """Makes calls one by one and merged; if the results agree, calls are merged from now on."""
        results = self._one_by_one(n_calls, batch, lengths, c, h)
        try:
            functions = {n: self._make(Graph(_widened(self._graph, self._n_steps, n))) for n in range(2, self.max_calls + 1)}
            found = functions[n_calls](batch, lengths, c, h)
            if all(ours.shape == theirs.shape and np.allclose(ours, theirs, TOLERANCE, TOLERANCE)
                   for ours, theirs in zip(found, results)):
                self._functions.update(functions)
                results = found  # so that the same audio gives the same digits later on
        except ModelError:
            pass  # the graph takes this number of frames and no other
        self._is_tried = True
        return results

    def _one_by_one(self, n_calls: int, batch: np.ndarray, lengths: np.ndarray, c: np.ndarray,
                    h: np.ndarray) -> List[np.ndarray]:
        parts = []
        for call in range(n_calls):
            start = call * self._n_steps
            n_valid = np.clip(lengths - start, 0, self._n_steps).astype(lengths.dtype)
            part, c, h = self._functions[1](batch[:, start:start + self._n_steps], n_valid, c, h)
            parts.append(part)
        return [np.concatenate(parts), c, h]


def _widened(graph: Graph, n_steps: int, n_calls: int) -> List[Node]:
    """Returns the Nodes of a graph with the constants that seem to be `n_steps` multiplied by `n_calls`.

    They are ends of ranges and first sizes of shapes.
    """
    numbers = {name for node in graph.nodes.values() for name in _possible_step_counts(node)}
    nodes = []
    for node in graph.nodes.values():
        value: Any = node.attributes.get('value')
        if node.name in numbers and node.op == 'Const' and value.dtype.kind == 'i' and value.size and value.flat[0] == n_steps:
            value = value.copy()
            value.flat[0] *= n_calls
            node = node._replace(attributes=dict(node.attributes, value=value))
        nodes.append(node)
    return nodes


def _possible_step_counts(node: Node) -> Sequence[str]:
    """Returns the names of those inputs of a node whose first element may be the number of steps."""
    if node.op in ('Range', 'Reshape') and len(node.inputs) > 1:
        return [node.inputs[1][0]]
    return []
