"""The operations that a graph may have: those of the published client's runtime, in NumPy.

Each entry of `OPERATIONS` and `TFLITE_OPERATIONS` is a function (attributes, *inputs) that returns an array, or a tuple of
arrays if the operation has several outputs, with None for one that is not computed. Names, meanings and default attributes are
TensorFlow's.
"""

from typing import Any, Callable, Dict, Mapping, Tuple

import numpy as np
from deepspeech.formats.nodes import DTYPES, MAX_ELEMENTS, bounded

from .lstm import block_lstm, lstm_block_cell
from .mfcc import audio_spectrogram, mfcc

Attributes = Mapping[str, Any]
Operation = Callable[..., Any]


def _elementwise(function: Callable[..., np.ndarray]) -> Operation:
    def operation(attributes: Attributes, x: np.ndarray, y: np.ndarray) -> np.ndarray:
        if x.size * y.size > MAX_ELEMENTS:  # only then can the result be too large
            bounded(np.broadcast(x, y).shape)
        return function(x, y)
    return operation


def _unary(function: Callable[..., np.ndarray]) -> Operation:
    return lambda attributes, x: function(x)


def _reduction(function: Callable[..., np.ndarray]) -> Operation:
    def operation(attributes: Attributes, x: np.ndarray, axes: np.ndarray) -> np.ndarray:
        return function(x, axis=tuple(axes.reshape(-1).tolist()), keepdims=attributes.get('keep_dims', False))
    return operation


def _mean(x: np.ndarray, axis: Tuple[int, ...], keepdims: bool) -> np.ndarray:
    return x.mean(axis=axis, keepdims=keepdims, dtype=x.dtype)


def _sum(x: np.ndarray, axis: Tuple[int, ...], keepdims: bool) -> np.ndarray:
    return x.sum(axis=axis, keepdims=keepdims, dtype=x.dtype)


def in_double(function: Callable[..., np.ndarray], *arrays: np.ndarray) -> np.ndarray:
    """Returns function(*arrays), computed in double precision: of single precision NumPy's versions each have their own."""
    return function(*(array.astype(np.float64) for array in arrays)).astype(arrays[0].dtype)


def _matmul(attributes: Attributes, a: np.ndarray, b: np.ndarray) -> np.ndarray:
    a = a.T if attributes.get('transpose_a', False) else a
    b = b.T if attributes.get('transpose_b', False) else b
    if a.ndim != 2 or b.ndim != 2:
        raise ValueError(f'matrices are needed, not {a.shape} and {b.shape}')
    bounded((a.shape[0], b.shape[1]))
    return in_double(np.dot, a, b)


def _relu6(x: np.ndarray) -> np.ndarray:
    return np.minimum(np.maximum(x, 0), x.dtype.type(6))


def _elu(x: np.ndarray) -> np.ndarray:
    return np.where(x < 0, np.expm1(np.minimum(x, 0)), x)


def _selu(x: np.ndarray) -> np.ndarray:
    # Klambauer et al. 2017
    return np.where(x < 0, np.float32(1.7580993408473768) * np.expm1(np.minimum(x, 0)), np.float32(1.0507009873554805) * x)


def _leaky_relu(attributes: Attributes, x: np.ndarray) -> np.ndarray:
    return np.where(x < 0, np.float32(attributes.get('alpha', 0.2)) * x, x)


def softmax(x: np.ndarray) -> np.ndarray:
    """Returns float32 [..., n] that sum up to 1 over the last axis."""
    powers = np.exp((x - x.max(axis=-1, keepdims=True)).astype(np.float64))
    return (powers / powers.sum(axis=-1, keepdims=True)).astype(x.dtype)


def _log_softmax(x: np.ndarray) -> np.ndarray:
    x = x - x.max(axis=-1, keepdims=True)
    return x - np.log(np.exp(x).sum(axis=-1, keepdims=True))


def _cast(attributes: Attributes, x: np.ndarray) -> np.ndarray:
    return x.astype(DTYPES[attributes['DstT']])


def _reshape(attributes: Attributes, x: np.ndarray, shape: np.ndarray) -> np.ndarray:
    return x.reshape(shape.reshape(-1).tolist())


def _expand_dims(attributes: Attributes, x: np.ndarray, axis: np.ndarray) -> np.ndarray:
    return np.expand_dims(x, axis.item())


def _squeeze(attributes: Attributes, x: np.ndarray) -> np.ndarray:
    axes = attributes.get('squeeze_dims') or None
    return x.squeeze(axis=tuple(axes) if axes else None)


def _transpose(attributes: Attributes, x: np.ndarray, axes: np.ndarray) -> np.ndarray:
    return np.transpose(x, axes.tolist())


def _tile(attributes: Attributes, x: np.ndarray, multiples: np.ndarray) -> np.ndarray:
    bounded([x.size] + multiples.tolist())
    return np.tile(x, multiples.tolist())


def _concat(attributes: Attributes, *inputs: np.ndarray) -> np.ndarray:
    arrays, axis = inputs[:-1], inputs[-1].item()
    bounded([sum(array.size for array in arrays)])
    return np.concatenate(arrays, axis)


def _pack(attributes: Attributes, *arrays: np.ndarray) -> np.ndarray:
    bounded([len(arrays), arrays[0].size])
    return np.stack(arrays, attributes.get('axis', 0))


def _gather_nd(attributes: Attributes, x: np.ndarray, indices: np.ndarray) -> np.ndarray:
    depth = indices.shape[-1]
    bounded(indices.shape[:-1] + x.shape[depth:])
    if indices.size and (indices.min() < 0 or np.any(indices.max(axis=tuple(range(indices.ndim - 1))) >= x.shape[:depth])):
        raise IndexError(f'an index is outside of {x.shape}')
    return x[tuple(np.moveaxis(indices, -1, 0))]


def _fill(attributes: Attributes, sizes: np.ndarray, value: np.ndarray) -> np.ndarray:
    return np.full(bounded(sizes.tolist()), value.item(), value.dtype)


def _range(attributes: Attributes, start: np.ndarray, limit: np.ndarray, step: np.ndarray) -> np.ndarray:
    bounded([abs((limit.item() - start.item()) / step.item())])
    numbers: np.ndarray = np.arange(start.item(), limit.item(), step.item(), start.dtype)  # type: ignore[call-overload]
    return numbers


def _sizes(attributes: Attributes, x: np.ndarray) -> np.ndarray:
    return np.array(x.shape, DTYPES[attributes.get('out_type', 3)])


def _n_elements(attributes: Attributes, x: np.ndarray) -> np.ndarray:
    return np.array(x.size, DTYPES[attributes.get('out_type', 3)])


def _rank(x: np.ndarray) -> np.ndarray:
    return np.array(x.ndim, np.int32)


def _invert_permutation(x: np.ndarray) -> np.ndarray:
    if sorted(x.tolist()) != list(range(x.size)):
        raise ValueError('not a permutation')
    return np.argsort(x).astype(x.dtype)


def _bias_add(attributes: Attributes, x: np.ndarray, bias: np.ndarray) -> np.ndarray:
    if attributes.get('data_format', b'NHWC') != b'NHWC' or bias.shape != x.shape[-1:]:
        raise ValueError(f'a bias of {bias.shape} for {x.shape}')
    return x + bias


def _identity(x: np.ndarray) -> np.ndarray:
    return x


def _sigmoid(attributes: Attributes, x: np.ndarray) -> np.ndarray:
    with np.errstate(over='ignore'):  # exp gives infinity, of which the sigmoid is 0, as it should be
        return in_double(lambda x: 1 / (1 + np.exp(-x)), x)


def _maximum(attributes: Attributes, x: np.ndarray, y: np.ndarray) -> np.ndarray:
    bounded(np.broadcast(x, y).shape)
    return np.maximum(x, y)


def _split(attributes: Attributes, axis: np.ndarray, x: np.ndarray) -> Tuple[np.ndarray, ...]:
    return tuple(np.split(x, attributes['num_split'], axis.item()))


def _unpack(attributes: Attributes, x: np.ndarray) -> Tuple[np.ndarray, ...]:
    return tuple(np.moveaxis(x, attributes['axis'], 0))


def _strided_slice(attributes: Attributes, x: np.ndarray, begins: np.ndarray, ends: np.ndarray,
                   strides: np.ndarray) -> np.ndarray:
    """Returns the elements of each axis from `begins` up to, but without, `ends`.

    For the axis of its bit, `begin_mask` ignores the begin and `end_mask` the end; `shrink_axis_mask` takes the element at the
    begin and drops the axis.
    """
    parts = []
    for axis, (begin, end, stride) in enumerate(zip(begins.tolist(), ends.tolist(), strides.tolist())):
        if attributes['shrink_axis_mask'] >> axis & 1:
            parts.append(begin)
        else:
            parts.append(slice(None if attributes['begin_mask'] >> axis & 1 else begin,
                               None if attributes['end_mask'] >> axis & 1 else end, stride))
    return x[tuple(parts)]


def _gather(attributes: Attributes, x: np.ndarray, indices: np.ndarray) -> np.ndarray:
    bounded(indices.shape + x.shape[1:])
    if indices.size and indices.min() < 0:
        raise IndexError(f'an index is outside of {x.shape}')
    return x[indices]


def _reverse_sequence(attributes: Attributes, x: np.ndarray, lengths: np.ndarray) -> np.ndarray:
    """Returns `x` with the first `lengths[b]` elements of the axis `seq_dim` reversed at each index b of `batch_dim`."""
    axes = attributes['seq_dim'], attributes['batch_dim']
    time_first, reversed_ = np.moveaxis(x, axes, (0, 1)), x.copy()
    if lengths.shape != time_first.shape[1:2] or lengths.size and not 0 <= lengths.min() <= lengths.max() <= len(time_first):
        raise ValueError(f'lengths {lengths} for {x.shape}')
    target = np.moveaxis(reversed_, axes, (0, 1))  # a view
    for index, length in enumerate(lengths.tolist()):
        target[:length, index] = time_first[:length, index][::-1]
    return reversed_


OPERATIONS: Dict[str, Operation] = {
    'Add': _elementwise(np.add), 'AddV2': _elementwise(np.add), 'Sub': _elementwise(np.subtract),
    'Mul': _elementwise(np.multiply), 'Minimum': _elementwise(np.minimum), 'Less': _elementwise(np.less),
    'SquaredDifference': _elementwise(lambda x, y: np.square(x - y)), 'Rsqrt': _unary(lambda x: 1 / np.sqrt(x)),
    'Mean': _reduction(_mean), 'Sum': _reduction(_sum), 'Max': _reduction(np.max), 'Min': _reduction(np.min),
    'Prod': _reduction(np.prod), 'All': _reduction(np.all),
    'MatMul': _matmul, 'BiasAdd': _bias_add, 'Relu': _unary(lambda x: np.maximum(x, 0)), 'Relu6': _unary(_relu6),
    'Elu': _unary(_elu), 'Selu': _unary(_selu), 'LeakyRelu': _leaky_relu,
    'Softmax': _unary(softmax), 'LogSoftmax': _unary(_log_softmax),
    'BlockLSTM': block_lstm, 'LSTMBlockCell': lstm_block_cell, 'AudioSpectrogram': audio_spectrogram, 'Mfcc': mfcc,
    'ConcatV2': _concat, 'Pack': _pack, 'Squeeze': _squeeze, 'ExpandDims': _expand_dims, 'Reshape': _reshape,
    'Transpose': _transpose, 'InvertPermutation': _unary(_invert_permutation), 'Tile': _tile, 'GatherNd': _gather_nd,
    'Shape': _sizes, 'Size': _n_elements, 'Rank': _unary(_rank), 'Fill': _fill, 'Range': _range,
    'ZerosLike': _unary(np.zeros_like), 'OnesLike': _unary(np.ones_like), 'Cast': _cast, 'Identity': _unary(_identity),
    'StopGradient': _unary(_identity), 'PlaceholderWithDefault': _unary(_identity), 'NoOp': lambda attributes: (),
}
# TensorFlow Lite's models have some more.
TFLITE_OPERATIONS: Dict[str, Operation] = dict(
    OPERATIONS, Sigmoid=_sigmoid, Tanh=_unary(lambda x: in_double(np.tanh, x)), Log=lambda attributes, x: np.log(x),
    Maximum=_maximum, Split=_split, Unpack=_unpack, StridedSlice=_strided_slice,
    ReverseSequence=_reverse_sequence, Gather=_gather)
