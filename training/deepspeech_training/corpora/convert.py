"""What a worker does with a recording: looks at it, converts it whole, or cuts utterances out of it."""

import importlib
import os
import shutil
import tempfile
from contextlib import contextmanager, suppress
from typing import Iterable, Iterator, List, NamedTuple, Optional, Tuple, Union

import numpy as np
from deepspeech.audio import audio_in
from deepspeech.errors import AudioError

from ..data.audio import WAV_HEADER_BYTES, check_copy, open_audio, probe_wav
from ..data.conversion import MOST_BYTES, NoRoomError, convert_audio, to_int16, wav_header
from ..errors import DataError
from ..paths import written_atomically
from ..programs import CONVERSION_S, ProgramError, run

RATE_HZ = 16000
BLOCK_S = 10  # decoded at a time
TO_THE_END_S = 1e9  # where a span ends that has no other end
OVERSHOOT_S = 0.5  # how far a span may go beyond the end of its recording, as lists of times are rounded
SPHERE_HEADER_BYTES = 1024
# What libsndfile calls the formats in which corpora come, by the endings of names.
FORMATS = {'.mp3': 'MP3', '.flac': 'FLAC', '.ogg': 'OGG', '.oga': 'OGG', '.opus': 'OGG', '.sph': 'NIST'}


class Cut(NamedTuple):
    """Part of a recording, and the WAV file that it becomes; None for all of it."""

    target: str
    span_s: Optional[Tuple[float, float]] = None
    channel: Optional[int] = None


class Job(NamedTuple):
    """A recording and what is wanted of it."""

    source: str
    cuts: Tuple[Cut, ...]
    keeps_plain: bool = True  # a whole recording that is what training reads already is used where it is


class Made(NamedTuple):
    """A WAV file, 16 kHz, mono, 16 bit."""

    path: str
    size_bytes: int
    n_samples: int


def require_readers(sources: Iterable[str]) -> None:
    """Proves before the first clip that what is needed to read so many is here, as far as their names tell.

    Raises:
      DataError: a package is missing, or knows a format not yet; says what to install.
    """
    endings = {os.path.splitext(source)[1].lower() for source in sources}
    needed = sorted(FORMATS[ending] for ending in endings if ending in FORMATS)
    for package in ('soundfile', 'soxr') if needed else ():
        try:
            module = importlib.import_module(package)
        except (ImportError, OSError) as error:  # OSError: the package without its library
            raise DataError(f'the package {package} is needed to read {needed[0]} ({error}); install it with pip install '
                            f'{package}.') from error
        if package == 'soundfile':
            known = module.available_formats()
            lacking = [name for name in needed if name not in known]
            if lacking:
                raise DataError(f'the library libsndfile {module.__libsndfile_version__} does not read {lacking[0]}; install a '
                                f'newer one with pip install --upgrade soundfile.')


def make_wavs(job: Job) -> List[Union[Made, str]]:
    """Returns for each cut of a Job, in order, the file or why there is none; files that are there and sound are kept.

    Raises:
      NoRoomError: files cannot be written.
    """
    return [made if isinstance(made, Made) else without_name(made, job.source) for made in _make(job)]


def without_name(reason: str, path: str) -> str:
    """Returns what is wrong with a file without its name, which stands beside it in lists, and without a full stop."""
    return (reason[len(path) + 2:] if reason.startswith(f'{path}: ') else reason).rstrip('.')


def _make(job: Job) -> List[Union[Made, str]]:
    found: List[Union[Made, str, None]] = [_kept(job, cut) for cut in job.cuts]
    missing = [index for index, made in enumerate(found) if made is None]
    whole = [index for index in missing if job.cuts[index].span_s is None and job.cuts[index].channel is None]
    parts = [index for index in missing if index not in whole]
    for index in whole:
        found[index] = _whole(job.source, job.cuts[index].target)
    for channel in sorted({job.cuts[index].channel for index in parts}, key=lambda number: -1 if number is None else number):
        of_channel = [index for index in parts if job.cuts[index].channel == channel]
        for index, made in zip(of_channel, _parts(job.source, [job.cuts[index] for index in of_channel], channel)):
            found[index] = made
    return [made if made is not None else 'nothing was made of it' for made in found]


def _kept(job: Job, cut: Cut) -> Optional[Made]:
    """Returns what is there already: a recording that needs no conversion, or a copy that is not older than it."""
    with suppress(DataError, OSError, UnicodeEncodeError):
        if job.keeps_plain and cut.span_s is None and cut.channel is None and job.source.lower().endswith('.wav'):
            job.source.encode('utf-8')  # a CSV file cannot name it otherwise
            return _probe(job.source)
    with suppress(DataError, OSError):
        if os.stat(cut.target).st_mtime_ns >= os.stat(job.source).st_mtime_ns:
            return _probe(cut.target, is_copy=True)
    return None


def _probe(path: str, is_copy: bool = False) -> Made:
    """Returns what a WAV file is. Raises DataError: it is not what training reads as it is."""
    with open_audio(path) as file:
        info = probe_wav(file, path)
        if is_copy:
            check_copy(file, path)
        if not info.is_plain(RATE_HZ) or not info.n_samples:
            raise DataError(f'{path}: {info}.')
        return Made(path, os.fstat(file.fileno()).st_size, info.n_samples)


def _whole(source: str, target: str) -> Union[Made, str]:
    try:
        os.makedirs(os.path.dirname(target), exist_ok=True)
        with _readable(source) as path:
            convert_audio(path, target, RATE_HZ, advice='import into another directory')
        return _probe(target, is_copy=True)
    except NoRoomError:
        raise
    except (AudioError, DataError) as error:
        return str(error)


def _parts(source: str, cuts: List[Cut], channel: Optional[int]) -> List[Union[Made, str]]:
    """Cuts spans out of one channel of a recording in one pass over it."""
    made: List[Union[Made, str]] = ['the recording ends before it'] * len(cuts)
    order = sorted(range(len(cuts)), key=lambda index: _samples(cuts[index])[0])
    try:
        with _readable(source) as path, audio_in(open_audio(path), source) as audio:
            sound = _Window(audio.sound(RATE_HZ, BLOCK_S * RATE_HZ, channel))
            for index in order:
                start, end = _samples(cuts[index])
                samples = sound.take(start, end)
                n_missing = end - start - len(samples)
                if not len(samples):
                    continue
                if n_missing > OVERSHOOT_S * RATE_HZ and end < TO_THE_END_S * RATE_HZ:
                    made[index] = f'the recording ends {n_missing / RATE_HZ:.1f} s before it does'
                else:
                    made[index] = _write(cuts[index].target, samples)
    except NoRoomError:
        raise
    except (AudioError, DataError) as error:
        return [str(error) if isinstance(each, str) else each for each in made]
    return made


def _samples(cut: Cut) -> Tuple[int, int]:
    """Returns from which sample to which a cut goes."""
    start_s, end_s = cut.span_s or (0., TO_THE_END_S)
    return max(0, round(start_s * RATE_HZ)), round(end_s * RATE_HZ)


class _Window:
    """The part of a recording that is still needed, as spans come in the order of their beginnings."""

    def __init__(self, blocks: Iterator[np.ndarray]) -> None:
        self._blocks, self._start, self._held = blocks, 0, np.zeros(0, np.float32)

    def take(self, start: int, end: int) -> np.ndarray:
        """Returns samples from `start`, which never decreases, to `end`, or as far as there are any."""
        while self._start + len(self._held) < end:
            block = next(self._blocks, None)
            if block is None:
                break
            self._drop_before(start)
            self._held = np.concatenate([self._held, block])
        self._drop_before(start)
        return self._held[:max(0, end - self._start)] if start >= self._start else self._held[:0]

    def _drop_before(self, start: int) -> None:
        n_over = min(max(0, start - self._start), len(self._held))
        self._held, self._start = self._held[n_over:], self._start + n_over


def _write(target: str, samples: np.ndarray) -> Made:
    os.makedirs(os.path.dirname(target), exist_ok=True)
    sound = to_int16(samples).tobytes()
    with written_atomically(target, NoRoomError) as file:
        file.write(wav_header(RATE_HZ, len(sound)) + sound)
    return Made(target, WAV_HEADER_BYTES + len(sound), len(samples))


@contextmanager
def _readable(source: str) -> Iterator[str]:
    """Gives the path of a file that the reader of audio knows: the source, or what another program makes of it."""
    is_shortened = _is_shortened(source)
    if not is_shortened and not source.endswith('.g722'):
        yield source
        return
    with tempfile.TemporaryDirectory() as directory:
        wav = os.path.join(directory, 'sound.wav')
        if not is_shortened:  # G.722 without a header; telephone exchanges write it
            _run(source, ['ffmpeg', '-nostdin', '-v', 'error', '-xerror', '-f', 'g722', '-i', os.path.abspath(source), wav],
                 'ffmpeg', 'install the package ffmpeg')
        else:
            _run(source, ['sph2pipe', '-f', 'wav', os.path.abspath(source), wav], 'sph2pipe',
                 'build it from https://www.openslr.org/3 and put it on the PATH')
        yield wav


def _is_shortened(source: str) -> bool:
    """Tells whether a file is SPHERE that is compressed by shorten."""
    with open_audio(source) as file:
        head = file.read(SPHERE_HEADER_BYTES)
    return head.startswith(b'NIST_1A') and b'shorten' in head


def _run(source: str, command: List[str], program: str, advice: str) -> None:
    if shutil.which(program) is None:
        raise DataError(f'{source}: the program {program} is needed to read it; {advice}.')
    try:
        run(command, CONVERSION_S, most_bytes=MOST_BYTES)
    except ProgramError as error:
        raise DataError(f'{source}: {program} cannot read it ({error.reason}); is the file complete?') from error
