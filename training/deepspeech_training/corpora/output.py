"""Writes what an import leaves behind: sets as CSV files, what was left out, an alphabet, a text for the language model.

Each file is complete or absent.
"""

import csv
import io
import random
from typing import Dict, Iterable, List, NamedTuple, Sequence, Tuple

from deepspeech.formats.content import open_regular

from ..errors import DataError
from ..paths import write_atomically
from ..text.characters import alphabet_text
from .clips import Rejected

COLUMNS = ('wav_filename', 'wav_filesize', 'transcript')
MOST_HEADER_BYTES = 1000
REJECTED_COLUMNS = ('clip', 'audio', 'problem', 'reason', 'place', 'text')


class Clip(NamedTuple):
    """A row of a CSV file; `path` is absolute or relative to that file."""

    path: str
    size_bytes: int
    transcript: str
    extra: Tuple[str, ...] = ()


def split_80_10_10(clips: Iterable[Clip], seed: int = 0) -> Dict[str, List[Clip]]:
    """Returns {'train': clips, 'dev': clips, 'test': clips}: a seeded shuffle, each part sorted by size.

    The result is the same on every machine and depends on the order of `clips`; pass them in an order that is fixed by the
    corpus, not by a directory listing.
    """
    shuffled = list(clips)
    random.Random(seed).shuffle(shuffled)
    train_end, dev_end = int(len(shuffled) * .8), int(len(shuffled) * .9)
    parts = {'train': shuffled[:train_end], 'dev': shuffled[train_end:dev_end], 'test': shuffled[dev_end:]}
    return {name: sorted(part, key=lambda clip: clip.size_bytes) for name, part in parts.items()}


def require_ours(path: str) -> None:
    """Raises DataError if a file that is to be written is there already and no import has written it: a list of the corpus."""
    try:
        with open_regular(path) as file:
            start = file.readline(MOST_HEADER_BYTES).decode('utf-8', 'replace')
    except OSError:
        return  # nothing is there, or what writing it says itself
    if start and not start.startswith((','.join(COLUMNS), ','.join(REJECTED_COLUMNS))):
        raise DataError(f'{path} is there already, is not what an import writes, and would be lost; move it, or name another '
                        f'directory for the data set.')


def write_csv(path: str, clips: Iterable[Clip], extra_columns: Sequence[str] = ()) -> None:
    """Writes `clips` as a data set that the trainer reads."""
    _write_table(path, [*COLUMNS, *extra_columns], ([clip.path, clip.size_bytes, clip.transcript, *clip.extra]
                                                    for clip in clips))


def write_rejected(path: str, rejected: Iterable[Rejected]) -> None:
    """Writes which clips are left out, and why."""
    _write_table(path, REJECTED_COLUMNS, (map(_readable, (candidate.id, candidate.audio, problem.kind, problem.reason,
                                                          candidate.place, candidate.text)) for candidate, problem in rejected))


def is_utf8(text: str) -> bool:
    """Tells whether a path can stand in a CSV file; in any locale."""
    try:
        text.encode('utf-8', 'surrogateescape').decode('utf-8')
    except UnicodeError:
        return False
    return True


def _readable(text: str) -> str:
    """Returns a text as every reader of CSV takes it: zero bytes and what is no UTF-8 are spelt out."""
    return text.replace('\0', '\\x00').encode('utf-8', 'backslashreplace').decode('utf-8')


def _write_table(path: str, columns: Sequence[str], rows: Iterable[Iterable[object]]) -> None:
    text = io.StringIO()
    writer = csv.writer(text, lineterminator='\n')
    writer.writerow(columns)
    writer.writerows(rows)
    write_atomically(path, text.getvalue(), DataError)


def write_alphabet(path: str, transcripts: Sequence[str]) -> None:
    """Writes the characters of `transcripts`, one per line and sorted, so that the blank comes first."""
    write_atomically(path, alphabet_text(sorted(set().union(*transcripts))), DataError)


def write_text(path: str, transcripts: Iterable[str]) -> None:
    """Writes one transcript per line, for a language model."""
    write_atomically(path, ''.join(transcript + '\n' for transcript in transcripts), DataError)
