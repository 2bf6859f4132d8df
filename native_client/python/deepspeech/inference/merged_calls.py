"""Several calls of a streaming network as one.

What a call costs is mostly the reading of weights; a call of four times as many frames reads those of the feed-forward layers once
instead of four times. A graph says in a few constants how many frames it takes; with these multiplied it takes more. That this is
all there is to it is not known beforehand, so the first long call is made both ways.
"""

import numpy as np

from ..errors import ModelError
from .graph import Graph

MAX_STEPS = 128  # of a call; larger ones are hardly faster
TOLERANCE = 1e-4  # of probabilities and states; products of other sizes are rounded in another order


class MergedCalls:
    """Runs `n_steps` frames of a network at a time, or several times as many.

    Args:
      graph: Graph.
      n_steps: frames that the graph takes.
      make_function: function from a Graph to one (batch, lengths, c, h) -> [probabilities, c, h].
    Attributes:
      max_calls: how many are made as one at most.
    """

    def __init__(self, graph, n_steps, make_function):
        self._graph, self._n_steps, self._make = graph, n_steps, make_function
        self.max_calls = max(1, MAX_STEPS // n_steps)
        self._functions = {1: make_function(graph)}
        self._is_tried = sum(node.op == 'BlockLSTM' for node in graph.nodes.values()) != 1  # two go both ways

    def run(self, batch, lengths, c, h):
        """Returns [probabilities, c, h] of float32 [batch, k * n_steps, ...] windows, k up to `max_calls`.

        Raises:
          ModelError: the graph cannot be computed.
        """
        n_calls = batch.shape[1] // self._n_steps
        if n_calls > 1 and not self._is_tried:
            return self._try(n_calls, batch, lengths, c, h)
        if n_calls in self._functions:
            return self._functions[n_calls](batch, lengths, c, h)
        return self._one_by_one(n_calls, batch, lengths, c, h)

    def _try(self, n_calls, batch, lengths, c, h):
        """Makes calls one by one and as one; the latter is what is done from now on if it gives the same."""
        results = self._one_by_one(n_calls, batch, lengths, c, h)
        try:
            functions = {n: self._make(Graph(_widened(self._graph, self._n_steps, n))) for n in range(2, self.max_calls + 1)}
            found = functions[n_calls](batch, lengths, c, h)
            if all(ours.shape == theirs.shape and np.allclose(ours, theirs, TOLERANCE, TOLERANCE)
                   for ours, theirs in zip(found, results)):
                self._functions.update(functions)
                results = found  # so that the same audio has the same results later on, to the last digit
        except ModelError:
            pass  # it is a graph that takes this number of frames and no other
        self._is_tried = True
        return results

    def _one_by_one(self, n_calls, batch, lengths, c, h):
        parts = []
        for call in range(n_calls):
            start = call * self._n_steps
            n_valid = np.clip(lengths - start, 0, self._n_steps).astype(lengths.dtype)
            part, c, h = self._functions[1](batch[:, start:start + self._n_steps], n_valid, c, h)
            parts.append(part)
        return [np.concatenate(parts), c, h]


def _widened(graph, n_steps, n_calls):
    """Returns the Nodes of a graph with constants that seem to say `n_steps` multiplied by `n_calls`.

    They are the end of a range of steps and the first size that something is reshaped to.
    """
    numbers = {name for node in graph.nodes.values() for name in _may_say_steps(node)}
    nodes = []
    for node in graph.nodes.values():
        value = node.attributes.get('value')
        if node.name in numbers and node.op == 'Const' and value.dtype.kind == 'i' and value.size and value.flat[0] == n_steps:
            value = value.copy()
            value.flat[0] *= n_calls
            node = node._replace(attributes=dict(node.attributes, value=value))
        nodes.append(node)
    return nodes


def _may_say_steps(node):
    if node.op in ('Range', 'Reshape') and len(node.inputs) > 1:
        return [node.inputs[1][0]]
    return []
