"""Writes what an import leaves behind: CSV files, an alphabet, and a text for the language model.

Each file is complete or absent: it is written under a temporary name and renamed.
"""

import contextlib
import csv
import os
from typing import NamedTuple

COLUMNS = ('wav_filename', 'wav_filesize', 'transcript')


class Clip(NamedTuple):
    """One utterance of a corpus; `path` is absolute or relative to the CSV file."""

    path: str
    size_bytes: int
    transcript: str


@contextlib.contextmanager
def replacing(path, mode='w', **kwargs):
    """Opens a temporary file that takes the name `path` when the block ends without an error."""
    temporary = f'{path}.{os.getpid()}.tmp'
    try:
        with open(temporary, mode, **kwargs) as file:
            yield file
        os.replace(temporary, path)
    finally:
        with contextlib.suppress(FileNotFoundError):
            os.remove(temporary)


def write_csv(path, clips):
    """Writes `clips` as a data set that the trainer reads."""
    with replacing(path, newline='', encoding='utf-8') as file:
        writer = csv.writer(file, lineterminator='\n')
        writer.writerow(COLUMNS)
        writer.writerows(clips)


def write_alphabet(path, transcripts):
    """Writes the characters of `transcripts`, one per line and sorted, so that the blank comes first."""
    characters = sorted(set().union(*transcripts))
    with replacing(path, newline='\n', encoding='utf-8') as file:
        for character in characters:
            file.write('\\#\n' if character == '#' else character + '\n')


def write_text(path, transcripts):
    """Writes one transcript per line, for a language model."""
    with replacing(path, newline='\n', encoding='utf-8') as file:
        file.writelines(transcript + '\n' for transcript in transcripts)
