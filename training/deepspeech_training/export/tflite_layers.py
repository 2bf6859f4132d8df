"""Layers in the graph of a TensorFlow Lite file: what each adds, and the tensor that comes of it."""

from typing import List, Optional, Sequence

import numpy as np

from .tflite_file import FLOAT32, Tensor, TfliteGraph

NO_ACTIVATION, RELU = np.int8(0), np.int8(1)  # ActivationFunctionType
QUANTIZED_FROM = 1024  # weights; smaller matrices are not worth the loss of accuracy


class TfliteLayers:
    """Adds to a graph.

    Args:
      graph: TfliteGraph.
      quantize: whether matrices are stored as 8-bit numbers.
    """

    def __init__(self, graph: TfliteGraph, quantize: bool) -> None:
        self.graph, self.quantize = graph, quantize

    def product(self, x: Tensor, matrix: Tensor, bias: Optional[Tensor] = None, activation: np.int8 = NO_ACTIVATION,
                name: str = '') -> Tensor:
        """Adds x matrix' + bias; axes of `x` before the matrix' width become one."""
        n_outputs, n_inputs = matrix.shape
        y = self.graph.tensor([int(np.prod(x.shape)) // n_inputs, n_outputs], name)
        self.graph.apply('FULLY_CONNECTED', [x, matrix] if bias is None else [x, matrix, bias], [y], {0: activation})
        return y

    def matrix(self, values: np.ndarray) -> Tensor:
        """Adds [inputs, outputs] weights, transposed as runtimes want them."""
        values = np.ascontiguousarray(values.T)
        if self.quantize and values.size >= QUANTIZED_FROM:
            return self.graph.quantized(values)
        return self.graph.constant(values)

    def mean(self, x: Tensor, axes: Tensor, n_axes: int = 1) -> Tensor:
        """Adds the mean over the last `n_axes` axes, whose numbers `axes` holds; they keep the size 1."""
        y = self.graph.tensor(x.shape[:-n_axes] + [1] * n_axes)
        self.graph.apply('MEAN', [x, axes], [y], {0: np.bool_(True)})
        return y

    def split(self, x: Tensor, n_parts: int, axis: int) -> List[Tensor]:
        """Adds `n_parts` equal parts of x."""
        shape = list(x.shape)
        shape[axis] //= n_parts
        parts = [self.graph.tensor(shape) for _ in range(n_parts)]
        self.graph.apply('SPLIT', [self.graph.constant(np.int32(axis)), x], parts, {0: np.int32(n_parts)})
        return parts

    def joined(self, parts: Sequence[Tensor], axis: int) -> Tensor:
        """Adds the concatenation of parts of equal size."""
        shape = list(parts[0].shape)
        shape[axis] *= len(parts)
        y = self.graph.tensor(shape)
        self.graph.apply('CONCATENATION', parts, [y], {0: np.int32(axis)})
        return y

    def reshaped(self, x: Tensor, shape: Sequence[int], name: str = '', dtype: int = FLOAT32) -> Tensor:
        """Adds x with another shape."""
        y = self.graph.tensor(shape, name, dtype)
        self.reshape(x, y, shape)
        return y

    def reshape(self, x: Tensor, y: Tensor, shape: Sequence[int]) -> None:
        """Adds what makes `y` of `x`; -1 in `shape` stands for whatever is left."""
        sizes = np.array(shape, np.int32)
        self.graph.apply('RESHAPE', [x, self.graph.constant(sizes)], [y], {0: sizes})

    def unary(self, operator: str, x: Tensor) -> Tensor:
        """Adds an operator on each element."""
        y = self.graph.tensor(x.shape)
        self.graph.apply(operator, [x], [y])
        return y

    def binary(self, operator: str, left: Tensor, right: Tensor, name: str = '', dtype: int = FLOAT32) -> Tensor:
        """Adds an operator on each pair of elements; axes of size 1 are repeated."""
        shapes = (np.broadcast_to(np.float32(0), each.shape) for each in (left, right))
        y = self.graph.tensor(list(np.broadcast(*shapes).shape), name, dtype)
        self.graph.apply(operator, [left, right], [y])
        return y
