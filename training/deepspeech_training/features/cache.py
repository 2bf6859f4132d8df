"""Where features are kept from epoch to epoch: nowhere, in memory, or on disk (`disk_store.py`).

All stores have the same methods and may be called from any thread:

    of_file(path)             features of an audio file as it is now, or None
    of_audio(path, samples)   the same, known by the sound itself, or None
    add(path, samples, frames)
    clear()                   forgets everything; tells whether there was anything
    close()
"""

from ..compat import VERSION
from ..settings.config import FEATURE_CACHES, N_INPUT
from .disk_cache import DiskFeatureCache
from .memory import available_bytes

_, MEMORY, OFF = FEATURE_CACHES
RECIPE = 1  # another way to compute features needs another number, or caches on disk would be stale
AUTOMATIC_SHARE = 0.1  # of the available memory


def open_feature_cache(setting, config, samples, log):
    """Returns the store that `--feature_cache` asks for.

    Args:
      setting: '' (in memory when little is needed), 'memory', 'off', or the path prefix of a cache on disk.
      config: FeatureConfig.
      samples: list of all PreparedSample to come.
      log: Log.
    Raises:
      ConfigError: the cache on disk cannot be opened.
    """
    if setting == OFF:
        return NoFeatureCache()
    if setting not in FEATURE_CACHES:
        return DiskFeatureCache(setting, repr((RECIPE, VERSION, config)), log)
    needed, available = 4 * N_INPUT * sum(prepared.n_frames for prepared in samples), available_bytes()
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


class NoFeatureCache:
    """Keeps nothing."""

    def of_file(self, path):
        return None

    def of_audio(self, path, samples):
        return None

    def add(self, path, samples, frames):
        pass

    def clear(self):
        return False

    def close(self):
        pass


class MemoryFeatureCache(NoFeatureCache):
    """Keeps features in memory as long as the run takes."""

    def __init__(self):
        self._frames = {}

    def of_file(self, path):
        return self._frames.get(path)

    def add(self, path, samples, frames):
        self._frames[path] = frames

    def clear(self):
        held = bool(self._frames)
        self._frames = {}
        return held


def _size(n_bytes):
    for unit, factor in (('GB', 1e9), ('MB', 1e6)):
        if n_bytes >= factor:
            return f'{n_bytes / factor:.1f} {unit}'
    return f'{n_bytes / 1e3:.0f} kB'
