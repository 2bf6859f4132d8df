"""Results as subtitles: SubRip (.srt) and WebVTT (.vtt).

Sizes follow what broadcasters agree on: two lines of up to 42 characters, shown for up to 7 seconds. SubRip has no
standard; WebVTT: https://www.w3.org/TR/webvtt1/
"""

from typing import Iterable, Iterator, List

from .metadata import Metadata, TokenMetadata
from .output import Word, spelled_words

LINE_CHARACTERS = 42
CUE_CHARACTERS = 2 * LINE_CHARACTERS  # of one word
CUE_S = 7.0  # from the first letter of a cue to its last
PAUSE_S = 1.0  # from a letter to the next word; a new cue begins after it
TAIL_S = 0.5  # duration of the last letter, of which only the begin is known
SHORTEST_S = 1.0  # to be read, unless the next cue comes earlier
INVISIBLE = '\u200b'  # zero width space


def to_srt(metadata: Metadata) -> str:
    """Returns the best transcript as SubRip without the last line break; empty if there is none."""
    return '\n'.join(f'{number}\n{_span(cue, ",")}\n{_srt_text(cue.text)}\n'
                     for number, cue in enumerate(_best_cues(metadata), 1))


def to_vtt(metadata: Metadata) -> str:
    """Returns the best transcript as WebVTT without the last line break."""
    return '\n'.join(['WEBVTT\n'] + [f'{_span(cue, ".")}\n{_vtt_text(cue.text)}\n'
                                     for cue in _best_cues(metadata)])


def _best_cues(metadata: Metadata) -> List[Word]:
    """Returns the cues of the best transcript; none if there is no transcript."""
    return [cue for transcript in metadata.transcripts[:1] for cue in cues(transcript.tokens)]


def cues(tokens: Iterable[TokenMetadata]) -> List[Word]:
    """Returns what to show and when, as Words of at most two lines that do not overlap."""
    spoken: List[Word] = []
    for piece in _pieces(tokens):
        if spoken and _belong_together(spoken[-1], piece):
            last = spoken.pop()
            piece = Word(f'{last.text} {piece.text}', last.start_s, piece.end_s)
        spoken.append(piece)
    next_starts_s = [cue.start_s for cue in spoken[1:]] + [float('inf')]
    return [Word(_in_lines(cue.text), cue.start_s, min(max(cue.end_s + TAIL_S, cue.start_s + SHORTEST_S), next_start_s))
            for cue, next_start_s in zip(spoken, next_starts_s)]


def _belong_together(cue: Word, piece: Word) -> bool:
    text = f'{cue.text} {piece.text}'
    return (piece.start_s - cue.end_s < PAUSE_S and piece.end_s - cue.start_s <= CUE_S
            and (len(text) <= LINE_CHARACTERS or bool(_line_ends(text))))


def _pieces(tokens: Iterable[TokenMetadata]) -> Iterator[Word]:
    """Yields words from first letter to last; one that is longer than a cue, as in scripts without blanks, in pieces.

    Such a piece is as long as a cue, so that nothing is joined to it with a blank again.
    """
    for letters, _ in spelled_words(tokens):
        text, start_s, end_s = '', letters[0].start_time, letters[0].start_time
        for letter in letters:
            if text and (len(text + letter.text) > CUE_CHARACTERS or letter.start_time - start_s > CUE_S):
                yield Word(text, start_s, end_s)
                text, start_s = '', letter.start_time
            text, end_s = text + letter.text.replace('\n', ' '), letter.start_time  # an empty line ends a cue
        yield Word(text, start_s, end_s)


def _line_ends(text: str) -> List[int]:
    """Returns the positions of the blanks at which `text` can be split into two lines."""
    return [position for position, character in enumerate(text)
            if character == ' ' and max(position, len(text) - position - 1) <= LINE_CHARACTERS]


def _in_lines(text: str) -> str:
    """Returns `text` in two lines of similar length if it is too long for one, split between words if possible."""
    if len(text) <= LINE_CHARACTERS:
        return text
    middle = len(text) // 2
    ends = _line_ends(text)
    if not ends:
        return f'{text[:middle]}\n{text[middle:]}'
    end = min(ends, key=lambda position: abs(position - middle))
    return f'{text[:end]}\n{text[end + 1:]}'


def _span(cue: Word, separator: str) -> str:
    return f'{_time(cue.start_s, separator)} --> {_time(cue.end_s, separator)}'


def _time(seconds: float, separator: str) -> str:
    """Returns hh:mm:ss and milliseconds; the separator between them depends on the format."""
    ms = int(round(1000 * seconds))
    return f'{ms // 3600000:02d}:{ms // 60000 % 60:02d}:{ms // 1000 % 60:02d}{separator}{ms % 1000:03d}'


def _srt_text(text: str) -> str:
    """Hides what players would take for a tag or a time, because SubRip has no escapes."""
    for start, end in (('<', ''), ('{', '\\'), ('--', '>')):
        text = text.replace(start + end, start + INVISIBLE + end)
    return text


def _vtt_text(text: str) -> str:
    return text.replace('&', '&amp;').replace('<', '&lt;').replace('>', '&gt;')
