"""Unpacks archives: into a directory that appears complete or not at all, and never a byte outside of it.

What an archive is, its content says, not its name. A member that could do harm - an absolute name, one that leads out of the
target, a link, a device - is left out and counted; damage is an error, as a corpus that is shorter than it should be would not
be noticed. Files get the permissions that the umask gives; owners, times and modes of the archive count for nothing.
"""

import fcntl
import glob
import hashlib
import io
import json
import os
import shutil
from contextlib import contextmanager, suppress
from typing import Any, Callable, Dict, Iterator, List, Optional, Sequence, Union

from deepspeech.formats.content import open_regular

from ...console.log import Log
from ...errors import DataError
from .compressed import DamageError, JoinedFiles
from .unpacking import MARKER, MOST_BYTES, Names, unpack_into

EDGE_BYTES = 1 << 16  # at both ends of an archive, where its checksums or its list of members are
UNFINISHED = '.unpacking'  # how the name of a directory ends that is being unpacked to
SYNC_BYTES = 1 << 26  # more than that is on the disk before it gets its name
_SUFFIXES = ('.tar.gz', '.tar.bz2', '.tar.xz', '.tgz', '.tbz2', '.txz', '.tar', '.zip', '.gz', '.bz2', '.xz')
Archive = Union[str, Sequence[str]]


def unpack(archive: Archive, target: str, log: Optional[Log] = None, most_bytes: int = MOST_BYTES,
           members: Optional[Names] = None) -> str:
    """Unpacks tar (also compressed by gzip, bzip2, xz), zip, or one compressed file into the directory `target`.

    Nothing is done where the same archive was unpacked before, or `target` holds what somebody else has put there. Killed at
    any moment, the next call begins again; what was left behind is removed.

    Args:
      archive: path, or the paths of its parts in their order.
      log: Log for progress and warnings; by default one on stdout.
      most_bytes: more than that is not unpacked.
      members: function of the name of a file that says where in the target it goes, or None: it is left out.
    Returns:
      target.
    Raises:
      DataError: the archive is cut short, damaged, encrypted, none, too large, or another one than `target` was made of; or
        the target cannot be written.
    """
    log = log or Log()
    paths = [archive] if isinstance(archive, str) else list(archive)
    real = os.path.realpath(target)
    with _place_beside(real, lambda: _is_ready(paths, real, log)) as place:
        if place is None:
            return target
        try:
            with io.BufferedReader(JoinedFiles(paths), EDGE_BYTES) as file:
                n_bytes = unpack_into(file, paths[0], place, log, most_bytes=most_bytes, names=members)
            _write_marker(paths, place)
            if n_bytes > SYNC_BYTES:
                os.sync()
            os.rename(place, real)
        except DamageError as error:
            raise DataError(f'{paths[0]} {error}; nothing of it is kept. Get it again, or name another.') from error
        except OSError as error:
            raise DataError(f'{paths[0]} cannot be unpacked into {target} ({error.strerror or error}); mend that, and the same '
                            f'command begins again.') from error
    return target


def is_unpacked(target: str) -> bool:
    """Tells whether `unpack` has finished with a directory; then its archive is no longer needed."""
    return os.path.exists(os.path.join(target, MARKER))


def unpack_nested(directory: str, pattern: str, log: Optional[Log] = None) -> List[str]:
    """Unpacks each archive below `directory` whose path fits `pattern` (as `wav/*.tar.gz`) beside itself.

    Returns:
      the directories, in order, which have the names of the archives without their endings. Raises DataError as `unpack`.
    """
    found = sorted(glob.glob(os.path.join(glob.escape(directory), pattern), recursive=True))
    archives = [path for path in found if os.path.isfile(path) and path != without_suffix(path)]
    targets = [without_suffix(path) for path in archives]
    by_hand = [target for target in targets if _is_by_hand(target)]
    if by_hand:  # said once for all of them
        (log or Log()).info(f'{by_hand[0]}{f" and {len(by_hand) - 1} like it" if by_hand[1:] else ""}: used as it is; '
                            f'remove it to have its archive unpacked.')
    return [target if target in by_hand else unpack(path, target, log) for path, target in zip(archives, targets)]


def _is_by_hand(target: str) -> bool:
    """Tells whether somebody else has put something into a directory."""
    with suppress(OSError):
        names = os.listdir(target)
        return bool(names) and MARKER not in names
    return False


def without_suffix(path: str) -> str:
    """Returns the path of an archive without its ending, which is where it is unpacked to by default."""
    return next((path[:-len(suffix)] for suffix in _SUFFIXES if path.lower().endswith(suffix)), path)


def _is_ready(paths: Sequence[str], real: str, log: Log) -> bool:
    """Tells whether a directory holds what was unpacked of that archive, or by hand. Raises DataError: of another archive."""
    try:
        names = os.listdir(real)
    except FileNotFoundError:
        return False
    except OSError as error:
        raise DataError(f'{real}: it cannot be unpacked to ({error.strerror}); remove it, or choose another.') from error
    if MARKER not in names:
        if names:
            log.info(f'{real} is used as it is; remove it to have {paths[0]} unpacked.')
        return bool(names)
    marker = _read_marker(os.path.join(real, MARKER))
    if marker is None or not all(map(os.path.exists, paths)):  # the archive may go once it is unpacked
        return True
    if _state(paths) == marker.get('state') or _edges(paths) == marker.get('edges'):
        return True
    raise DataError(f'{real} was unpacked of another archive than {paths[0]}; remove it to have this one unpacked.')


def _state(paths: Sequence[str]) -> List[List[int]]:
    """Returns [size, time of the last change in ns] of each file."""
    return [[os.stat(path).st_size, os.stat(path).st_mtime_ns] for path in paths]


def _edges(paths: Sequence[str]) -> str:
    """Returns what tells an archive from others, also where it was copied: its size, its beginning and its end, in short."""
    with JoinedFiles(paths) as file:
        size = file.seek(0, io.SEEK_END)
        file.seek(0)
        content = hashlib.sha256(file.read(EDGE_BYTES))
        file.seek(-EDGE_BYTES, io.SEEK_END)
        content.update(file.read(EDGE_BYTES))
    return f'{size} {content.hexdigest()}'


def _write_marker(paths: Sequence[str], place: str) -> None:
    """Notes in a directory what it was unpacked of. Raises OSError."""
    marker = {'archive': [os.path.basename(path) for path in paths], 'state': _state(paths), 'edges': _edges(paths)}
    with open(os.path.join(place, MARKER), 'x', encoding='utf-8') as file:
        json.dump(marker, file, indent=1)
        file.flush()
        os.fsync(file.fileno())


def _read_marker(path: str) -> Optional[Dict[str, Any]]:
    with suppress(OSError, ValueError), open_regular(path) as file:
        marker = json.loads(file.read().decode('utf-8'))
        return marker if isinstance(marker, dict) else None
    return None


@contextmanager
def _place_beside(real: str, is_ready: Callable[[], bool]) -> Iterator[Optional[str]]:
    """Gives a new directory that only we use, in the one of `real`; or None, if that is ready. Nothing else is left there."""
    private = real + UNFINISHED
    if is_ready():
        if os.path.lexists(private):
            with suppress(DataError), _owned(private):
                pass
        yield None
        return
    with _owned(private):
        place = os.path.join(private, 'content')
        if is_ready():  # by another process, a moment ago
            yield None
        else:
            os.mkdir(place)
            yield place


@contextmanager
def _owned(private: str) -> Iterator[None]:
    """Makes a directory ours, empties it and removes it in the end. Raises DataError."""
    handle = None
    while handle is None:
        try:
            handle = _opened(private)
        except BlockingIOError as error:
            raise DataError(f'{private}: another program is unpacking this archive; wait until it has ended.') from error
        except OSError as error:
            raise DataError(f'{private}: cannot be used to unpack ({error.strerror}); remove it, or make its directory '
                            f'writable.') from error
    try:
        yield
    finally:
        shutil.rmtree(private, ignore_errors=True)
        os.close(handle)


def _opened(private: str) -> Optional[int]:
    """Returns a handle of the empty directory, locked; None: try again, as it was another's. Raises OSError."""
    os.makedirs(os.path.dirname(private), exist_ok=True)
    with suppress(FileExistsError):
        os.mkdir(private, 0o700)
    handle = os.open(private, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC)  # no link is followed
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        with suppress(FileNotFoundError):
            if os.path.samestat(os.fstat(handle), os.lstat(private)):
                if os.fstat(handle).st_uid == os.geteuid():
                    os.fchmod(handle, 0o700)
                    if not os.listdir(private):
                        kept, handle = handle, -1
                        return kept
                shutil.rmtree(private)  # what a killed process, or another user, has left: nobody else can have put links there
        return None
    finally:
        if handle >= 0:
            os.close(handle)
