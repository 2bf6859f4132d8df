"""How sure an error rate is, by the bootstrap over utterances.

The set is thought of as drawn from all that could be said: as many utterances as it has are drawn from it anew, with
repetition, many times, and the rate of each drawing is computed. The middle 95 % of these rates are the interval. Two tests
of the same utterances are compared with the same drawings for both, as an utterance that is hard for one is mostly hard for
the other.

Source: Bisani and Ney 2004, "Bootstrap estimates for confidence intervals in ASR performance evaluation".
"""

from typing import Iterator, NamedTuple, Sequence

import numpy as np

N_DRAWINGS = 1000
LEVEL = 0.95
_MIN_DRAWINGS, _MAX_DRAWN = 200, 1 << 25  # of a very large set is drawn less often: this many utterances in all
_MAX_AT_ONCE = 1 << 20  # drawn indices held at a time


class Interval(NamedTuple):
    """A rate and where it lies with a probability of `LEVEL`."""

    rate: float
    low: float
    high: float


class Difference(NamedTuple):
    """A second test of the same utterances, compared with the first."""

    first: Interval
    second: Interval
    change: Interval  # second minus first
    share_better: float  # of the drawings in which the second has the lower rate; equal ones count half
    n_better: int  # utterances with fewer errors in the second
    n_worse: int
    n_equal: int


def interval(errors: Sequence[int], lengths: Sequence[int], seed: int, n_drawings: int = 0) -> Interval:
    """Returns the error rate of a set, all errors over all lengths, and its interval.

    Args:
      errors: of each utterance.
      lengths: of each reference, in what errors are counted in.
      seed: of the drawings; the same one gives the same interval.
      n_drawings: how often is drawn; 0: as `drawings_for` says.
    """
    (rates,) = _drawn_rates([errors], lengths, seed, n_drawings)
    return _of(_rate(sum(errors), sum(lengths)), rates)


def compare(first: Sequence[int], second: Sequence[int], lengths: Sequence[int], seed: int,
            n_drawings: int = 0) -> Difference:
    """Returns how two tests of the same utterances differ.

    Args:
      first, second: errors of each utterance.
      lengths, seed, n_drawings: as of `interval`.
    """
    rates = _drawn_rates([first, second], lengths, seed, n_drawings)
    whole = [_rate(sum(errors), sum(lengths)) for errors in (first, second)]
    changes = rates[1] - rates[0]
    n_better, n_worse = [sum(sign * (b - a) > 0 for a, b in zip(first, second)) for sign in (-1, 1)]
    return Difference(
        _of(whole[0], rates[0]), _of(whole[1], rates[1]), _of(whole[1] - whole[0], changes),
        share_better=float(np.mean(changes < 0) + 0.5 * np.mean(changes == 0)), n_better=n_better, n_worse=n_worse,
        n_equal=len(lengths) - n_better - n_worse)


def drawings_for(n: int) -> int:
    """Returns how often to draw from a set of `n` utterances: `N_DRAWINGS` times, but for very large ones, to save time."""
    return max(_MIN_DRAWINGS, min(N_DRAWINGS, _MAX_DRAWN // max(1, n)))


def _drawn_rates(errors: Sequence[Sequence[int]], lengths: Sequence[int], seed: int, n_drawings: int) -> np.ndarray:
    """Returns the rates of all drawings, float [tests, drawings]."""
    counts = np.array([*errors, lengths], np.float64)  # [tests and lengths, utterances]
    n = counts.shape[1]
    n_drawings = n_drawings or drawings_for(n)
    if not n:
        return np.zeros((len(errors), n_drawings))
    sums = [counts[:, indices].sum(axis=2) for indices in _drawings(n, seed, n_drawings)]
    together = np.concatenate(sums, axis=1)  # [tests and lengths, drawings]
    return together[:-1] / np.maximum(together[-1], 1)


def _drawings(n: int, seed: int, n_drawings: int) -> Iterator[np.ndarray]:
    """Yields int [some drawings, n], indices of utterances."""
    random = np.random.RandomState(seed % 2 ** 32)  # its numbers are the same in all versions of NumPy
    n_at_once = max(1, _MAX_AT_ONCE // n)
    for begin in range(0, n_drawings, n_at_once):
        yield random.randint(0, n, (min(n_at_once, n_drawings - begin), n))


def _of(rate: float, rates: np.ndarray) -> Interval:
    low, high = np.percentile(rates, [50 * (1 - LEVEL), 50 * (1 + LEVEL)])
    return Interval(rate, float(low), float(high))


def _rate(errors: int, length: int) -> float:
    return errors / max(1, length)
