"""Forced alignment: when each label of a text is spoken, by the likeliest path of CTC that spells it.

    path = best_path(log_probabilities, labels, blank)
    path.first[i], path.last[i]            # the frames in which label i is written

A text of n labels has 2n + 1 states: the blank before, between and behind the labels. A path begins in one of the first two,
ends in one of the last two, and from frame to frame stays, goes on by one state, or by two where that leaves out a blank
between different labels. The search looks at `n_states` states around the likeliest one at a time - minutes of speech -, so an
hour with its text takes as much memory a second as a minute does. For a text of no more states it is exact.
Graves et al. 2006, with the maximum in place of the sum.
"""

from typing import NamedTuple, Sequence, Tuple

import numpy as np

from ..errors import DataError

N_STATES = 4096  # looked at in a frame: 2047 labels, some two minutes of speech
IMPOSSIBLE = -np.inf


class Path(NamedTuple):
    """The likeliest way to write a text.

    Attributes:
      first, last: int [n_labels], the frames in which each label is written.
      score: natural logarithm of its probability.
    """

    first: np.ndarray
    last: np.ndarray
    score: float


def best_path(log_probabilities: np.ndarray, labels: Sequence[int], blank: int, n_states: int = N_STATES) -> Path:
    """Returns the likeliest Path.

    Args:
      log_probabilities: float [n_frames, n_classes], natural logarithms; -inf where something is impossible.
      labels: of the text.
      blank: the class between them.
      n_states: how many states to look at in a frame.
    Raises:
      DataError: no path spells the text: there are fewer frames than it needs, or classes are impossible.
    """
    n_frames, n_labels = len(log_probabilities), len(labels)
    search = _Search(np.asarray(labels, np.int64), blank, n_frames, n_states)
    for row in log_probabilities:
        search.take(row)
    states, score = search.path()
    first, last = np.zeros(n_labels, np.int64), np.full(n_labels, -1, np.int64)
    written = states % 2 == 1
    frames, indices = np.flatnonzero(written), states[written] // 2
    last[indices] = frames  # of equal indices the last one counts
    first[indices[::-1]] = frames[::-1]
    return Path(first, last, score)


class _Search:
    """Viterbi's algorithm over the frames of a recording.

    The steps that led to each state are kept as two bits: whether by two states, and whether by one.
    """

    def __init__(self, labels: np.ndarray, blank: int, n_frames: int, n_states: int) -> None:
        self._n_all, self._n_frames = 2 * len(labels) + 1, n_frames
        self._width = min(self._n_all, max(4, n_states))
        self._classes = np.full(self._n_all, blank, np.int64)
        self._classes[1::2] = labels
        self._skipped = np.full(self._n_all, IMPOSSIBLE)  # what it costs to come from the state before the last
        self._skipped[3::2][labels[1:] != labels[:-1]] = 0.
        # Two impossible states before the first one. States behind the window have not been written to, nor have others.
        self._scores = np.full(self._n_all + 2, IMPOSSIBLE)
        self._next = self._scores.copy()
        self._begins = np.zeros(n_frames, np.int64)  # first state looked at
        self._by_two, self._by_one = (np.zeros((n_frames, (self._width + 7) // 8), np.uint8) for _ in range(2))
        self._n_done = 0

    def take(self, row: np.ndarray) -> None:
        """Goes on by a frame, float [n_classes]."""
        index = self._n_done
        begin = self._begins[index] = self._window_begin()
        end = begin + self._width
        emitted = row[self._classes[begin:end]]
        scores = self._next[begin + 2:end + 2]
        if index == 0:
            scores[:2] = emitted[:2]
        else:
            stay, by_one = self._scores[begin + 2:end + 2], self._scores[begin + 1:end + 1]
            by_two = self._scores[begin:end] + self._skipped[begin:end]
            is_one = by_one > stay
            best = np.maximum(stay, by_one)
            is_two = by_two > best
            np.maximum(best, by_two, out=best)
            np.add(best, emitted, out=scores)
            self._by_one[index], self._by_two[index] = np.packbits(is_one), np.packbits(is_two)
        self._next[begin:begin + 2] = IMPOSSIBLE  # states that are not looked at any more
        self._scores, self._next = self._next, self._scores
        self._n_done += 1

    def _window_begin(self) -> int:
        """Returns the first state to look at in the next frame: around the best one, but such that the end can be reached."""
        if self._n_done == 0:
            return 0
        before = int(self._begins[self._n_done - 1])
        best = before + int(np.argmax(self._scores[before + 2:before + 2 + self._width]))
        # States further back than two for every frame that is left cannot reach the end.
        reaching = self._n_all - 2 - 2 * (self._n_frames - 1 - self._n_done)
        last = self._n_all - self._width
        return int(min(last, max(before, best - self._width // 2, reaching - self._width + 2)))

    def path(self) -> Tuple[np.ndarray, float]:
        """Returns the state in each frame, int [n_frames], and the score of the best path."""
        states = np.zeros(self._n_frames, np.int64)
        ends = self._scores[max(2, self._n_all):]  # of the last two states; of an empty text there is one
        score = float(ends.max()) if self._n_frames else IMPOSSIBLE
        if score == IMPOSSIBLE:
            raise DataError(f'{self._n_all // 2} labels in {self._n_frames} frames: no path spells the text; is it that of '
                            f'this recording?')
        state = self._n_all - len(ends) + int(np.argmax(ends))
        for index in range(self._n_frames - 1, -1, -1):
            states[index] = state
            state -= self._step(index, state - int(self._begins[index]))
        return states, score

    def _step(self, index: int, column: int) -> int:
        """Returns by how many states a path came to a state."""
        byte, bit = column >> 3, 7 - (column & 7)
        if self._by_two[index, byte] >> bit & 1:
            return 2
        return int(self._by_one[index, byte] >> bit & 1)
