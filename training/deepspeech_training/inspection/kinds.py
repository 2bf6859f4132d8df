"""The kinds of findings about rows: what each is called, whether it costs the row, and what to do.

Limits stand here, too: what is beyond them is worth a look, not an error.
"""

from typing import NamedTuple, Tuple

from ..data.rejected import EMPTY, FOREIGN, MALFORMED, MISSING, TOO_SHORT, UNUSABLE

SILENT_PEAK = 0.00316  # of full scale, -50 dB: the loudest sample of silence
FLAT_SHARE, FLAT_PEAK = 0.002, 0.2  # of samples at the extremes; quieter sound has few steps anyway
MOST_OFFSET = 0.02  # of full scale
MOST_FAINT = 0.8  # of the time
LONGEST_GAP_S = 0.3  # without a single sample that is not 0
LONGEST_S = 30.  # a batch is padded to its longest clip
MOST_PER_S, LEAST_PER_S = 30., 0.5  # characters; where a set is too small to say what is usual in it
USUAL_ROWS = 50  # of more, the median decides, for languages differ
TIMES_FASTER, TIMES_SLOWER, SLOW_FROM_S = 2.5, 8., 2.
MOST_CER = 0.6  # of what a model makes of a recording


class Kind(NamedTuple):
    """A kind of findings."""

    name: str
    title: str
    remedy: str
    is_rejection: bool = False


REJECTED: Tuple[Kind, ...] = (
    Kind(MALFORMED, 'cells that cannot be read', 'correct the row in an editor', True),
    Kind(EMPTY, 'no transcript', 'write what is said, or remove the row', True),
    Kind(FOREIGN, 'characters outside the alphabet', 'correct the transcript, or add the characters to the alphabet', True),
    Kind(MISSING, 'audio that does not exist', 'correct the path, or remove the row', True),
    Kind(UNUSABLE, 'audio that cannot be used', 'get the recording again, or remove the row', True),
    Kind(TOO_SHORT, 'too short for the transcript', 'see whether transcript and recording belong together', True))
SUSPICIOUS: Tuple[Kind, ...] = (
    Kind('changed', 'used with a changed transcript', 'see whether that is what is said'),
    Kind('unread', 'sound that could not be read', 'see whether the file is still there'),
    Kind('silence', 'silence', 'remove the row: a model learns to write what is not said'),
    Kind('clipping', 'clipped', 'record or export again with less gain'),
    Kind('offset', 'shifted off the middle (DC)', 'take it away with a high-pass filter'),
    Kind('faint', 'mostly silence', 'cut the recording to what is spoken'),
    Kind('gap', 'interrupted', 'look for the part that is lost'),
    Kind('rate', 'recorded at a lower rate', 'nothing, if what is to be recognised is recorded so, too'),
    Kind('long', 'long recordings', 'cut them at pauses: batches are padded to the longest'),
    Kind('fast', 'many characters a second', 'see whether transcript and recording belong together'),
    Kind('slow', 'few characters a second', 'see whether the transcript is complete'),
    Kind('blanks', 'blanks at the ends or doubled', 'take them away: each is a label to be learned'),
    Kind('scripts', 'words in several scripts', 'write each word with the letters of one'),
    Kind('stutter', 'a character many times in a row', 'see whether that is what is said'),
    Kind('size', 'another size than the CSV says', 'make the CSV again: was the recording changed after it was transcribed?'),
    Kind('repeated_row', 'the same file and transcript again', 'remove the row'),
    Kind('repeated_sound', 'the same sound and transcript in another file', 'remove the row'),
    Kind('contradiction', 'the same sound with another transcript', 'listen: one of them is wrong'),
    Kind('shared_sound', 'sound that another set has, too', 'take it out of one of them: the result on it says nothing'),
    Kind('shared_sentence', 'sentences that another set has, too', 'new sentences tell more about a model'),
    Kind('shared_speaker', 'speakers whom another set has, too', 'new speakers tell more about a model'),
    Kind('unrecognised', 'recognised quite differently', 'listen: the transcript may be of another recording'))
BY_NAME = {kind.name: kind for kind in REJECTED + SUSPICIOUS}
