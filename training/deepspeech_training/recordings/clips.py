"""Long recordings as training clips: cut at pauses, and only where the network agrees with the text.

A clip is the longest run of words between pauses that is not too long. Runs whose score is low, that hold a word which the
alphabet cannot write, or that have no pause in reach are left out, each with its reason.
"""

import csv
import fcntl
import os
from typing import Iterator, List, NamedTuple, Sequence, Tuple

import numpy as np

from ..data.conversion import wav_header
from ..errors import DataError
from ..paths import write_atomically
from ..settings.recordings import ClipsConfig
from ..text.csv_lines import csv_line
from .aligned import Aligned
from .results import Spoken, TimedWord

COLUMNS = ('wav_filename', 'wav_filesize', 'transcript', 'score', 'recording', 'start', 'end')
REJECTED_COLUMNS = ('recording', 'start', 'end', 'score', 'reason', 'transcript')
CLIPS, REJECTED, LOCK = 'clips.csv', 'rejected.csv', '.lock'
MOST_MARGIN_S = 0.15  # of a pause that a clip begins and ends with
GREEDY_PAUSE_S = 1.0  # over longer pauses nothing is joined


class Run(NamedTuple):
    """Words in a row, from the index `first` to before `end`, with what the network thinks of them."""

    first: int
    end: int
    start_s: float
    end_s: float
    score: float
    reason: str = ''  # why it is no clip


def runs_of(aligned: Aligned, config: ClipsConfig, step_s: float) -> List[Run]:
    """Returns all words of a recording in runs between pauses, those that are good and short enough joined."""
    joined: List[Run] = []
    for run in _between_pauses(aligned, config, step_s):
        before = joined[-1] if joined else None
        if before and not before.reason and not run.reason and run.start_s - before.end_s <= GREEDY_PAUSE_S and (
                run.end_s - before.start_s <= config.longest_s - 2 * MOST_MARGIN_S):
            run = _run(aligned, joined.pop().first, run.end, config, step_s)
        joined.append(run)
    return joined


def _between_pauses(aligned: Aligned, config: ClipsConfig, step_s: float) -> Iterator[Run]:
    words, first = aligned.timed, 0
    for number in range(1, len(words) + 1):
        if number == len(words) or words[number].start_s - words[number - 1].end_s >= config.pause_ms / 1000:
            yield _run(aligned, first, number, config, step_s)
            first = number


def _run(aligned: Aligned, first: int, end: int, config: ClipsConfig, step_s: float) -> Run:
    words = aligned.timed[first:end]
    start_s, end_s = words[0].start_s, words[-1].end_s
    frames = slice(int(start_s / step_s), int(end_s / step_s) + 1)
    n_letters = sum(len(aligned.words[number].spelling) for number in aligned.places[first:end])
    score = float(aligned.losses[frames].sum()) / n_letters
    # With the words in front and behind that cannot be written: nobody knows on which side of a pause they are.
    before = aligned.places[first - 1] if first else -1
    behind = aligned.places[end] if end < len(aligned.places) else len(aligned.words)
    unwritten = [word.text for word in aligned.words[before + 1:behind] if not word.spelling]
    reason = ''
    if unwritten:
        reason = f'the alphabet cannot write {unwritten[0]!r}'
    elif end_s - start_s > config.longest_s:
        reason = f'{end_s - start_s:.1f} s without a pause of {config.pause_ms} ms'
    elif score < config.least_score:
        reason = f'score {score:.2f}, below {config.least_score:g}'
    return Run(first, end, start_s, end_s, score=score, reason=reason)


def spoken_in(aligned: Aligned, runs: Sequence[Run]) -> List[Spoken]:
    """Returns the runs as segments for the files of results."""
    return [Spoken(int(round(1000 * run.start_s)), int(round(1000 * run.end_s)), _text(aligned.timed[run.first:run.end]),
                   tuple(aligned.timed[run.first:run.end]), run.score) for run in runs]


def _text(words: Sequence[TimedWord]) -> str:
    return ' '.join(word.text for word in words)


class ClipFolder:
    """A directory of clips with `clips.csv` and `rejected.csv`, which have all recordings up to the last one that was added.

    It is this program's as long as this object is there: two would lose each other's rows.

    Raises:
      DataError: the directory cannot be written, another program writes to it, or a list in it is damaged.
    """

    def __init__(self, directory: str) -> None:
        self._directory = directory
        try:
            os.makedirs(directory, exist_ok=True)
            self._lock = open(os.path.join(directory, LOCK), 'ab')
        except OSError as error:
            raise DataError(f'--clips_dir {directory}: cannot be written ({error.strerror}).') from error
        try:
            fcntl.flock(self._lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise DataError(f'--clips_dir {directory}: another bin/align.py writes there; wait for it, or name another '
                            f'directory.') from error
        except OSError:  # there are no locks on this file system
            pass
        self._clips = _rows(os.path.join(directory, CLIPS), COLUMNS)
        self._rejected = _rows(os.path.join(directory, REJECTED), REJECTED_COLUMNS)

    def has(self, recording: str) -> bool:
        """Whether a recording has been cut already."""
        return any(row[4] == recording for row in self._clips) or any(row[0] == recording for row in self._rejected)

    def add(self, recording: str, samples: np.ndarray, rate_hz: int, aligned: Aligned,
            runs: Sequence[Run]) -> Tuple[int, float]:
        """Writes the clips of a recording, then the lists; returns how many clips there are and their seconds."""
        self._clips = [row for row in self._clips if row[4] != recording]
        self._rejected = [row for row in self._rejected if row[0] != recording]
        stem = self._stem(recording)
        n_clips, total_s, edges = 0, 0., _edges(runs, aligned.duration_s)
        for run, (from_s, to_s) in zip(runs, edges):
            start, end, score = f'{from_s:.3f}', f'{to_s:.3f}', f'{run.score:.3f}'
            if run.reason:
                self._rejected.append([recording, start, end, score, run.reason, _text(aligned.timed[run.first:run.end])])
                continue
            first, end_sample = int(round(from_s * rate_hz)), int(round(to_s * rate_hz))  # NumPy 1.18 rounds to a float
            cut = np.asarray(samples[first:end_sample], '<i2').tobytes()
            name = f'{stem}-{n_clips + 1:05}.wav'
            write_atomically(os.path.join(self._directory, name), wav_header(rate_hz, len(cut)) + cut, DataError)
            transcript = ' '.join(aligned.words[number].spelling for number in aligned.places[run.first:run.end])
            size = str(len(wav_header(rate_hz, 0)) + len(cut))
            self._clips.append([name, size, transcript, score, recording, start, end])
            n_clips, total_s = n_clips + 1, total_s + to_s - from_s
        _write_rows(os.path.join(self._directory, REJECTED), REJECTED_COLUMNS, self._rejected)
        _write_rows(os.path.join(self._directory, CLIPS), COLUMNS, self._clips)
        return n_clips, total_s

    def _stem(self, recording: str) -> str:
        """Returns how names of the clips of a recording begin; another recording may have the same name."""
        stem = os.path.splitext(os.path.basename(recording))[0]
        others = {row[0].rpartition('-')[0] for row in self._clips}
        number, name = 1, stem
        while name in others:
            number += 1
            name = f'{stem}.{number}'
        return name


def _edges(runs: Sequence[Run], duration_s: float) -> List[Tuple[float, float]]:
    """Returns from when to when each run is cut out: into the pauses around it, but not into other words."""
    ends, begins = [0., *(run.end_s for run in runs)], [*(run.start_s for run in runs[1:]), duration_s]
    return [(round(max((before + run.start_s) / 2 if number else 0., run.start_s - MOST_MARGIN_S), 3),
             round(min((behind + run.end_s) / 2 if number + 1 < len(runs) else duration_s, run.end_s + MOST_MARGIN_S), 3))
            for number, (before, run, behind) in enumerate(zip(ends, runs, begins))]


def _rows(path: str, columns: Sequence[str]) -> List[List[str]]:
    try:
        with open(path, encoding='utf-8', errors='surrogateescape', newline='') as file:
            rows = list(csv.reader(file))
    except FileNotFoundError:
        return []
    except (OSError, csv.Error) as error:
        raise DataError(f'{path}: cannot be read ({error}); remove it, or choose another --clips_dir.') from error
    if rows[:1] != [list(columns)] or any(len(row) != len(columns) for row in rows):
        raise DataError(f'{path}: it is not the list that bin/align.py writes; choose another --clips_dir.')
    return rows[1:]


def _write_rows(path: str, columns: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
    write_atomically(path, ''.join(map(csv_line, [columns, *rows])), DataError)
