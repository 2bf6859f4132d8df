"""Operations that TensorFlow Lite's models have besides those of graphs, with the names and meanings of TensorFlow.

Entries are as in `OPERATIONS`.
"""

import numpy as np

from .operations import OPERATIONS, bounded


def _sigmoid(attributes, x):
    with np.errstate(over='ignore'):  # of exp, whose infinity becomes the 0 it should be
        return 1 / (1 + np.exp(-x))


def _maximum(attributes, x, y):
    bounded(np.broadcast(x, y).shape)
    return np.maximum(x, y)


def _split(attributes, axis, x):
    return tuple(np.split(x, attributes['num_split'], axis.item()))


def _unpack(attributes, x):
    return tuple(np.moveaxis(x, attributes['axis'], 0))


def _strided_slice(attributes, x, begins, ends, strides):
    """Returns the elements from `begins` to before `ends` of each axis.

    A bit in `begin_mask` or `end_mask` takes all to that side, one in `shrink_axis_mask` the first without the axis.
    """
    parts = []
    for axis, (begin, end, stride) in enumerate(zip(begins.tolist(), ends.tolist(), strides.tolist())):
        if attributes['shrink_axis_mask'] >> axis & 1:
            parts.append(begin)
        else:
            parts.append(slice(None if attributes['begin_mask'] >> axis & 1 else begin,
                               None if attributes['end_mask'] >> axis & 1 else end, stride))
    return x[tuple(parts)]


TFLITE_OPERATIONS = dict(
    OPERATIONS, Sigmoid=_sigmoid, Tanh=lambda attributes, x: np.tanh(x), Log=lambda attributes, x: np.log(x),
    Maximum=_maximum, Split=_split, Unpack=_unpack, StridedSlice=_strided_slice)
