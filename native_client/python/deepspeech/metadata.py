"""The results of a transcription: texts, their letters and when they were spoken."""

from typing import Any, Iterable, Iterator, List, Tuple


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


def metadata_of(metadata: Any) -> Metadata:
    """Returns a copy of what a pointer to CMetadata points to."""
    found = metadata.contents
    return Metadata(CandidateTranscript(each.confidence, _tokens(each)) for each in found.transcripts[:found.num_transcripts])


def text_of(metadata: Any) -> str:
    """Returns the text of the best transcript in what a pointer to CMetadata points to."""
    found = metadata.contents
    if not found.num_transcripts:
        return ''
    best = found.transcripts[0]
    return b''.join([token.text for token in best.tokens[:best.num_tokens]]).decode('utf-8', 'replace')


def _tokens(transcript: Any) -> Iterator[TokenMetadata]:
    """Yields TokenMetadata; the bytes of one character, which may be several labels, are one token at the first one's time."""
    waiting, begun = b'', None
    for token in transcript.tokens[:transcript.num_tokens]:
        begun = begun or token
        waiting += token.text
        try:
            text = waiting.decode('utf-8')
        except UnicodeDecodeError as error:
            if error.reason == 'unexpected end of data':
                continue
            text = waiting.decode('utf-8', 'replace')
        yield TokenMetadata(text, begun.timestep, begun.start_time)
        waiting, begun = b'', None
    if begun is not None:
        yield TokenMetadata(waiting.decode('utf-8', 'replace'), begun.timestep, begun.start_time)
