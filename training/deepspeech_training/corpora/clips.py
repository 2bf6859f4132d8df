"""Clips of a corpus: as it lists them, as they are imported, and what kept the others out."""

from typing import NamedTuple, Optional, Tuple

from .problems import Problem


class Candidate(NamedTuple):
    """A clip as a corpus lists it; nobody has looked at its audio yet.

    Attributes:
      id: name that is unique in the corpus and the same in every run, with slashes for directories. Rows stand in its order,
        and the converted file is called that.
      audio: path of the recording.
      text: what is said, as the corpus writes it.
      sets: sets of the corpus that it belongs to; empty: the import splits.
      speaker: who says it; clips of one speaker come into one set. Empty: not known.
      span_s: where it is in the recording, from and to in seconds; None: it is the whole recording.
      channel: of the recording, counted from 0; None: all of them, averaged.
      place: where it is listed, for messages: `train.tsv, line 7`.
      problem: why it cannot be used, as far as the list itself tells.
      extra: cells of the columns that this importer adds.
    """

    id: str
    audio: str
    text: str
    sets: Tuple[str, ...] = ()
    speaker: str = ''
    span_s: Optional[Tuple[float, float]] = None
    channel: Optional[int] = None
    place: str = ''
    problem: Optional[Problem] = None
    extra: Tuple[str, ...] = ()


class Imported(NamedTuple):
    """A clip that can be trained on: WAV, 16 kHz, mono, 16 bit."""

    candidate: Candidate
    wav: str  # path of the file
    size_bytes: int  # of the file
    n_samples: int
    transcript: str


class Rejected(NamedTuple):
    """A clip that is left out, and why."""

    candidate: Candidate
    problem: Problem
