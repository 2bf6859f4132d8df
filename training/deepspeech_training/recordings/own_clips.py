"""A folder of one's own recordings: WAV files of 16 kHz, and `clips.csv`, which trains as it is.

Whatever ends the program, the list has all clips that were kept before: a clip is written whole, then the list is.
"""

import csv
import fcntl
import os
import re
from collections import Counter
from typing import List, Optional, Sequence, Tuple

import numpy as np

from ..corpora.output import COLUMNS
from ..corpora.splits import Shares, split
from ..data.conversion import wav_header
from ..errors import DataError
from ..paths import open_kept, write_atomically
from ..text.csv_lines import csv_line
from .recorder import RATE_HZ

CLIPS, LOCK = 'clips.csv', '.lock'
_NAME = re.compile(r'clip-(\d+)\.wav')


class OwnClips:
    """The folder; it is this program's as long as this object is there.

    Raises:
      DataError: it cannot be written, another program records into it, or its list is another one.
    """

    def __init__(self, directory: str) -> None:
        self._directory = directory
        try:
            os.makedirs(directory, exist_ok=True)
            self._lock = open_kept(os.path.join(directory, LOCK))
            fcntl.flock(self._lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise DataError(f'{directory}: another bin/record.py records into it; end that, or name another folder.') from error
        except OSError as error:
            raise DataError(f'{directory}: cannot be written ({error.strerror}); name another folder.') from error
        self._rows = self._read()

    def __len__(self) -> int:
        return len(self._rows)

    def left_of(self, transcripts: Sequence[str]) -> List[int]:
        """Returns the places of the transcripts that are not recorded yet; one that stands there twice is recorded twice."""
        recorded = Counter(row[2] for row in self._rows)
        left = []
        for place, transcript in enumerate(transcripts):
            if recorded[transcript]:
                recorded[transcript] -= 1
            else:
                left.append(place)
        return left

    def keep(self, samples: np.ndarray, transcript: str) -> str:
        """Writes a clip, int16 [n_samples], and the list; returns its name."""
        wav = wav_of(samples)
        numbers = [int(match.group(1)) for match in (_NAME.fullmatch(row[0]) for row in self._rows) if match]
        name = f'clip-{max(numbers, default=0) + 1:05}.wav'
        write_atomically(os.path.join(self._directory, name), wav, DataError)
        self._rows.append((name, str(len(wav)), transcript))
        self._write(CLIPS, self._rows)
        return name

    def split(self, shares: Optional[Shares]) -> List[str]:
        """Writes `train.csv`, `dev.csv` and `test.csv` of the clips, if shares are given; returns what has been written."""
        if shares is None or not self._rows:
            return []
        names = split([(row[0], '') for row in self._rows], shares)
        made = []
        for name in ('train', 'dev', 'test'):
            rows = [row for row, part in zip(self._rows, names) if part == name]
            self._write(f'{name}.csv', rows)
            made.append(f'{name}.csv ({len(rows)})')
        return made

    def _write(self, name: str, rows: Sequence[Tuple[str, ...]]) -> None:
        write_atomically(os.path.join(self._directory, name), ''.join(map(csv_line, [COLUMNS, *rows])), DataError)

    def _read(self) -> List[Tuple[str, ...]]:
        path = os.path.join(self._directory, CLIPS)
        try:
            with open(path, encoding='utf-8', newline='') as file:
                rows = [tuple(row) for row in csv.reader(file)]
        except FileNotFoundError:
            return []
        except (OSError, UnicodeError, csv.Error) as error:
            raise DataError(f'{path}: cannot be read ({error}); remove it, or name another folder.') from error
        if rows[:1] != [COLUMNS] or any(len(row) != len(COLUMNS) for row in rows):
            raise DataError(f'{path}: it is not the list that bin/record.py writes; name another folder.')
        return rows[1:]


def wav_of(samples: np.ndarray) -> bytes:
    """Returns int16 [n_samples] as a WAV file."""
    sound = np.asarray(samples, '<i2').tobytes()
    return wav_header(RATE_HZ, len(sound)) + sound
