"""Arrays that TensorFlow takes without a copy.

Short because there is one kind.
"""

from typing import Sequence

import numpy as np

ALIGNMENT = 64  # bytes


def empty(shape: Sequence[int], dtype: type = np.float32) -> np.ndarray:
    """Returns an array without values that begins at a multiple of `ALIGNMENT`."""
    size = int(np.prod(shape)) * np.dtype(dtype).itemsize
    room = np.empty(size + ALIGNMENT, np.uint8)
    begin = -room.ctypes.data % ALIGNMENT
    return room[begin:begin + size].view(dtype).reshape(shape)
