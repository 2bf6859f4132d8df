"""Running other programs: SoX, ffmpeg, KenLM's, Debian's.

A program gets a time limit, a process group of its own, and ends with this process however that ends. Its exit code says
little (SoX prints FAIL on a full disk and exits with 0), so whoever runs one also checks what it has written.
"""

import ctypes
import os
import shutil
import signal
import subprocess
import sys
import threading
from collections import deque
from contextlib import contextmanager, suppress
from typing import IO, Callable, Deque, Iterator, List, Optional, Sequence, Union

from .errors import DataError, DeepSpeechError

PR_SET_PDEATHSIG = 1  # of Linux: <linux/prctl.h>
KEPT_LINES = 50
LINE_BYTES = 2 ** 16
PATIENCE_S = 2.  # with a program that was asked to end
CONVERSION_S = 600.  # for one recording
DAYS_S = 7 * 24 * 3600.  # for programs that take as long as their input is large


class ProgramError(DeepSpeechError):
    """A program could not be started, failed, or was ended.

    Attributes:
      reason: why, without a full stop: its own last line, mostly.
      lines: what it printed last.
      code: its exit code, negative: the signal that ended it; None: it did not start or took too long.
    """

    def __init__(self, name: str, reason: str, lines: Sequence[str] = (), code: Optional[int] = None) -> None:
        super().__init__(f'{name}: {reason}.')
        self.reason, self.lines, self.code = reason, lines, code


def run(command: Sequence[str], timeout_s: float, stdin: Union[int, IO[bytes]] = subprocess.DEVNULL,
        directory: Optional[str] = None, *, on_line: Callable[[str], object] = lambda line: None,
        most_bytes: Optional[int] = None) -> List[str]:
    """Runs a program to its end.

    Args:
      command: the program and its arguments.
      timeout_s: after so many seconds the program and what it has started are killed.
      stdin: what it reads; nothing by default.
      directory: where it works; None: here.
      on_line: called with each line that it prints, without its end.
      most_bytes: it is killed when it writes a longer file.
    Returns:
      the last lines that it printed, on either stream.
    Raises:
      ProgramError: it cannot be started, fails or takes too long.
    """
    name = os.path.basename(command[0])
    try:
        process = subprocess.Popen(
            command, stdin=stdin, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, cwd=directory, start_new_session=True,
            preexec_fn=_bound_to_this_process(most_bytes))  # noqa: PLW1509  # it only calls the kernel, and takes no lock
    except (OSError, ValueError, subprocess.SubprocessError) as error:  # ValueError: a zero byte in an argument
        raise ProgramError(name, f'cannot be run ({getattr(error, "strerror", None) or error})') from error
    lines: Deque[str] = deque(maxlen=KEPT_LINES)
    with process, _time_limit(process, timeout_s) as is_late:
        for line in iter(lambda: process.stdout.readline(LINE_BYTES), b''):  # type: ignore[union-attr]
            lines.append(line.decode('utf-8', 'replace').strip())
            on_line(lines[-1])
        process.wait()
    if is_late.is_set():
        raise ProgramError(name, f'did not end within {timeout_s:g} s and was killed', lines=list(lines))
    if process.returncode:
        raise ProgramError(name, _reason(process.returncode, list(lines)), list(lines), process.returncode)
    return list(lines)


@contextmanager
def piped(command: Sequence[str], stderr: IO[bytes]) -> Iterator['subprocess.Popen[bytes]']:
    """Gives a program that runs, whose output the block reads from `stdout`; it is ended with the block, or with this process.

    It is asked to end, with whatever it has started, and killed if it does not. Ctrl-C is not for it.

    Raises:
      ProgramError: it cannot be started.
    """
    try:
        process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=stderr, bufsize=0,
                                   start_new_session=True, preexec_fn=_bound_to_this_process(None))  # noqa: PLW1509
    except (OSError, ValueError, subprocess.SubprocessError) as error:
        reason = getattr(error, 'strerror', None) or error
        raise ProgramError(os.path.basename(command[0]), f'cannot be run ({reason})') from error
    with process:
        try:
            yield process
        finally:
            ask_to_end(process)
            with suppress(subprocess.TimeoutExpired):
                process.wait(PATIENCE_S)
            _kill(process)


@contextmanager
def _time_limit(process: 'subprocess.Popen[bytes]', timeout_s: float) -> Iterator[threading.Event]:
    """Ends a program after so many seconds, which the event tells, or when the block is left by an exception."""
    is_late = threading.Event()

    def end_late() -> None:
        is_late.set()
        _kill(process)

    timer = threading.Timer(timeout_s, end_late)
    timer.daemon = True
    timer.start()
    try:
        yield is_late
    except BaseException:
        _kill(process)  # nobody waits for it any more
        raise
    finally:
        timer.cancel()


def require_program(program: str, package: str) -> None:
    """Raises DataError, naming the Debian package to install, if `program` is not on the PATH."""
    if shutil.which(program) is None:
        raise DataError(f'{program} is needed and is not installed; on Debian or Ubuntu: apt-get install {package}.')


def last_line(lines: Sequence[str]) -> str:
    """Returns the last line that says something."""
    return next((line for line in reversed(lines) if line), 'no reason given')


def _reason(code: int, lines: Sequence[str]) -> str:
    if code == -signal.SIGKILL:
        return 'it was killed, most likely for lack of memory'
    if code == -signal.SIGXFSZ:
        return 'what it writes has no end'
    if code < 0:
        return f'it was ended by signal {-code}'
    return last_line(lines).rstrip('.')


def ask_to_end(process: 'subprocess.Popen[bytes]') -> None:
    """Tells a program of `piped`, and whatever it has started, to end."""
    _signal(process, signal.SIGTERM)


def _kill(process: 'subprocess.Popen[bytes]') -> None:
    """Ends a program and whatever it has started."""
    _signal(process, signal.SIGKILL)


def _signal(process: 'subprocess.Popen[bytes]', number: int) -> None:
    with suppress(ProcessLookupError, PermissionError):
        if process.returncode is None:
            os.killpg(process.pid, number)


def end_with(parent: int, prctl: Optional[Callable[..., object]]) -> None:
    """Makes the kernel end this process when the one that started it, of number `parent`, ends in whatever way.

    Args:
      prctl: as `kernel_call` returns it; None: nothing is done.
    """
    if prctl:
        prctl(PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)
        if os.getppid() != parent:  # it has ended in between
            os._exit(1)


def kernel_call() -> Optional[Callable[..., object]]:
    """Returns the call that `end_with` needs, None where the system has none."""
    return ctypes.CDLL(None).prctl if sys.platform.startswith('linux') else None


def _bound_to_this_process(most_bytes: Optional[int]) -> Optional[Callable[[], None]]:
    """Returns what a new process does before it becomes the program; all that can fail or wait is done here, before."""
    parent, prctl = os.getpid(), kernel_call()
    try:
        import resource
    except ImportError:  # no limits, and no such function, on Windows
        return None

    def prepare() -> None:
        end_with(parent, prctl)
        if most_bytes is not None:
            resource.setrlimit(resource.RLIMIT_FSIZE, (most_bytes, most_bytes))

    return prepare
