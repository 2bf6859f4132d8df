"""What is said in a recording, as files: .tlog, text, JSON, SubRip, WebVTT, Praat's TextGrid and NIST's CTM.

Times are seconds from the beginning. A .tlog is that of the published program: a JSON list of `start` and `end`, whole
milliseconds, and `transcript`. The others are written from the same `Spoken`.
"""

import json
import os
from typing import Any, Dict, Iterable, Iterator, List, NamedTuple, Optional, Sequence, Tuple

from deepspeech import CandidateTranscript, Metadata, TokenMetadata
from deepspeech.subtitles import to_srt, to_vtt

Span = Tuple[float, float, str]  # from, to, text


class TimedWord(NamedTuple):
    """A word, from when to when it is spoken; `score` is None where nothing judged it."""

    text: str
    start_s: float
    end_s: float
    score: Optional[float] = None


class Spoken(NamedTuple):
    """A segment of speech."""

    start_ms: int
    end_ms: int
    text: str
    words: Tuple[TimedWord, ...]
    score: Optional[float] = None


class Heard(NamedTuple):
    """All of a recording."""

    source: str
    duration_s: float
    segments: Sequence[Spoken]

    @property
    def words(self) -> List[TimedWord]:
        return [word for segment in self.segments for word in segment.words]


def as_tlog(heard: Heard) -> str:
    """Returns the published form."""
    return json.dumps([{'start': each.start_ms, 'end': each.end_ms, 'transcript': each.text} for each in heard.segments],
                      ensure_ascii=False) + '\n'


def as_text(heard: Heard) -> str:
    """Returns a line for each segment in which something was said."""
    return ''.join(f'{each.text}\n' for each in heard.segments if each.text)


def as_json(heard: Heard) -> str:
    """Returns segments and words; those with the keys of the client's JSON. What of a file's name is not UTF-8, is escaped."""
    written = json.dumps({'audio': heard.source, 'duration': round(heard.duration_s, 3), 'segments': [
        dict(_scored(each.score), start=each.start_ms / 1000, end=each.end_ms / 1000, transcript=each.text,
             words=[dict(_scored(word.score), word=word.text, start_time=round(word.start_s, 3),
                         duration=round(word.end_s - word.start_s, 3)) for word in each.words])
        for each in heard.segments]}, ensure_ascii=False, indent=2)
    return written.encode('utf-8', 'backslashreplace').decode('utf-8') + '\n'


def _scored(score: Optional[float]) -> Dict[str, Any]:
    return {} if score is None else {'score': round(score, 3)}


def as_srt(heard: Heard) -> str:
    """Returns subtitles as SubRip, cut into cues by the client."""
    return to_srt(_letters(heard)) + '\n'


def as_vtt(heard: Heard) -> str:
    """Returns subtitles as WebVTT."""
    return to_vtt(_letters(heard)) + '\n'


def _letters(heard: Heard) -> Metadata:
    """Returns the words letter by letter, as the client's subtitles are made of; letters are evenly spread over a word."""
    tokens: List[TokenMetadata] = []
    for word in heard.words:
        if tokens:
            tokens.append(TokenMetadata(' ', 0, tokens[-1].start_time))
        step_s = (word.end_s - word.start_s) / max(1, len(word.text))
        tokens += [TokenMetadata(letter, 0, word.start_s + number * step_s) for number, letter in enumerate(word.text)]
    return Metadata([CandidateTranscript(0., tokens)])


def as_textgrid(heard: Heard) -> str:
    """Returns two tiers for Praat, segments and words, in its long text format."""
    segments = [(each.start_ms / 1000, each.end_ms / 1000, each.text) for each in heard.segments]
    tiers = [('segments', segments), ('words', [(word.start_s, word.end_s, word.text) for word in heard.words])]
    end_s = max([heard.duration_s, *(end for _, spans in tiers for _, end, _ in spans)])
    lines = ['File type = "ooTextFile"', 'Object class = "TextGrid"', '', 'xmin = 0', f'xmax = {end_s:.3f}', 'tiers? <exists>',
             f'size = {len(tiers)}', 'item []:']
    for number, (name, spans) in enumerate(tiers, 1):
        tiled = list(_tiled(spans, end_s))
        lines += [f'    item [{number}]:', '        class = "IntervalTier"', f'        name = "{name}"', '        xmin = 0',
                  f'        xmax = {end_s:.3f}', f'        intervals: size = {len(tiled)}']
        for index, (begin_s, to_s, text) in enumerate(tiled, 1):
            quoted = text.replace('"', '""')
            lines += [f'        intervals [{index}]:', f'            xmin = {begin_s:.3f}', f'            xmax = {to_s:.3f}',
                      f'            text = "{quoted}"']
    return '\n'.join(lines) + '\n'


def _tiled(spans: Iterable[Span], end_s: float) -> Iterator[Span]:
    """Yields spans with empty ones between them; those of a tier may neither overlap nor leave a gap, nor be empty."""
    now_s = 0.
    for begin_s, to_s, text in spans:
        begin_s, to_s = max(now_s, round(begin_s, 3)), round(to_s, 3)
        if to_s <= begin_s:
            continue
        if begin_s > now_s:
            yield now_s, begin_s, ''
        yield begin_s, to_s, text
        now_s = to_s
    if round(end_s, 3) > now_s:
        yield now_s, end_s, ''


def as_ctm(heard: Heard) -> str:
    """Returns a line for each word: recording, channel, start, duration, word, as NIST's tools read them."""
    name = os.path.splitext(os.path.basename(heard.source))[0].replace(' ', '_') or 'recording'
    return ''.join(f'{name} 1 {word.start_s:.3f} {word.end_s - word.start_s:.3f} {word.text}\n' for word in heard.words)


WRITERS = {'tlog': as_tlog, 'text': as_text, 'json': as_json, 'srt': as_srt, 'vtt': as_vtt, 'textgrid': as_textgrid,
           'ctm': as_ctm}
