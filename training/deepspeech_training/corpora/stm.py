"""STM, NIST's format for transcripts of long recordings: a segment a line."""

import re
from typing import Iterator, NamedTuple, Union

from .listing import read_lines
from .problems import MALFORMED, Problem

GAP = 'ignore_time_segment_in_scoring'  # what stands for the words where nobody has written them down
COMMENT = ';;'
# <o,f0,male>, <NA>; not <unk>, which is a word that nobody knows.
_LABEL = re.compile(r'<(?!unk>)[^<>\s]*>', re.IGNORECASE)
_N_FIELDS = 5


class Segment(NamedTuple):
    """What somebody says from when to when."""

    recording: str  # without ending
    channel: str  # counted from 1, or A and B
    speaker: str
    start_s: float
    end_s: float
    text: str
    place: str  # for messages: `X.stm, line 7`


class Unreadable(NamedTuple):
    """A line that is no segment."""

    line: str
    place: str
    problem: Problem


def read_stm(path: str) -> Iterator[Union[Segment, Unreadable]]:
    """Yields what the lines of an STM file say, but comments and gaps. A line, its words parted by blanks:

        AlGore_2009 1 AlGore_2009 16.32 26.92 <o,f0,male> last year i showed these two slides

    Raises:
      DataError: it cannot be read, or is no text.
    """
    for place, line in read_lines(path, 'a list of segments (STM)'):
        if line.lstrip().startswith(COMMENT):
            continue
        fields = line.split()
        words = fields[_N_FIELDS:]
        if words and _LABEL.fullmatch(words[0]):
            del words[0]
        text = ' '.join(words)
        if text.lower() == GAP:
            continue
        try:
            recording, channel, speaker, start, end = fields[:_N_FIELDS]
            yield Segment(recording, channel, speaker, float(start), float(end), text=text, place=place)
        except ValueError:
            yield Unreadable(line, place, Problem(
                MALFORMED, 'expected "<recording> <channel> <speaker> <start> <end> <label> <words>", times in seconds'))
