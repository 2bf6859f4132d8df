"""Converts recordings of a corpus to what the trainer reads: WAV, 16 kHz, mono, 16 bit.

By ffmpeg, which reads the containers and codecs that corpora come in (G.722 of telephones among them, which SoX does not).
`data/audio.py` converts what a CSV file names by SoX, whose resampling models were trained on.
"""

import os
import shutil
import wave
from concurrent.futures import ThreadPoolExecutor
from typing import List, Optional, Sequence, Tuple, Union

from ..errors import DataError
from ..paths import written_atomically
from ..programs import CONVERSION_S, ProgramError, last_line, run

RATE_HZ = 16000
HEADER_BYTES = 44  # of a WAV file as ffmpeg writes it bit-exactly


def require_program(program: str, package: str) -> None:
    """Raises DataError, naming the Debian package to install, if `program` is not on the PATH."""
    if shutil.which(program) is None:
        raise DataError(f'{program} is needed and is not installed; on Debian or Ubuntu: apt-get install {package}.')


def convert(source: str, target: str, input_format: Optional[str] = None) -> int:
    """Writes `source`, in any format that ffmpeg reads, as the WAV file `target`; keeps a whole `target` that is there.

    Args:
      source: path of a recording.
      target: path of the WAV file; it appears complete or not at all.
      input_format: ffmpeg's name of the format where the file does not tell it, as 'g722'.
    Returns:
      size of `target` in bytes.
    Raises:
      DataError: ffmpeg cannot read `source` to its end, or there is no sound in it.
    """
    if _what_is_wrong(target):
        with written_atomically(target, DataError) as file:
            _run_ffmpeg(source, file.name, input_format)
    return os.path.getsize(target)


def _run_ffmpeg(source: str, target: str, input_format: Optional[str]) -> None:
    reading = ['-f', input_format] if input_format else []
    # It ends at the first error, such as a recording that is cut short. Bit-exact: without the converter's version in the
    # header, the file is the same on every machine.
    command = (['ffmpeg', '-nostdin', '-v', 'error', '-xerror', '-y'] + reading
               + ['-i', source, '-ar', str(RATE_HZ), '-ac', '1', '-c:a', 'pcm_s16le', '-fflags', '+bitexact',
                  '-flags:a', '+bitexact', '-f', 'wav', target])
    try:
        lines = run(command, CONVERSION_S)
    except ProgramError as error:
        raise DataError(f'{source}: ffmpeg cannot convert it ({error.reason}); is the file complete?') from error
    wrong = _what_is_wrong(target)
    if wrong:  # on a full disk, it says so and exits with 0
        said = f': {last_line(lines)}' if lines else ''
        raise DataError(f'{source}: {wrong} after its conversion by ffmpeg{said}; is the file complete, and is there space?')


def _what_is_wrong(path: str) -> str:
    """Returns why a file is not what conversion should give: nothing, if it is."""
    try:
        with wave.open(path, 'rb') as file:
            if (file.getframerate(), file.getnchannels(), file.getsampwidth()) != (RATE_HZ, 1, 2):
                return f'the WAV file is not 16-bit mono {RATE_HZ} Hz'
            n_samples = file.getnframes()
        if not n_samples:
            return 'there is no sound in it'
        return '' if os.path.getsize(path) == HEADER_BYTES + 2 * n_samples else 'the WAV file is cut short'
    except (OSError, EOFError, wave.Error) as error:
        return f'the WAV file cannot be read ({error})'


def convert_all(pairs: Sequence[Tuple[str, str]], input_format: Optional[str] = None) -> List[Union[int, DataError]]:
    """Converts (source, target) pairs on all processor cores; one bad recording does not end an import.

    Returns:
      for each pair, in order: size of the target in bytes, or the DataError that says why there is none.
    """
    def attempt(pair: Tuple[str, str]) -> Union[int, DataError]:
        try:
            return convert(*pair, input_format=input_format)
        except DataError as error:
            return error

    with ThreadPoolExecutor(max_workers=os.cpu_count() or 1) as pool:
        return list(pool.map(attempt, pairs))
