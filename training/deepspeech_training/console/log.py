"""What a run says: levelled lines on stdout, each with the letter of its level."""

from __future__ import annotations

import os
import sys
from typing import TYPE_CHECKING, Callable, List, Optional, TextIO

if TYPE_CHECKING:
    from .display import Terminal

LEVELS = {'D': 0, 'I': 1, 'W': 2, 'E': 3}


class Log:
    """Prints lines of `level` (0 debug, 1 information, 2 warnings, 3 errors) and above.

    Attributes:
      bars: those that are drawn at the bottom of the terminal, below the lines.
      listeners: called with (letter, text) of information, warnings and errors, whatever the level, and of results, which have
        no letter.
    """

    def __init__(self, level: int = 1, stream: Optional[TextIO] = None):
        self._level = level
        self._stream = stream
        self.bars: List[Terminal] = []
        self.listeners: List[Callable[[str, str], None]] = []

    @property
    def stream(self) -> TextIO:
        """Where the lines go: stdout, whatever that is at the time, unless a stream was given."""
        return self._stream or sys.stdout

    def debug(self, message: object) -> None:
        self._print('D', message)

    def info(self, message: object) -> None:
        self._print('I', message)

    def warn(self, message: object) -> None:
        self._print('W', message)

    def error(self, message: object) -> None:
        self._print('E', message)

    def plain(self, message: object = '') -> None:
        """Prints `message` as it is, whatever the level: reports, transcripts, separators."""
        for bar in self.bars:
            bar.hide()
        print(message, file=self.stream, flush=True)
        for bar in self.bars:
            bar.redraw()

    def result(self, message: str) -> None:
        """Prints a result as `plain` does."""
        self.plain(message)
        self._let_know('', message)

    def _let_know(self, letter: str, message: str) -> None:
        for listener in list(self.listeners):  # one may say something, or go
            listener(letter, message)

    def _print(self, letter: str, message: object) -> None:
        if LEVELS[letter] >= self._level:
            self.plain('\n'.join(f'{letter} {line}' for line in str(message).split('\n')))
        if letter != 'D':
            self._let_know(letter, str(message))


def is_drawable(stream: TextIO) -> bool:
    """Tells whether a stream is a terminal that can move its cursor."""
    return stream.isatty() and os.environ.get('TERM', 'dumb') != 'dumb'
