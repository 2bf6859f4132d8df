"""What a search has to find: the probability of each text, by trying every path through the rows."""

import itertools
from collections import defaultdict

import numpy as np


def sums_over_all_paths(rows, classes=None):
    """Returns {labels: natural log of the summed probability of all alignments}.

    Args:
      rows: probabilities [time, classes], the blank last.
      classes: those that are tried, the blank among them; default all.
    """
    n_rows, n_classes = rows.shape
    sums = defaultdict(float)
    for path in itertools.product(range(n_classes) if classes is None else classes, repeat=n_rows):
        labels = tuple(label for label, _ in itertools.groupby(path) if label != n_classes - 1)
        sums[labels] += rows[np.arange(n_rows), list(path)].prod()
    return {labels: np.log(total) for labels, total in sums.items()}
