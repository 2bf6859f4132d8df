"""KenLM's command-line programs."""

import os
import re
import shlex
import shutil
import signal
import subprocess
import sys
import tempfile
from typing import IO, TYPE_CHECKING, Any, Callable, List, Optional, Sequence, Union

from ..errors import ScorerError
from ..programs import DAYS_S, ProgramError, run

if TYPE_CHECKING:  # build.py imports this
    from .build import LanguageModelConfig, Report

try:
    import deepspeech_kenlm
except ImportError:  # the programs may be on PATH instead
    deepspeech_kenlm = None

PROGRAMS = ('lmplz', 'filter', 'build_binary')
_STAGE = re.compile(r'=== (\d+/\d+ .*) ===')  # what lmplz prints when it begins a part of its work
_COMPLETE = b'mmap lm http://kheafield.com/code format version'  # else: ... incomplete
_N_LAST_LINES = 6


def show_on_terminal(line: str) -> None:
    """Prints a line for a person who waits, on standard error; in a log it would only be in the way."""
    if sys.stderr.isatty():
        print(line, file=sys.stderr, flush=True)


class Kenlm:
    """Estimates, filters and packs language models.

    Args:
      directory: where the programs are; None: in the package deepspeech_kenlm, else on PATH. Those are taken, too, where
        it does not exist: commands that were written for an image name a directory of that.
      report: takes a line if they are.
      announce: called with each command before it runs, as a line.
      show_stage: called with the name of each stage of an estimation as it begins.
    Raises:
      ScorerError: a program is missing, or later: it failed.
    """

    def __init__(self, directory: Optional[str] = None, report: 'Report' = print,
                 announce: Callable[[str], object] = lambda line: None,
                 show_stage: Callable[[str], object] = show_on_terminal) -> None:
        if directory and not os.path.exists(directory):
            report(f'--kenlm_bins {directory}: there is no such directory; the installed programs of KenLM are used.')
            directory = None
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
        check_arpa(arpa, 'lmplz')

    def filter(self, arpa: str, words: Sequence[str], filtered: str) -> None:
        """Copies the n-grams that are made of `words`."""
        with tempfile.TemporaryFile(dir=os.path.dirname(filtered)) as file:
            file.write('\n'.join(words).encode('utf-8'))
            file.seek(0)
            self._run('filter', ['single', f'model:{arpa}', filtered], file)
        check_arpa(filtered, 'filter')

    def pack(self, arpa: str, binary: str, config: 'LanguageModelConfig', with_strings: bool = False) -> None:
        """Writes a language model as a binary, with its words as strings or without, as scorers need it."""
        options: List[Any] = ['-a', config.pointer_bits, '-q', config.quantisation_bits] if config.structure == 'trie' else []
        self._run('build_binary', options + ([] if with_strings else ['-v']) + [config.structure, arpa, binary])
        check_binary(binary, 'build_binary')

    def _run(self, name: str, options: Sequence[Any], stdin: Union[int, IO[bytes]] = subprocess.DEVNULL) -> None:
        """Runs a program to its end."""
        command = [self._programs[name], *map(str, options)]
        self._announce(' '.join(map(shlex.quote, command)))
        try:
            run(command, timeout_s=DAYS_S, stdin=stdin, on_line=self._show)
        except ProgramError as error:
            if error.code == -signal.SIGKILL:
                raise ScorerError(f'{name} was killed, most likely for lack of memory; give it less with --max_arpa_memory.'
                                  ) from error
            reason = _reason(error.lines) if error.lines and error.code else error.reason
            raise ScorerError(f'{name} failed: {reason}') from error

    def _show(self, line: str) -> None:
        stage = _STAGE.fullmatch(line)
        if stage:
            self._show_stage(stage.group(1))


def check_arpa(path: str, program: str) -> None:
    """Raises ScorerError if a language model in ARPA format is not there to its last line."""
    try:
        with open(path, 'rb') as file:
            file.seek(max(0, file.seek(0, os.SEEK_END) - 64))
            tail = file.read()
    except OSError as error:
        raise ScorerError(f'{path}: {program} has not written it ({error.strerror}).') from error
    if not tail.rstrip().endswith(b'\\end\\'):
        raise ScorerError(f'{path}: {program} has not written it to its end; is the disk full?')


def check_binary(path: str, program: str) -> None:
    """Raises ScorerError if a language model of KenLM is not complete; what it begins with is written last."""
    try:
        with open(path, 'rb') as file:
            head = file.read(len(_COMPLETE))
    except OSError as error:
        raise ScorerError(f'{path}: {program} has not written it ({error.strerror}).') from error
    if head != _COMPLETE:
        raise ScorerError(f'{path}: {program} has not written it to its end; is the disk full?')


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


def _reason(lines: Sequence[str]) -> str:
    """Returns what a program said last: what follows the line in KenLM's sources, if it names one."""
    lines = [line for line in lines if line not in ('', 'ERROR')]
    thrown = [index for index, line in enumerate(lines) if ' threw ' in line]
    return ' '.join(lines[thrown[-1] + 1:] if thrown else lines[-_N_LAST_LINES:])
