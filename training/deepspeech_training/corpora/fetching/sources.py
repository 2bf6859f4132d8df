"""Files that a corpus is published as: found where somebody has put them, else downloaded; known to be whole before use."""

import hashlib
import json
import os
from contextlib import suppress
from typing import Any, Dict, List, NamedTuple, Optional, Tuple

from deepspeech.formats.content import HEAD_BYTES, open_regular, recognise

from ...console.log import Log
from ...console.progress import Transfer
from ...errors import DataError
from ...paths import open_kept, write_whole
from .download import PAGES, download

VERIFIED = '.deepspeech-verified.json'  # {name: [size, time of last change in ns, digest]} of the files beside it
BLOCK_BYTES = 1 << 20
ARCHIVES = ('.tar', '.gz', '.tgz', '.bz2', '.tbz2', '.xz', '.txz', '.zip')
_ARCHIVE_CONTENT = ('a gzip archive', 'a bzip2 archive', 'an xz archive', 'a zip archive', 'a tar archive', None)
_NEVER = ('a pointer of Git LFS', 'a pointer of git-annex', 'an empty file', 'nothing but zero bytes', 'an empty zip archive')
_PAGE = ('a web page', 'an XML document')


class Source(NamedTuple):
    """A file of a corpus.

    name: as published; it lies under that name in the data directory.
    urls: addresses, tried in order; none: it can only be put there by hand.
    size_bytes: None: not known.
    digest: `md5:`, `sha1:` or `sha256:` with hexadecimal digits; '': not known.
    other_names: further names under which people have it.
    """

    name: str
    urls: Tuple[str, ...] = ()
    size_bytes: Optional[int] = None
    digest: str = ''
    other_names: Tuple[str, ...] = ()


def fetch(source: Source, directory: str, offline: bool = False, log: Optional[Log] = None) -> str:
    """Returns the path of a file of a corpus in `directory`, downloaded if it is not there.

    What is there was put there by hand, perhaps: it is checked, never overwritten. A digest is computed once for each file,
    until its size or its time changes.

    Args:
      offline: nothing is downloaded.
      log: Log for the progress; by default one on stdout.
    Raises:
      DataError: it is not there and cannot be had, or what is there is another file or a part; says which file to put where.
    """
    if os.path.basename(source.name) != source.name or source.name in ('.', '..', '') or '\0' in source.name:
        raise DataError(f'{source.name!r} is no name for a file in {directory}; fetch that file by hand.')
    log = log or Log()
    complaints = []
    for name in (source.name, *source.other_names):
        path = os.path.join(directory, name)
        if os.path.lexists(path):
            try:
                _check(source, path, path, log)
                return path
            except DataError as error:
                complaints.append(str(error))
    if complaints:
        raise DataError(f'{" ".join(complaints)} Remove it{_then(source, offline)}.')
    path = os.path.join(directory, source.name)
    if offline or not source.urls:
        raise DataError(f'{path} is missing{" (nothing is downloaded)" if offline else ""}; {_by_hand(source, directory)}.')
    for url in source.urls:
        try:
            download(url, path, source.size_bytes, log=log, check=lambda part: _check(source, part, path, log))
            return path
        except DataError as error:
            complaints.append(str(error) if url in str(error) else f'{url}: {error}')
    raise DataError(f'{" ".join(complaints)} The same command tries again and goes on from what is there; or '
                    f'{_by_hand(source, directory)}.')


def is_there(source: Source, directory: str) -> bool:
    """Tells whether a file of a corpus is in `directory`, whatever is in it."""
    return any(os.path.lexists(os.path.join(directory, name)) for name in (source.name, *source.other_names))


def _by_hand(source: Source, directory: str) -> str:
    """Returns what a person can do."""
    names = ' or '.join((source.name, *source.other_names))
    origin = f' from {" or ".join(source.urls)}' if source.urls else ''
    size = f' ({source.size_bytes} bytes)' if source.size_bytes else ''
    return f'get {names}{size}{origin} with a browser or another machine and put it into {os.path.abspath(directory)}'


def _then(source: Source, offline: bool) -> str:
    """Returns how to get a file in place of one that is not good."""
    if source.urls and not offline:
        return ', and the same command downloads it'
    return f' and get it again{" from " + " or ".join(source.urls) if source.urls else ""}'


def _check(source: Source, path: str, known_as: str, log: Log) -> None:
    """Raises DataError if the file at `path`, which is or will be called `known_as`, is not what it should be."""
    try:
        with open_regular(path) as file:
            head = file.read(HEAD_BYTES)
            state = os.fstat(file.fileno())
    except OSError as error:
        raise DataError(f'{path}: it cannot be read ({error.strerror}).') from error
    _check_content(source, known_as, head)
    size = state.st_size
    if source.size_bytes is not None and size != source.size_bytes:
        part = 'it is a part of it, from a download that was cut off' if size < source.size_bytes else 'it is another file'
        raise DataError(f'{known_as} has {size} bytes instead of {source.size_bytes}: {part}.')
    if source.digest:
        _check_digest(source, path, known_as, state, log)


def _check_content(source: Source, path: str, head: bytes) -> None:
    """Raises DataError if the first bytes of a file show that it is something else."""
    content = recognise(head)
    name = source.name.lower()
    is_archive = name.endswith(ARCHIVES)
    if content and (content.name in _NEVER or content.name in _PAGE and not name.endswith(PAGES)
                    or is_archive and content.name not in _ARCHIVE_CONTENT):
        advice = f'; {content.advice}' if content.name in _NEVER + _PAGE and content.advice else ''
        wanted = 'the archive' if is_archive else 'the file'
        raise DataError(f'{path} is {content.name}, not {wanted} that it should be{advice}.')


def _check_digest(source: Source, path: str, known_as: str, state: os.stat_result, log: Log) -> None:
    """Raises DataError if the content is another one; what was right before and has not changed is not read again."""
    kind, _, digits = source.digest.partition(':')
    notes = os.path.join(os.path.dirname(known_as), VERIFIED)
    name = os.path.basename(known_as)
    mark: List[Any] = [state.st_size, state.st_mtime_ns, source.digest]
    if _read_notes(notes).get(name) == mark:
        return
    content, done = hashlib.new(kind), 0
    with open(path, 'rb') as file, Transfer(log, f'Checking {name}', state.st_size) as progress:
        for block in iter(lambda: file.read(BLOCK_BYTES), b''):
            content.update(block)
            done += len(block)
            progress.update(done)
    if content.hexdigest() != digits.lower():
        raise DataError(f'{known_as}: its {kind} is {content.hexdigest()} instead of {digits.lower()}: it is damaged, or '
                        f'another version.')
    text = json.dumps({**_read_notes(notes), name: mark}, indent=1)
    # Where it cannot be written, or is cut off by a kill, the file is read again next time.
    with suppress(OSError), open_kept(notes, begins_empty=True) as record:
        write_whole(record, text.encode())


def _read_notes(path: str) -> Dict[str, Any]:
    with suppress(OSError, ValueError), open_regular(path) as file:
        notes = json.loads(file.read().decode('utf-8'))
        return notes if isinstance(notes, dict) else {}
    return {}
