"""The check of a data set before the first step: what cannot be used is said now, not hours into training."""

import csv
import hashlib
import io
import os
import unicodedata
from collections import namedtuple
from dataclasses import dataclass, replace

import numpy as np

from ..errors import DataError
from ..paths import write_atomically
from ..text.alphabet import describe_character
from .audio import convert_all, convert_wav, probe_all
from .utterance import Sample

REJECTED_COLUMNS = ('set', 'wav_filename', 'reason', 'transcript')

Rejection = namedtuple('Rejection', 'sample reason')
PreflightResult = namedtuple('PreflightResult', 'samples rejected n_converted messages')


@dataclass(frozen=True, eq=False)
class PreparedSample:
    """A sample that can be trained on. `sample.audio_path` is mono, 16-bit, at the features' rate."""

    sample: Sample
    n_samples: int
    n_frames: int  # feature frames
    labels: np.ndarray  # int32 [n_labels]


def check_samples(samples, alphabet, features, converted_dir):
    """Checks the samples of one set, converts audio where needed and encodes the transcripts.

    Args:
      samples: list of labelled Sample.
      alphabet: Alphabet.
      features: FeatureConfig.
      converted_dir: where converted audio is kept for the next run; made when it is needed.
    Returns:
      PreflightResult: `samples`, the usable ones as PreparedSample in their order; `rejected`, list of Rejection, too
      short for their transcripts; `n_converted`, rows that use converted audio, of this or an earlier run;
      `messages`, sentences for the log, one for each kind of finding.
    Raises:
      DataError: an empty transcript, a character outside the alphabet, a missing or unusable audio file, or nothing
        usable is left. Names the first case and counts the others.
    """
    if not samples:
        raise DataError('a data set holds no sample; check its files and limit.')
    _check_transcripts(samples, alphabet)
    infos = probe_all([sample.audio_path for sample in samples])
    _check_present(samples, infos)
    samples, infos, conversion, n_converted = _with_readable_audio(samples, infos, features.rate_hz, converted_dir)
    _check_sound(samples, infos)
    usable, rejected = _split_by_length(samples, infos, alphabet, features)
    return PreflightResult(usable, rejected, n_converted,
                           [message for message in (conversion, _left_out(samples, usable, rejected)) if message])


def prepare_recording(path, features, converted_dir):
    """Returns a recording to transcribe as a PreparedSample without labels; converts it where needed.

    Raises:
      DataError: it is no audio, or shorter than one window.
    """
    sample = Sample(path, None, 0, path, path, 1)
    (info,) = probe_all([path])
    if not _is_plain(info, features.rate_hz):
        target = _converted_path(path, features.rate_hz, converted_dir)
        os.makedirs(converted_dir, exist_ok=True)
        convert_wav(path, target, features.rate_hz)
        (info,) = probe_all([target])
        sample = replace(sample, audio_path=target)
    n_frames = 0 if isinstance(info, DataError) else features.frames(info.n_frames)
    if not n_frames:
        raise DataError(f'{path}: shorter than one window of {features.window_ms} ms; there is nothing to transcribe.')
    return PreparedSample(sample, info.n_frames, n_frames, np.zeros(0, np.int32))


def write_rejected(path, rejections):
    """Writes the list of left-out utterances (CSV: set, wav_filename, reason, transcript), whole or not at all.

    Rows that the file already holds stay, except those of the sets given: a repeated run does not list them twice.
    Nothing is written when there is nothing to say.

    Args:
      rejections: dict of set name to list of Rejection.
    """
    rows = [row for row in _read_rejected(path) if row[0] not in rejections]
    rows += [(name, sample.sample_id, reason, sample.transcript)
             for name, rejected in rejections.items() for sample, reason in rejected]
    if not rows and not os.path.exists(path):
        return
    text = io.StringIO()
    writer = csv.writer(text, lineterminator='\n')
    writer.writerow(REJECTED_COLUMNS)
    writer.writerows(rows)
    write_atomically(path, text.getvalue(), DataError)


def _read_rejected(path):
    try:
        with open(path, encoding='utf-8', newline='') as file:
            return [row for row in csv.reader(file) if len(row) == len(REJECTED_COLUMNS)][1:]
    except FileNotFoundError:
        return []
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise DataError(f'{path}: the list of left-out utterances cannot be read ({error}); remove it.') from error


def _check_transcripts(samples, alphabet):
    """Raises DataError for an empty transcript or one that the alphabet cannot write."""
    empty = [sample for sample in samples if not sample.transcript.strip()]
    if empty:
        raise DataError(f'{empty[0].place}: the transcript of {empty[0].audio_path} is empty{_others(empty)}; write '
                        f'what is said or remove the row.')
    characters = set().union(*(sample.transcript for sample in samples))
    missing = set(alphabet.missing(''.join(characters)))
    affected = [sample for sample in samples if not missing.isdisjoint(sample.transcript)]
    if affected:
        raise DataError(_outside_alphabet(affected, missing, alphabet))


def _outside_alphabet(affected, missing, alphabet):
    """Returns the message on samples with characters that have no label."""
    sample = affected[0]
    character = next(char for char in sample.transcript if char in missing)
    listing = f'; {len(missing)} characters are missing in all: {_listing(missing)}' if len(missing) > 1 else ''
    advice = 'add it to the alphabet or change the transcript'
    for form in ('NFD', 'NFC'):  # NFC last: if both fit, it is the one to recommend
        if not alphabet.missing(unicodedata.normalize(form, sample.transcript)):
            advice = f'the transcript fits in Unicode normal form {form}: normalise the CSV to it'
    return (f'{sample.place}: {describe_character(character)} is not in the alphabet {alphabet.source}'
            f'{_others(affected)}; audio {sample.audio_path}{listing}; {advice}.')


def _check_present(samples, infos):
    """Raises DataError when audio files do not exist."""
    missing = [sample for sample, info in zip(samples, infos)
               if isinstance(info, DataError) and not os.path.isfile(sample.audio_path)]
    if missing:
        raise DataError(f'{missing[0].audio_path}: the audio file named in {missing[0].place} does not '
                        f'exist{_others(missing, "file")}; correct the path or remove the row.')


def _with_readable_audio(samples, infos, rate_hz, converted_dir):
    """Replaces audio that is not mono 16-bit PCM at `rate_hz` by a converted copy.

    Returns:
      (samples, infos, message or None, number of samples replaced).
    """
    foreign = [index for index, info in enumerate(infos) if not _is_plain(info, rate_hz)]
    if not foreign:
        return samples, infos, None, 0
    first = samples[foreign[0]].audio_path
    found = 'not WAV' if isinstance(infos[foreign[0]], DataError) else infos[foreign[0]]
    message = (f'Converted {_count(len(foreign), "clip")} of {_sources(samples)} to 16-bit mono {rate_hz} Hz, for '
               f'example {first} ({found}).')
    targets = [_converted_path(samples[index].audio_path, rate_hz, converted_dir) for index in foreign]
    info_of_target = _convert_missing([samples[index] for index in foreign], targets, rate_hz, converted_dir)
    samples, infos = list(samples), list(infos)
    for index, target in zip(foreign, targets):
        samples[index] = replace(samples[index], audio_path=target)
        infos[index] = info_of_target[target]
    return samples, infos, message, len(foreign)


def _is_plain(info, rate_hz):
    return (not isinstance(info, DataError)
            and (info.encoding, info.sample_width, info.n_channels, info.rate_hz) == ('pcm', 2, 1, rate_hz))


def _converted_path(path, rate_hz, converted_dir):
    """Returns the name of the converted file; another size or time of the source, or another rate, is another file."""
    state = os.stat(path)
    identity = f'{os.path.abspath(path)}\n{state.st_size}\n{state.st_mtime_ns}\n{rate_hz}'
    digest = hashlib.sha256(identity.encode('utf-8', 'surrogateescape')).hexdigest()
    return os.path.join(converted_dir, digest[:32] + '.wav')


def _convert_missing(samples, targets, rate_hz, converted_dir):
    """Converts what no earlier run has converted; returns a dict of target to its WavInfo or DataError."""
    sample_of_target = dict(zip(targets, samples))  # a file that stands in several rows is converted once
    infos = dict(zip(sample_of_target, probe_all(sample_of_target)))
    new = [target for target, info in infos.items() if isinstance(info, DataError)]
    if not new:
        return infos
    try:
        os.makedirs(converted_dir, exist_ok=True)
    except OSError as error:
        raise DataError(f'{converted_dir}: the directory for converted audio cannot be made '
                        f'({error.strerror}).') from error
    errors = convert_all([sample_of_target[target].audio_path for target in new], new, rate_hz)
    failed = [(sample_of_target[target], error) for target, error in zip(new, errors) if error]
    if failed:
        sample, error = failed[0]
        raise DataError(f'{sample.place}{_others(failed, "file")}: {error}') from error
    infos.update(zip(new, probe_all(new)))
    return infos


def _check_sound(samples, infos):
    """Raises DataError for audio files without a single sample."""
    silent = [sample for sample, info in zip(samples, infos) if isinstance(info, DataError) or not info.n_frames]
    if silent:
        raise DataError(f'{silent[0].sample_id}: the audio file named in {silent[0].place} holds no '
                        f'sound{_others(silent, "file")}; record it again or remove the row.')


def _split_by_length(samples, infos, alphabet, features):
    """Returns (list of PreparedSample, list of Rejection)."""
    usable, rejected = [], []
    for sample, info in zip(samples, infos):
        labels = np.array(alphabet.encode(sample.transcript), np.int32)
        n_frames = features.frames(info.n_frames)
        reason = _too_short(labels, n_frames, info, features)
        if reason:
            rejected.append(Rejection(sample, reason))
        else:
            usable.append(PreparedSample(sample, info.n_frames, n_frames, labels))
    return usable, rejected


def _too_short(labels, n_frames, info, features):
    """Returns why CTC cannot align the labels to the frames, or None; equal neighbours need a blank between them."""
    if not n_frames:
        return f'{1000 * info.duration_s:.0f} ms of audio, shorter than one window of {features.window_ms} ms'
    n_repeats = int(np.count_nonzero(labels[1:] == labels[:-1]))
    n_needed = len(labels) + n_repeats
    if n_needed > n_frames:
        return (f'{_count(len(labels), "label")} and {_count(n_repeats, "repeat")} need {n_needed} frames, there are '
                f'{n_frames}')
    return None


def _left_out(samples, usable, rejected):
    """Returns the sentence on rejected samples, or None.

    Raises:
      DataError: nothing is left.
    """
    if not rejected:
        return None
    sample, reason = rejected[0]
    example = f'for example {sample.sample_id} ({reason})'
    if not usable:
        raise DataError(f'{_sources(samples)}: every utterance is too short for its transcript, {example}; check that '
                        f'transcripts and audio belong together.')
    return (f'Left out {_count(len(rejected), "utterance")} of {_sources(samples)} too short for the transcript, '
            f'{example}.')


def _others(found, noun='row'):
    """Returns how many cases there are besides the first, for the middle of a sentence."""
    n_others = len(found) - 1
    return f' (and {n_others} other {noun}{"s" if n_others > 1 else ""})' if n_others else ''


def _count(number, noun):
    return f'1 {noun}' if number == 1 else f'{number} {noun}s'


def _sources(samples):
    """Returns the files of a set, e.g. `a.csv and 2 other files`."""
    sources = list(dict.fromkeys(sample.source for sample in samples))
    return sources[0] if len(sources) == 1 else f'{sources[0]} and {_count(len(sources) - 1, "other file")}'


def _listing(characters, limit=20):
    """Returns the characters in code point order, separated by blanks."""
    shown = sorted(characters)[:limit]
    return ' '.join(repr(char) for char in shown) + (' ...' if len(characters) > limit else '')
