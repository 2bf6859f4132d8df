"""Which part of which recording each converted file was made of.

An import goes on with the files that an earlier one has made. A name alone does not tell that they are right: lists get mended,
and then the same clip is from another second on, of another channel or in another recording.
"""

import hashlib
import os
from contextlib import suppress
from typing import Iterable, Optional, Set

from deepspeech.formats.content import open_regular

from ..errors import DataError
from ..paths import written_atomically
from .convert import Cut, Job

DIGEST_BYTES = 8


def remove_outdated(directory: str, name: str, jobs: Iterable[Job]) -> None:
    """Removes the files that were made of something else than they are to be made of, and notes what all will be made of.

    It is noted before any is made: whenever the import is killed, what is there is what is noted. Where there is no note, as
    other programs have made the files, their times have to do (see `convert.make_wavs`).

    Args:
      directory: of the import.
      name: of the importer.
      jobs: all that is to be converted.
    Raises:
      DataError: a file cannot be removed, or the note not be written.
    """
    note = os.path.join(directory, f'.import-{name}.made')
    known, wanted = _read(note), set()
    try:
        for job in jobs:
            for cut in job.cuts:
                digest = _digest(directory, job.source, cut)
                wanted.add(digest)
                if known is not None and digest not in known:
                    with suppress(FileNotFoundError):
                        os.remove(cut.target)
    except OSError as error:
        raise DataError(f'{error.filename}: cannot be removed ({error.strerror}); make its directory writable, or import into '
                        f'another one.') from error
    if wanted != known:
        with written_atomically(note, DataError) as file:
            file.write(b''.join(sorted(wanted)))


def _digest(directory: str, source: str, cut: Cut) -> bytes:
    """Returns what stands for a cut: the same wherever the directory is moved together with the recordings."""
    state = None
    with suppress(OSError, ValueError):  # what is missing is said when it is to be converted
        found = os.stat(source)
        state = found.st_size, found.st_mtime_ns
    known = os.path.relpath(cut.target, directory), os.path.relpath(source, directory), state, cut.span_s, cut.channel
    return hashlib.sha256(repr(known).encode('utf-8', 'surrogatepass')).digest()[:DIGEST_BYTES]


def _read(note: str) -> Optional[Set[bytes]]:
    """Returns the digests of a note; None: there is none, or it is damaged."""
    with suppress(OSError), open_regular(note) as file:
        content = file.read()
        if len(content) % DIGEST_BYTES == 0:
            return {content[start:start + DIGEST_BYTES] for start in range(0, len(content), DIGEST_BYTES)}
    return None
