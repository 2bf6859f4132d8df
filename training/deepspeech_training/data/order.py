"""In which order the samples of a training set are used: a function of seed and epoch, nothing else."""

import numpy as np


def epoch_order(n_samples, n_per_step, seed, epoch, shuffle):
    """Returns the places of all samples, int32 [n_samples], in the order in which `epoch` uses them.

    The first epoch follows the set's own order, from short to long utterances, which are easier to begin with. Later
    ones, with `shuffle`, take its steps in random order; utterances of like length stay together, so that little is
    padded. The incomplete step comes last.

    Args:
      n_per_step: samples of a full step, over all devices.
      seed: int.
      epoch: int, counted from 0.
      shuffle: bool.
    Source: Amodei et al. 2016 (Deep Speech 2), section 3.2, for the first epoch.
    """
    order = np.arange(n_samples, dtype=np.int32)
    n_full = n_samples // n_per_step
    if shuffle and epoch > 0:
        full = order[:n_full * n_per_step].reshape(n_full, n_per_step)
        steps = np.random.RandomState((seed + 1000003 * epoch) % 2 ** 32).permutation(n_full)
        order = np.concatenate([full[steps].reshape(-1), order[n_full * n_per_step:]])
    return order
