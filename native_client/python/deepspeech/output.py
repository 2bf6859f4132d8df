"""Results as text and JSON: from the Metadata of a Model or Stream to strings."""

import json
from typing import Any, Dict, Iterable, Iterator, List, NamedTuple, Optional, Tuple

from .metadata import CandidateTranscript, Metadata, TokenMetadata, transcript_text


class Word(NamedTuple):
    """A word; `end_s` is the time of the blank after it or, for the last word, of its last letter."""

    text: str
    start_s: float
    end_s: float


def words(tokens: Iterable[TokenMetadata]) -> List[Word]:
    """Returns the words spelled by tokens. Blanks at the end or in a row make no empty words."""
    return [Word(''.join(letter.text for letter in letters), letters[0].start_time,
                 max(letters[0].start_time, (blank or letters[-1]).start_time))
            for letters, blank in spelled_words(tokens)]


def spelled_words(tokens: Iterable[TokenMetadata]) -> Iterator[Tuple[List[TokenMetadata], Optional[TokenMetadata]]]:
    """Yields (tokens of a word, the blank token after it or None)."""
    letters: List[TokenMetadata] = []
    for token in tokens:
        if token.text != ' ':
            letters.append(token)
        elif letters:
            yield letters, token
            letters = []
    if letters:
        yield letters, None


def confidence_per_letter(transcript: CandidateTranscript) -> float:
    """Returns the confidence divided by the number of letters.

    A confidence is the natural logarithm of a score, not of a probability: the scorer and hot words add to the network's part,
    the sum over all hypotheses is not 1, and it may be above 0. It falls with the length of a recording, so it compares only
    hypotheses of the same one. The confidence per letter roughly compares recordings.
    """
    return transcript.confidence / max(1, len(transcript.tokens))


def to_text(metadata: Metadata) -> str:
    """Returns the best transcript."""
    return transcript_text(metadata.transcripts[0])


def to_json(metadata: Metadata, audio: Optional[str] = None) -> str:
    """Returns all transcripts as JSON.

    Keys are those of the published client: `transcripts` of `confidence` and `words`, these of `word`, `start_time` and
    `duration` in seconds. Ours come after them: `text` and `confidence_per_letter` of a transcript, and `audio` if
    it is given.
    """
    document: Dict[str, Any] = {'transcripts': [{
        'confidence': transcript.confidence,
        'words': [_word_in_json(word) for word in words(transcript.tokens)],
        'text': transcript_text(transcript),
        'confidence_per_letter': round(confidence_per_letter(transcript), 4),
    } for transcript in metadata.transcripts]}
    if audio is not None:
        document['audio'] = audio
    return json.dumps(document, indent=2)


def _word_in_json(word: Word) -> Dict[str, Any]:
    return {'word': word.text, 'start_time': round(word.start_s, 4), 'duration': round(word.end_s - word.start_s, 4)}
