"""Runs the trainer and other programs quickly: TensorFlow is loaded once, every run is a fork of that process.

A forked run has arguments, environment, output files, signals and exit code of its own, as `python DeepSpeech.py` has. What
happens before TensorFlow is loaded is tested with the program itself.

    server = ForkServer()
    run = server.start(['--epochs', '1'], environment, output, errors)
    run.send_signal(signal.SIGTERM)
    run.wait()
    server.close()
"""

import ctypes
import json
import os
import runpy
import signal
import subprocess
import sys
import time
import traceback
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
PR_SET_PDEATHSIG = 1  # of Linux's prctl
POLL_S = 0.005


class ForkServer:
    """The process that is forked; `environment` adds to that of the tests."""

    def __init__(self, environment=None):
        self._process = subprocess.Popen(
            [sys.executable, __file__], cwd=str(ROOT), stdin=subprocess.PIPE, stdout=subprocess.PIPE, universal_newlines=True,
            env=dict(os.environ, PYTHONIOENCODING='utf-8', **(environment or {})))
        assert self._process.stdout.readline() == 'ready\n'

    def start(self, arguments, environment, output, errors=None, directory=ROOT, program=None):
        """Starts `DeepSpeech.py`, or another `program`: the path of its file from `directory`.

        Args:
          arguments: words of the command line.
          environment: all of it.
          output, errors: files or named pipes; without the latter both streams go to `output`.
          directory: where it runs.
        Returns:
          ForkedRun.
        """
        return ForkedRun(self, self.ask(start=[str(word) for word in arguments], environment=environment, output=str(output),
                                        errors=str(errors or output), directory=str(directory), program=program))

    def ask(self, **request):
        """Returns the answer of the process."""
        self._process.stdin.write(json.dumps(request) + '\n')
        self._process.stdin.flush()
        return json.loads(self._process.stdout.readline())

    def close(self):
        self._process.stdin.close()
        self._process.stdout.close()
        self._process.wait(timeout=60)


class ForkedRun:
    """A run, with the methods of `subprocess.Popen`."""

    def __init__(self, server, pid):
        self._server, self.pid, self.returncode = server, pid, None

    def poll(self):
        """Returns the exit code, or minus the signal that ended it; None as long as it runs."""
        if self.returncode is None:
            status = self._server.ask(poll=self.pid)
            if status is not None:
                self.returncode = -os.WTERMSIG(status) if os.WIFSIGNALED(status) else os.WEXITSTATUS(status)
        return self.returncode

    def wait(self, timeout=300):
        """Returns what `poll` does at the end; a run that takes longer is killed."""
        end_s = time.monotonic() + timeout
        while self.poll() is None:
            if time.monotonic() > end_s:
                self.send_signal(signal.SIGKILL)
                raise subprocess.TimeoutExpired('DeepSpeech.py', timeout)
            time.sleep(POLL_S)
        return self.returncode

    def send_signal(self, number):
        """Signals the run; one that has ended does not mind."""
        if self.poll() is None:
            os.kill(self.pid, number)


def _end_with_parent():
    """Lets this process be killed when its parent ends: a training of these tests would go on for days."""
    ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL)


def _run(request):
    """The run itself; never returns."""
    _end_with_parent()
    os.chdir(request['directory'])
    # Not every shell lets its background programs be interrupted, and nohup lets none.
    signal.signal(signal.SIGINT, signal.default_int_handler)
    signal.signal(signal.SIGHUP, signal.SIG_DFL)
    for name, number in (('output', 1), ('errors', 2)):
        if number == 1 or request['errors'] != request['output']:
            handle = os.open(request[name], os.O_WRONLY | os.O_CREAT | os.O_APPEND)
            os.dup2(handle, number)
            os.close(handle)
        else:
            os.dup2(1, number)
    # The streams of this process may be of another kind, a file for a pipe.
    sys.stdout, sys.stderr = (open(number, 'w', encoding='utf-8', closefd=False) for number in (1, 2))
    os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
    os.environ.clear()
    os.environ.update(request['environment'])
    code = 1
    try:
        code = _call(request['program'], request['start'])
    finally:
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(code)


def _call(program, arguments):
    """Returns the exit code of a program, as the interpreter would give it to the system."""
    if program is None:
        from deepspeech_training.main import main
        return main(['DeepSpeech.py'] + arguments)
    sys.argv, sys.path[0] = [program, *arguments], os.path.dirname(os.path.abspath(program))
    try:
        runpy.run_path(program, run_name='__main__')
    except SystemExit as end:
        if isinstance(end.code, str):
            print(end.code, file=sys.stderr)
            return 1
        return end.code or 0
    except Exception:
        traceback.print_exc()
        return 1
    return 0


def _serve():
    _end_with_parent()
    import deepspeech_training.phases  # noqa: F401  loads all that a run needs
    answers = os.fdopen(os.dup(1), 'w')
    print('ready', file=answers, flush=True)
    for line in sys.stdin:
        request = json.loads(line)
        if 'start' in request:
            answer = os.fork()
            if not answer:
                _run(request)
        else:
            pid, status = os.waitpid(request['poll'], os.WNOHANG)
            answer = status if pid else None
        print(json.dumps(answer), file=answers, flush=True)


if __name__ == '__main__':
    _serve()
