"""Starts many trainings quickly: TensorFlow is loaded once, every training is a fork of this process.

Reads a JSON line for each: {"argv": [...], "output": path, "environment": {...}}. Answers with the process number, and when
that process has ended, with what `os.waitpid` said of it.
"""

import ctypes
import json
import os
import signal
import sys

PR_SET_PDEATHSIG = 1  # of Linux's prctl


def end_with_parent():
    """Lets this process be killed when its parent ends: a training of these tests would go on for days."""
    ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL)


def run(request):
    """The training itself; never returns."""
    end_with_parent()
    handle = os.open(request['output'], os.O_WRONLY | os.O_CREAT | os.O_TRUNC)
    os.dup2(handle, 1)
    os.dup2(handle, 2)
    os.environ.update(request['environment'])
    from deepspeech_training.main import main
    code = 1
    try:
        code = main(['DeepSpeech.py'] + request['argv'])
    finally:
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(code)


def serve():
    end_with_parent()
    import deepspeech_training.phases  # noqa: F401  loads all that a training needs
    print('ready', flush=True)
    for line in sys.stdin:
        number = os.fork()
        if not number:
            run(json.loads(line))
        print(number, flush=True)
        print(os.waitpid(number, 0)[1], flush=True)


if __name__ == '__main__':
    serve()
