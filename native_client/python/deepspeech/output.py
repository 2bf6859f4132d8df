"""What was heard, as text and JSON. Takes the Metadata of a Model or Stream, makes strings."""

import json
from typing import NamedTuple

from .metadata import transcript_text


class Word(NamedTuple):
    """A word; `end_s` is when the blank after it began or, of the last word, its last letter."""

    text: str
    start_s: float
    end_s: float


def words(tokens):
    """Returns the Words in TokenMetadata; blanks at the end or after one another make no empty words."""
    return [Word(''.join(letter.text for letter in letters), letters[0].start_time,
                 max(letters[0].start_time, (blank or letters[-1]).start_time))
            for letters, blank in spelled_words(tokens)]


def spelled_words(tokens):
    """Yields (tokens of a word, the blank token after it or None)."""
    letters = []
    for token in tokens:
        if token.text != ' ':
            letters.append(token)
        elif letters:
            yield letters, token
            letters = []
    if letters:
        yield letters, None


def confidence_per_letter(transcript):
    """Returns the confidence divided by the number of letters.

    A confidence is the natural logarithm of a score, not of a probability: it adds what the network gives to what the
    scorer and hot words add or take, is not divided by what all other readings get, and may be above 0. It falls with
    every further sound, so that only readings of the same recording compare. This one compares, roughly, recordings.
    """
    return transcript.confidence / max(1, len(transcript.tokens))


def to_text(metadata):
    """Returns the best transcript."""
    return transcript_text(metadata.transcripts[0])


def to_json(metadata, audio=None):
    """Returns all transcripts as JSON.

    Keys are those of the published client: `transcripts` of `confidence` and `words`, these of `word`, `start_time` and
    `duration` in seconds. Ours come after them: `text` and `confidence_per_letter` of a transcript, and `audio` if
    it is given.
    """
    document = {'transcripts': [{
        'confidence': transcript.confidence,
        'words': [_word_in_json(word) for word in words(transcript.tokens)],
        'text': transcript_text(transcript),
        'confidence_per_letter': round(confidence_per_letter(transcript), 4),
    } for transcript in metadata.transcripts]}
    if audio is not None:
        document['audio'] = audio
    return json.dumps(document, indent=2)


def _word_in_json(word):
    return {'word': word.text, 'start_time': round(word.start_s, 4), 'duration': round(word.end_s - word.start_s, 4)}
