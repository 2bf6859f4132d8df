"""The check of a data set before the first step: what cannot be used is said now, not hours into training.

`check_rows` makes utterances of rows. Its steps, in this order: transcripts, missing audio, conversion, damage, length. What is
wrong with a whole set (paths, alphabet) ends the run; what is wrong with a recording costs that utterance.
"""

import hashlib
import os
from typing import Dict, Iterable, List, NamedTuple, Optional, Sequence, Set, Sized, Tuple, Union

import numpy as np

from ..errors import DataError
from ..settings.features import FeatureConfig
from ..text.alphabet import Alphabet, describe_character
from ..text.letters import what_makes_fit
from .audio import for_each
from .audio_index import AudioIndex
from .conversion import NoRoomError, convert_recording, most_samples, too_long
from .utterance import AudioSource, ConvertedFile, RecordedFile, Recording, Row, Utterance

Found = Union[AudioSource, DataError]  # what looking at a recording gave
RECIPE = 2  # another way to convert needs another number, or copies of earlier versions would be used
N_EXAMPLES = 3


class Rejection(NamedTuple):
    """A row that is left out, and why."""

    row: Row
    reason: str


class CheckedSet(NamedTuple):
    """What the check of a set found.

    `utterances` can be used, in the order of their rows; `rejected` have audio that cannot, or that is too short for the
    transcript; `n_converted` rows use converted audio, of this or an earlier run; `messages` are sentences for the log, one
    for each kind of finding.
    """

    utterances: List[Utterance]
    rejected: List[Rejection]
    n_converted: int
    messages: List[str]


def check_rows(rows: Sequence[Row], alphabet: Alphabet, features: FeatureConfig, converted_dir: str,
               index: Optional[AudioIndex] = None) -> CheckedSet:
    """Checks the labelled rows of one set, converts audio where needed and encodes the transcripts.

    Args:
      converted_dir: where converted audio is kept for the next run; made when it is needed.
      index: what is known of recordings already; None: nothing.
    Raises:
      DataError: an empty transcript, a character outside the alphabet, a missing audio file, no room for converted audio, or
        nothing usable is left. Names the first case and counts the others.
    """
    if not rows:
        raise DataError('a data set holds no sample; check its files and limit.')
    index = index or AudioIndex()
    _check_transcripts(rows, alphabet)
    found = index.look_up([row.recording for row in rows])
    _check_present(rows, found)
    found, n_converted, conversion = in_plain_format(rows, found, features.rate_hz, converted_dir, index)
    reasons = [damage(row, audio) for row, audio in zip(rows, found)]
    damaged = [Rejection(row, reason) for row, reason in zip(rows, reasons) if reason]
    sound = ((row, audio) for row, audio, reason in zip(rows, found, reasons)
             if not reason and not isinstance(audio, DataError))
    utterances, too_short = _split_by_length(sound, alphabet, features)
    if not utterances:
        raise DataError(_nothing_left(rows, damaged, too_short))
    messages = [conversion, _left_out(rows, damaged, 'whose audio cannot be used'),
                _left_out(rows, too_short, 'too short for the transcript')]
    return CheckedSet(utterances, damaged + too_short, n_converted, [sentence for sentence in messages if sentence])


def prepare_recording(path: str, features: FeatureConfig, converted_dir: str,
                      index: Optional[AudioIndex] = None) -> Utterance:
    """Returns a recording to transcribe as an unlabelled Utterance; converts it where needed.

    Raises:
      DataError: it is no audio, or shorter than one window.
    """
    index = index or AudioIndex()
    recording = RecordedFile(path)
    (audio,) = index.look_up([recording])
    if not _is_plain(audio, features.rate_hz):
        copy = _converted_copy(recording, features.rate_hz, converted_dir)
        _make_directory(converted_dir)
        convert_recording(recording, copy.path, features.rate_hz)
        index.forget([copy])
        (audio,) = index.look_up([copy])
    if isinstance(audio, DataError):
        raise audio
    n_frames = features.frames(audio.n_samples)
    if audio.n_samples > most_samples(audio.rate_hz):
        raise DataError(f'{path}: {too_long(audio.rate_hz)}.')
    if not n_frames:
        raise DataError(f'{path}: shorter than one window of {features.window_ms} ms; there is nothing to transcribe.')
    return Utterance.of(path, None, (), n_frames, audio)


def _check_transcripts(rows: Sequence[Row], alphabet: Alphabet) -> None:
    """Raises DataError for an empty transcript or one that the alphabet cannot write."""
    empty = [row for row in rows if not _transcript(row).strip()]
    if empty:
        raise DataError(f'{empty[0].location}: the transcript of {empty[0].recording.describe()} is empty{_others(empty)}; '
                        f'write what is said or remove the row.')
    characters: Set[str] = set()
    for row in rows:
        characters.update(_transcript(row))
    missing = set(alphabet.missing(''.join(characters)))
    affected = [row for row in rows if not missing.isdisjoint(_transcript(row))]
    if affected:
        raise DataError(_outside_alphabet(affected, missing, alphabet))


def _transcript(row: Row) -> str:
    assert row.transcript is not None, 'only labelled rows are checked'
    return row.transcript


def _outside_alphabet(affected: Sequence[Row], missing: Iterable[str], alphabet: Alphabet) -> str:
    """Returns the message on rows with characters that have no label."""
    row, transcript = affected[0], _transcript(affected[0])
    character = next(char for char in transcript if char in missing)
    n_missing = len(set(missing))
    listing = f'; {n_missing} characters are missing in all: {_listing(missing)}' if n_missing > 1 else ''
    advice = 'add it to the alphabet or change the transcript'
    change = what_makes_fit(transcript, alphabet.labels)
    if change:
        advice = f'the transcript fits {change}: change it so'
    return (f'{row.location}: {describe_character(character)} is not in the alphabet {alphabet.source}'
            f'{_others(affected)}; audio {row.recording.describe()}{listing}; {advice}.')


def _check_present(rows: Sequence[Row], found: Sequence[Found]) -> None:
    """Raises DataError when audio files do not exist."""
    missing = [row for row, audio in zip(rows, found) if isinstance(audio, DataError) and not row.recording.exists()]
    if missing:
        name = missing[0].recording.describe()
        advice = 'write it with slashes, as it is on this machine,' if '\\' in name else 'correct the path'
        raise DataError(f'{name}: the audio file named in {missing[0].location} does not exist{_others(missing, "file")}; '
                        f'{advice} or remove the row.')


def in_plain_format(rows: Sequence[Row], found: List[Found], rate_hz: int, converted_dir: str,
                    index: AudioIndex) -> Tuple[List[Found], int, Optional[str]]:
    """Replaces audio that is not mono 16-bit PCM at `rate_hz` by a converted copy.

    Returns:
      (found, where a DataError is left that says why there is no copy; number of rows whose audio is a copy; message or None).
    """
    foreign = [place for place, audio in enumerate(found) if not _is_plain(audio, rate_hz)]
    if not foreign:
        return found, 0, None
    copies = [_converted_copy(rows[place].recording, rate_hz, converted_dir) for place in foreign]
    failed = _convert_missing([rows[place] for place in foreign], copies, rate_hz, converted_dir, index=index)
    replaced = dict(zip(foreign, (failed.get(copy, audio) for copy, audio in zip(copies, index.look_up(copies)))))
    usable = [place for place in foreign if not isinstance(replaced[place], DataError)]
    message = None
    if usable:
        example, first = found[usable[0]], rows[usable[0]]
        kind = 'not WAV' if isinstance(example, DataError) else example.info
        message = (f'Converted {_count(len(usable), "clip")} of {_sources(rows)} to 16-bit mono {rate_hz} Hz, for '
                   f'example {first.recording.describe()} ({kind}).')
    return [replaced.get(place, audio) for place, audio in enumerate(found)], len(usable), message


def _is_plain(audio: Found, rate_hz: int) -> bool:
    return not isinstance(audio, DataError) and audio.info.is_plain(rate_hz)


def _converted_copy(recording: Recording, rate_hz: int, converted_dir: str) -> ConvertedFile:
    """Returns the converted file; another size or time of the source, or another rate, is another file."""
    what = f'{RECIPE}\n{recording.version()}\n{rate_hz}'
    name = hashlib.sha256(what.encode('utf-8', 'surrogatepass')).hexdigest()
    return ConvertedFile(os.path.join(converted_dir, name[:32] + '.wav'))


def _convert_missing(rows: Sequence[Row], copies: Sequence[ConvertedFile], rate_hz: int, converted_dir: str,
                     index: AudioIndex) -> Dict[ConvertedFile, DataError]:
    """Converts what no earlier run has converted; returns why some copies could not be made."""
    row_of_copy = dict(zip(copies, rows))  # a recording that stands in several rows is converted once
    found = index.look_up(list(row_of_copy))
    new = [(copy, row) for (copy, row), audio in zip(row_of_copy.items(), found) if isinstance(audio, DataError)]
    if not new:
        return {}
    _make_directory(converted_dir)
    results = for_each(lambda each: convert_recording(each[1].recording, each[0].path, rate_hz), new)
    failed = {copy: result for (copy, _), result in zip(new, results) if isinstance(result, DataError)}
    for result in failed.values():
        if isinstance(result, NoRoomError):
            raise result
    index.forget([copy for copy, _ in new])
    return failed


def _make_directory(converted_dir: str) -> None:
    try:
        os.makedirs(converted_dir, exist_ok=True)
    except OSError as error:
        raise DataError(f'{converted_dir}: the directory for converted audio cannot be made '
                        f'({error.strerror}).') from error


def damage(row: Row, audio: Found) -> str:
    """Returns why audio cannot be used, without its name; empty if it can."""
    if isinstance(audio, DataError):
        reason, name = str(audio), f'{row.recording.describe()}: '
        return (reason[len(name):] if reason.startswith(name) else reason).rstrip('.')
    info = audio.info
    if info.n_samples > most_samples(info.rate_hz):
        return too_long(info.rate_hz)
    return '' if info.n_samples else 'there is no sound in it'


def _split_by_length(sound: Iterable[Tuple[Row, AudioSource]], alphabet: Alphabet,
                     features: FeatureConfig) -> Tuple[List[Utterance], List[Rejection]]:
    """Returns (the usable ones, those too short for their transcripts)."""
    usable, rejected = [], []
    for row, audio in sound:
        transcript = _transcript(row)
        labels = np.array(alphabet.encode(transcript), np.int32)
        n_frames = features.frames(audio.n_samples)
        reason = _too_short(labels, n_frames, audio, features.window_ms)
        if reason:
            rejected.append(Rejection(row, reason))
        else:
            usable.append(Utterance.of(row.id, transcript, labels, n_frames, audio))
    return usable, rejected


def _too_short(labels: np.ndarray, n_frames: int, audio: AudioSource, window_ms: int) -> Optional[str]:
    """Returns why CTC cannot align the labels to the frames, or None; equal neighbours need a blank between them."""
    if not n_frames:
        return f'{1000 * audio.info.duration_s:.0f} ms of audio, shorter than one window of {window_ms} ms'
    n_repeats = int(np.count_nonzero(labels[1:] == labels[:-1]))
    n_needed = len(labels) + n_repeats
    if n_needed > n_frames:
        return (f'{_count(len(labels), "label")} and {_count(n_repeats, "repeat")} need {n_needed} frames, there are '
                f'{n_frames}')
    return None


def _left_out(rows: Sequence[Row], rejected: Sequence[Rejection], why: str) -> Optional[str]:
    """Returns the sentence on rejected rows, or None."""
    if not rejected:
        return None
    examples = '; '.join(f'{row.id} ({reason})' for row, reason in rejected[:N_EXAMPLES])
    return (f'Left out {_count(len(rejected), "utterance")} of {_sources(rows)} {why}, '
            f'{"for example " if len(rejected) > N_EXAMPLES else ""}{examples}.')


def _nothing_left(rows: Sequence[Row], damaged: Sequence[Rejection], too_short: Sequence[Rejection]) -> str:
    """Returns the message on a set of which nothing can be used."""
    if damaged:
        row, reason = damaged[0]
        return f'{row.location}{_others(damaged, "file")}: {row.recording.describe()}: {reason}.'
    row, reason = too_short[0]
    return (f'{_sources(rows)}: every utterance is too short for its transcript, for example {row.id} ({reason}); check that '
            f'transcripts and audio belong together.')


def _others(found: Sized, noun: str = 'row') -> str:
    """Returns how many cases there are besides the first, for the middle of a sentence."""
    n_others = len(found) - 1
    return f' (and {n_others} other {noun}{"s" if n_others > 1 else ""})' if n_others else ''


def _count(number: int, noun: str) -> str:
    return f'1 {noun}' if number == 1 else f'{number} {noun}s'


def _sources(rows: Sequence[Row]) -> str:
    """Returns the files of a set, e.g. `a.csv and 2 other files`."""
    sources = list(dict.fromkeys(row.source for row in rows))
    return sources[0] if len(sources) == 1 else f'{sources[0]} and {_count(len(sources) - 1, "other file")}'


def _listing(characters: Iterable[str], limit: int = 20) -> str:
    """Returns the characters in code point order, separated by blanks."""
    shown = sorted(characters)
    return ' '.join(repr(char) for char in shown[:limit]) + (' ...' if len(shown) > limit else '')
