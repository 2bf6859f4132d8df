"""Sequences that share their beginnings: each entry is a value and a link to the entry before it."""

import numpy as np


class Trail:
    """Grows by whole arrays, is read one sequence at a time."""

    ROOT = 0  # the empty sequence

    def __init__(self):
        # Lists: they are read entry by entry, which is slow in arrays.
        self._before, self._values = [self.ROOT], [None]

    def add(self, before, values):
        """Adds an entry behind each of the entries `before`; `values` is an array or one value for all.

        Returns:
          int array, the new entries.
        """
        first = len(self._values)
        self._before.extend(before.tolist())
        self._values.extend(np.broadcast_to(values, before.shape).tolist())
        return np.arange(first, len(self._values))

    def path(self, entry, stop=None):
        """Returns the tuple of values up to `entry`, from the beginning or from behind the last `stop`."""
        values = []
        while entry != self.ROOT and self._values[entry] != stop:
            values.append(self._values[entry])
            entry = self._before[entry]
        return tuple(reversed(values))
