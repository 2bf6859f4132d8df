"""Alignments of the Spoken Wikipedia Corpora: when the words of an article are spoken, and utterances made of them."""

import os
import re
import struct
from typing import Iterator, List, NamedTuple, Optional, Sequence, Tuple
from xml.etree.ElementTree import Element

from deepspeech.formats.content import open_regular

from .xml_files import below, name_of, read_xml

UNKNOWN = 'unknown'
_DIGIT, _LETTER = re.compile(r'\d'), re.compile(r'[^\W\d_]')
_PAGE_BYTES = 27 + 255 + 255 * 255  # the longest page of an Ogg file


class Token(NamedTuple):
    """A word or a mark of a sentence."""

    written: str
    spoken: str
    start_ms: Optional[int]
    end_ms: Optional[int]

    @property
    def has_time(self) -> bool:
        return self.start_ms is not None and self.end_ms is not None


class Utterance(NamedTuple):
    """What is said without a break."""

    text: str
    span_ms: Optional[Tuple[int, int]]  # None: where it begins or ends is not known


class Article(NamedTuple):
    """A spoken article."""

    title: str
    reader: str
    utterances: List[Utterance]


def read_article(path: str, most_ms: Optional[int], without_numbers: bool) -> Article:
    """Returns what an alignment tells of an article. Lines of such a file:

        <article><meta><prop key="reader.name" value="Ann"/></meta><d><p><s>
        <t text="Im"><n pronunciation="im" start="120" end="210"/></t><t text="."/></s></p></d></article>

    Args:
      most_ms: sentences that last longer are cut between words; None: they are not.
      without_numbers: sentences are cut at words with digits, which are left out.
    Raises:
      DataError: it cannot be read, or is damaged.
    """
    root = read_xml(path)
    meta = {element.get('key', ''): element.get('value', '') for element in below(root, 'prop')}
    utterances = [utterance for sentence in below(root, 's', without='ignored')
                  for utterance in _utterances([_token(element) for element in below(sentence, 't', without='ignored')],
                                               most_ms, without_numbers)]
    return Article(meta.get('DC.identifier') or UNKNOWN, meta.get('reader.name') or UNKNOWN, utterances)


def _token(element: Element) -> Token:
    words = [child for child in element if name_of(child) == 'n']
    starts = [time for time in (_time(word.get('start')) for word in words) if time is not None]
    ends = [time for time in (_time(word.get('end')) for word in words) if time is not None]
    written = element.get('text', '')
    spoken = ' '.join(word.get('pronunciation', '') for word in words) if words else written
    return Token(written, spoken, starts[0] if starts else None, max(ends) if ends else None)


def _time(text: Optional[str]) -> Optional[int]:
    try:
        return int(float(text)) if text else None
    except (ValueError, OverflowError):
        return None


def _utterances(tokens: Sequence[Token], most_ms: Optional[int], without_numbers: bool) -> Iterator[Utterance]:
    """Cuts a sentence at numbers and where it gets too long."""
    held: List[Token] = []
    for token in tokens:
        if without_numbers and _DIGIT.search(token.written or token.spoken):
            yield from _utterance(held)
            held = []
            continue
        start = next((each.start_ms for each in held if each.has_time), None)
        if most_ms is not None and start is not None and token.end_ms is not None and token.end_ms - start > most_ms:
            # What has no time may be spoken before or after the cut only if it is a mark.
            last = max(index for index, each in enumerate(held) if each.has_time)
            yield from _utterance(held[:last + 1])
            held = held[last + 1:]
        held.append(token)
    yield from _utterance(held)


def _utterance(tokens: Sequence[Token]) -> Iterator[Utterance]:
    """Yields an utterance of tokens, if there is a word among them."""
    words = [token for token in tokens if token.has_time or _LETTER.search(token.spoken)]
    if words:
        start, end = words[0].start_ms, words[-1].end_ms
        span = (start, end) if words[0].has_time and words[-1].has_time and start is not None and end is not None else None
        yield Utterance(' '.join(token.spoken for token in tokens), span)


def recordings_of(directory: str) -> List[str]:
    """Returns the paths of an article's recordings in the order in which they are spoken: audio2.ogg before audio10.ogg."""
    found = [(int(match.group(1) or 0), match.group(0)) for match in map(re.compile(r'audio(\d*)\.ogg').fullmatch,
                                                                         os.listdir(directory)) if match]
    return [os.path.join(directory, name) for _, name in sorted(found)]


def ogg_length_ms(path: str) -> Optional[float]:
    """Returns how long an Ogg Vorbis file lasts, by its last page; None if that is not to be seen."""
    try:
        with open_regular(path) as file:
            head = file.read(_PAGE_BYTES)
            file.seek(max(0, file.seek(0, os.SEEK_END) - _PAGE_BYTES))
            tail = file.read()
    except OSError:
        return None
    begin, page = head.find(b'\x01vorbis'), tail.rfind(b'OggS\0')
    if begin < 0 or page < 0 or len(head) < begin + 16 or len(tail) < page + 14:
        return None
    rate_hz, = struct.unpack_from('<I', head, begin + 12)
    n_samples, = struct.unpack_from('<q', tail, page + 6)
    return 1000 * n_samples / rate_hz if rate_hz and n_samples > 0 else None
