"""What a transcription gives besides its text."""

import numpy as np


class _Record:
    """Read-only attributes, equal if they are, shown on several lines."""

    __slots__ = ()

    def _values(self):
        return [(name, getattr(self, name)) for name in self._names]

    def __eq__(self, other):
        return type(self) is type(other) and self._values() == other._values()

    def __hash__(self):
        return hash(repr(self))

    def __repr__(self):
        return f'{type(self).__name__}({", ".join(f"{name}={_shown(value)}" for name, value in self._values())})'


def _shown(value):
    if not isinstance(value, list):
        return repr(value)
    lines = ',\n'.join(repr(item) for item in value).replace('\n', '\n  ')
    return f'[\n  {lines}\n]' if value else '[]'


class TokenMetadata(_Record):
    """A letter and when it was heard: `text`, `timestep` (number of the frame), `start_time` (seconds)."""

    __slots__ = ('_text', '_timestep', '_start_time')
    _names = ('text', 'timestep', 'start_time')

    def __init__(self, text, timestep, start_time):
        self._text, self._timestep, self._start_time = text, timestep, start_time

    text = property(lambda self: self._text)
    timestep = property(lambda self: self._timestep)
    start_time = property(lambda self: self._start_time)


class CandidateTranscript(_Record):
    """One reading: `tokens`, a list of TokenMetadata, and `confidence`.

    The confidence is the natural logarithm of a probability that is not normalised: longer utterances have lower ones, and
    the scorer's bonuses can make it positive. Compare readings of one utterance by it, not utterances.
    """

    __slots__ = ('_confidence', '_tokens')
    _names = ('confidence', 'tokens')

    def __init__(self, confidence, tokens):
        self._confidence, self._tokens = confidence, tuple(tokens)

    confidence = property(lambda self: self._confidence)
    tokens = property(lambda self: list(self._tokens))


class Metadata(_Record):
    """The best readings, best first: `transcripts`, a list of CandidateTranscript."""

    __slots__ = ('_transcripts',)
    _names = ('transcripts',)

    def __init__(self, transcripts):
        self._transcripts = tuple(transcripts)

    transcripts = property(lambda self: list(self._transcripts))


def transcript_text(transcript):
    """Returns the text of a CandidateTranscript."""
    return ''.join(token.text for token in transcript.tokens)


def metadata_of(hypotheses, label_text, step_s):
    """Returns the Metadata of a decoder's results.

    Args:
      hypotheses: list of ds_ctcdecoder.ctcdecode.Hypothesis.
      label_text: function from a label to its UTF-8 bytes; those of one label need not be a whole character.
      step_s: seconds from one frame to the next.
    """
    return Metadata(CandidateTranscript(hypothesis.score, list(_tokens(hypothesis, label_text, np.float32(step_s))))
                    for hypothesis in hypotheses)


def _tokens(hypothesis, label_text, step_s):
    """Yields TokenMetadata; bytes that make up a character together are one token, heard with the first of them."""
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


def _token(text, timestep, step_s):
    return TokenMetadata(text, timestep, float(np.float32(timestep) * step_s))
