"""Sound from a microphone, by a program that writes it to its standard output: arecord, SoX's rec, or another one.

The program runs while somebody speaks, in `Recorder.take`; it is bare 16-bit sound, little-endian, mono, at 16 kHz.
"""

import os
import select
import shlex
import shutil
import subprocess
import tempfile
from typing import IO, Callable, List, Sequence

import numpy as np

from ..errors import ConfigError, DataError
from ..programs import ProgramError, ask_to_end, last_line, piped

RATE_HZ = 16000
BLOCK_SAMPLES = RATE_HZ // 10  # from one level to the next
LONGEST_S = 60
PROGRAMS = (('arecord', '-q', '-t', 'raw', '-f', 'S16_LE', '-r', str(RATE_HZ), '-c', '1'),
            ('rec', '-q', '-t', 'raw', '-e', 'signed', '-b', '16', '-L', '-r', str(RATE_HZ), '-c', '1', '-'))


class Recorder:
    """Records with a program.

    Args:
      command: words of a command line that writes such sound until it is ended; '': what is installed.
    Raises:
      ConfigError: there is no such program.
    """

    def __init__(self, command: str = '') -> None:
        try:
            words = shlex.split(command)
        except ValueError as error:
            raise ConfigError(f'--recorder {command}: {error}; close its quotation marks.') from error
        known: Sequence[Sequence[str]] = [words] if words else PROGRAMS
        self._words: List[str] = next((list(words) for words in known if shutil.which(words[0])), [])
        if not self._words:
            names = ' and '.join(words[0] for words in known)
            raise ConfigError(f'{names} cannot be found to record with; install one (Debian, Ubuntu: apt-get install '
                              f'alsa-utils), or pass --recorder COMMAND.')

    def take(self, keys: int, on_block: Callable[[int, np.ndarray], object]) -> np.ndarray:
        """Records until something can be read from `keys`, a descriptor, or LONGEST_S are over.

        Args:
          on_block: gets the number of samples so far, and the newest ones.
        Returns:
          int16 [n_samples]; none if the key was pressed before there was sound.
        Raises:
          DataError: the program gives no sound; says its reason.
        """
        sound = bytearray()
        with tempfile.TemporaryFile() as said:
            try:
                with piped(self._words, said) as process:
                    by_key = _fill(sound, process, keys, on_block)
            except ProgramError as error:
                raise DataError(f'{self._words[0]} {error.reason}; pass --recorder COMMAND.') from error
            if len(sound) < 2 and not by_key:
                said.seek(0)
                reason = last_line(said.read().decode('utf-8', 'replace').splitlines()).rstrip('.')
                raise DataError(f'{self._words[0]} gives no sound ({reason}); choose a microphone in the settings of the '
                                f'system, or pass --recorder COMMAND.')
        return np.frombuffer(bytes(sound[:len(sound) // 2 * 2]), '<i2')


def _fill(sound: bytearray, process: 'subprocess.Popen[bytes]', keys: int,
          on_block: Callable[[int, np.ndarray], object]) -> bool:
    """Reads what the program writes, all that it has written when a key is pressed; returns whether one was."""
    assert process.stdout is not None
    shown = 0  # bytes that `on_block` was told of
    while len(sound) < LONGEST_S * RATE_HZ * 2:
        ready, _, _ = select.select([process.stdout.fileno(), keys], [], [])
        if keys in ready:
            ask_to_end(process)
            _read_rest(sound, process.stdout)
            return True
        if not _read(sound, process.stdout):
            return False
        if len(sound) - shown >= BLOCK_SAMPLES * 2:
            end = len(sound) // 2 * 2
            on_block(end // 2, np.frombuffer(bytes(sound[shown:end]), '<i2'))
            shown = end
    return False


def _read(sound: bytearray, stdout: IO[bytes]) -> bool:
    """Adds the next bytes; returns False at their end."""
    piece = os.read(stdout.fileno(), BLOCK_SAMPLES * 2)
    sound += piece
    return bool(piece)


def _read_rest(sound: bytearray, stdout: IO[bytes]) -> None:
    """Adds what has been recorded already; a program that goes on is given half a second."""
    end = len(sound) + RATE_HZ
    while len(sound) < end and select.select([stdout], [], [], 0.5)[0] and _read(sound, stdout):
        pass
