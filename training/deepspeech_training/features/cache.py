"""Where features are kept from epoch to epoch: nowhere, in memory, or on disk (`disk_cache.py`)."""

import os
from typing import Dict, Optional, Sequence, Union

import numpy as np

from ..compat import VERSION
from ..console.log import Log
from ..data.utterance import AudioSource, Utterance
from ..settings.features import FEATURE_CACHES, N_INPUT, FeatureConfig
from .disk_cache import DiskFeatureCache

_, MEMORY, OFF = FEATURE_CACHES
RECIPE = 1  # another way to compute features needs another number, or caches on disk would be stale
AUTOMATIC_SHARE = 0.1  # of the available memory

# Limit and use of the container, in the two generations of Linux control groups; what files occupy can be given up.
_GROUPS = (('/sys/fs/cgroup', 'memory.max', 'memory.current', 'inactive_file'),
           ('/sys/fs/cgroup/memory', 'memory.limit_in_bytes', 'memory.usage_in_bytes', 'total_inactive_file'))


class NoFeatureCache:
    """Keeps nothing. All caches have these methods and may be called from any thread; frames are float32 [n_frames, 26].

    A cache knows the features of the audio as it is, never of audio or features that chance has changed.
    """

    def find(self, audio: AudioSource) -> Optional[np.ndarray]:
        """Returns the frames of a source, known by its identity, or None."""
        return None

    def find_by_samples(self, audio: AudioSource, samples: np.ndarray) -> Optional[np.ndarray]:
        """Returns them known by the sound itself, float32 [n_samples], or None."""
        return None

    def add(self, audio: AudioSource, samples: np.ndarray, frames: np.ndarray) -> None:
        """Keeps the frames of a source."""

    def clear(self) -> bool:
        """Forgets everything; returns whether there was anything."""
        return False

    def close(self) -> None:
        """Gives back what is held; nothing is found from then on."""


class MemoryFeatureCache(NoFeatureCache):
    """Keeps features in memory as long as the run takes."""

    def __init__(self) -> None:
        self._frames: Dict[str, np.ndarray] = {}

    def find(self, audio: AudioSource) -> Optional[np.ndarray]:
        return self._frames.get(audio.identity)

    def add(self, audio: AudioSource, samples: np.ndarray, frames: np.ndarray) -> None:
        self._frames[audio.identity] = frames

    def clear(self) -> bool:
        held = bool(self._frames)
        self._frames = {}
        return held


FeatureCache = Union[NoFeatureCache, DiskFeatureCache]


def open_feature_cache(setting: str, config: FeatureConfig, utterances: Sequence[Utterance], log: Log) -> FeatureCache:
    """Returns the cache that `--feature_cache` asks for.

    Args:
      setting: '' (in memory when little is needed), 'memory', 'off', or the path prefix of a cache on disk.
      config: what features are.
      utterances: all that will be asked for.
      log: where the choice is explained.
    Raises:
      ConfigError: the cache on disk cannot be opened.
    """
    if setting == OFF:
        return NoFeatureCache()
    if setting not in FEATURE_CACHES:
        return DiskFeatureCache(setting, repr((RECIPE, VERSION, config)), log)
    needed, available = 4 * N_INPUT * sum(utterance.n_frames for utterance in utterances), available_bytes()
    sizes = f'The features of all sets take {_size(needed)}'
    if available is not None and needed > available and setting == MEMORY:
        log.warn(f'{sizes}, but only {_size(available)} of memory are available; pass a path as --feature_cache to keep '
                 f'them on disk.')
    if setting == MEMORY or (available is not None and needed <= AUTOMATIC_SHARE * available):
        log.debug(f'{sizes}; they are kept in memory.')
        return MemoryFeatureCache()
    among = f'of the {_size(available)} of memory that are available' if available is not None else 'of the memory'
    log.info(f'{sizes}, perhaps more than a tenth {among}: they are computed anew in every epoch. Pass '
             f'--feature_cache {MEMORY} or a path to keep them.')
    return NoFeatureCache()


def _size(n_bytes: int) -> str:
    for unit, factor in (('GB', 1e9), ('MB', 1e6)):
        if n_bytes >= factor:
            return f'{n_bytes / factor:.1f} {unit}'
    return f'{n_bytes / 1e3:.0f} kB'


def available_bytes() -> Optional[int]:
    """Returns the memory that is free or can be freed, within the limit of a container; None where that is unknown."""
    known = [size for size in [_of_machine()] + [_of_group(*group) for group in _GROUPS] if size is not None]
    return min(known) if known else None


def _of_machine() -> Optional[int]:
    kilobytes = _table('/proc/meminfo').get('MemAvailable:')
    return None if kilobytes is None else 1024 * kilobytes


def _of_group(directory: str, limit: str, used: str, reclaimable: str) -> Optional[int]:
    limit_bytes, used_bytes = [_number(os.path.join(directory, name)) for name in (limit, used)]
    if limit_bytes is None or used_bytes is None:
        return None
    return max(0, limit_bytes - used_bytes + _table(os.path.join(directory, 'memory.stat')).get(reclaimable, 0))


def _number(path: str) -> Optional[int]:
    try:
        with open(path) as file:
            return int(file.read())
    except (OSError, ValueError):  # the word `max` means no limit
        return None


def _table(path: str) -> Dict[str, int]:
    """Returns {first word: number behind it} of a file; empty where there is none."""
    try:
        with open(path) as file:
            rows = [line.split() for line in file]
    except OSError:
        return {}
    return {row[0]: int(row[1]) for row in rows if len(row) > 1 and row[1].isdigit()}
