"""One data set made of several, from short to long: what `bin/data_set_tool.py` does.

Samples are looked at first, and what is no 16-bit mono WAV is converted, at its own sample rate; then they are put in order,
encoded and written. Only the sound of a few is in memory at a time.
"""

import io
import os
from contextlib import closing
from dataclasses import dataclass
from typing import Any, Callable, Generator, Iterator, List, NamedTuple, Optional, Sequence, Tuple, TypeVar, Union

import numpy as np
from deepspeech.audio import audio_in
from deepspeech.errors import AudioError, UnknownFormatError

from ..background import in_background
from ..console.log import Log
from ..console.progress import Countdown
from ..errors import ConfigError, DataError
from ..paths import scratch_beside
from ..settings.augment_table import OPUS_BITRATES
from .audio import open_audio
from .conversion import NoRoomError, convert_recording, wav_header
from .datasets import read_rows
from .opus import RATES_HZ, decode_opus
from .opus_encoder import encode_opus, load_libopus
from .preflight import N_EXAMPLES, damage
from .rejected import UNUSABLE, Rejection
from .sdb_source import StoredAudio
from .set_targets import SDB, Target
from .utterance import AudioSource, RecordedFile, Recording, Row

OPUS, WAV = 'opus', 'wav'
DEFAULT_RATE_HZ = 16000  # of recordings that only SoX reads

Change = Callable[[np.ndarray, int, int], np.ndarray]
Result = TypeVar('Result')


@dataclass(frozen=True)
class BuildConfig:
    """How a set is made.

    audio_type: what becomes of the sound, 'opus' or 'wav'; None: Opus in a sample database, else nothing is lost.
    bitrate: bits per second of Opus; None: as libopus likes.
    n_workers: threads.
    """

    audio_type: Optional[str] = None
    bitrate: Optional[int] = None
    n_workers: int = 1


class Sample(NamedTuple):
    """A sample of the set to be; its sound is mono, 16-bit."""

    row: Row
    audio: AudioSource


class Built(NamedTuple):
    """What a target was made of."""

    n_samples: int  # of all sources
    left_out: List[Rejection]  # as their sound cannot be used


def build_set(sources: Sequence[str], target: Target, config: BuildConfig, log: Log, change: Optional[Change] = None) -> Built:
    """Writes all samples of `sources` to the target.

    Args:
      sources: paths of CSV and SDB files.
      target: where it goes.
      config: how.
      log: for progress and for what was read otherwise than it stands there.
      change: gives other samples for samples, their rate, and the number of the sample in the target; None: nothing is changed.
    Raises:
      ConfigError: the target cannot be what it is asked to be.
      DataError: a source cannot be read, none of its samples can be used, or the target cannot be written. Then there is no
        target, or what was there before.
    """
    is_opus = (config.audio_type or (OPUS if target.kind == SDB else WAV)) == OPUS
    target = target._replace(is_opus=is_opus and target.kind == SDB)
    target.check()
    _check_bitrate(config.bitrate, is_opus)
    encoder = _Encoder(config.bitrate, load_libopus() if is_opus else None, keeps_container=target.is_opus, change=change)
    rows = [row for path in sources
            for row in sorted(read_rows(path, log.warn, target.labelled), key=lambda row: row.size_bytes)]
    try:
        with scratch_beside(target.path) as scratch:
            samples, left_out = _prepared(rows, scratch, encoder, config, log)
            left_out += _write(samples, target, encoder, scratch=scratch, config=config, log=log)
    except OSError as error:
        raise DataError(f'{target.path}: cannot be written ({error.strerror or error}); choose another place, or free some '
                        f'space.') from error
    return Built(len(rows), left_out)


def _check_bitrate(bitrate: Optional[int], is_opus: bool) -> None:
    if bitrate is not None and not is_opus:
        raise ConfigError(f'--bitrate {bitrate}: nothing becomes Opus here; leave it out, or pass --audio-type opus.')
    if bitrate is not None and not OPUS_BITRATES[0] <= bitrate <= OPUS_BITRATES[1]:
        raise ConfigError(f'--bitrate {bitrate}: Opus has from {OPUS_BITRATES[0]} to {OPUS_BITRATES[1]} bits per second.')


def describe_left_out(target: Target, built: Built) -> str:
    """Returns the sentence on a set that lacks samples."""
    examples = '; '.join(f'{row.id} ({reason})' for row, reason, _ in built.left_out[:N_EXAMPLES])
    return (f'{target.path}: written without {len(built.left_out)} of {built.n_samples} samples whose audio cannot be used, '
            f'{"for example " if len(built.left_out) > N_EXAMPLES else ""}{examples}.')


class _Encoder:
    """Makes of sound what the target gets: a WAV file; an Opus container; or what that leaves of the sound, as a WAV file.

    Args:
      bitrate: of Opus; None: as libopus likes.
      library: libopus; None: nothing becomes Opus.
      keeps_container: whether the target gets the container.
      change: see `build_set`.
    """

    def __init__(self, bitrate: Optional[int], library: Any, keeps_container: bool, change: Optional[Change]) -> None:
        self._bitrate, self._library, self._keeps_container, self._change = bitrate, library, keeps_container, change

    def rate_hz(self, rate_hz: int) -> int:
        """Returns the sample rate that sound needs: its own, or the next one that Opus has."""
        return rate_hz if self._library is None else next((rate for rate in RATES_HZ if rate >= rate_hz), RATES_HZ[-1])

    def encode(self, audio: AudioSource, number: int) -> bytes:
        """Returns the bytes of the sample of that number. Raises DataError: the sound cannot be read."""
        if self._library is None:
            return wav_of(self._samples(audio, number), audio.rate_hz)
        # What is Opus already stays as it is: each further encoding would lose more.
        stays = self._bitrate is None and self._change is None
        container = audio.stored() if stays and isinstance(audio, StoredAudio) and audio.is_opus else encode_opus(
            self._library, _int16(self._samples(audio, number)), audio.rate_hz, self._bitrate)
        return container if self._keeps_container else wav_of(*decode_opus(io.BytesIO(container), audio.describe()))

    def _samples(self, audio: AudioSource, number: int) -> np.ndarray:
        samples = audio.read()
        return samples if self._change is None else self._change(samples, audio.rate_hz, number)


def wav_of(samples: np.ndarray, rate_hz: int) -> bytes:
    """Returns samples, float32 [n], as a 16-bit mono WAV file."""
    sound = _int16(samples).tobytes()
    return wav_header(rate_hz, len(sound)) + sound


def _int16(samples: np.ndarray) -> np.ndarray:
    """Returns what `AudioSource.read` made of integers as these integers."""
    return np.clip(np.rint(samples * np.float32(32767)), -32768, 32767).astype('<i2')


def _prepared(rows: Sequence[Row], scratch: str, encoder: _Encoder, config: BuildConfig,
              log: Log) -> Tuple[List[Sample], List[Rejection]]:
    """Returns (samples from short to long, those that cannot be used). Raises DataError: there is none that can."""
    def prepare(number: int) -> Union[Sample, Rejection]:
        row = rows[number]
        try:
            copy = os.path.join(scratch, f'{number}.wav')
            audio: Union[AudioSource, DataError] = plain_sound(row.recording, copy, encoder.rate_hz)
        except NoRoomError as error:
            raise DataError(f'{scratch}: there is no room for converted audio; free some space.') from error
        except DataError as error:
            audio = error
        reason = damage(row, audio)
        return Rejection(row, reason, UNUSABLE) if isinstance(audio, DataError) or reason else Sample(row, audio)

    n_workers = config.n_workers
    ready = in_background(prepare, range(len(rows)), n_workers, n_waiting=n_workers)
    found = list(_counted(ready, [1.] * len(rows), 'Reading', log))
    samples = [each for each in found if isinstance(each, Sample)]
    left_out = [each for each in found if isinstance(each, Rejection)]
    if not samples:
        row, reason, _ = left_out[0]
        raise DataError(f'{row.location}: {row.recording.describe()}: {reason}; no sample of {len(rows)} can be used.')
    return sorted(samples, key=lambda sample: sample.audio.info.duration_s), left_out


def plain_sound(recording: Recording, copy: str, rate_of: Callable[[int], int] = lambda rate_hz: rate_hz) -> AudioSource:
    """Returns a recording as 16-bit mono sound, itself or a copy. Raises DataError: it is no audio, or damaged.

    Args:
      recording: of any format.
      copy: path of the copy, should one be needed.
      rate_of: gives the sample rate that is wanted for that of the recording.
    """
    try:
        audio: Optional[AudioSource] = recording.probe()
    except DataError:
        audio = None  # another format, perhaps
    rate_hz = audio.rate_hz if audio else _own_rate_hz(recording)
    if audio and audio.info.is_plain(rate_of(rate_hz)):
        return audio
    convert_recording(recording, copy, rate_of(rate_hz))
    return RecordedFile(copy).probe()


def _own_rate_hz(recording: Recording) -> int:
    with recording.as_file() as path:
        try:
            with audio_in(open_audio(path), recording.describe()) as audio:
                return audio.rate_hz
        except UnknownFormatError:
            return DEFAULT_RATE_HZ
        except AudioError as error:
            raise DataError(str(error)) from error


def _write(samples: Sequence[Sample], target: Target, encoder: _Encoder, *, scratch: str, config: BuildConfig,
             log: Log) -> List[Rejection]:
    """Writes the target; returns what could not be read in the end."""
    def encode(number: int) -> Union[bytes, DataError]:
        try:
            return encoder.encode(samples[number].audio, number)
        except DataError as error:
            return error

    left_out = []
    costs = [sample.audio.info.duration_s for sample in samples]
    encoded = in_background(encode, range(len(samples)), config.n_workers, n_waiting=config.n_workers)
    results = _counted(encoded, costs, f'Writing {target.path}', log)
    with target.open(scratch) as add, closing(results) as sounds:
        for sound, sample in zip(sounds, samples):
            if isinstance(sound, DataError):
                left_out.append(Rejection(sample.row, damage(sample.row, sound), UNUSABLE))
            else:
                add(sound, sample.row.transcript)
        if len(left_out) == len(samples):
            row, reason, _ = left_out[0]
            raise DataError(f'{row.location}: {row.recording.describe()}: {reason}; no sample can be used.')
    return left_out


def _counted(results: Iterator[Result], costs: Sequence[float], label: str, log: Log) -> Generator[Result, None, None]:
    """Yields results and shows how far they are."""
    with Countdown(log, True, label, costs, in_audio=costs[:1] != [1.]) as progress:
        for n_done, result in enumerate(results, 1):
            yield result
            progress.update(n_done)
