"""What a run says: levelled lines on stdout, each with the letter of its level."""

import os
import sys

LEVELS = {'D': 0, 'I': 1, 'W': 2, 'E': 3}


class Log:
    """Prints lines of `level` (0 debug, 1 information, 2 warnings, 3 errors) and above."""

    def __init__(self, level=1, stream=None):
        self._level = level
        self._stream = stream

    def debug(self, message):
        self._print('D', message)

    def info(self, message):
        self._print('I', message)

    def warn(self, message):
        self._print('W', message)

    def error(self, message):
        self._print('E', message)

    def plain(self, message=''):
        """Prints `message` as it is, whatever the level: reports, transcripts, separators."""
        print(message, file=self._stream or sys.stdout, flush=True)

    def _print(self, letter, message):
        if LEVELS[letter] >= self._level:
            self.plain('\n'.join(f'{letter} {line}' for line in str(message).split('\n')))


def let_go():
    """Lets all that is printed from now on vanish: whoever read it, a terminal or another program, has gone."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
