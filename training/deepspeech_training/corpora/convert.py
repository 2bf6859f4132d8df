"""Converts recordings to what the trainer reads: WAV, 16 kHz, mono, 16 bit."""

import contextlib
import os
import shutil
import subprocess
import threading
from concurrent.futures import ThreadPoolExecutor

from ..errors import DataError

RATE_HZ = 16000
HEADER_BYTES = 44  # of a WAV file as ffmpeg writes it bit-exactly


def require_program(program, package):
    """Raises DataError, naming the Debian package to install, if `program` is not on the PATH."""
    if shutil.which(program) is None:
        raise DataError(f'{program} is needed and is not installed; on Debian or Ubuntu: apt-get install {package}.')


def convert(source, target, input_format=None):
    """Writes `source`, in any format that ffmpeg reads, as the WAV file `target`; keeps a `target` that is there.

    Args:
      source: path of a recording.
      target: path of the WAV file; it appears complete or not at all.
      input_format: ffmpeg's name of the format where the file does not tell it, as 'g722'.
    Returns:
      int, size of `target` in bytes.
    Raises:
      DataError: ffmpeg cannot read `source`, or there is no sound in it.
    """
    if not os.path.exists(target):
        temporary = f'{target}.{os.getpid()}.{threading.get_ident()}.tmp'
        reading = ['-f', input_format] if input_format else []
        # Bit-exact: without the converter's version in the header, the file is the same on every machine.
        command = (['ffmpeg', '-nostdin', '-v', 'error', '-y'] + reading + ['-i', source, '-ar', str(RATE_HZ), '-ac', '1',
                   '-c:a', 'pcm_s16le', '-fflags', '+bitexact', '-flags:a', '+bitexact', '-f', 'wav', temporary])
        try:
            result = subprocess.run(command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
            if result.returncode:
                reason = result.stderr.decode(errors='replace').strip().splitlines()[-1:] or ['no reason given']
                raise DataError(f'{source}: ffmpeg cannot convert it ({reason[0]}); is the file complete?')
            if os.path.getsize(temporary) <= HEADER_BYTES:
                raise DataError(f'{source}: there is no sound in it; is the file complete?')
            os.replace(temporary, target)
        finally:
            with contextlib.suppress(FileNotFoundError):
                os.remove(temporary)
    return os.path.getsize(target)


def convert_all(pairs, input_format=None):
    """Converts (source, target) pairs on all processor cores; one bad recording does not end an import.

    Returns:
      list in the order of `pairs`: size of the target in bytes, or the DataError that says why there is none.
    """
    def attempt(pair):
        try:
            return convert(*pair, input_format=input_format)
        except DataError as error:
            return error

    with ThreadPoolExecutor(max_workers=os.cpu_count() or 1) as pool:
        return list(pool.map(attempt, pairs))
