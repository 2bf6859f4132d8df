"""What tells a finished import from one that was interrupted, and keeps two at once apart."""

import csv
import fcntl
import glob
import hashlib
import json
import os
from contextlib import contextmanager, suppress
from typing import Dict, Iterable, Iterator, List, Sequence

from deepspeech.unfinished import UNFINISHED, remove_abandoned

from ..digests import file_digest
from ..errors import DataError
from ..paths import open_kept, write_atomically
from .clips import Candidate
from .output import COLUMNS

FORMAT = 1


class Finished:
    """The note that an import leaves when everything is in place.

    Args:
      directory: of the CSV files.
      name: of the importer.
    """

    def __init__(self, directory: str, name: str) -> None:
        self._directory, self._name = directory, name
        self._path = os.path.join(directory, f'.import-{name}.json')

    def holds(self, digest: str) -> bool:
        """Tells whether an import of `digest` is in place: its files as they were written, and all audio that they name."""
        try:
            with open(self._path, encoding='utf-8') as file:
                state = json.load(file)
            files: Dict[str, str] = state['files']
            return (state['format'], state['digest']) == (FORMAT, digest) and all(
                file_digest(os.path.join(self._directory, name)).sha256 == content for name, content in files.items()) and all(
                self._has_audio(name) for name in files)
        except (OSError, ValueError, TypeError, KeyError, AttributeError):
            return False

    def names(self) -> List[str]:
        """Returns the names of the files that an import has left, with whatever settings."""
        with suppress(OSError, ValueError, TypeError, KeyError):
            with open(self._path, encoding='utf-8') as file:
                return [str(name) for name in json.load(file)['files'] if os.path.basename(str(name)) == name]
        return []

    def of_others(self) -> Dict[str, str]:
        """Returns {name of a file: importer} of what other importers have left in the directory."""
        notes = sorted(glob.glob(os.path.join(glob.escape(self._directory), '.import-*.json')))
        others = [os.path.basename(path)[len('.import-'):-len('.json')] for path in notes if path != self._path]
        return {name: other for other in others for name in Finished(self._directory, other).names()}

    def begin(self) -> None:
        """Takes the note away."""
        with suppress(FileNotFoundError):
            os.remove(self._path)

    def finish(self, digest: str, names: Iterable[str]) -> None:
        """Leaves the note; `names` are those of all files that the import has written into the directory."""
        files = {name: file_digest(os.path.join(self._directory, name)).sha256 for name in names}
        write_atomically(self._path, json.dumps({'format': FORMAT, 'digest': digest, 'files': files}, indent=1), DataError)

    def _has_audio(self, name: str) -> bool:
        """Tells whether every recording of a CSV file is there, in its size."""
        with open(os.path.join(self._directory, name), encoding='utf-8', errors='surrogateescape', newline='') as file:
            rows = csv.reader(file)
            if next(rows, [])[:len(COLUMNS)] != list(COLUMNS):
                return True  # a list of something else
            return all(os.path.getsize(os.path.join(self._directory, row[0])) == int(row[1]) for row in rows)


def digest_of(settings: Sequence[object], candidates: Iterable[Candidate]) -> str:
    """Returns what an import is known by: its settings, and what the corpus lists with the size and time of each recording."""
    digest = hashlib.sha256(repr(settings).encode('utf-8', 'surrogateescape'))
    states: Dict[str, str] = {}
    for candidate in candidates:
        if candidate.audio not in states:
            states[candidate.audio] = _state_of(candidate.audio)
        digest.update(repr((*candidate, states[candidate.audio])).encode('utf-8', 'surrogateescape'))
    return digest.hexdigest()


def _state_of(path: str) -> str:
    try:
        state = os.stat(path)
        return f'{state.st_size} {state.st_mtime_ns}'
    except (OSError, ValueError):
        return 'missing'


@contextmanager
def alone(directory: str, name: str) -> Iterator[None]:
    """Keeps other imports of a corpus out of a directory, which is made.

    Raises:
      DataError: another one is at work there, or it cannot be written.
    """
    path = os.path.join(directory, f'.import-{name}.lock')
    if os.path.lexists(directory) and not os.path.isdir(directory):
        raise DataError(f'{directory}: a file, where a directory is wanted that the data set can go to; name one.')
    try:
        os.makedirs(directory, exist_ok=True)
        file = open_kept(path)
    except OSError as error:
        raise DataError(f'{path}: cannot be written ({error.strerror}); import into another directory.') from error
    with file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise DataError(f'{directory}: another import is writing there; wait for it, or stop it.') from error
        except OSError:  # not every network file system has locks
            pass
        yield


def remove_unfinished(directories: Iterable[str]) -> None:
    """Removes what a killed import has left of files that it was writing."""
    for directory in directories:
        with suppress(OSError):
            for entry in os.scandir(directory):
                if entry.name.startswith(UNFINISHED):
                    remove_abandoned(entry.path, even_without_locks=True)
