"""What is kept of a set for the report: the numbers of each usable row, in arrays; what is said of it, is made of them later.

A row takes some 100 bytes here besides its utterance, which a training has anyway.
"""

from typing import Dict, List, NamedTuple, Optional, Sequence

import numpy as np

from ..data.audio import AudioInfo
from ..data.preflight import CheckedSet
from ..data.utterance import AudioFile, Utterance


class Place(NamedTuple):
    """What reports say of a row."""

    location: str  # where to look in an editor
    audio: str
    transcript: str


class Columns(NamedTuple):
    """The usable rows of a set. Arrays have an item for each of them, in order."""

    name: str
    utterances: Sequence[Utterance]
    sources: List[str]  # the files of the set
    source: np.ndarray  # place in `sources`
    line: np.ndarray  # 0: the source has no lines
    speaker: np.ndarray  # number, the same in all sets; 0: not known
    text: np.ndarray  # a hash of the transcript
    audio: np.ndarray  # and of the name of the audio
    n_chars: np.ndarray
    duration_s: np.ndarray
    stated_bytes: np.ndarray  # as the data set has it
    found_bytes: np.ndarray  # of the file; 0: it is part of another one, or is a copy
    originals: Sequence[Optional[AudioInfo]]  # formats before a conversion, see CheckedSet

    def place(self, index: int) -> Place:
        """Returns what to call a row."""
        utterance, line = self.utterances[index], int(self.line[index])
        location = f'{self.sources[self.source[index]]}, line {line}' if line else utterance.id
        return Place(location, utterance.id, utterance.transcript or '')

    @property
    def speed(self) -> np.ndarray:
        """Characters per second."""
        return self.n_chars / np.maximum(self.duration_s, 1e-3)


def columns_of(name: str, checked: CheckedSet, speakers: Dict[str, int]) -> Columns:
    """Returns the columns of a set; new `speakers` get the next number."""
    rows, utterances = checked.rows, checked.utterances
    sources = {source: place for place, source in enumerate(dict.fromkeys(row.source for row in rows))}
    for row in rows:
        if row.speaker and row.speaker not in speakers:
            speakers[row.speaker] = len(speakers) + 1
    return Columns(
        name, utterances, list(sources),
        source=np.array([sources[row.source] for row in rows], np.uint16),
        line=np.array([row.line for row in rows], np.uint32),
        speaker=np.array([speakers.get(row.speaker, 0) for row in rows], np.uint32),
        text=np.array([hash(each.transcript) for each in utterances], np.int64),
        audio=np.array([hash(each.id) for each in utterances], np.int64),
        n_chars=np.array([len(each.transcript or '') for each in utterances], np.uint32),
        duration_s=np.array([each.audio.n_samples / each.audio.rate_hz for each in utterances], np.float32),
        stated_bytes=np.array([row.size_bytes for row in rows], np.int64),
        found_bytes=np.array([_bytes_of(each) for each in utterances], np.int64),
        originals=checked.originals)


def _bytes_of(utterance: Utterance) -> int:
    audio = utterance.audio
    return audio.version[0] if isinstance(audio, AudioFile) and audio.path == utterance.id else 0
