"""Features on disk, shared by runs that know the same sounds.

Two files, however many utterances: `<prefix>.features-data` holds arrays one behind the other, `<prefix>.features-index`
one short record per array and name, written after the array. Both only grow, under a lock. So whatever is killed at any
moment leaves complete records and at most some bytes that nothing refers to, and whoever reads meanwhile needs no lock.

An array has two names: one for the sound, one for its source (`AudioSource.identity`), each together with what decides how
features are computed. The second spares reading the audio; the first finds features again when files were moved.
"""

import fcntl
import hashlib
import os
import struct
import threading
import zlib
from contextlib import suppress
from typing import Callable, Dict, List, Optional, Tuple

import numpy as np

from ..console.log import Log
from ..data.utterance import AudioSource
from ..errors import ConfigError
from ..settings.features import N_INPUT

_ENTRY = struct.Struct('<16sQII')  # name, offset of the array, its frames, its checksum
_RECORD_BYTES = _ENTRY.size + 4  # a checksum of the record follows
_FRAME_BYTES = 4 * N_INPUT
_CLOSED = -1  # instead of a file descriptor: reading gives nothing

Entry = Tuple[int, int, int]  # offset of the array, its frames, its checksum


class DiskFeatureCache:
    """A feature cache (see `cache.NoFeatureCache`) in two files.

    What cannot be read or fails its checksum counts as missing; what cannot be written is not kept. Each is said once.

    Args:
      prefix: path that the names of both files begin with.
      recipe: everything beside the sound that decides what features are.
      log: for warnings.
    Raises:
      ConfigError: the files cannot be opened for writing.
    """

    def __init__(self, prefix: str, recipe: str, log: Log) -> None:
        self._index_path, self._data_path = (f'{prefix}.features-{part}' for part in ('index', 'data'))
        self._recipe = recipe.encode('utf-8')
        self._log = log
        self._writes = True
        self._said_damaged = False
        self._lock = threading.RLock()
        self._index = self._data = _CLOSED
        self._entries: Dict[bytes, Entry] = {}  # by name
        self._n_taken_up = 0  # bytes of the index
        try:
            self._open()
        except OSError as error:
            self.close()
            raise ConfigError(f'--feature_cache {prefix}: the cache cannot be opened ({error.strerror}); pass another path, '
                              f'or leave the flag out.') from error

    def find(self, audio: AudioSource) -> Optional[np.ndarray]:
        return self._array(self._name_of_source(audio))

    def find_by_samples(self, audio: AudioSource, samples: np.ndarray) -> Optional[np.ndarray]:
        name = self._name_of_sound(samples)

        def append() -> None:
            if name in self._entries:
                self._append_records([self._name_of_source(audio)], self._entries[name])

        frames = self._array(name)
        if frames is not None:
            self._change(append)
        return frames

    def add(self, audio: AudioSource, samples: np.ndarray, frames: np.ndarray) -> None:
        name = self._name_of_sound(samples)
        data = np.ascontiguousarray(frames, np.float32).tobytes()

        def append() -> None:
            if name not in self._entries:  # another run may have been faster
                entry = (_append(self._data, data), len(frames), zlib.crc32(data))
                self._append_records([name, self._name_of_source(audio)], entry)

        self._change(append)

    def clear(self) -> bool:
        """Begins with new files; runs that share the old ones keep these to themselves."""
        def replace() -> None:
            for path in (self._index_path, self._data_path):
                with suppress(FileNotFoundError):
                    os.unlink(os.path.realpath(path))  # a link stays, and leads to the new file
            self._close_files()
            self._open()

        held = bool(self._entries)
        self._change(replace)
        return held

    def close(self) -> None:
        with self._lock:
            self._writes = False  # threads that come late neither write nor find anything
            self._entries = {}
            self._close_files()

    def _open(self) -> None:
        """Opens or makes both files."""
        self._entries, self._n_taken_up = {}, 0
        while True:
            self._index = os.open(self._index_path, os.O_RDWR | os.O_CREAT, 0o666)
            fcntl.flock(self._index, fcntl.LOCK_EX)
            with suppress(FileNotFoundError):
                # Another run may have replaced both files between opening and locking.
                if os.path.samestat(os.fstat(self._index), os.stat(self._index_path)):
                    break
            os.close(self._index)
        self._data = os.open(self._data_path, os.O_RDWR | os.O_CREAT, 0o666)
        self._take_up_records()
        fcntl.flock(self._index, fcntl.LOCK_UN)

    def _close_files(self) -> None:
        for file in (self._index, self._data):
            with suppress(OSError):
                os.close(file)
        self._index = self._data = _CLOSED

    def _array(self, name: bytes) -> Optional[np.ndarray]:
        """Returns the array of that name, or None."""
        with self._lock:
            if name not in self._entries:
                self._take_up_records()  # another run may have added it
            entry = self._entries.get(name)
        if entry is None:
            return None
        offset, n_frames, checksum = entry
        data = _read(self._data, n_frames * _FRAME_BYTES, offset)
        if len(data) == n_frames * _FRAME_BYTES and zlib.crc32(data) == checksum:
            return np.frombuffer(data, np.float32).reshape(n_frames, N_INPUT)
        with self._lock:
            self._entries.pop(name, None)  # so that it is added again
            if not self._said_damaged:
                self._log.warn(f'{self._data_path}: damaged features in it are computed anew.')
            self._said_damaged = True
        return None

    def _take_up_records(self) -> None:
        """Reads the records added since the last time; skips torn and damaged ones."""
        data = _read(self._index, None, self._n_taken_up)
        for begin in range(0, len(data) - _RECORD_BYTES + 1, _RECORD_BYTES):
            entry = data[begin:begin + _ENTRY.size]
            if data[begin + _ENTRY.size:begin + _RECORD_BYTES] == _checksum(entry):
                name, offset, n_frames, checksum = _ENTRY.unpack(entry)
                self._entries[name] = offset, n_frames, checksum
        self._n_taken_up += len(data) - len(data) % _RECORD_BYTES

    def _append_records(self, names: List[bytes], entry_of_all: Entry) -> None:
        entries = [_ENTRY.pack(name, *entry_of_all) for name in names]
        _append(self._index, b''.join(entry + _checksum(entry) for entry in entries), _RECORD_BYTES)
        self._take_up_records()

    def _change(self, change: Callable[[], None]) -> None:
        """Calls `change()` while no other run writes; what fails is said, and nothing is written from then on."""
        with self._lock:
            if not self._writes:
                return
            try:
                fcntl.flock(self._index, fcntl.LOCK_EX)
                try:
                    self._take_up_records()
                    change()
                finally:
                    if self._index != _CLOSED:
                        fcntl.flock(self._index, fcntl.LOCK_UN)
            except OSError as error:
                self._writes = False
                self._log.warn(f'{self._data_path}: no more features can be kept there ({error.strerror}); training goes on '
                               f'and computes the others in every epoch.')

    def _name_of_source(self, audio: AudioSource) -> bytes:
        return self._name(b'file', audio.identity.encode('utf-8', 'surrogateescape'))

    def _name_of_sound(self, samples: np.ndarray) -> bytes:
        return self._name(b'sound', samples.tobytes())

    def _name(self, what: bytes, content: bytes) -> bytes:
        return hashlib.blake2b(b'\n'.join((what, self._recipe, content)), digest_size=16).digest()


def _checksum(data: bytes) -> bytes:
    return struct.pack('<I', zlib.crc32(data))


def _read(file: int, n_bytes: Optional[int], offset: int) -> bytes:
    """Returns what can be read of a range, empty if nothing; `n_bytes` None: up to the end."""
    try:
        return os.pread(file, max(0, os.fstat(file).st_size - offset) if n_bytes is None else n_bytes, offset)
    except OSError:
        return b''


def _append(file: int, data: bytes, alignment: int = 1) -> int:
    """Writes `data` behind the end, at a multiple of `alignment`, as a whole or not at all; returns where."""
    end = os.fstat(file).st_size
    offset = -(-end // alignment) * alignment
    try:
        n_written = 0
        while n_written < len(data):
            n_written += os.pwrite(file, data[n_written:], offset + n_written)
    except OSError:
        os.ftruncate(file, end)
        raise
    return offset
