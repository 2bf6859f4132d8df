"""What a decoder returns, and what it accepts."""

from typing import NamedTuple, Tuple

import numpy as np

from ..errors import DataError


class Hypothesis(NamedTuple):
    """One reading of an utterance.

    `confidence` is its natural-log score, the language model's part included, hence not a probability and possibly
    positive. `timesteps` holds, for each token, the row of the probabilities at which it was first emitted.
    """

    text: str
    confidence: float
    tokens: Tuple[int, ...]
    timesteps: Tuple[int, ...]


def checked_probabilities(probabilities, alphabet):
    """Returns `probabilities` as float64 [time, classes] after making sure that they can be decoded.

    Raises:
      DataError: not a matrix with one column per label and one for the blank, or a cell is not a probability.
    """
    rows = np.asarray(probabilities, dtype=np.float64)
    if rows.ndim != 2 or rows.shape[1] != alphabet.size + 1:
        raise DataError(f'probabilities of shape {rows.shape} cannot be decoded with an alphabet of {alphabet.size} '
                        f'labels; [time, {alphabet.size + 1}] is needed, the blank last. Do model and alphabet belong '
                        f'together?')
    with np.errstate(invalid='ignore'):  # older NumPy warns where it compares NaN
        sound = np.isfinite(rows) & (rows >= 0)
    if not sound.all():
        row, column = np.argwhere(~sound)[0]
        raise DataError(f'the probability in row {row}, class {column} is {rows[row, column]}; the model did not give '
                        f'finite values of a softmax here.')
    return rows
