"""Makes recordings heard, with a program of SoX or of ALSA.

Short because these programs do it.
"""

import shutil
import subprocess
import tempfile
from typing import Callable

from ..errors import ConfigError, DataError

PLAYERS = (('play', '-q'), ('aplay', '-q'))  # of SoX, and of ALSA; the path comes after it


def player(otherwise: str) -> Callable[[bytes], object]:
    """Returns what plays a WAV file, given as its bytes; it raises DataError where that fails.

    Args:
      otherwise: what else a person can do, for messages.
    Raises:
      ConfigError: there is no program that plays.
    """
    words = next((words for words in PLAYERS if shutil.which(words[0])), None)
    if words is None:
        raise ConfigError(f'neither play nor aplay is there to make the sound; install SoX (Debian, Ubuntu: apt-get install '
                          f'sox), or {otherwise}.')

    def play(wav: bytes) -> None:
        with tempfile.NamedTemporaryFile(suffix='.wav') as file:
            file.write(wav)
            file.flush()
            result = subprocess.run([*words, file.name], stdin=subprocess.DEVNULL, stderr=subprocess.PIPE,
                                    universal_newlines=True)
            if result.returncode:
                reason = (result.stderr.strip() or f'exit code {result.returncode}').splitlines()[-1]
                raise DataError(f'{words[0]} cannot play sound ({reason}); {otherwise}.')

    return play
