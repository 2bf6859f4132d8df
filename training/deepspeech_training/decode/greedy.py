"""Best-path decoding: the likeliest class of each row. The plainest decoder, without a language model."""

import numpy as np

from .hypothesis import Hypothesis, checked_probabilities


def decode_greedy(probabilities, alphabet):
    """Returns the Hypothesis of the best path; its confidence is that path's log-probability.

    Args:
      probabilities: float [time, classes], soft-maxed, blank last.
    """
    rows = checked_probabilities(probabilities, alphabet)
    path = rows.argmax(axis=1)
    previous = np.concatenate([[alphabet.blank], path[:-1]])
    times = np.flatnonzero((path != alphabet.blank) & (path != previous))
    tokens = path[times].tolist()
    with np.errstate(divide='ignore'):
        confidence = float(np.log(rows.max(axis=1, initial=0)).sum()) if len(rows) else 0.0
    return Hypothesis(alphabet.decode(tokens), confidence, tuple(tokens), tuple(times.tolist()))
