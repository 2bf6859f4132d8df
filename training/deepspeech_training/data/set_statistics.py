"""What data sets consist of: hours, lengths, speed of speech, characters, and what a training would stumble over.

Sizes are trusted as CSV files state them, for no audio is opened, unless it is asked for.
"""

from collections import Counter
from dataclasses import dataclass, field
from itertools import combinations
from typing import Any, Callable, Dict, List, NamedTuple, Optional, Sequence, Set

import numpy as np

from ..errors import DataError
from ..settings.features import FeatureConfig
from ..text.characters import counted, frames_needed, visible
from .audio import WAV_HEADER_BYTES
from .audio_index import AudioIndex
from .csv_source import rows_of
from .csv_table import TRANSCRIPT, read_table
from .datasets import read_rows
from .utterance import Row

PERCENTILES = (0, 5, 25, 50, 75, 95, 100)
_SHARES = {'0': 'least', '5': '5 % below', '25': '25 % below', '50': 'median', '75': '75 % below', '95': '95 % below',
           '100': 'most'}
N_EXAMPLES = 3
_FEATURES = FeatureConfig()

Notice = Callable[[str], object]


class SoundFormat(NamedTuple):
    """What sizes in bytes are taken for."""

    rate_hz: int = 16000
    n_channels: int = 1
    bits: int = 16

    @property
    def bytes_per_s(self) -> float:
        """Bytes of a second."""
        return self.rate_hz * self.n_channels * self.bits / 8


@dataclass
class DataSet:
    """A data set, and what was found in it. Lists name places for messages."""

    path: str
    n_bytes: int = 0
    n_rows: int = 0
    seconds: float = 0.
    durations_s: Dict[str, float] = field(default_factory=dict)  # by percentile
    characters_per_s: Dict[str, float] = field(default_factory=dict)
    alphabet: Dict[str, int] = field(default_factory=dict)  # how often each character occurs, by code point
    empty: List[str] = field(default_factory=list)
    too_short: List[str] = field(default_factory=list)  # CTC cannot align the transcript
    missing: List[str] = field(default_factory=list)
    unreadable: List[str] = field(default_factory=list)  # as WAV; only where audio was opened
    repeated_transcripts: int = 0  # rows whose transcript stands in an earlier row
    repeated_audio: List[str] = field(default_factory=list)
    transcripts: Set[str] = field(default_factory=set)
    speakers: Set[str] = field(default_factory=set)
    audio: Set[str] = field(default_factory=set)

    def for_json(self) -> Dict[str, Any]:
        """Returns the findings as JSON takes them."""
        return {'path': self.path, 'bytes': self.n_bytes, 'files': self.n_rows, 'seconds': round(self.seconds, 3),
                'durations_s': self.durations_s, 'characters_per_s': self.characters_per_s, 'alphabet': self.alphabet,
                'empty': self.empty, 'too_short_for_ctc': self.too_short, 'missing': self.missing,
                'unreadable': self.unreadable, 'repeated_transcripts': self.repeated_transcripts,
                'repeated_audio': self.repeated_audio, 'speakers': len(self.speakers) or None}


def statistics_of(path: str, sound: SoundFormat, probes: bool, notice: Notice) -> DataSet:
    """Returns what is in a data set.

    Args:
      path: of the set; a CSV file may have one of the columns `csv_source.SPEAKERS`.
      sound: what sizes are taken for.
      probes: whether to open the audio: then its headers say how long it is.
      notice: called with a sentence on what was read otherwise than it stands there.
    Raises:
      DataError: it cannot be read.
    """
    rows = _rows(path, notice)
    result = DataSet(path, n_rows=len(rows), speakers={row.speaker for row in rows} - {''})
    seconds = _probed(rows, result) if probes else [(row.size_bytes - WAV_HEADER_BYTES) / sound.bytes_per_s for row in rows]
    result.n_bytes, result.seconds = sum(row.size_bytes for row in rows), sum(seconds)
    counts: 'Counter[str]' = Counter()
    speeds = []
    for row, duration_s in zip(rows, seconds):
        transcript = row.transcript or ''
        counts.update(transcript)
        _note(row, transcript, duration_s, result)
        if duration_s > 0 and transcript:
            speeds.append(len(transcript) / duration_s)
    result.alphabet = {char: counts[char] for char in sorted(counts)}
    result.durations_s, result.characters_per_s = _percentiles(seconds), _percentiles(speeds)
    return result


def _rows(path: str, notice: Notice) -> List[Row]:
    """Returns the rows of a set; a CSV file may have no transcripts."""
    if not path.lower().endswith('.csv'):
        return read_rows(path, notice)
    table = read_table(path)
    is_labelled = TRANSCRIPT in [name.lower() for name in table.columns]
    return rows_of(path, table, is_labelled, notice)


def _probed(rows: Sequence[Row], result: DataSet) -> List[float]:
    """Returns how long the audio is by its headers; notes what cannot be read and counts as nothing."""
    seconds = []
    for row, audio in zip(rows, AudioIndex().look_up([row.recording for row in rows])):
        if isinstance(audio, DataError):
            result.unreadable.append(f'{row.location}: {audio}')
        seconds.append(0. if isinstance(audio, DataError) else audio.info.duration_s)
    return seconds


def _note(row: Row, transcript: str, duration_s: float, result: DataSet) -> None:
    """Notes what a training would stumble over."""
    if not transcript.strip():
        result.empty += [row.location] if row.transcript is not None else []
    elif frames_needed(transcript) > _FEATURES.frames(max(0, int(round(duration_s * _FEATURES.rate_hz)))):
        result.too_short.append(row.location)
    if '://' not in row.id and not row.recording.exists():
        result.missing.append(f'{row.location}: {row.id}')
    if row.id in result.audio:
        result.repeated_audio.append(f'{row.location}: {row.id}')
    result.audio.add(row.id)
    if transcript.strip():
        result.repeated_transcripts += transcript in result.transcripts
        result.transcripts.add(transcript)


def _percentiles(values: Sequence[float]) -> Dict[str, float]:
    if not values:
        return {}
    return {str(share): round(float(value), 3) for share, value in zip(PERCENTILES, np.percentile(values, PERCENTILES))}


class Overlap(NamedTuple):
    """What two sets have in common."""

    one: str
    other: str
    n_transcripts: int
    n_audio: int
    n_speakers: Optional[int]  # None: they do not both name them


def overlaps(sets: Sequence[DataSet]) -> List[Overlap]:
    """Returns what each two sets have in common."""
    return [Overlap(one.path, other.path, len(one.transcripts & other.transcripts), len(one.audio & other.audio),
                    len(one.speakers & other.speakers) if one.speakers and other.speakers else None)
            for one, other in combinations(sets, 2)]


def totals(sets: Sequence[DataSet]) -> List[str]:
    """Returns three lines on all sets together."""
    minutes, seconds = divmod(int(sum(each.seconds for each in sets)), 60)
    return [f'Total bytes: {sum(each.n_bytes for each in sets)}', f'Total files: {sum(each.n_rows for each in sets)}',
            f'Total time: {minutes // 60}:{minutes % 60:02d}:{seconds:02d}']


def describe(data_set: DataSet) -> List[str]:
    """Returns lines on one set."""
    n_rows = max(data_set.n_rows, 1)
    lines = [f'{data_set.path}: {counted(data_set.n_rows, "file")}, {data_set.seconds / 3600:.2f} hours']
    for what, percentiles, unit in (('duration', data_set.durations_s, 's'),
                                    ('characters per second', data_set.characters_per_s, '')):
        if percentiles:
            lines.append(f'{what}: ' + ', '.join(f'{_SHARES[share]} {value:.1f}' for share, value in percentiles.items())
                         + f' {unit}'.rstrip())
    if data_set.speakers:
        lines.append(counted(len(data_set.speakers), 'speaker'))
    lines += [f'{what}: {counted(len(places), "row")} ({100 * len(places) / n_rows:.1f} %), for example '
              f'{"; ".join(places[:N_EXAMPLES])}' for what, places in (
                  ('audio that does not exist', data_set.missing), ('audio that cannot be read as WAV', data_set.unreadable),
                  ('no transcript', data_set.empty), ('too short for CTC to align the transcript', data_set.too_short),
                  ('audio that an earlier row names, too', data_set.repeated_audio)) if places]
    if data_set.repeated_transcripts:
        lines.append(f'transcripts of an earlier row: {counted(data_set.repeated_transcripts, "row")} '
                     f'({100 * data_set.repeated_transcripts / n_rows:.1f} %)')
    by_count = sorted(data_set.alphabet.items(), key=lambda item: (-item[1], item[0]))
    lines.append(f'{counted(len(by_count), "character")}: ' + ', '.join(f'{visible(char)} {count}'
                                                                      for char, count in by_count))
    return lines[:1] + [f'  {line}' for line in lines[1:]]


def describe_overlap(overlap: Overlap) -> str:
    """Returns a sentence on what two sets share."""
    speakers = '' if overlap.n_speakers is None else f', {counted(overlap.n_speakers, "speaker")}'
    return (f'{overlap.one} and {overlap.other} share {counted(overlap.n_transcripts, "transcript")}, '
            f'{counted(overlap.n_audio, "audio file")}{speakers}')
