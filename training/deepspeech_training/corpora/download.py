"""Downloads a file over HTTP: takes up an interrupted transfer, tries again, and never leaves half a file behind."""

import http.client
import os
import time
import urllib.error
import urllib.parse
import urllib.request
from email.message import Message
from typing import Optional

from ..console.log import Log
from ..console.progress import Transfer
from ..errors import DataError
from ..paths import open_kept, put_in_place, write_whole

BLOCK_BYTES = 1 << 20
TIMEOUT_S = 30
ATTEMPTS = 3


def download(url: str, path: str, size_bytes: Optional[int] = None, pause_s: float = 1.0, log: Optional[Log] = None) -> None:
    """Fetches `url` into the file `path`, unless that file is there already.

    The transfer goes to `<path>.part`, which the next call takes up, and gets its name when its size is right.

    Args:
      url: address of the file.
      path: where it goes; the directory is made.
      size_bytes: expected size where it is known; otherwise the server's word is taken.
      pause_s: wait after the first failure; doubled after each further one.
      log: Log to show the progress of a long transfer on; by default one on stdout.
    Raises:
      DataError: the file cannot be fetched, or has another size than `size_bytes`.
    """
    if os.path.exists(path):
        return
    os.makedirs(os.path.dirname(os.path.abspath(path)), exist_ok=True)
    partial = path + '.part'
    for attempt in range(ATTEMPTS):
        try:
            expected = _transfer(url, partial, log or Log())
            break
        except (OSError, http.client.HTTPException) as error:  # URLError and time-outs are OSErrors
            if attempt == ATTEMPTS - 1 or _is_final(error):
                raise DataError(f'{url} cannot be downloaded ({error}).') from error
            time.sleep(pause_s * 2 ** attempt)
    got = os.path.getsize(partial)
    if got != (size_bytes or expected or got):
        os.remove(partial)
        raise DataError(f'{url}: got {got} bytes, expected {size_bytes or expected}; it is not the file it should be.')
    put_in_place(partial, path, DataError)


def _transfer(url: str, partial: str, log: Log) -> Optional[int]:
    """Appends what is missing to `partial`; returns the whole file's size, or None if the server does not tell."""
    have = os.path.getsize(partial) if os.path.exists(partial) else 0
    request = urllib.request.Request(url, headers={'Range': f'bytes={have}-'} if have else {})
    try:
        response = urllib.request.urlopen(request, timeout=TIMEOUT_S)
    except urllib.error.HTTPError as error:
        if error.code != 416:
            raise
        # Nothing lies beyond what we have: it is whole, or it belongs to another file and the size check says so.
        return _size_of_range(error.headers)
    with response, open_kept(partial) as file:
        if response.status != 206:  # the server starts over
            file.truncate(0)
            have = 0
        length = response.headers.get('Content-Length')
        expected = have + int(length) if length else None
        with Transfer(log, f'Downloading {_name(url)}', expected, have) as progress:
            for block in iter(lambda: response.read(BLOCK_BYTES), b''):
                write_whole(file, block)
                have += len(block)
                progress.update(have)
    if expected is not None and have < expected:
        raise ConnectionError(f'the connection broke after {have} of {expected} bytes')
    return expected


def _name(url: str) -> str:
    """Returns `clips.tar.gz` for `https://host/clips.tar.gz?key=0`."""
    path = urllib.parse.urlsplit(url).path
    return urllib.parse.unquote(path.rstrip('/').rpartition('/')[2]) or url


def _size_of_range(headers: Message) -> Optional[int]:
    """Returns 90 for `Content-Range: bytes */90`."""
    total = headers.get('Content-Range', '').rpartition('/')[2]
    return int(total) if total.isdigit() else None


def _is_final(error: Exception) -> bool:
    """Tells whether trying again is useless: the server understood and refused."""
    return isinstance(error, urllib.error.HTTPError) and 400 <= error.code < 500
