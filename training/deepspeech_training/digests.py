"""What tells the content of files apart: size and SHA-256, each file read at most once per run."""

import hashlib
import os
from typing import Dict, NamedTuple, Tuple

BLOCK_BYTES = 1 << 20


class FileDigest(NamedTuple):
    """The content of a file in short."""

    size_bytes: int
    sha256: str  # in hexadecimal digits


def file_digest(path: str) -> FileDigest:
    """Reads a whole file and returns its FileDigest. Raises OSError."""
    content, size_bytes = hashlib.sha256(), 0
    with open(path, 'rb') as file:
        for block in iter(lambda: file.read(BLOCK_BYTES), b''):
            content.update(block)
            size_bytes += len(block)
    return FileDigest(size_bytes, content.hexdigest())


class FileDigests:
    """The digests of files that were read in this run; a file is read again only after it has changed."""

    def __init__(self) -> None:
        self._known: Dict[str, Tuple[Tuple[int, ...], FileDigest]] = {}

    def of(self, path: str) -> FileDigest:
        """Returns the FileDigest of a file. Raises OSError."""
        known = self._known.get(os.path.realpath(path))
        return known[1] if known and known[0] == file_state(path) else self.of_new(path)

    def of_new(self, path: str) -> FileDigest:
        """Returns the FileDigest of a file that was just written, whatever was there before. Raises OSError."""
        state = file_state(path)  # before reading: what changes meanwhile is read again
        digest = file_digest(path)
        self._known[os.path.realpath(path)] = state, digest
        return digest


def file_state(path: str) -> Tuple[int, ...]:
    """Returns numbers that change when somebody writes to a file or replaces it. Raises OSError."""
    state = os.stat(path)
    return state.st_dev, state.st_ino, state.st_size, state.st_mtime_ns, state.st_ctime_ns
