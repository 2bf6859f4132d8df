"""Downloads a file over HTTP: takes up an interrupted transfer, tries again, and never leaves half a file behind."""

import fcntl
import http.client
import os
import shutil
import time
import urllib.error
import urllib.parse
import urllib.request
from contextlib import contextmanager, suppress
from email.message import Message
from typing import Callable, Iterator, List, NamedTuple, Optional

from deepspeech.formats.content import recognise

from ...console.log import Log
from ...console.progress import Transfer
from ...errors import DataError
from ...paths import open_kept, put_in_place, write_whole

BLOCK_BYTES = 1 << 20
TIMEOUT_S = 30
ATTEMPTS = 3  # without progress worth the name
PROGRESS_BYTES = 1 << 20
NOT_FINAL = (408, 425, 429)  # refusals of the moment: the server waited in vain, or has too much to do
PAGES = ('.html', '.htm', '.xml')  # what may be a web page


def download(url: str, path: str, size_bytes: Optional[int] = None, pause_s: float = 1.0, log: Optional[Log] = None, *,
             check: Optional[Callable[[str], None]] = None) -> None:
    """Fetches `url` into the file `path`, unless that file is there already.

    The transfer goes to `<path>.part`, which the next call takes up, and gets its name when its size is right. What another
    address has begun is taken up only where `check` would notice that the two are different files.

    Args:
      url: address of the file.
      path: where it goes; the directory is made.
      size_bytes: expected size where it is known; otherwise the server's word is taken.
      pause_s: wait after the first failure; doubled after each further one.
      log: Log to show the progress of a long transfer on; by default one on stdout.
      check: function of the path of the whole file that raises DataError if it is not the right one.
    Raises:
      DataError: the file cannot be fetched, is a web page, has another size than `size_bytes`, or fails the check.
    """
    os.makedirs(os.path.dirname(os.path.abspath(path)), exist_ok=True)
    with _part(path, url) as part:
        while part is not None:
            n_kept = part.size()
            wanted = _Wanted(url, size_bytes, mixed=check is not None, is_page=path.lower().endswith(PAGES))
            expected = _persist(wanted, part, pause_s, log or Log())
            try:
                _verify(url, part, size_bytes or expected, check)
            except DataError:
                part.clear()
                if n_kept:  # of another file, it seems: once more from its beginning
                    continue
                part.remove()
                raise
            put_in_place(part.path, path, DataError)
            part.remove()
            break


def _verify(url: str, part: '_Part', expected: Optional[int], check: Optional[Callable[[str], None]]) -> None:
    got = part.size()
    if got != (expected or got):
        raise DataError(f'{url}: got {got} bytes, expected {expected}; it is not the file it should be.')
    if check:
        check(part.path)


class _Wanted(NamedTuple):
    """What to fetch. `mixed`: it may be put together from several addresses; `is_page`: it may be a web page."""

    url: str
    size_bytes: Optional[int]
    mixed: bool
    is_page: bool

    @property
    def name(self) -> str:
        """Returns `clips.tar.gz` for `https://host/clips.tar.gz?key=0`."""
        path = urllib.parse.urlsplit(self.url).path
        return urllib.parse.unquote(path.rstrip('/').rpartition('/')[2]) or self.url


class _Part:
    """The bytes that are there so far, and a note where they are from: the address, and how the server tells versions apart."""

    def __init__(self, path: str):
        self.path, self._note = path + '.part', path + '.part.from'
        self.file = open_kept(self.path)

    def is_ours(self) -> bool:
        """Keeps others away; returns False if the file has got its name or gone in the meantime. Raises DataError."""
        try:
            fcntl.flock(self.file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise DataError(f'{self.path}: another program is downloading this file; wait until it has ended.') from error
        with suppress(FileNotFoundError):
            return os.path.samestat(os.fstat(self.file.fileno()), os.stat(self.path))
        return False

    def size(self) -> int:
        return os.fstat(self.file.fileno()).st_size

    def origin(self) -> List[str]:
        """Returns [address, version or ''], or [] if nobody has noted them."""
        with suppress(OSError, ValueError), open_kept(self._note) as file:
            file.seek(0)
            lines = file.read(1 << 16).decode('utf-8').split('\n')
            return lines if len(lines) == 2 else []
        return []

    def begin(self, url: str, version: str) -> None:
        """Drops the bytes; those to come are from `url`."""
        try:
            self.file.truncate(0)
            with open_kept(self._note, begins_empty=True) as file:
                write_whole(file, f'{url}\n{version}'.encode())
        except OSError as error:
            raise self._unwritable(error) from error

    def append(self, block: bytes) -> None:
        try:
            write_whole(self.file, block)
        except OSError as error:
            raise self._unwritable(error) from error

    def _unwritable(self, error: OSError) -> DataError:
        return DataError(f'{self.path}: cannot be written ({error.strerror}); mend that, and the same command takes up the '
                         f'{self.size()} bytes that are there.')

    def clear(self) -> None:
        self.file.truncate(0)

    def remove(self) -> None:
        for path in (self.path, self._note):
            with suppress(FileNotFoundError):
                os.remove(path)


@contextmanager
def _part(path: str, url: str) -> Iterator[Optional[_Part]]:
    """Gives the part of a file, which no other process touches meanwhile; None if the file is there. Raises DataError."""
    while not os.path.exists(path):
        try:
            part = _Part(path)
        except OSError as error:
            raise DataError(f'{url} cannot be downloaded ({error}).') from error
        with part.file:
            if part.is_ours():
                try:
                    yield part
                finally:
                    if not part.size():
                        part.remove()
                return
    yield None


def _persist(wanted: _Wanted, part: _Part, pause_s: float, log: Log) -> Optional[int]:
    """Transfers the file, in several attempts; returns its size, or None if the server does not tell. Raises DataError."""
    n_failures, most = 0, part.size()
    while True:
        try:
            return _transfer(wanted, part, log)
        except (OSError, http.client.HTTPException, ValueError) as error:  # URLError and time-outs are OSErrors
            if part.size() >= most + PROGRESS_BYTES:
                n_failures, most = 0, part.size()
            n_failures += 1
            if n_failures == ATTEMPTS or _is_final(error):
                raise DataError(f'{wanted.url} cannot be downloaded ({error}).') from error
            time.sleep(pause_s * 2 ** (n_failures - 1))


def _transfer(wanted: _Wanted, part: _Part, log: Log) -> Optional[int]:
    """Appends what is missing to the part; returns the whole file's size, or None if the server does not tell."""
    address, version = part.origin() or ['', '']
    have = part.size() if wanted.mixed or address in ('', wanted.url) else 0
    headers = {'Range': f'bytes={have}-'} if have else {}
    if have and version and address == wanted.url:
        headers['If-Range'] = version  # it starts over if the file is another one by now
    request = urllib.request.Request(urllib.parse.quote(wanted.url, safe="%/:=&?~#+!$,;'@()*[]"), headers=headers)
    try:
        response = urllib.request.urlopen(request, timeout=TIMEOUT_S)
    except urllib.error.HTTPError as error:
        if error.code != 416 or not have:
            raise
        # Nothing lies beyond what we have: it is whole, or it belongs to another file and the size check says so.
        return _size_of_range(error.headers)
    with response:
        if response.getcode() != 206:  # the server starts over
            have = 0
        length = response.headers.get('Content-Length', '')
        expected = have + int(length) if length.isdigit() else None
        block = response.read1(BLOCK_BYTES)
        # All that speaks against this answer comes first: what is there already may be hours of work.
        _refuse_other_range(wanted, response.headers, have)
        _refuse_other_file(wanted, expected, b'' if have else block)
        _require_room(part, (expected or 0) - part.size())
        if not have:
            part.begin(wanted.url, _version(response.headers))
        with Transfer(log, f'Downloading {wanted.name}', expected, have) as progress:
            while block:
                part.append(block[:None if expected is None else expected - have])
                have += len(block)
                progress.update(have)
                block = b'' if expected is not None and have >= expected else response.read1(BLOCK_BYTES)
    if expected is not None and have < expected:
        raise ConnectionError(f'the connection broke after {have} of {expected} bytes')
    return expected


def _refuse_other_range(wanted: _Wanted, headers: Message, have: int) -> None:
    """Raises DataError if an answer says that it begins elsewhere than asked for."""
    unit, _, rest = headers.get('Content-Range', '').partition(' ')
    start = rest.partition('-')[0]
    if start.isdigit() and int(start) != have:
        raise DataError(f'{wanted.url}: the server sends what begins at byte {start}, not at {have}; it cannot be used.')


def _refuse_other_file(wanted: _Wanted, expected: Optional[int], head: bytes) -> None:
    """Raises DataError if the first bytes, or their number, show that this is not what is wanted."""
    content = recognise(head) if head else None
    if content and content.name in ('a web page', 'an XML document') and not wanted.is_page:
        raise DataError(f'{wanted.url} answers with {content.name}, not with the file: it has moved, or wants you to log in.')
    if wanted.size_bytes and expected not in (None, wanted.size_bytes):
        raise DataError(f'{wanted.url}: {expected} bytes are offered, expected {wanted.size_bytes}; it is another file.')


def _require_room(part: _Part, n_missing: int) -> None:
    """Raises DataError if the disk has less than that."""
    free = shutil.disk_usage(os.path.dirname(os.path.abspath(part.path))).free
    if n_missing > free:
        raise DataError(f'{part.path}: {n_missing / 1e9:.2f} GB are missing, the disk has {free / 1e9:.2f}; make room.')


def _version(headers: Message) -> str:
    """Returns what the server calls this version of the file, or '': only a strong ETag promises the same bytes."""
    tag = headers.get('ETag', '')
    return tag if tag.startswith('"') and tag.isprintable() else headers.get('Last-Modified', '')


def _size_of_range(headers: Message) -> Optional[int]:
    """Returns 90 for `Content-Range: bytes */90`."""
    total = headers.get('Content-Range', '').rpartition('/')[2]
    return int(total) if total.isdigit() else None


def _is_final(error: Exception) -> bool:
    """Tells whether trying again is useless: the server understood and refused, or there is no such address."""
    if isinstance(error, urllib.error.HTTPError):
        return 400 <= error.code < 500 and error.code not in NOT_FINAL
    return isinstance(error, (ValueError, http.client.InvalidURL))
