"""KenLM's command-line programs."""

import os
import re
import shlex
import shutil
import signal
import subprocess
import sys
import tempfile
from collections import deque
from typing import IO, TYPE_CHECKING, Any, Callable, Deque, List, Optional, Sequence, Union

from ..errors import ScorerError

if TYPE_CHECKING:  # build.py imports this
    from .build import LanguageModelConfig, Report

try:
    import deepspeech_kenlm
except ImportError:  # the programs may be on PATH instead
    deepspeech_kenlm = None

PROGRAMS = ('lmplz', 'filter', 'build_binary')
_STAGE = re.compile(r'=== (\d+/\d+ .*) ===')  # what lmplz prints when it begins a part of its work
_N_KEPT_LINES = 50
_N_LAST_LINES = 6


def show_on_terminal(line: str) -> None:
    """Prints a line for a person who waits, on standard error; in a log it would only be in the way."""
    if sys.stderr.isatty():
        print(line, file=sys.stderr, flush=True)


class Kenlm:
    """Estimates, filters and packs language models.

    Args:
      directory: where the programs are; None: in the package deepspeech_kenlm, else on PATH.
      announce: called with each command before it runs, as a line.
      show_stage: called with the name of each stage of an estimation as it begins.
    Raises:
      ScorerError: a program is missing, or later: it failed.
    """

    def __init__(self, directory: Optional[str] = None, announce: Callable[[str], object] = lambda line: None,
                 show_stage: Callable[[str], object] = show_on_terminal) -> None:
        self._programs = {name: _find(name, directory) for name in PROGRAMS}
        self._announce, self._show_stage = announce, show_stage

    def estimate(self, text: str, arpa: str, config: 'LanguageModelConfig', scratch: str, report: 'Report') -> None:
        """Writes the language model of a text; one too small for estimated discounts gets KenLM's fixed ones.

        Args:
          text: path of the text.
          arpa: path to write to.
          config: with order and pruning thresholds.
          scratch: directory for temporary files.
          report: takes a line if fixed discounts are used unasked.
        """
        options: List[Any] = ['--order', config.order, '--temp_prefix', os.path.join(scratch, ''), '--memory',
                              config.max_memory, '--text', text, '--arpa', arpa, '--prune', *(config.prune or ())]
        fallback = ['--discount_fallback']
        try:
            self._run('lmplz', options + fallback if config.discount_fallback else options)
        except ScorerError as error:
            if config.discount_fallback or 'discount' not in str(error):
                raise
            report('The text is too small to estimate discounts from; fixed ones are used (--discount_fallback).')
            self._run('lmplz', options + fallback)

    def filter(self, arpa: str, words: Sequence[str], filtered: str) -> None:
        """Copies the n-grams that are made of `words`."""
        with tempfile.TemporaryFile(dir=os.path.dirname(filtered)) as file:
            file.write('\n'.join(words).encode('utf-8'))
            file.seek(0)
            self._run('filter', ['single', f'model:{arpa}', filtered], file)

    def pack(self, arpa: str, binary: str, config: 'LanguageModelConfig', with_strings: bool = False) -> None:
        """Writes a language model as a binary, with its words as strings or without, as scorers need it."""
        options: List[Any] = ['-a', config.pointer_bits, '-q', config.quantisation_bits] if config.structure == 'trie' else []
        self._run('build_binary', options + ([] if with_strings else ['-v']) + [config.structure, arpa, binary])

    def _run(self, name: str, options: Sequence[Any], stdin: Union[int, IO[bytes]] = subprocess.DEVNULL) -> None:
        """Runs a program to its end."""
        command = [self._programs[name], *map(str, options)]
        self._announce(' '.join(map(shlex.quote, command)))
        try:
            process = subprocess.Popen(command, stdin=stdin, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
        except OSError as error:
            raise ScorerError(f'{command[0]}: cannot be run ({error.strerror}).') from error
        lines = self._last_lines(process)
        if process.returncode == -signal.SIGKILL:
            raise ScorerError(f'{name} was killed, most likely for lack of memory; give it less with --max_arpa_memory.')
        if process.returncode:
            raise ScorerError(f'{name} failed: {_reason(lines)}')

    def _last_lines(self, process: 'subprocess.Popen[bytes]') -> List[str]:
        """Waits for the end of a program; returns what it printed last, a list of lines."""
        lines: Deque[str] = deque(maxlen=_N_KEPT_LINES)
        with process:
            try:
                for line in process.stdout or ():
                    lines.append(line.decode('utf-8', 'replace').strip())
                    stage = _STAGE.fullmatch(lines[-1])
                    if stage:
                        self._show_stage(stage.group(1))
            except BaseException:
                process.kill()  # nobody waits for it any more
                raise
        return list(lines)


def _find(name: str, directory: Optional[str]) -> str:
    if directory:
        path = shutil.which(name, path=directory)
        if not path:
            raise ScorerError(f'{os.path.join(directory, name)}: no such program; give the directory that holds '
                              f'{", ".join(PROGRAMS)}, or leave --kenlm_bins out.')
        return os.path.abspath(path)
    if deepspeech_kenlm:
        try:
            return deepspeech_kenlm.program(name)
        except FileNotFoundError as error:
            raise ScorerError(str(error)) from error
    path = shutil.which(name)
    if not path:
        raise ScorerError(f'{name}: KenLM\'s programs are not installed; pip install ./native_client/kenlm, or give '
                          f'their directory with --kenlm_bins.')
    return path


def _reason(lines: List[str]) -> str:
    """Returns what a program said last: what follows the line in KenLM's sources, if it names one."""
    lines = [line for line in lines if line not in ('', 'ERROR')]
    thrown = [index for index, line in enumerate(lines) if ' threw ' in line]
    return ' '.join(lines[thrown[-1] + 1:] if thrown else lines[-_N_LAST_LINES:])
