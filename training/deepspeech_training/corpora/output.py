"""Writes what an import leaves behind: train, dev and test sets as CSV files, an alphabet, a text for the language model.

Each file is complete or absent.
"""

import csv
import io
import random
from typing import Dict, Iterable, List, NamedTuple, Sequence

from ..errors import DataError
from ..paths import write_atomically

COLUMNS = ('wav_filename', 'wav_filesize', 'transcript')


class Clip(NamedTuple):
    """One utterance of a corpus; `path` is absolute or relative to the CSV file."""

    path: str
    size_bytes: int
    transcript: str


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


def write_csv(path: str, clips: Iterable[Clip]) -> None:
    """Writes `clips` as a data set that the trainer reads."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator='\n')
    writer.writerow(COLUMNS)
    writer.writerows(clips)
    write_atomically(path, text.getvalue(), DataError)


def write_alphabet(path: str, transcripts: Sequence[str]) -> None:
    """Writes the characters of `transcripts`, one per line and sorted, so that the blank comes first."""
    characters = sorted(set().union(*transcripts))
    write_atomically(path, ''.join(f'\\{character}\n' if character == '#' else f'{character}\n' for character in characters),
                     DataError)


def write_text(path: str, transcripts: Iterable[str]) -> None:
    """Writes one transcript per line, for a language model."""
    write_atomically(path, ''.join(transcript + '\n' for transcript in transcripts), DataError)
