"""Runs jobs of gpu_worker.py in processes of their own until a moment in time; a process that dies takes one job with it."""

import json
import os
import subprocess
import tempfile
import threading
import time
from typing import Any, Dict, Iterator, List, Optional, Tuple

WORKER = os.path.join(os.path.dirname(os.path.abspath(__file__)), 'gpu_worker.py')
NO_TIME = {'left_out': 'no time was left'}

Job = Dict[str, Any]
Answer = Dict[str, Any]


class Worker:
    """A process that does one job after the other until it is closed or time is over."""

    def __init__(self, python: str, environment: Dict[str, str], left_s: float) -> None:
        self._complaints = tempfile.TemporaryFile()
        self._process: Any = subprocess.Popen([python, WORKER], stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                                              stderr=self._complaints, env=environment)
        self._clock = threading.Timer(left_s, self._process.kill)
        self._clock.daemon = True
        self._clock.start()

    def do(self, job: Job) -> Optional[Answer]:
        """Returns the answer, or None: the process has ended."""
        try:
            self._process.stdin.write(json.dumps(job).encode() + b'\n')
            self._process.stdin.flush()
        except OSError:
            return None
        for line in self._process.stdout:
            if line.startswith(b'{'):  # libraries write to stdout, too
                return json.loads(line)
        return None

    def close(self) -> str:
        """Ends the process; returns how it ended and what it complained of last."""
        self._clock.cancel()
        try:
            self._process.stdin.close()
        except OSError:  # it has ended
            pass
        code = self._process.wait()
        self._process.stdout.close()
        self._complaints.seek(0)
        lines = self._complaints.read().decode('utf-8', 'replace').strip().splitlines()
        self._complaints.close()
        return f'the process ended with {code}: {lines[-1] if lines else "it said nothing"}'


class Machine:
    """Where jobs run. Those of `run` share a process, which takes seconds to start and keeps its memory; see `free`.

    Args:
      python: interpreter.
      device: gpu or cpu.
      end_s: moment of `time.monotonic` at which everything is ended.
    """

    def __init__(self, python: str, device: str, end_s: float) -> None:
        self.python, self.end_s = python, end_s
        self.is_gpu = device == 'gpu'
        self.environment = dict(os.environ, TF_CPP_MIN_LOG_LEVEL='3')
        # As a training sets it, see cudnn_trial.py.
        self.environment.setdefault('TF_CUDNN_RESET_RND_GEN_STATE', '1')
        self.environment.setdefault('CUDA_CACHE_MAXSIZE', '4294967296')  # or every process compiles again where code is missing
        visible = self.environment.get('CUDA_VISIBLE_DEVICES', '0').split(',')[0]
        self.environment['CUDA_VISIBLE_DEVICES'] = visible if self.is_gpu else '-1'
        self._shared: Optional[Worker] = None

    def left_s(self) -> float:
        """Seconds that are left."""
        return self.end_s - time.monotonic()

    def run(self, jobs: List[Job]) -> Iterator[Tuple[Job, Answer]]:
        """Yields each job with its answer."""
        for job in jobs:
            if self.left_s() <= 0:
                yield job, NO_TIME
                continue
            self._shared = self._shared or Worker(self.python, self.environment, self.left_s())
            answer = self._shared.do(self._placed(job))
            yield job, answer or self._failure(self.free())

    def run_alone(self, jobs: List[Job], **environment: str) -> List[Answer]:
        """Returns the answers of jobs that share a process with each other only, with nothing beside it."""
        self.free()
        if self.left_s() <= 0:
            return [NO_TIME] * len(jobs)
        worker, answers, said = Worker(self.python, dict(self.environment, **environment), self.left_s()), [], ''
        for job in jobs:
            answer = worker.do(self._placed(job)) if not said else None
            if answer is None:
                said = said or worker.close()
                answer = self._failure(said)
            answers.append(answer)
        if not said:
            worker.close()
        return answers

    def free(self) -> str:
        """Ends the process of `run`, if there is one; returns how it ended."""
        shared, self._shared = self._shared, None
        return shared.close() if shared else ''

    def _placed(self, job):
        return dict(job, device='/device:GPU:0' if self.is_gpu else '/device:CPU:0')

    def _failure(self, said):
        return NO_TIME if self.left_s() <= 0 else {'error': said}
