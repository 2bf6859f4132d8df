"""Starts processes that train together, shows what they say, and ends them together.

Progress is not its business: a process that waits in vain for another one ends by itself, see `train/watchdog.py`. So there are
four things to see: a process has ended, one has been stopped (which others cannot see before they have met), another node has
ended (see `meeting.py`), or somebody wants the end. What has been saved is whole at any moment.
"""

import os
import signal
import subprocess
import threading
import time
from contextlib import suppress
from types import FrameType
from typing import IO, List, NamedTuple, Optional, Sequence, Tuple

from ..entry import EXIT_BY_SIGNAL
from ..errors import ConfigError, DeepSpeechError, LostMemberError
from ..paths import open_kept
from ..programs import end_with, kernel_call
from .asked import Asked, Member
from .meeting import Meeting

SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
POLL_S = 0.1
GRACE_S = 10.  # in which the others say what they have to say when one has ended
_SHOWING = threading.Lock()


class _Started:
    """A process that runs, or has run."""

    def __init__(self, member: Member, log: IO[bytes]):
        parent, prctl = os.getpid(), kernel_call()
        self.name = member.name
        self.stopped_s = 0.  # counted, as nobody looks while the supervisor is stopped itself
        try:
            # Signals of a terminal reach the supervisor alone.
            self._process = subprocess.Popen(
                member.command, env=member.environment, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT, start_new_session=True,
                preexec_fn=lambda: end_with(parent, prctl))  # noqa: PLW1509  # it only calls the kernel
        except OSError as error:
            raise ConfigError(f'{member.command[0]}: cannot be run ({error.strerror}).') from error
        self._reader = threading.Thread(target=self._read, args=(log,), daemon=True)
        self._reader.start()

    @property
    def code(self) -> Optional[int]:
        """The exit code, as a shell gives it; None as long as it runs."""
        code = self._process.poll()
        return EXIT_BY_SIGNAL - code if code is not None and code < 0 else code

    def look(self, passed_s: float) -> None:
        """Sees whether somebody has stopped it (SIGSTOP); to be called each `passed_s` seconds."""
        state = None
        if self.code is None and hasattr(os, 'waitid'):  # Python has it on macOS from 3.13 on
            state = os.waitid(os.P_PID, self._process.pid, os.WSTOPPED | os.WNOHANG | os.WNOWAIT)
        self.stopped_s = self.stopped_s + passed_s if state else 0.

    def send(self, number: int) -> None:
        with suppress(ProcessLookupError):
            self._process.send_signal(number)

    def end(self) -> None:
        """Ends it and whatever it has started, and waits for that."""
        with suppress(ProcessLookupError):
            if self._process.poll() is None:
                os.killpg(self._process.pid, signal.SIGKILL)
        self._process.wait()
        self._reader.join(POLL_S)

    def _read(self, log: IO[bytes]) -> None:
        for line in iter(self._process.stdout.readline, b''):  # type: ignore[union-attr]
            with suppress(OSError):
                log.write(line)
                log.flush()
            show(self.name, line.decode('utf-8', 'replace').rstrip('\n'))


class _Failure(NamedTuple):
    """Why all of this machine have to end."""

    sentence: str
    code: int  # of the program


def show(name: str, line: str) -> None:
    """Prints a line with the name of who says it."""
    with _SHOWING:
        print(f'[{name}] {line}', flush=True)


class Supervisor:
    """Runs what was asked for.

    Args:
      asked: Asked.
    """

    def __init__(self, asked: Asked):
        self._asked = asked
        self._signals: List[int] = []  # received and not passed on yet
        self._is_interrupted = False

    def run(self) -> int:
        """Runs all processes to their end, and returns the exit code. Raises DeepSpeechError."""
        meeting = Meeting(self._asked.nodes, lambda: self._is_interrupted, lambda sentence: show('cluster', f'I {sentence}'))
        before = {number: signal.signal(number, self._receive) for number in SIGNALS}
        code = 1
        try:
            os.makedirs(self._asked.logs, exist_ok=True)
            code = self._run_all(meeting)
        except DeepSpeechError as error:
            code = error.exit_code
            raise
        finally:
            meeting.leave(code)
            for number, handler in before.items():
                signal.signal(number, handler)
        return code

    def _run_all(self, meeting: Meeting) -> int:
        for n_left in range(self._asked.n_restarts, -1, -1):
            if not meeting.begin():
                return EXIT_BY_SIGNAL + self._signals[-1]
            code, is_to_restart = self._run_once(meeting)
            if not is_to_restart or not n_left:
                break
            show('cluster', f'I Starting all of them again, {n_left - 1} more times at most.')
        return code

    def _receive(self, number: int, frame: Optional[FrameType]) -> None:
        self._signals.append(number)
        self._is_interrupted = True

    def _run_once(self, meeting: Meeting) -> Tuple[int, bool]:
        """Returns the exit code, and whether starting again may help."""
        logs = [open_kept(os.path.join(self._asked.logs, f'{member.name.replace(" ", "-")}.log'))
                for member in self._asked.members]
        started: List[_Started] = []
        try:
            for member, log in zip(self._asked.members, logs):
                log.seek(0, os.SEEK_END)
                started.append(_Started(member, log))
            failure = self._wait(started, meeting)
            if failure is None:
                return started[0].code or 0, False
            others = [each for each in started if each.code is None]
            show('cluster', f'E {failure.sentence}{" The others end, too." if others else ""}')
            self._wait_for_all(others, GRACE_S)
            is_trained = any(each.code == 0 for each in started)  # only then a worker leaves the others
            return failure.code, not is_trained and not self._is_interrupted and (
                failure.code > EXIT_BY_SIGNAL or failure.code == LostMemberError.exit_code)
        finally:
            for each in started:
                each.end()
            for log in logs:
                log.close()

    def _wait(self, started: Sequence[_Started], meeting: Meeting) -> Optional[_Failure]:
        """Waits until all have ended as they should, or one, or another node, as it should not."""
        while True:
            self._pass_on(started)
            codes = [each.code for each in started]
            for each, code in zip(started, codes):
                if code and not (self._is_interrupted and code > EXIT_BY_SIGNAL):
                    said = f'what it said is in {self._asked.logs}'
                    return _Failure(f'{each.name} has ended with exit code {code}; {said}.', code)
            if None not in codes:
                return None
            if codes[0] is not None and self._asked.nodes.number == 0:  # the chief is the last to go
                self._wait_for_all(started, GRACE_S)
                return None
            lost = meeting.lost() or self._stopped(started)
            if lost:
                return _Failure(lost, LostMemberError.exit_code)
            time.sleep(POLL_S)

    def _stopped(self, started: Sequence[_Started]) -> str:
        """Returns a sentence on a process that somebody has stopped and that stood still for too long; empty: there is none."""
        for each in started:
            each.look(POLL_S)
            if each.stopped_s > self._asked.timeout_s + GRACE_S:  # the others have had time to say more, if they could
                return f'{each.name} has stood still for {each.stopped_s:.0f} s, as somebody has stopped it (SIGSTOP).'
        return ''

    def _wait_for_all(self, started: Sequence[_Started], timeout_s: float) -> None:
        until_s = time.monotonic() + timeout_s
        while any(each.code is None for each in started) and time.monotonic() < until_s:
            self._pass_on(started)
            time.sleep(POLL_S)

    def _pass_on(self, started: Sequence[_Started]) -> None:
        while self._signals:
            number = self._signals.pop(0)
            for each in started:
                each.send(number)
