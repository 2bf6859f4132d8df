"""Sounds to mix into speech: noise, music, other voices, impulse responses of rooms. Read by index, from any thread.

What fits is kept in memory once it was read; whether it is makes no difference to what is given.
"""

import threading
from typing import Callable, Dict, Sequence, Tuple

import numpy as np

from ...data.utterance import AudioSource

KEPT_BYTES = 2 ** 28  # of memory, for all sources together; 2.3 hours at 16 kHz
FULL_SCALE = np.float32(32767)  # what `AudioSource.read` divides 16-bit samples by

Opener = Callable[[str, int], Sequence[AudioSource]]


class Sounds:
    """The sounds of all sources.

    Args:
      open_source: gives the sounds of a path at a sample rate; raises DataError where there are none.
      kept_bytes: of memory at most.
    """

    def __init__(self, open_source: Opener, kept_bytes: int = KEPT_BYTES) -> None:
        self._open = open_source
        self._sources: Dict[Tuple[str, int], Sequence[AudioSource]] = {}
        self._kept: Dict[Tuple[str, int, int], np.ndarray] = {}  # int16
        self._n_left = kept_bytes // 2
        self._lock = threading.Lock()

    def count(self, path: str, rate_hz: int) -> int:
        """Returns how many sounds a source has. Raises DataError: it cannot be opened, or has none."""
        return len(self._opened(path, rate_hz))

    def n_samples(self, path: str, rate_hz: int, index: int) -> int:
        """Returns how long a sound is."""
        return self._opened(path, rate_hz)[index].n_samples

    def read(self, path: str, rate_hz: int, index: int) -> np.ndarray:
        """Returns a sound, float32 [n_samples]. Raises DataError: it cannot be read any more."""
        name = path, rate_hz, index
        kept = self._kept.get(name)
        if kept is not None:
            return kept.astype(np.float32) / FULL_SCALE
        samples = self._opened(path, rate_hz)[index].read()
        with self._lock:
            if name not in self._kept and len(samples) <= self._n_left:
                self._n_left -= len(samples)
                self._kept[name] = np.rint(samples * FULL_SCALE).astype(np.int16)
        return samples

    def _opened(self, path: str, rate_hz: int) -> Sequence[AudioSource]:
        found = self._sources.get((path, rate_hz))
        if found is None:
            with self._lock:
                if (path, rate_hz) not in self._sources:
                    self._sources[path, rate_hz] = self._open(path, rate_hz)
                found = self._sources[path, rate_hz]
        return found
