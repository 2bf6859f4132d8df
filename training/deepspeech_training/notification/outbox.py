"""The trainer's side: what is to be told goes to the watchdog, which sends it; nothing here ever waits for a network.

    with Outbox(targets_of(config, log), log) as outbox:
        outbox.note(directory='checkpoints', epoch=0)
        outbox.tell('plateau', 'The learning rate falls to 0.0001.')
"""

from __future__ import annotations

import json
import os
import select
import subprocess
import sys
import threading
import time
from contextlib import suppress
from typing import Any, Callable, Dict, List, Optional, Sequence

from ..console.log import Log
from ..entry import EXIT_BY_SIGNAL, sentence_of
from ..errors import DivergenceError
from ..settings.config import Asked
from .targets import Target, targets_of

PARTING_S = 1.  # that the end of a run waits for targets that have not failed so far
MOST_UNREAD_BYTES = 1 << 20  # that the watchdog has not taken yet; a flags.txt has a hundredth of that
HIDDEN = '***'


class Outbox:
    """Takes what is to be told. Never waits, never raises; without targets it does nothing. A context manager.

    What it cannot pass on, or what the watchdog complains of, is said once in a warning.

    Args:
      targets: who is to be told.
      log: where to warn. Those who are told all that a log says are told what this one says.
    """

    def __init__(self, targets: Sequence[Target], log: Log):
        self._log, self._targets = log, targets
        self._lock = threading.RLock()  # threads log, too
        self._unread, self._answers = b'', b''
        self._complained: List[str] = []
        self._facts: Dict[str, Any] = {'losses': {}}
        self._process: Optional['subprocess.Popen[bytes]'] = None
        if not targets:
            return
        self._process = _start(log)
        self._post(targets=[[target.kind, target.name, target.values] for target in targets])
        if any(target.kind == 'telegram' for target in targets):
            log.listeners.append(self._say)

    @property
    def pid(self) -> Optional[int]:
        """Number of the watchdog's process; None: there is none."""
        return self._process.pid if self._process else None

    def note(self, **facts: Any) -> None:
        """Notes what is known of the run by now: `what`, `directory`, `epoch`, `losses`, which add to those of other sets."""
        self._facts['losses'].update(facts.pop('losses', {}))
        self._facts.update(facts)
        self._post(facts=self._facts)

    def tell(self, event: str, sentence: str) -> None:
        """Tells of an event, see `message.TITLES`."""
        self._post(facts=self._facts, event=event, sentence=self._without_secrets(sentence))

    def attach(self, name: str, text: str) -> None:
        """Sends a text as a file to those who take files."""
        self._post(file=[name, self._without_secrets(text)])

    def close(self) -> None:
        """Says farewell. Waits a moment for those who have answered so far: what comes late is sent without the trainer."""
        if self._process is None:
            return
        if self._say in self._log.listeners:
            self._log.listeners.remove(self._say)
        until_s = time.monotonic() + PARTING_S
        self._put(farewell=True)
        is_done = self._exchange(0.)
        while not is_done and (self._unread or self._silent()) and time.monotonic() < until_s:
            is_done = self._exchange(until_s - time.monotonic())
        silent = self._silent()
        if silent and not is_done:
            self._log.warn(f'{", ".join(silent)}: not everything is taken yet; the rest is sent in the background, for a '
                           f'minute at most.')
        for stream in (self._process.stdin, self._process.stdout):
            with suppress(OSError):
                stream.close()  # type: ignore[union-attr]
        self._process.poll()
        self._process = None

    def _say(self, letter: str, text: str) -> None:
        """Passes on what a log says."""
        self._post(line=self._without_secrets(text if letter in ('', 'I') else f'{letter} {text}'))

    def _silent(self) -> List[str]:
        """Returns the names of the targets of which nobody has complained."""
        return [target.name for target in self._targets if target.name not in self._complained]

    def _post(self, **values: Any) -> None:
        if self._process is None:
            return
        if not self._put(**values):
            self._complain('', 'the process that sends takes nothing any more, and messages are left out')
        if self._exchange(0.):
            self._complain('', 'the process that sends has ended')

    def _put(self, **values: Any) -> bool:
        """Lays a line ready for the watchdog; returns whether there was room for it."""
        line = json.dumps(values).encode('ascii') + b'\n'
        with self._lock:
            has_room = len(self._unread) + len(line) <= MOST_UNREAD_BYTES
            self._unread += line if has_room else b''
        return has_room

    def _exchange(self, wait_s: float) -> bool:
        """Passes on what the watchdog takes and says what it complains of; returns whether it has gone."""
        process = self._process
        if process is None:
            return True
        with self._lock:
            source, target = process.stdout.fileno(), process.stdin.fileno()  # type: ignore[union-attr]
            try:
                readable, _, _ = select.select([source], [target] if self._unread else [], [], wait_s)
                if self._unread:
                    self._unread = self._unread[_written(target, self._unread):]
                answer = os.read(source, 1 << 16) if readable else None
            except OSError:  # it has ended, and so has its end of the pipe
                answer, self._unread = b'', b''
            *lines, self._answers = (self._answers + (answer or b'')).split(b'\n')
        for line in lines:
            values = json.loads(line.decode('ascii'))
            self._complain(values['target'], values['reason'])
        return answer == b''

    def _complain(self, name: str, reason: str) -> None:
        with self._lock:
            is_new = name not in self._complained
            self._complained += [name] * is_new
        if is_new:
            self._log.warn(f'{name or "Notifications"}: cannot be told of this run ({reason}). The run goes on.')

    def _without_secrets(self, text: str) -> str:
        for target in self._targets:
            for secret in target.secrets:
                text = text.replace(secret, HIDDEN)
        return text

    def __enter__(self) -> Outbox:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


def _start(log: Log) -> Optional['subprocess.Popen[bytes]']:
    """Starts the watchdog; None, after a warning: it cannot be. Signals to the trainer's group and terminal do not reach it."""
    environment = dict(os.environ, PYTHONPATH=os.pathsep.join(os.path.abspath(path) for path in sys.path))
    try:
        process = subprocess.Popen(
            [sys.executable, '-m', f'{__package__}.watchdog'], stdin=subprocess.PIPE, stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL, env=environment, cwd='/', start_new_session=True, bufsize=0)
    except (OSError, subprocess.SubprocessError) as error:
        log.warn(f'Notifications: the process that sends cannot be started ({getattr(error, "strerror", None) or error}).')
        return None
    os.set_blocking(process.stdin.fileno(), False)  # type: ignore[union-attr]
    return process


def _written(target: int, data: bytes) -> int:
    """Returns how many bytes a pipe takes right now."""
    try:
        return os.write(target, data)
    except BlockingIOError:
        return 0


def notified(work: Callable[[Outbox], Optional[int]], asked: Asked, log: Log) -> Optional[int]:
    """Calls `work(outbox)`, a run, and tells how it ended; returns or raises what it does."""
    with Outbox(targets_of(asked.notify, log), log) as outbox:
        outbox.note(what='training' if asked.train.files else 'run', directory=asked.checkpoints.save_dir)
        outbox.attach('tf_params.txt', asked.flags_text)
        try:
            code = work(outbox)
        except KeyboardInterrupt:
            outbox.tell('interrupted', 'Interrupted.')
            raise
        except Exception as error:
            event = 'diverged' if isinstance(error, DivergenceError) else 'crash'
            outbox.tell(event, sentence_of(error) or f'{type(error).__name__}: {error}')
            raise
        if code:
            outbox.tell('interrupted', f'Ended by signal {code - EXIT_BY_SIGNAL}; the same command goes on from the last '
                                       f'checkpoint.')
        else:
            outbox.tell('end', 'Everything that was asked for is done.')
        return code
