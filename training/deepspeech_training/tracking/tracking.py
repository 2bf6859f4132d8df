"""The trainer's side: what trackers are to be told goes to a process of its own; nothing here ever waits for one.

    tracking = Tracking(['wandb', 'mlflow'], log)
    tracking.begin(RunFacts(...))
    tracking.tell(metrics={'dev/wer': 0.41}, step=1200)
    tracking.end(is_sound=True)
"""

from __future__ import annotations

import json
import os
import queue
import subprocess
import sys
import threading
from contextlib import suppress
from typing import Any, List, Optional, Sequence, Tuple

from ..console.log import Log
from ..errors import ConfigError
from .libraries import TRACKERS, RunFacts, is_installed

ALWAYS = 'tensorboard'  # written in any case
PARTING_S = 2.  # that the end of a run waits for trackers
MOST_WAITING = 1000  # lines that the process has not taken yet


def check_trackers(names: Sequence[str]) -> None:
    """Raises ConfigError if the library of a tracker is not installed."""
    for name in names:
        if name != ALWAYS and not is_installed(name):
            raise ConfigError(f'--track {name}: the package {name} is not installed; install it with "pip install {name}", or '
                              f'leave {name} out.')


class Tracking:
    """Passes on what trackers are told. Never waits, never raises; what fails is said once in a warning.

    Args:
      names: keys of TRACKERS, or ALWAYS.
      log: where to warn.
    """

    def __init__(self, names: Sequence[str], log: Log):
        self._names, self._log = [name for name in dict.fromkeys(names) if name in TRACKERS], log
        self._waiting: 'queue.Queue[bytes]' = queue.Queue(MOST_WAITING)
        self._complaints: 'queue.Queue[Tuple[str, str]]' = queue.Queue()
        self._complained: List[str] = []
        self._process: Optional['subprocess.Popen[bytes]'] = None

    def begin(self, facts: RunFacts) -> None:
        """Starts the process."""
        if not self._names:
            return
        environment = dict(os.environ, PYTHONPATH=os.pathsep.join(os.path.abspath(path) for path in sys.path))
        try:
            self._process = subprocess.Popen(
                [sys.executable, '-m', f'{__package__}.process'], stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL, env=environment, start_new_session=True, bufsize=0)
            for work in (self._write, self._read):
                threading.Thread(target=work, daemon=True).start()
        except (OSError, subprocess.SubprocessError, RuntimeError) as error:
            self._complain('Trackers', f'their process cannot be started: {getattr(error, "strerror", None) or error}')
        self.tell(begin=facts._asdict(), trackers=self._names)

    def tell(self, **line: Any) -> None:
        """Gives trackers a line, see `process.py`; leaves it out where too many wait already."""
        if self._process is None:
            return
        try:
            self._waiting.put_nowait(json.dumps(line).encode('ascii') + b'\n')
        except queue.Full:
            self._complain('Trackers', 'they take no more, and some values are left out')
        self._say_complaints()

    def end(self, is_sound: bool) -> None:
        """Lets the trackers finish; what takes longer than a moment goes on without this process."""
        process, self._process = self._process, None
        if process is None:
            return
        with suppress(queue.Full):
            self._waiting.put_nowait(json.dumps({'end': is_sound}).encode('ascii') + b'\n')
        with suppress(queue.Full):
            self._waiting.put_nowait(b'')
        try:
            process.wait(PARTING_S)
        except subprocess.TimeoutExpired:
            self._log.info(f'{", ".join(self._names)}: not all is taken yet; the rest is passed on in the background, for a '
                           f'minute at most.')
        self._say_complaints()

    def _write(self) -> None:
        """Writes to the process, in a thread, until it has ended or an empty line comes."""
        process = self._process
        if process is None or process.stdin is None:
            return
        with suppress(OSError):
            for line in iter(self._waiting.get, b''):
                process.stdin.write(line)
        with suppress(OSError):
            process.stdin.close()

    def _read(self) -> None:
        """Reads what the process complains of, in a thread."""
        process = self._process
        if process is None or process.stdout is None:
            return
        for line in process.stdout:
            values = json.loads(line.decode('ascii'))
            self._complaints.put((values['target'], values['reason']))
        if process.wait() != 0:
            self._complaints.put(('Trackers', 'their process has ended'))

    def _say_complaints(self) -> None:
        with suppress(queue.Empty):
            while True:
                self._complain(*self._complaints.get_nowait())

    def _complain(self, name: str, reason: str) -> None:
        if name not in self._complained:
            self._complained.append(name)
            self._log.warn(f'{name}: cannot be told of this run ({reason}). The run goes on.')
