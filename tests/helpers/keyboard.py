"""A program at a terminal of its own: keys go in, what a person sees comes out."""

import fcntl
import os
import pty
import select
import signal
import subprocess
import termios

PATIENCE_S = 120


class Keyboard:
    """Runs `command` on a pseudo-terminal; use it in a `with` statement, which ends it."""

    def __init__(self, command, env):
        self._keys, terminal = pty.openpty()

        def take_terminal():
            os.setsid()
            fcntl.ioctl(terminal, termios.TIOCSCTTY, 0)
            signal.signal(signal.SIGINT, signal.SIG_DFL)  # tests in a shell's background have been told to ignore it

        self.process = subprocess.Popen(list(map(str, command)), stdin=terminal, stdout=terminal, stderr=terminal, env=env,
                                        preexec_fn=take_terminal)
        self._terminal = terminal
        self._shown, self._from = '', 0

    def __enter__(self):
        return self

    def __exit__(self, *_):
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGKILL)
            self.process.wait()
        os.close(self._keys)
        os.close(self._terminal)

    def press(self, keys):
        os.write(self._keys, keys.encode())

    def wait_for(self, text):
        """Returns what is shown since the last call, up to `text`."""
        while text not in self._shown[self._from:]:
            assert select.select([self._keys], [], [], PATIENCE_S)[0], self._shown
            self._shown += os.read(self._keys, 4096).decode('utf-8', 'replace')
            assert text in self._shown[self._from:] or self.process.poll() is None or select.select(
                [self._keys], [], [], 0.5)[0], self._shown
        end = self._shown.index(text, self._from) + len(text)
        shown, self._from = self._shown[self._from:end], end
        return shown

    def end(self):
        """Waits for the end of the program; returns its exit code."""
        return self.process.wait(PATIENCE_S)

    def echoes(self):
        """Tells whether the terminal shows keys and gives whole lines, as it does outside of such a program."""
        return bool(termios.tcgetattr(self._terminal)[3] & termios.ECHO) and bool(
            termios.tcgetattr(self._terminal)[3] & termios.ICANON)
