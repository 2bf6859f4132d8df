"""The results of a transcription: texts, their letters and when they were spoken."""

from typing import Any, Callable, Iterable, Iterator, List, Sequence, Tuple

import numpy as np
from ds_ctcdecoder import ctcdecode


class _Record:
    """Read-only attributes in the order of `_names`; compared by value, shown on several lines."""

    __slots__ = ()
    _names: Tuple[str, ...] = ()

    def _values(self) -> List[Tuple[str, Any]]:
        return [(name, getattr(self, name)) for name in self._names]

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Record) and type(self) is type(other) and self._values() == other._values()

    def __hash__(self) -> int:
        return hash(repr(self))

    def __repr__(self) -> str:
        return f'{type(self).__name__}({", ".join(f"{name}={_shown(value)}" for name, value in self._values())})'


def _shown(value: Any) -> str:
    if not isinstance(value, list):
        return repr(value)
    lines = ',\n'.join(repr(item) for item in value).replace('\n', '\n  ')
    return f'[\n  {lines}\n]' if value else '[]'


class TokenMetadata(_Record):
    """A letter and its time: `text`, `timestep` (number of the frame), `start_time` (seconds)."""

    __slots__ = ('_text', '_timestep', '_start_time')
    _names = ('text', 'timestep', 'start_time')

    def __init__(self, text: str, timestep: int, start_time: float) -> None:
        self._text, self._timestep, self._start_time = text, timestep, start_time

    @property
    def text(self) -> str:
        """A letter."""
        return self._text

    @property
    def timestep(self) -> int:
        """Number of the frame."""
        return self._timestep

    @property
    def start_time(self) -> float:
        """Seconds from the beginning."""
        return self._start_time


class CandidateTranscript(_Record):
    """One hypothesis: `tokens`, a list of TokenMetadata, and `confidence`.

    The confidence is the natural logarithm of a probability that is not normalised: longer utterances have lower ones, and
    the scorer's bonuses can make it positive. It compares hypotheses of one utterance, not utterances.
    """

    __slots__ = ('_confidence', '_tokens')
    _names = ('confidence', 'tokens')

    def __init__(self, confidence: float, tokens: Iterable[TokenMetadata]) -> None:
        self._confidence, self._tokens = confidence, tuple(tokens)

    @property
    def confidence(self) -> float:
        """See above."""
        return self._confidence

    @property
    def tokens(self) -> List[TokenMetadata]:
        """The letters in order."""
        return list(self._tokens)


class Metadata(_Record):
    """The best hypotheses, best first: `transcripts`, a list of CandidateTranscript."""

    __slots__ = ('_transcripts',)
    _names = ('transcripts',)

    def __init__(self, transcripts: Iterable[CandidateTranscript]) -> None:
        self._transcripts = tuple(transcripts)

    @property
    def transcripts(self) -> List[CandidateTranscript]:
        """Best first."""
        return list(self._transcripts)


def transcript_text(transcript: CandidateTranscript) -> str:
    """Returns the text of a CandidateTranscript."""
    return ''.join(token.text for token in transcript.tokens)


def metadata_of(hypotheses: Sequence[ctcdecode.Hypothesis], label_text: Callable[[int], bytes], step_s: float) -> Metadata:
    """Returns the Metadata of a decoder's results.

    Args:
      hypotheses: best first.
      label_text: returns the UTF-8 bytes of a label, which need not be a whole character.
      step_s: seconds from one frame to the next.
    """
    return Metadata(CandidateTranscript(hypothesis.score, list(_tokens(hypothesis, label_text, np.float32(step_s))))
                    for hypothesis in hypotheses)


def _tokens(hypothesis: ctcdecode.Hypothesis, label_text: Callable[[int], bytes],
            step_s: np.float32) -> Iterator[TokenMetadata]:
    """Yields TokenMetadata; the bytes of one character are one token, at the time of the first of them."""
    waiting, begun = b'', 0
    for label, timestep in zip(hypothesis.tokens, hypothesis.times):
        if not waiting:
            begun = timestep
        waiting += label_text(label)
        try:
            text = waiting.decode('utf-8')
        except UnicodeDecodeError as error:
            if error.reason == 'unexpected end of data':
                continue
            text = waiting.decode('utf-8', 'replace')
        yield _token(text, begun, step_s)
        waiting = b''
    if waiting:
        yield _token(waiting.decode('utf-8', 'replace'), begun, step_s)


def _token(text: str, timestep: int, step_s: np.float32) -> TokenMetadata:
    return TokenMetadata(text, timestep, float(np.float32(timestep) * step_s))
