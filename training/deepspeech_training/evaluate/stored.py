"""What the network gives for a set, kept in a file, so that it can be decoded again and again."""

from typing import IO, Collection, Iterator, List, Tuple

import numpy as np

from ..errors import ConfigError

MAX_BATCH_BYTES = 1 << 26  # of probabilities decoded at once; enough utterances for every processor core


class StoredOutputs:
    """Probabilities of the utterances of a set, in order, at the end of an open file.

    Args:
      file: open for binary writing and reading; other sets may be stored in it before and behind.
      n_classes: labels of the alphabet and the blank.
    """

    def __init__(self, file: IO[bytes], n_classes: int) -> None:
        self._file = file
        self._n_classes = n_classes
        self._begin = file.seek(0, 2)
        self._lengths: List[int] = []

    def add(self, probabilities: np.ndarray, lengths: Collection[int]) -> None:
        """Stores a batch.

        Args:
          probabilities: float32 [batch, time, classes].
          lengths: int [batch], rows used of each item.

        Raises:
          ConfigError: the disk is full.
        """
        try:
            for item, length in zip(probabilities, lengths):
                self._file.write(np.ascontiguousarray(item[:length], np.float32).tobytes())
            self._file.flush()
        except OSError as error:
            raise ConfigError(f'the outputs of the network cannot be stored beside the checkpoints ({error.strerror}); '
                              f'free some space there or choose another --save_checkpoint_dir.') from error
        self._lengths += [int(length) for length in lengths]

    def batches(self) -> Iterator[Tuple[np.ndarray, np.ndarray]]:
        """Yields (float32 [batch, time, classes], int [batch] rows used) of all utterances, in their order."""
        rows = np.memmap(self._file, np.float32, 'r', self._begin, (sum(self._lengths), self._n_classes))
        row = 0
        for lengths in self._grouped():
            batch = np.zeros((len(lengths), max(lengths), self._n_classes), np.float32)
            for item, length in zip(batch, lengths):
                item[:length] = rows[row:row + length]
                row += length
            yield batch, np.array(lengths)

    def _grouped(self) -> Iterator[List[int]]:
        """Yields the lengths of neighbours that go into one batch."""
        group: List[int] = []
        for length in self._lengths:
            n_rows = (len(group) + 1) * max(group + [length])
            if group and n_rows * self._n_classes * 4 > MAX_BATCH_BYTES:
                yield group
                group = []
            group.append(length)
        if group:
            yield group
