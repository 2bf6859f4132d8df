"""Where features are kept from epoch to epoch: nowhere, in memory, or on disk (`disk_cache.py`)."""

from typing import Dict, Optional, Sequence, Union

import numpy as np

from ..compat import VERSION
from ..console.log import Log
from ..data.utterance import AudioSource, Utterance
from ..memory import available_bytes
from ..settings.features import FEATURE_CACHES, N_INPUT, FeatureConfig
from .disk_cache import DiskFeatureCache

_, MEMORY, OFF = FEATURE_CACHES
RECIPE = 1  # another way to compute features needs another number, or caches on disk would be stale
AUTOMATIC_SHARE = 0.1  # of the available memory


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
