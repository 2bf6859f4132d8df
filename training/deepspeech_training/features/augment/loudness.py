"""How loud sound is, by its peak, and how it is brought to another level.

Levels are in dB; that of a peak of 1 is 3.0103, as published specifications of augmentations count them. Silence has a level,
too, about -317, so that nothing here gives what is no number. Functions never write into their arguments.

Short because three formulas are all there is to it.
"""

import math

import numpy as np

FULL_SCALE_DBFS = 3.0103  # of a peak of 1
LEAST_PEAK = 1e-16  # what silence counts as
MOST_DB = 600.  # gains beyond are taken as this; float32 holds both its ratio, 1e30, and the inverse


def peak_dbfs(samples: np.ndarray) -> float:
    """Returns the level of the loudest sample.

    Args:
      samples: float32 [n]; none are as silent as zeros.
    """
    peak = max(abs(float(samples.min())), abs(float(samples.max()))) if samples.size else 0.
    return 20 * math.log10(max(LEAST_PEAK, peak)) + FULL_SCALE_DBFS


def gain_ratio(db: float) -> float:
    """Returns what to multiply samples with to raise their level by `db`, within MOST_DB."""
    return 10. ** (max(-MOST_DB, min(MOST_DB, db)) / 20)


def normalised(samples: np.ndarray, dbfs: float) -> np.ndarray:
    """Returns samples with their peak at a level.

    Args:
      samples: float32 [n].
      dbfs: above FULL_SCALE_DBFS they are clipped.
    Returns:
      float32 [n] in [-1, 1].
    """
    scaled = samples * np.float32(gain_ratio(dbfs - peak_dbfs(samples)))
    return np.clip(scaled, -1, 1, out=scaled)
