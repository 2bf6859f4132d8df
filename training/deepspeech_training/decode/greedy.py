"""Best-path decoding: the likeliest class of each row. The plainest decoder, without a language model."""

import numpy as np


def greedy_texts(probabilities, lengths, alphabet):
    """Returns the texts of the best paths of a batch.

    Args:
      probabilities: float [batch, time, classes], blank last.
      lengths: int [batch], rows used of each item.
    """
    paths = np.asarray(probabilities).argmax(axis=2)  # [batch, time]
    paths[np.arange(paths.shape[1]) >= np.asarray(lengths)[:, np.newaxis]] = alphabet.blank
    previous = np.pad(paths, ((0, 0), (1, 0)), 'constant', constant_values=alphabet.blank)[:, :-1]
    emitted = (paths != alphabet.blank) & (paths != previous)
    return [alphabet.decode(path[kept].tolist()) for path, kept in zip(paths, emitted)]
