"""Rows that are left out, why, and the list of them beside the checkpoints (`rejected.csv`)."""

import csv
import io
import os
from typing import Dict, List, NamedTuple, Tuple

from deepspeech.formats.content import open_regular

from ..errors import DataError
from ..paths import write_atomically
from ..text.csv_lines import csv_line
from .utterance import Row

REJECTED_COLUMNS = ('set', 'wav_filename', 'reason', 'transcript')
# What kinds of reasons there are.
MALFORMED, EMPTY, FOREIGN = 'malformed', 'empty', 'alphabet'
MISSING, UNUSABLE, TOO_SHORT = 'missing', 'unusable', 'too_short'


class Rejection(NamedTuple):
    """A row that is left out, and why."""

    row: Row
    reason: str
    kind: str  # of the reason, one of those above


class Change(NamedTuple):
    """A row that is used with another transcript than it has."""

    row: Row
    how: str


def write_rejected(path: str, rejections: Dict[str, List[Rejection]]) -> bool:
    """Writes the list of left-out utterances (CSV: set, wav_filename, reason, transcript), whole or not at all.

    Rows that the file already holds stay, except those of the sets given: a repeated run does not list them twice.
    Nothing is written when there is nothing to say.

    Args:
      rejections: by the name of the set.
    Returns:
      whether what the file held could be read; what is damaged is left out.
    """
    listed, is_sound = _read_rejected(path)
    lines = [line for line in listed if line[0] not in rejections]
    lines += [[name, row.id, reason, row.transcript or '']
              for name, rejected in rejections.items() for row, reason, _ in rejected]
    if not lines and not os.path.exists(path):
        return is_sound
    write_atomically(path, ''.join(map(csv_line, [REJECTED_COLUMNS, *lines])), DataError)
    return is_sound


def _read_rejected(path: str) -> Tuple[List[List[str]], bool]:
    """Returns the lines of the list, and whether it is whole; without one that is, there are none."""
    try:
        with open_regular(path) as file:
            text = file.read().decode('utf-8', 'surrogateescape')
        lines = list(csv.reader(io.StringIO(text, newline='')))
    except FileNotFoundError:
        return [], True
    except csv.Error:
        return [], False
    except OSError as error:
        raise DataError(f'{path}: the list of left-out utterances cannot be read ({error.strerror}); remove it.') from error
    is_sound = lines[:1] == [list(REJECTED_COLUMNS)] and all(len(line) == len(REJECTED_COLUMNS) for line in lines)
    return (lines[1:], True) if is_sound else ([], False)
