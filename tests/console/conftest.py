"""A terminal for programs under test, and what it shows."""

import os
import struct
import subprocess
import sys
import threading

import pyte
import pytest


class Screen:
    """A terminal of `columns` columns in which a program runs.

    Attributes:
      display: list of the lines that are not empty, as a person sees them; those that were scrolled away included.
    """

    def __init__(self, code, columns, term='xterm', **environment):
        fcntl, pty, termios = (pytest.importorskip(name) for name in ('fcntl', 'pty', 'termios'))
        self._set_size = lambda file, n: fcntl.ioctl(file, termios.TIOCSWINSZ, struct.pack('HHHH', 24, n, 0, 0))
        self._ours, theirs = pty.openpty()
        self._set_size(theirs, columns)
        inherited = {name: value for name, value in os.environ.items() if name not in ('COLUMNS', 'LINES')}
        self._process = subprocess.Popen(
            [sys.executable, '-c', code], stdin=subprocess.PIPE, stdout=theirs, stderr=theirs,
            env=dict(inherited, TERM=term, PYTHONIOENCODING='utf-8', **environment))
        os.close(theirs)
        self._screen = pyte.HistoryScreen(columns, 24, history=1000)
        self._stream = pyte.ByteStream(self._screen)
        self.output = b''

    def read(self):
        """Reads what is there; returns whether more may come."""
        # Linux says by an error that the other end is closed. It looks for bytes first and for the close afterwards: what
        # was written and closed in between is still there, so only the second error is the end.
        piece = self._piece() or self._piece()
        self.output += piece
        self._stream.feed(piece)
        return bool(piece)

    def _piece(self):
        try:
            return os.read(self._ours, 65536)
        except OSError:
            return b''

    def read_until(self, *texts):
        """Reads until the last lines hold these texts, one each."""
        def is_shown():
            return len(self.lines) >= len(texts) and all(map(str.__contains__, self.lines[-len(texts):], texts))
        while not is_shown():
            assert self.read(), self.lines

    def resize(self, columns):
        """Changes the width as xterm does, which breaks no line."""
        self._set_size(self._ours, columns)
        self._screen.resize(24, columns)

    def answer(self, line=''):
        """Types a line for a program that waits for one; it is not echoed."""
        self._process.stdin.write(f'{line}\n'.encode('ascii'))
        self._process.stdin.flush()

    def interrupt(self, number):
        self._process.send_signal(number)

    def end(self, status=0):
        """Reads the rest; returns the lines."""
        while self.read():
            pass
        os.close(self._ours)
        self._process.stdin.close()
        assert self._process.wait() == status, self.lines
        return self.lines

    @property
    def lines(self):
        above = [''.join(row[column].data for column in range(self._screen.columns)) for row in self._screen.history.top]
        return [line.rstrip() for line in above + self._screen.display if line.rstrip()]

    @property
    def cursor(self):
        return self._screen.cursor.x, self._screen.cursor.y


@pytest.fixture
def screen():
    """screen(code, columns) runs Python code in a Screen."""
    opened = []

    def run(code, columns, **options):
        # Nobody waits for ever for what does not come.
        opened.append(Screen(code, columns, **options))
        timer = threading.Timer(60, opened[-1]._process.kill)
        timer.daemon = True
        timer.start()
        opened.append(timer)
        return opened[-2]
    yield run
    for item in opened:
        if isinstance(item, Screen):
            item._process.kill()
        else:
            item.cancel()
