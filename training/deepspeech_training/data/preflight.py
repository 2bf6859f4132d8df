"""The check of a data set before the first step: what cannot be used is said now, not hours into training.

`check_rows` makes utterances of rows. Its steps, in this order: transcripts, missing audio, conversion, damage, length. What is
wrong with a whole set (paths, alphabet) ends the run, unless a text policy says otherwise; what is wrong with a recording costs
that utterance.
"""

import hashlib
import os
from collections import Counter
from typing import Counter as Counts
from typing import Dict, Iterable, List, NamedTuple, Optional, Sequence, Tuple, Union

import numpy as np

from ..errors import DataError
from ..settings.config import STOP
from ..settings.features import FeatureConfig
from ..text.alphabet import Alphabet
from .audio import AudioInfo, for_each
from .audio_index import AudioIndex
from .conversion import NoRoomError, convert_recording, most_samples, too_long
from .rejected import MISSING, TOO_SHORT, UNUSABLE, Change, Rejection
from .row_texts import WAY_OUT, FittedTexts, about_assumed, fit_texts, left_out_texts, others, refuse_texts, transcript_of
from .utterance import AudioSource, ConvertedFile, RecordedFile, Recording, Row, Utterance

Found = Union[AudioSource, DataError]  # what looking at a recording gave
RECIPE = 2  # another way to convert needs another number, or copies of earlier versions would be used
N_EXAMPLES = 3


class CheckedSet(NamedTuple):
    """What the check of a set found.

    `utterances` can be used, in the order of their rows; `rejected` cannot; `n_converted` rows use converted audio, of this or
    an earlier run; `messages` are sentences for the log, one for each kind of finding; `rows` are those of `utterances`, some
    with a changed transcript, which `changed` says; `missing` is in how many rows each character stands that has no label;
    `originals` are the formats of the recordings of `rows` before any was converted, without lengths, None: it was no WAV;
    empty: none was converted.
    """

    utterances: List[Utterance]
    rejected: List[Rejection]
    n_converted: int
    messages: List[str]
    rows: List[Row]
    changed: List[Change]
    missing: Counts[str]
    originals: List[Optional[AudioInfo]]


def check_rows(rows: Sequence[Row], alphabet: Alphabet, features: FeatureConfig, converted_dir: str,
               index: Optional[AudioIndex] = None, *, policy: str = STOP) -> CheckedSet:
    """Checks the labelled rows of one set, converts audio where needed and encodes the transcripts.

    Args:
      converted_dir: where converted audio is kept for the next run; made when it is needed.
      index: what is known of recordings already; None: nothing.
      policy: one of TEXT_POLICIES. With STOP, an empty transcript, a character outside the alphabet and a missing audio file
        are errors, which name the first case and count the others; with others they cost the row.
    Raises:
      DataError: there is one of these, no room for converted audio, or nothing usable is left.
    """
    if not rows:
        raise DataError('a data set holds no sample; check its files and limit.')
    if policy == STOP:
        refuse_texts(rows, alphabet)
    checked = sift_rows(rows, alphabet, features, converted_dir, index, policy=policy)
    if not checked.utterances:
        raise DataError(_nothing_left(rows, checked.rejected))
    return checked


def sift_rows(rows: Sequence[Row], alphabet: Alphabet, features: FeatureConfig, converted_dir: str,
              index: Optional[AudioIndex] = None, *, policy: str) -> CheckedSet:
    """Returns what `check_rows` does, whatever is left; raises as it does with STOP."""
    index = index or AudioIndex()
    fitted = FittedTexts(list(rows), [], [], Counter()) if policy == STOP else fit_texts(rows, alphabet, policy)
    found = index.look_up([row.recording for row in fitted.rows])
    if policy == STOP:
        _check_present(fitted.rows, found)
    as_found = found
    found, n_converted, conversion = in_plain_format(fitted.rows, found, features.rate_hz, converted_dir, index)
    damaged, sound = [], []
    for row, audio in zip(fitted.rows, found):
        reason = damage(row, audio)
        if reason:
            damaged.append(_of_audio(row, audio, reason))
        elif not isinstance(audio, DataError):
            sound.append((row, audio))
    usable, utterances, too_short = _split_by_length(sound, alphabet, features)
    assumed = about_assumed(fitted, alphabet, list(dict.fromkeys(row.source for row in rows)))
    messages = [conversion, assumed, left_out_texts(fitted, len(rows)), _left_out(rows, damaged, 'whose audio cannot be used'),
                _left_out(rows, too_short, 'too short for the transcript')]
    return CheckedSet(utterances, fitted.rejected + damaged + too_short, n_converted, [each for each in messages if each],
                      rows=usable, changed=fitted.changed, missing=fitted.missing,
                      originals=_formats_of(usable, fitted.rows, as_found) if n_converted else [])


def _formats_of(usable: Sequence[Row], rows: Sequence[Row], found: Sequence[Found]) -> List[Optional[AudioInfo]]:
    formats: Dict[AudioInfo, AudioInfo] = {}  # there are few, each is held once
    infos = [None if isinstance(audio, DataError) else audio.info._replace(n_samples=0) for audio in found]
    of_row = {id(row): info and formats.setdefault(info, info) for row, info in zip(rows, infos)}
    return [of_row[id(row)] for row in usable]


def _of_audio(row: Row, audio: Found, reason: str) -> Rejection:
    if isinstance(audio, DataError) and not row.recording.exists():
        return Rejection(row, 'the audio file does not exist', MISSING)
    return Rejection(row, reason, UNUSABLE)


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


def _check_present(rows: Sequence[Row], found: Sequence[Found]) -> None:
    """Raises DataError when audio files do not exist."""
    missing = [row for row, audio in zip(rows, found) if isinstance(audio, DataError) and not row.recording.exists()]
    if missing:
        name = missing[0].recording.describe()
        advice = 'write it with slashes, as it is on this machine,' if '\\' in name else 'correct the path'
        raise DataError(f'{name}: the audio file named in {missing[0].location} does not exist{others(missing, "file")}; '
                        f'{advice} or remove the row, {WAY_OUT}.')


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
                     features: FeatureConfig) -> Tuple[List[Row], List[Utterance], List[Rejection]]:
    """Returns (the usable rows, their utterances, those too short for their transcripts)."""
    rows, usable, rejected = [], [], []
    for row, audio in sound:
        transcript = transcript_of(row)
        labels = np.array(alphabet.encode(transcript), np.int32)
        n_frames = features.frames(audio.n_samples)
        reason = _too_short(labels, n_frames, audio, features.window_ms)
        if reason:
            rejected.append(Rejection(row, reason, TOO_SHORT))
        else:
            rows.append(row)
            usable.append(Utterance.of(row.id, transcript, labels, n_frames, audio))
    return rows, usable, rejected


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
    examples = '; '.join(f'{row.id} ({reason})' for row, reason, _ in rejected[:N_EXAMPLES])
    return (f'Left out {_count(len(rejected), "utterance")} of {_sources(rows)} {why}, '
            f'{"for example " if len(rejected) > N_EXAMPLES else ""}{examples}.')


def _nothing_left(rows: Sequence[Row], rejected: Sequence[Rejection]) -> str:
    """Returns the message on a set of which nothing can be used."""
    others_first = [each for each in rejected if each.kind != TOO_SHORT]
    if others_first:
        row, reason, _ = others_first[0]
        return f'{row.location}{others(others_first, "file")}: {row.recording.describe()}: {reason}.'
    row, reason, _ = rejected[0]
    return (f'{_sources(rows)}: every utterance is too short for its transcript, for example {row.id} ({reason}); check that '
            f'transcripts and audio belong together.')


def _count(number: int, noun: str) -> str:
    return f'1 {noun}' if number == 1 else f'{number} {noun}s'


def _sources(rows: Sequence[Row]) -> str:
    """Returns the files of a set, e.g. `a.csv and 2 other files`."""
    sources = list(dict.fromkeys(row.source for row in rows))
    return sources[0] if len(sources) == 1 else f'{sources[0]} and {_count(len(sources) - 1, "other file")}'
