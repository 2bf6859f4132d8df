"""What earlier runs found out about audio files, so that only what is new or has changed is opened.

One file of all runs of a user, in the cache directory: a record of 80 bytes for each audio file, by the hash of its path. It
counts as long as size, both times and inode are those of the file; asking for these opens nothing. The memory is replaced as
a whole, under a lock, with what others have added meanwhile; where it is damaged or of another version, files are looked at
again.
"""

import hashlib
import json
import os
import struct
import time
import zlib
from typing import BinaryIO, Dict, Iterator, List, Optional, Sequence, Set, Tuple, Union

import numpy as np
from deepspeech.formats.content import open_regular

from ..console.log import Log
from ..errors import DataError
from ..paths import written_atomically
from .audio import for_each
from .converted import locked
from .utterance import RECORD, AudioFile, AudioSource, FileState, RecordedFile, Recording

MOST_FILES = 4000000  # those used last stay, in 320 MB; what this run uses, in any case
SETTLED_NS = 2 * 10 ** 9  # so long a file has to be as it is: what is written at the same tick of the clock has the same times
SAVE_EVERY_S = 120  # while many files are new
REFRESH_DAYS = 7  # as exactly the last use is known
_MAGIC = b'DSAUDIO1'  # another way to look at audio, or to remember it, needs another number
_HEADER = struct.Struct('<8sQQ')  # magic, records, bytes of the reasons behind them
_CHECKSUM = struct.Struct('<I')  # of all that stands before it
_STATE = [('size_bytes', '<u8'), ('modified_ns', '<i8'), ('changed_ns', '<i8'), ('inode', '<u8')]  # begins a RECORD
_ENTRY = np.dtype([('key', '<u8'), *_STATE, ('rest', f'V{RECORD.size - 32}'),
                   ('reason', '<u4'),  # 0: it is sound; else place, counted from 1, of what is wrong with it in a list
                   ('used', '<u2')])  # day of the last use, counted from 1970
_PACKED = slice(8, 8 + RECORD.size)  # the RECORD in an entry
_PART_ENTRIES = 65536  # written at once

Found = Union[AudioSource, DataError]


class KnownAudio:
    """The memory. It is read by the first look-up and held until `save`, which is to follow the last one.

    Args:
      path: of its file; what cannot be read or written there is not remembered.
      log: told about that, once.
    """

    def __init__(self, path: str, log: Log) -> None:
        self._path, self._log = path, log
        self._said: Set[str] = set()
        self._new, self._new_reasons = bytearray(), _Reasons()
        self._saved_s = time.monotonic()
        self._is_read = False
        self._let_go()

    def look_up(self, recordings: Sequence[Recording]) -> List[Found]:
        """Returns for each recording, in order, its source or the DataError that `probe` raises; opens what is not known."""
        if not self._is_read:
            self._entries, self._reasons = self._read()
            self._used, self._is_read = np.zeros(len(self._entries), bool), True
        states = [None if isinstance(state, DataError) else state for state in for_each(_state_of, recordings)]
        found = self._known(recordings, states)
        begun_ns = time.time_ns()
        unknown = [place for place, result in enumerate(found) if result is None]
        for place, result in zip(unknown, for_each(lambda place: recordings[place].probe(), unknown)):
            found[place] = result
            self._add(recordings[place], result, states[place], begun_ns)
        if time.monotonic() - self._saved_s > SAVE_EVERY_S:
            self.save()
        return [result for result in found if result is not None]

    def save(self) -> None:
        """Keeps what was found for later runs, if there is anything to keep; a disk that is full costs just that."""
        try:
            if self._new or (self._entries['used'][self._used] + REFRESH_DAYS < _today()).any():
                os.makedirs(os.path.dirname(self._path), exist_ok=True)
                with locked(f'{self._path}.lock'):
                    self._write(*self._merged())
                self._new, self._new_reasons = bytearray(), _Reasons()
        except (OSError, DataError) as error:
            self._new = bytearray(self._new)  # an array that looks at it may be there still: then nothing can be added to it
            self._say(f'{self._path}: what was found out about audio cannot be kept there ({error}); the next run looks at the '
                      f'files again.')
        self._let_go()
        self._saved_s = time.monotonic()

    def _let_go(self) -> None:
        self._entries, self._reasons = np.zeros(0, _ENTRY), []
        self._used, self._is_read = np.zeros(0, bool), False

    def _say(self, sentence: str) -> None:
        if sentence not in self._said:
            self._said.add(sentence)
            self._log.info(sentence)

    def _known(self, recordings: Sequence[Recording], states: Sequence[Optional[FileState]]) -> List[Optional[Found]]:
        """Returns what is known of each recording in its state."""
        found: List[Optional[Found]] = [None] * len(recordings)
        present = [(index, file.path, state) for index, (file, state) in enumerate(zip(recordings, states))
                   if state is not None and isinstance(file, RecordedFile)]
        if not present or not len(self._entries):
            return found
        keys = np.array([_key(path) for _, path, _ in present], '<u8')
        places = np.searchsorted(self._entries['key'], keys).clip(max=len(self._entries) - 1)
        entries = self._entries[places]
        is_known = entries['key'] == keys
        for number, (name, kind) in enumerate(_STATE):
            is_known &= entries[name] == np.array([state[number] for _, _, state in present], kind)
        self._used[places[is_known]] = True
        packed, reasons = entries.tobytes(), entries['reason'].tolist()
        for number in np.flatnonzero(is_known).tolist():
            index, path, _ = present[number]
            begin = number * _ENTRY.itemsize
            found[index] = (DataError(path + self._reasons[reasons[number] - 1]) if reasons[number] else
                            AudioFile(path, packed[begin:begin + _ENTRY.itemsize][_PACKED]))
        return found

    def _add(self, file: Recording, found: Found, state: Optional[FileState], begun_ns: int) -> None:
        """Remembers what looking at a file gave, where that depends on the file alone."""
        reason = 0
        if isinstance(found, AudioFile):
            record, state = found.record, found.state
        elif isinstance(found, DataError) and state is not None and _is_lasting(found, file):
            record = RECORD.pack(*state, 0, 0, 0, 0, 0, b'')
            reason = self._new_reasons.place_of(str(found)[len(file.describe()):])
        else:
            return
        if (state.changed_ns or state.modified_ns) > begun_ns - SETTLED_NS:
            return
        self._new += struct.pack('<Q', _key(file.describe())) + record + struct.pack('<IH', reason, _today())

    def _merged(self) -> Tuple[np.ndarray, np.ndarray, List[str]]:
        """Returns (entries, which of them to write in which order, reasons): this run's, and those of others there is room for.

        To be called locked.
        """
        others, reasons_of_others = self._read()
        reasons = _Reasons()
        parts = [_moved(others, reasons_of_others, reasons), _moved(self._entries[self._used], self._reasons, reasons),
                 _moved(np.frombuffer(self._new, _ENTRY), self._new_reasons.all, reasons)]
        parts = [part for part in parts if len(part)]
        entries = parts[0] if len(parts) == 1 else np.concatenate(parts)  # the first time there are many, and no others
        entries['used'][len(others):] = _today()
        order = np.argsort(entries['key'], kind='stable')
        keys = entries['key'][order]
        order = order[np.append(keys[1:] != keys[:-1], True)]  # of several entries of a file the last one
        if len(order) > MOST_FILES:
            n_kept = max(MOST_FILES, int(np.count_nonzero(order >= len(others))))
            latest = np.argsort(entries['used'][order], kind='stable')[len(order) - n_kept:]
            order = order[np.sort(latest)]
        return entries, order, reasons.all

    def _write(self, entries: np.ndarray, order: np.ndarray, reasons: List[str]) -> None:
        listed = json.dumps(reasons).encode('ascii')
        with written_atomically(self._path, DataError) as file:
            checksum = 0
            for part in _parts(entries, order, listed):
                file.write(part)
                checksum = zlib.crc32(part, checksum)
            file.write(_CHECKSUM.pack(checksum))

    def _read(self) -> Tuple[np.ndarray, List[str]]:
        """Returns the entries by rising key, and the list of reasons; none, where the file is not what it should be."""
        try:
            with open_regular(self._path) as file:
                return _parsed(file)
        except FileNotFoundError:
            pass
        except (OSError, ValueError, struct.error):
            self._say(f'{self._path}: cannot be read or is damaged; all audio is looked at again.')
        return np.zeros(0, _ENTRY), []


class _Reasons:
    """What may be wrong with files, each said once."""

    def __init__(self) -> None:
        self.all: List[str] = []
        self._places: Dict[str, int] = {}

    def place_of(self, reason: str) -> int:
        """Returns the place of a reason, counted from 1; it is added if it is new."""
        if reason not in self._places:
            self.all.append(reason)
            self._places[reason] = len(self.all)
        return self._places[reason]


def _parts(entries: np.ndarray, order: np.ndarray, reasons: bytes) -> Iterator[bytes]:
    """Yields the bytes of a memory file, but the checksum."""
    yield _HEADER.pack(_MAGIC, len(order), len(reasons))
    for first in range(0, len(order), _PART_ENTRIES):
        yield entries[order[first:first + _PART_ENTRIES]].tobytes()
    yield reasons


def _moved(entries: np.ndarray, reasons: Sequence[str], target: _Reasons) -> np.ndarray:
    """Returns entries with the reasons of another list; they are copied only if there are any."""
    damaged = np.flatnonzero(entries['reason'])
    if not len(damaged):
        return entries
    moved = entries.copy()
    moved['reason'][damaged] = [target.place_of(reasons[place - 1]) for place in entries['reason'][damaged].tolist()]
    return moved


def _parsed(file: BinaryIO) -> Tuple[np.ndarray, List[str]]:
    """Returns the entries and reasons in a file. Raises OSError, ValueError or struct.error where it is no whole one."""
    header = file.read(_HEADER.size)
    magic, n_entries, n_bytes = _HEADER.unpack(header)
    end = n_entries * _ENTRY.itemsize
    if magic != _MAGIC or os.fstat(file.fileno()).st_size != _HEADER.size + end + n_bytes + _CHECKSUM.size:
        raise ValueError('of another version, or cut short')
    data = file.read(end + n_bytes)
    if file.read() != _CHECKSUM.pack(zlib.crc32(data, zlib.crc32(header))):
        raise ValueError('damaged')
    return np.frombuffer(data, _ENTRY, n_entries), json.loads(data[end:].decode('ascii'))


def _state_of(recording: Recording) -> Optional[FileState]:
    return recording.state() if isinstance(recording, RecordedFile) else None


def _is_lasting(error: DataError, file: Recording) -> bool:
    """Returns whether a file is what an error says as long as it does not change; not that it could not be read."""
    return not isinstance(error.__cause__, OSError) and str(error).startswith(f'{file.describe()}: ')


def _key(path: str) -> int:
    name = path if os.path.isabs(path) else os.path.abspath(path)
    return int.from_bytes(hashlib.blake2b(name.encode('utf-8', 'surrogatepass'), digest_size=8).digest(), 'little')


def _today() -> int:
    return int(time.time() // 86400)
