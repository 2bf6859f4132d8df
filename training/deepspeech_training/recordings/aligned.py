"""A recording and its text: when each word is spoken, and how well the network agrees.

The network hears the recording in pieces of 20 s, each with 2 s before and after it that only give it context, so that a
recording of any length takes the same memory a second.
"""

from concurrent.futures import ThreadPoolExecutor
from typing import Iterator, List, NamedTuple, Sequence, Tuple

import numpy as np

from ..errors import DataError
from ..processors import n_processors
from .acoustics import Acoustics
from .alignment import Path, best_path
from .pauses import Levels, spoken_at
from .results import TimedWord
from .words import Labels, Word, labels_of, log_classes, words_of

PIECE_S, CONTEXT_S = 20., 2.
PIECES_AT_ONCE = 4
MIDDLE_FRAMES = 0.8  # from the beginning of a frame to the middle of its window


class Aligned(NamedTuple):
    """The words of a recording.

    The score of a word is the logarithm of how much less likely it is than what the network hears best there, for each of its
    letters: 0 is perfect.
    """

    words: List[Word]
    timed: List[TimedWord]  # those that have a time
    places: List[int]  # of the timed words in `words`
    duration_s: float
    losses: np.ndarray  # the same of each frame


def align(samples: np.ndarray, text: str, acoustics: Acoustics) -> Aligned:
    """Returns the words of `text` in a recording, int16 [n_samples] at the rate of `acoustics`.

    Raises:
      DataError: the text cannot be that of this recording, or has no word that can be written.
    """
    words = words_of(text, acoustics.alphabet)
    if not words:
        raise DataError('its text is empty.')
    labels = labels_of(words, acoustics.alphabet)
    rows, best = log_classes(probabilities_of(samples, acoustics), acoustics.alphabet)
    path = best_path(rows, labels.labels, acoustics.alphabet.blank)
    duration_s = len(samples) / acoustics.rate_hz
    places = sorted(set(labels.word_of[labels.word_of >= 0].tolist()))
    spans = _frames_of_words(path, labels, places)
    step_s = acoustics.step_s
    written = [((first + MIDDLE_FRAMES) * step_s, (last + MIDDLE_FRAMES) * step_s) for first, last in spans]
    times = spoken_at(written, Levels(samples, acoustics.rate_hz), duration_s)
    losses = _losses(rows, best, path, labels, acoustics.alphabet.blank)
    timed = [TimedWord(words[place].text, *time_s, score=float(losses[first:last + 1].sum()) / len(words[place].spelling))
             for place, time_s, (first, last) in zip(places, times, spans)]
    return Aligned(words, timed, places, duration_s, losses)


def probabilities_of(samples: np.ndarray, acoustics: Acoustics) -> np.ndarray:
    """Returns the network's output for a recording of any length, float32 [n_frames, n_classes]."""
    pieces = list(_pieces(len(samples), acoustics))
    found: List[np.ndarray] = []

    def heard(first: int) -> List[np.ndarray]:
        chosen = pieces[first:first + size]
        outputs = acoustics.probabilities([samples[begin:end] for begin, end, _, _ in chosen])
        return [output[skipped:skipped + n_frames] for output, (_, _, skipped, n_frames) in zip(outputs, chosen)]

    size = 1 if acoustics.in_threads else PIECES_AT_ONCE
    with ThreadPoolExecutor(n_processors() if acoustics.in_threads else 1) as threads:
        for outputs in threads.map(heard, range(0, len(pieces), size)):
            found += outputs
    return np.concatenate(found)


def _pieces(n_samples: int, acoustics: Acoustics) -> Iterator[Tuple[int, int, int, int]]:
    """Yields (first sample, end, frames to leave out in front, frames to take) of each piece."""
    step = acoustics.step_samples
    n_piece, n_context = (int(seconds * acoustics.rate_hz / step) for seconds in (PIECE_S, CONTEXT_S))
    n_frames = max(1, n_samples // step)
    for first in range(0, n_frames, n_piece):
        before = min(first, n_context)
        taken = n_piece if first + n_piece < n_frames else n_frames  # the last one: whatever there is
        yield (first - before) * step, min(n_samples, (first + n_piece + n_context) * step), before, taken


def _frames_of_words(path: Path, labels: Labels, places: Sequence[int]) -> List[Tuple[int, int]]:
    """Returns the frames in which the first letter of each word begins to be written, and its last one ends."""
    word_of = labels.word_of
    return [(int(path.first[np.argmax(word_of == word)]), int(path.last[len(word_of) - 1 - np.argmax(word_of[::-1] == word)]))
            for word in places]


def _losses(rows: np.ndarray, best: np.ndarray, path: Path, labels: Labels, blank: int) -> np.ndarray:
    """Returns how much less likely the path is in each frame than what the network hears best, logarithms."""
    classes = np.full(len(rows), blank, np.int64)
    for label, first, last in zip(labels.labels, path.first, path.last):
        classes[first:last + 1] = label
    return rows[np.arange(len(rows)), classes] - best
