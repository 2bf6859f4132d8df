"""The published decoder seen from here: `published_decoder_worker.py` in a process of its own, started again if it dies."""

import os
import pickle
import subprocess
from typing import Any, Dict, List

PROGRAM = os.path.join(os.path.dirname(os.path.abspath(__file__)), 'published_decoder_worker.py')


class PublishedDecoder:
    """Runs the published ds_ctcdecoder of the interpreter `python`, or of the folder `packages` where one is named."""

    def __init__(self, python: str, packages: str = '') -> None:
        self._command = [python, PROGRAM]
        # Not this process' path: a package of the same name may be on it.
        self._environment = dict(os.environ, PYTHONPATH=packages)
        self._process: Any = None

    def __enter__(self) -> 'PublishedDecoder':
        return self

    def __exit__(self, *_: Any) -> None:
        self.close()

    def decode(self, job: Dict[str, Any]) -> List[Any]:
        """Returns one list of (score, tokens, times) per decode of the job, None where the published decoder crashed.

        `job` is a dict as the worker describes it, but with arrays as `probs`.
        """
        decodes = [dict(one, probs=one['probs'].tobytes()) for one in job['decodes']]
        try:
            return [results for _, results in self._ask(dict(job, decodes=decodes))]
        except (EOFError, BrokenPipeError, pickle.UnpicklingError):
            self.close()
            if len(decodes) == 1:
                return [None]
            return [self.decode(dict(job, decodes=[one]))[0] for one in job['decodes']]

    def close(self) -> None:
        """Ends the process."""
        if self._process is None:
            return
        try:
            self._process.stdin.close()
        except BrokenPipeError:
            pass  # it is dead, and what was left to write goes with it
        self._process.stdout.close()
        self._process.wait()
        self._process = None

    def _ask(self, job: Dict[str, Any]) -> List[Any]:
        if self._process is None:
            self._process = subprocess.Popen(self._command, stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                                             stderr=subprocess.DEVNULL, env=self._environment)
        pickle.dump(job, self._process.stdin, 4)
        self._process.stdin.flush()
        answers = pickle.load(self._process.stdout)
        pickle.load(self._process.stdout)  # its memory
        return answers
