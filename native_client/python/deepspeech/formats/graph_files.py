"""Files of TensorFlow graphs, plain (`.pb`) or memory-mapped (`.pbmm`): which of the two a file is, its content says."""

import mmap

from .frozen_graph import read_plain
from .memory_mapped import is_mapped, read_mapped


def map_file(path):
    """Returns a memoryview of a file's content, read as it is used.

    Raises:
      OSError: the file cannot be opened.
      ValueError: it is empty.
    """
    with open(path, 'rb') as file:
        return memoryview(mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ))


def read_graph(data):
    """Returns the Nodes of a frozen graph, plain or memory-mapped, as its content says.

    Args:
      data: memoryview of the whole file.
    Raises:
      ModelError: it is no graph, or damaged.
    """
    return read_mapped(data) if is_mapped(data) else read_plain(data)
