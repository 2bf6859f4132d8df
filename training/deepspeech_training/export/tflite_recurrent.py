"""The recurrent layer in a TensorFlow Lite file; see model/lstm.py for what it computes.

Published clients know no loops, so for them every step is written out: with 16 steps a call that is nothing. A whole utterance
of hundreds of steps is a loop over blocks of steps, which ends with the recording; written out, runtimes would keep a copy of
the weights for every step.
"""

from typing import List, NamedTuple, Sequence, Tuple

import numpy as np
from deepspeech.formats.tflite_schema import BOOL, INT32

from ..model.recurrent import GATES, LstmWeights
from .tflite_file import Tensor, TfliteFile
from .tflite_layers import TfliteLayers

MAX_BLOCK = 20  # steps written out in the body of a loop


class Direction(NamedTuple):
    """What one direction of the layer is given. Letters in comments: T steps, H width."""

    heard: Tensor  # [T, 4 H], the product of its inputs
    recurrent: np.ndarray  # [H, 4 H], the weights of its state
    c: Tensor  # [1, H]
    h: Tensor  # [1, H]


def direction(layers: TfliteLayers, x: Tensor, cell: LstmWeights, c: Tensor, h: Tensor) -> Direction:
    """Returns the Direction for inputs x [T, n]: their product is one for all steps."""
    n_inputs = x.shape[1]
    of_input = layers.matrix(cell.kernel[:n_inputs])
    return Direction(layers.product(x, of_input, layers.graph.constant(cell.bias)), cell.kernel[n_inputs:], c, h)


def written_out(layers: TfliteLayers, given: Direction, names: Tuple[str, str] = ('', '')) -> List[Tensor]:
    """Adds all steps; returns the outputs [T, H], c and h; the last two have `names`."""
    recurrent = layers.matrix(given.recurrent)
    n_steps, (c, h) = given.heard.shape[0], (given.c, given.h)
    outputs = []
    for step, heard in enumerate(layers.split(given.heard, n_steps, axis=0)):
        of_c, of_h = names if step == n_steps - 1 else ('', '')
        z = layers.binary('ADD', heard, layers.product(h, recurrent))
        i, candidate, f, o = layers.split(z, len(GATES), axis=1)
        kept = layers.binary('MUL', layers.unary('LOGISTIC', f), c)
        new = layers.binary('MUL', layers.unary('LOGISTIC', i), layers.unary('TANH', candidate))
        c = layers.binary('ADD', kept, new, of_c)
        h = layers.binary('MUL', layers.unary('LOGISTIC', o), layers.unary('TANH', c), of_h)
        outputs.append(h)
    return [layers.joined(outputs, axis=0), c, h]


def looped(file: TfliteFile, layers: TfliteLayers, given: Direction, lengths: Tensor,
           names: Tuple[str, str] = ('', '')) -> List[Tensor]:
    """Adds a loop over blocks of steps, up to the block where the recording ends; results as of `written_out`.

    Args:
      file: gets the graphs of the condition and of the body.
      layers: adds to the graph that runs the loop.
      given: Direction.
      lengths: int32 [1], how many steps are valid; outputs after the last block that holds one are zeros.
      names: of c and h after the last block.
    """
    (n_steps, _), width = given.heard.shape, given.h.shape[1]
    size = max(size for size in range(1, MAX_BLOCK + 1) if n_steps % size == 0)
    n_blocks = n_steps // size
    shapes: Sequence[Sequence[int]] = ([1], [1], [n_blocks, size * 4 * width], [n_blocks, size * width], [1, width], [1, width])
    types = (INT32, INT32, 0, 0, 0, 0)
    condition, body = (TfliteLayers(file.graph(), layers.quantize) for _ in range(2))
    for part in (condition, body):
        part.graph.inputs = [part.graph.tensor(shape, dtype=dtype) for shape, dtype in zip(shapes, types)]
    block, valid = condition.graph.inputs[:2]
    begin = condition.binary('MUL', block, condition.graph.constant(np.array([size], np.int32)), dtype=INT32)
    condition.graph.outputs = [condition.binary('LESS', begin, valid, dtype=BOOL)]
    body.graph.outputs = _body(body, given.recurrent, size)
    graph = layers.graph
    results = [graph.tensor(shape, name, dtype) for shape, dtype, name in zip(shapes, types, ('', '', '', '') + names)]
    first = graph.constant(np.zeros(1, np.int32))
    outputs = graph.constant(np.zeros(shapes[3], np.float32))
    graph.apply('WHILE', [first, lengths, layers.reshaped(given.heard, shapes[2]), outputs, given.c, given.h], results,
                {0: np.int32(condition.graph.index), 1: np.int32(body.graph.index)})
    return [layers.reshaped(results[3], [n_steps, width]), results[4], results[5]]


def _body(layers: TfliteLayers, recurrent: np.ndarray, size: int) -> List[Tensor]:
    """Adds the steps of a block of that `size`; returns the variables of the loop after it."""
    graph = layers.graph
    block, lengths, heard, outputs, c, h = graph.inputs
    n_blocks, width = heard.shape[0], h.shape[1]
    of_block = graph.tensor([1, heard.shape[1]])
    graph.apply('GATHER', [heard, block], [of_block], {0: np.int32(0)})
    steps, c, h = written_out(layers, Direction(layers.reshaped(of_block, [size, 4 * width]), recurrent, c, h))
    # 1 for the row of the block, 0 for all others.
    number = graph.tensor([1])
    graph.apply('CAST', [block], [number], {0: np.int8(INT32), 1: np.int8(0)})
    one = graph.constant(np.float32(1))
    rows = graph.constant(np.arange(n_blocks, dtype=np.float32)[:, np.newaxis])
    is_row = layers.binary('SUB', one, layers.binary('MINIMUM', layers.binary('SQUARED_DIFFERENCE', rows, number), one))
    outputs = layers.binary('ADD', outputs, layers.binary('MUL', is_row, layers.reshaped(steps, [1, size * width])))
    following = layers.binary('ADD', block, graph.constant(np.ones(1, np.int32)), dtype=INT32)
    return [following, lengths, heard, outputs, c, h]
