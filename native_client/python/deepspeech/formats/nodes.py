"""The operations of a graph, as every reader of a model file returns them, under TensorFlow's names and with its meanings.

A module of its own, because readers of all formats need it.
"""

from typing import Any, Dict, Iterable, List, NamedTuple, Optional, Tuple

import numpy as np

MAX_ELEMENTS = 1 << 28  # in one array; the weights of the largest layers known have a tenth of that
DT_FLOAT = 1
DTYPES = {DT_FLOAT: np.float32, 2: np.float64, 3: np.int32, 4: np.uint8, 5: np.int16, 6: np.int8, 9: np.int64, 10: np.bool_,
          19: np.float16}  # by TensorFlow's number

Output = Tuple[str, int]  # name of a node, index of one of its outputs


class Node(NamedTuple):
    """An operation in a graph.

    `inputs` names the output that each input comes from. `attributes` holds plain Python values and arrays; a `Const` has its
    array as `value`, a `Placeholder` its static sizes as `shape`.
    """

    name: str
    op: str
    inputs: Tuple[Output, ...]
    attributes: Dict[str, Any]


class Subgraph(NamedTuple):
    """A graph that an operation runs: the condition or the body of a loop (`While`, with these as `cond` and `body`)."""

    nodes: List[Node]
    inputs: List[str]  # names of nodes
    outputs: List[str]


def bounded(shape: Optional[Iterable[Any]]) -> Tuple[int, ...]:
    """Returns a shape as a tuple of int. Raises ValueError if it is unknown or an array of it would be absurdly large."""
    if shape is None:
        raise ValueError('a shape of unknown rank')
    sizes = tuple(int(size) for size in shape)
    n_elements = 1
    for size in sizes:
        n_elements *= max(size, 0)
    if n_elements > MAX_ELEMENTS:
        raise ValueError(f'a result of {n_elements} elements, more than {MAX_ELEMENTS}')
    return sizes
