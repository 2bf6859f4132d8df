"""From the frames in which the network writes a word to when it is spoken.

CTC writes a letter some time while it is spoken, hardly at its edges, so the frames say in which order words come, and roughly
when. A word begins where the longest pause in the second before its first letter ends, and ends where the longest one in the
second after its last letter begins. Without a pause two words meet where it is quietest between their letters.
"""

from typing import List, NamedTuple, Optional, Sequence, Tuple

import numpy as np

LEVEL_MS = 10  # a level is measured in so much sound
CONTEXT = 450  # levels on each side that say what is quiet here
RENEWED_EVERY = 50
MARGIN_DB, BELOW_LOUD_DB, SILENCE_DB = 10., 40., -60.
LEAST_PAUSE_S = 0.06  # shorter ones are closures within sounds: t, k, p
LOOKED_AT_S = 1.0  # before and after the letters of a word


class Pause(NamedTuple):
    """Where nobody speaks."""

    begin_s: float
    end_s: float

    @property
    def duration_s(self) -> float:
        return self.end_s - self.begin_s


class Levels:
    """How loud a recording is, and where that is quiet.

    Args:
      samples: int16 [n_samples].
      rate_hz: their rate.
    """

    def __init__(self, samples: np.ndarray, rate_hz: int) -> None:
        n = rate_hz * LEVEL_MS // 1000
        frames = samples[:len(samples) - len(samples) % n].reshape(-1, n)
        self.levels_db = np.concatenate([_levels_db(frames[first:first + 60000]) for first in range(0, len(frames), 60000)]
                                        or [np.zeros(0)])
        self._is_quiet = np.zeros(len(self.levels_db), bool)
        for first in range(0, len(self.levels_db), RENEWED_EVERY):
            here = slice(first, first + RENEWED_EVERY)
            around = self.levels_db[max(0, first - CONTEXT):first + RENEWED_EVERY + CONTEXT]
            background, loud = np.percentile(around, (10, 95))
            limit = min(max(SILENCE_DB, loud - BELOW_LOUD_DB, background + MARGIN_DB), loud - MARGIN_DB)
            self._is_quiet[here] = self.levels_db[here] < limit

    def longest_pause(self, from_s: float, to_s: float) -> Optional[Pause]:
        """Returns the longest pause between two times, None if there is none."""
        first = max(0, int(round(1000 * from_s / LEVEL_MS)))
        quiet = self._is_quiet[first:max(first, int(round(1000 * to_s / LEVEL_MS)))]
        edges = np.flatnonzero(np.diff(np.concatenate([[0], quiet.astype(np.int8), [0]])))
        spans = edges.reshape(-1, 2) if len(edges) else np.zeros((0, 2), np.int64)
        if not len(spans):
            return None
        begin, end = spans[np.argmax(spans[:, 1] - spans[:, 0])]
        pause = Pause((first + begin) * LEVEL_MS / 1000, (first + end) * LEVEL_MS / 1000)
        return pause if pause.duration_s >= LEAST_PAUSE_S - 1e-6 else None

    def quietest_s(self, from_s: float, to_s: float) -> float:
        """Returns the time between two others at which it is quietest."""
        first, last = (int(round(1000 * time_s / LEVEL_MS)) for time_s in (from_s, to_s))
        between = self.levels_db[first:last]
        return (first + int(np.argmin(between)) + 0.5) * LEVEL_MS / 1000 if len(between) else (from_s + to_s) / 2


def _levels_db(frames: np.ndarray) -> np.ndarray:
    sound = frames.astype(np.float32) / 32768
    return 10 * np.log10(np.square(sound - sound.mean(axis=1, keepdims=True)).mean(axis=1) + 1e-10)


def spoken_at(written: Sequence[Tuple[float, float]], levels: Levels, duration_s: float) -> List[Tuple[float, float]]:
    """Returns when words are spoken, (begin, end) in seconds.

    Args:
      written: when the network writes their first and their last letter, in order.
      levels: of the recording.
      duration_s: of the recording.
    """
    begins, ends = [], []
    last_s = 0.
    for number, (first_s, _) in enumerate(written):
        pause = levels.longest_pause(max(last_s, first_s - LOOKED_AT_S), first_s)
        if pause:
            begins.append(pause.end_s)
        elif number:
            begins.append(levels.quietest_s(last_s, first_s))
        else:
            begins.append(max(0., first_s - LEAST_PAUSE_S))
        last_s = written[number][1]
    for number, (_, last_s) in enumerate(written):
        next_s = written[number + 1][0] if number + 1 < len(written) else duration_s
        pause = levels.longest_pause(last_s, min(next_s, last_s + LOOKED_AT_S))
        if pause:
            ends.append(pause.begin_s)
        elif number + 1 < len(written):
            ends.append(begins[number + 1])
        else:
            ends.append(min(duration_s, last_s + LEAST_PAUSE_S))
    return [(begin, max(begin, end)) for begin, end in zip(begins, ends)]
