"""Audio of any kind as training reads it: WAV, mono, 16 bit, at the sample rate of the features.

By the client's reader, so that what one of them reads the other reads, too. What it does not know, SoX may.
"""

import errno
import os
import shutil
import struct
import tempfile
from typing import IO, List, Optional

import numpy as np
from deepspeech.audio import RATES_HZ, audio_in
from deepspeech.errors import AudioError, UnknownFormatError
from deepspeech.formats.content import HEAD_BYTES, recognise
from deepspeech.unfinished import unfinished_file

from ..errors import DataError
from ..programs import CONVERSION_S, ProgramError, run
from .audio import WAV_HEADER_BYTES, check_copy, open_audio, probe_wav
from .utterance import Recording

MAX_HOURS = 12  # of a recording; of what states more the header is damaged, or it is compressed silence without an end
MOST_BYTES = 2 ** 31 - 2 ** 10  # of a copy; most programs take that much for the size of a WAV file
BLOCK_S = 1  # converted at a time
# What SoX alone knows. It takes the rest by its name: any bytes for samples, and a list of files for what is in them.
FORMATS_OF_SOX = ('AMR audio', 'NIST SPHERE audio', 'WavPack audio')
SOX_COMPLAINTS = ('FAIL', 'premature EOF')  # in what SoX prints, whatever its exit code


class NoRoomError(DataError):
    """A copy cannot be written: it is not the fault of the recording."""


def convert_audio(source: str, target: str, rate_hz: int,
                  advice: str = 'choose another directory with XDG_CACHE_HOME') -> None:
    """Writes `source` as 16-bit mono WAV at `rate_hz`; the same source always gives the same bytes.

    Args:
      source: path of any audio file that the client or SoX reads.
      target: path ending in .wav; appears only when it is complete.
      advice: what else to do where there is no room for it.
    Raises:
      DataError: it is no audio, damaged, cut short or too long, or holds samples that are no numbers.
      NoRoomError: the target cannot be written.
    """
    try:
        with unfinished_file(os.path.abspath(target)) as file:
            _convert_to(file, source, rate_hz)
            os.replace(file.name, target)
    except AudioError as error:
        raise DataError(str(error)) from error
    except OSError as error:
        raise _no_room(source, target, error.strerror, advice) from error


def convert_recording(recording: Recording, target: str, rate_hz: int) -> None:
    """Writes a recording as `convert_audio` does. Raises likewise, by the name of the recording."""
    with recording.as_file() as path:
        try:
            convert_audio(path, target, rate_hz)
        except DataError as error:
            if path == recording.describe():
                raise
            raise type(error)(str(error).replace(path, recording.describe())) from error


def _no_room(source: str, target: str, reason: Optional[str], advice: str) -> NoRoomError:
    return NoRoomError(f'{source}: its conversion cannot be written ({target}: {reason}); free some space, or {advice}.')


def most_samples(rate_hz: int) -> int:
    """Returns how many samples of a recording are taken."""
    return int(min(MAX_HOURS * 3600 * rate_hz, MOST_BYTES // 2))


def too_long(rate_hz: int) -> str:
    """Returns what to say of a recording with more samples, without its name and the full stop."""
    return f'longer than {most_samples(rate_hz) / rate_hz / 3600:.3g} hours; cut it into utterances'


def _convert_to(file: IO[bytes], source: str, rate_hz: int) -> None:
    """Writes a file by our own readers or SoX, and checks it."""
    try:
        _convert(source, file, rate_hz)
        file.flush()
    except UnknownFormatError as error:
        if not _is_for_sox(source):
            raise
        file.flush()  # before another program writes there
        _convert_with_sox(source, file.name, rate_hz, error)
    _check(source, file.name, rate_hz)


def _convert(source: str, file: IO[bytes], rate_hz: int) -> None:
    n_samples = 0
    file.write(bytes(WAV_HEADER_BYTES))
    with audio_in(open_audio(source), source) as audio:
        for block in audio.sound(rate_hz, BLOCK_S * rate_hz):
            n_samples += len(block)
            if n_samples > most_samples(rate_hz):
                raise DataError(f'{source}: {too_long(rate_hz)}.')
            file.write(to_int16(block).tobytes())
    file.seek(0)
    file.write(wav_header(rate_hz, 2 * n_samples))


def to_int16(sound: np.ndarray) -> np.ndarray:
    """Returns float samples as int16, rounded as SoX does, by which such copies used to be made."""
    wide = sound.astype(np.float64)
    wide *= 2. ** 31
    np.rint(wide, out=wide)  # to 32 bits, then to 16; float64 holds them exactly
    wide += 2. ** 15
    wide *= 2. ** -16
    np.floor(wide, out=wide)
    return np.clip(wide, -2 ** 15, 2 ** 15 - 1, out=wide).astype('<i2')


def wav_header(rate_hz: int, n_bytes: int) -> bytes:
    """Returns what stands in front of `n_bytes` of 16-bit mono sound."""
    fields = struct.pack('<HHIIHH', 1, 1, rate_hz, 2 * rate_hz, 2, 16)
    return (b'RIFF' + struct.pack('<I', WAV_HEADER_BYTES - 8 + n_bytes) + b'WAVEfmt ' + struct.pack('<I', len(fields)) + fields
            + b'data' + struct.pack('<I', n_bytes))


def _is_for_sox(source: str) -> bool:
    with open_audio(source) as file:
        content = recognise(file.read(HEAD_BYTES))
    return content is not None and content.name in FORMATS_OF_SOX


def _convert_with_sox(source: str, target: str, rate_hz: int, reason: Exception) -> None:
    if shutil.which('sox') is None:
        raise DataError(f'{str(reason).rstrip(".")}; or install SoX, which knows more formats (Debian, Ubuntu: apt-get '
                        f'install sox libsox-fmt-all).') from reason
    with tempfile.TemporaryDirectory() as folder:
        # SoX expands * ? [ ] { } in input names itself, so it is given a link with a plain name.
        link = os.path.join(folder, 'source')  # without an ending, it goes by the content
        os.symlink(os.path.abspath(source), link)
        try:
            _check_rate(source, run(['sox', '--i', '-r', link], CONVERSION_S))
            lines = run(['sox', '-V2', '-D', link, '-t', 'wav', '-e', 'signed-integer', '-b', '16', '-c', '1', target,
                         'rate', '-h', str(rate_hz)], CONVERSION_S,
                        most_bytes=WAV_HEADER_BYTES + 2 * most_samples(rate_hz))
        except ProgramError as error:
            raise DataError(f'{source}: cannot be converted to 16-bit mono {rate_hz} Hz '
                            f'({error.reason.replace(link, source)}); repair the file or remove its row.') from error
    for line in lines:
        if 'No space left on device' in line:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        if any(complaint in line for complaint in SOX_COMPLAINTS):
            raise DataError(f'{source}: cannot be converted to 16-bit mono {rate_hz} Hz ({line.replace(link, source)}); '
                            f'repair the file or remove its row.')


def _check_rate(source: str, lines: List[str]) -> None:
    """Raises DataError for a sample rate that no recording has: of a second, 1 Hz would make hours."""
    rate = lines[-1] if lines else ''
    if not rate.isdecimal() or not RATES_HZ[0] <= int(rate) <= RATES_HZ[1]:
        raise DataError(f'{source}: SoX takes its sample rate for {rate!r}, expected {RATES_HZ[0]} to {RATES_HZ[1]}; its '
                        f'header is damaged, get the file again.')


def _check(source: str, path: str, rate_hz: int) -> None:
    """Raises DataError if a converted file is not what it should be, to the last byte."""
    with open_audio(path) as file:
        info = probe_wav(file, source)
        check_copy(file, source)
    if not info.is_plain(rate_hz):
        raise DataError(f'{source}: its conversion gave {info}; repair the file or remove its row.')
