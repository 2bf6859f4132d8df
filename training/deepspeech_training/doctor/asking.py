"""Questions to a process of its own, as the answer may be a crash: an instruction that the processor lacks, a missing library.

The answers are in `probes.py`.
"""

import json
import signal
import sys
from typing import Any, Dict, List, NamedTuple, NoReturn, Optional, Sequence

from ..programs import ProgramError, run

MARK = 'deepspeech-doctor-answer: '  # in front of the answer, among whatever else libraries print
TIMEOUT_S = 300.  # on a busy machine TensorFlow takes a minute to load


class Answer(NamedTuple):
    """What a probe found, and what libraries printed meanwhile."""

    values: Dict[str, Any]
    lines: List[str]


class NoAnswerError(Exception):
    """A probe failed or its process died.

    Attributes:
      reason: in a few words.
      remedy: what to do.
    """

    def __init__(self, reason: str, remedy: str) -> None:
        super().__init__(reason)
        self.reason, self.remedy = reason, remedy


def ask(probe: str, arguments: Sequence[str] = (), python: Optional[str] = None, timeout_s: float = TIMEOUT_S) -> Answer:
    """Returns the answer of a function of `probes`.

    Args:
      probe: its name.
      arguments: for it.
      python: the interpreter; None: this one.
      timeout_s: limit for the process.
    Raises:
      NoAnswerError: it has none.
    """
    lines: List[str] = []
    # With the same paths as here, in the same order: a package must not be another one there.
    code = (f'import sys; sys.path[:] = {sys.path!r}; from deepspeech_training.doctor.probes import main; '
            f'main({probe!r}, {list(arguments)!r})')
    try:
        run([python or sys.executable, '-c', code], timeout_s, on_line=lines.append)
    except ProgramError as error:
        _refuse(error)
    answers = [json.loads(line[len(MARK):]) for line in lines if line.startswith(MARK)]
    if not answers:
        raise NoAnswerError('its process ended without an answer', 'run this again; if it stays so, report it')
    if 'error' in answers[-1]:
        raise NoAnswerError(answers[-1]['error'], answers[-1]['remedy'])
    return Answer(answers[-1], [line for line in lines if line and not line.startswith(MARK)])


def _refuse(error: ProgramError) -> NoReturn:
    """Raises NoAnswerError for a process that died."""
    remedies = {
        -signal.SIGILL: 'it was compiled for instructions that this processor lacks, mostly AVX: use another machine, a build '
                        'for this processor, or a virtual machine that shows them (QEMU: -cpu host)',
        -signal.SIGSEGV: 'a library is damaged or does not fit another one: look at LD_LIBRARY_PATH and LD_PRELOAD, then '
                         'install anew in an empty environment (VENV=.venv-new bash bin/setup.sh)',
        -signal.SIGKILL: 'free memory, or raise the limit of the container',
    }
    remedies[-signal.SIGABRT] = remedies[-signal.SIGBUS] = remedies[-signal.SIGSEGV]
    names = {-number: f'it was ended by {number.name}' for number in signal.Signals}
    code = error.code if error.code is not None else 0
    said = f' ({error.lines[-1]})' if code < 0 and error.lines else ''
    reason = error.reason if code == -signal.SIGKILL else names.get(code, error.reason)
    raise NoAnswerError(reason + said, remedies.get(code, 'run bash bin/setup.sh, which installs what is missing')) from error
