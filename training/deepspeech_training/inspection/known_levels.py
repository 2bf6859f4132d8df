"""What earlier reports measured of recordings, so that only new or changed ones are read again.

One file of all reports of a user, in the cache directory: 46 bytes for each recording, by a hash of its `identity`, which is
another one as soon as anything about it may have changed. The file is replaced as a whole, under a lock, with what others have
added meanwhile; where it is damaged or of another version, recordings are read again.
"""

import hashlib
import os
import time
import zlib
from typing import Iterator, List, Sequence, Tuple, Union

import numpy as np
from deepspeech.formats.content import open_regular

from ..background import in_background
from ..console.log import Log
from ..data.converted import locked
from ..data.utterance import AudioSource
from ..errors import DataError
from ..paths import written_atomically
from ..processors import n_processors
from .levels import LEVELS, measure

MOST_RECORDINGS = 4000000  # those used last stay
MOST_S = 300  # of a recording: longer ones would fill the memory, for several are read at once
SETTLED_NS = 2 * 10 ** 9  # what changed a moment ago may change again within the same tick of the clock
SAVE_EVERY_S, SAY_EVERY_S = 120, 20  # while many are new
PATIENCE_S = 5.  # that another process may hold the lock, before it is done without
BLOCK_RECORDINGS = 2048  # read between two looks at the clock
PART_RECORDINGS = 32  # handed to a thread at once
_MAGIC = b'DSLEVEL1'  # another way to measure, or to remember, needs another number
_ENTRY = np.dtype([('key', '<u8'), *[(name, LEVELS[name].str) for name in LEVELS.names or ()], ('used', '<u2')])
_FIELDS = list(LEVELS.names or ())

Failures = List[Tuple[int, DataError]]  # places of recordings that cannot be read


class KnownLevels:
    """The memory.

    Args:
      path: of its file; what cannot be read or written there is not remembered.
      log: told about that.
      listens: whether what is not known is measured.
    """

    def __init__(self, path: str, log: Log, listens: bool = True) -> None:
        self._path, self._log, self._listens = path, log, listens
        self._saved_s = time.monotonic()

    def look_up(self, sources: Sequence[AudioSource]) -> Tuple[np.ndarray, Failures]:
        """Returns (the LEVELS of each recording, in order, zeros where they are not known; places and errors of what cannot be
        read)."""
        levels = np.zeros(len(sources), LEVELS)
        failures: Failures = []
        entries = self._read()
        keys = np.array([_key(source) for source in sources], '<u8')
        places = np.searchsorted(entries['key'], keys).clip(max=max(0, len(entries) - 1))
        is_known = entries['key'][places] == keys if len(entries) else np.zeros(len(keys), bool)
        levels[is_known] = entries[places[is_known]][_FIELDS]
        is_new = ~is_known & [self._listens and source.n_samples <= MOST_S * source.rate_hz for source in sources]
        new = np.flatnonzero(is_new).tolist()
        added: List[int] = []
        said_s = time.monotonic()
        try:
            for first in range(0, len(new), BLOCK_RECORDINGS):
                block = new[first:first + BLOCK_RECORDINGS]
                for place, found in zip(block, _measured([sources[place] for place in block])):
                    if isinstance(found, DataError):
                        failures.append((place, found))
                        continue
                    levels[place] = found
                    if time.time_ns() - sources[place].version[1] > SETTLED_NS:
                        added.append(place)
                if time.monotonic() - said_s > SAY_EVERY_S:
                    said_s = time.monotonic()
                    self._log.info(f'Listened to {first + len(block)} of {len(new)} new recordings.')
                if time.monotonic() - self._saved_s > SAVE_EVERY_S:
                    self._keep(keys[added], levels[added])
                    added = []
        finally:  # what was measured before Ctrl-C, too
            if added:
                self._keep(keys[added], levels[added])
        return levels, failures

    def _keep(self, keys: np.ndarray, levels: np.ndarray) -> None:
        """Remembers levels; a disk that is full costs just that."""
        new = np.zeros(len(keys), _ENTRY)
        new['key'], new['used'] = keys, time.time() // 86400
        for name in _FIELDS:
            new[name] = levels[name]
        try:
            os.makedirs(os.path.dirname(self._path), exist_ok=True)
            with locked(f'{self._path}.lock', PATIENCE_S):
                entries = np.concatenate([self._read(), new])
                _, places = np.unique(entries['key'][::-1], return_index=True)  # of several the last one
                entries = entries[len(entries) - 1 - places]
                if len(entries) > MOST_RECORDINGS:
                    latest = np.argsort(entries['used'], kind='stable')[len(entries) - MOST_RECORDINGS:]
                    entries = entries[np.sort(latest)]
                data = entries.tobytes()
                with written_atomically(self._path, DataError) as file:
                    file.write(_MAGIC + zlib.crc32(data).to_bytes(4, 'little'))
                    file.write(data)
        except (OSError, DataError) as error:
            self._log.info(f'{self._path}: what was measured of audio cannot be kept there ({error}); the next report reads '
                           f'the files again.')
        self._saved_s = time.monotonic()

    def _read(self) -> np.ndarray:
        """Returns the entries by rising key; none, where the file is not what it should be."""
        try:
            with open_regular(self._path) as file:
                head, data = file.read(len(_MAGIC) + 4), file.read()
        except OSError:
            return np.zeros(0, _ENTRY)
        if head != _MAGIC + zlib.crc32(data).to_bytes(4, 'little') or len(data) % _ENTRY.itemsize:
            return np.zeros(0, _ENTRY)
        return np.frombuffer(data, _ENTRY)


def _measured(sources: Sequence[AudioSource]) -> Iterator[Union[np.ndarray, DataError]]:
    """Yields the LEVELS of each recording, or why it cannot be read.

    A thread for each processor gets several at once; more threads would only wait for each other.
    """
    def each_of(part: Sequence[AudioSource]) -> List[Union[np.ndarray, DataError]]:
        found: List[Union[np.ndarray, DataError]] = []
        for source in part:
            try:
                found.append(measure(source.read(), source.rate_hz))
            except DataError as error:
                found.append(DataError(str(error)))  # without the frames in which it was raised: there may be a million
        return found

    parts = [sources[first:first + PART_RECORDINGS] for first in range(0, len(sources), PART_RECORDINGS)]
    for found in in_background(each_of, parts, n_processors()):
        yield from found


def _key(source: AudioSource) -> int:
    digest = hashlib.blake2b(source.identity.encode('utf-8', 'surrogatepass'), digest_size=8).digest()
    return int.from_bytes(digest, 'little')
