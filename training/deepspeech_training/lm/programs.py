"""KenLM's command-line programs."""

import os
import shlex
import shutil
import signal
import subprocess

from ..errors import ScorerError

try:
    import deepspeech_kenlm
except ImportError:  # the programs may be on PATH instead
    deepspeech_kenlm = None

PROGRAMS = ('lmplz', 'filter', 'build_binary')
_N_LAST_LINES = 6


class Kenlm:
    """Estimates, filters and packs language models.

    Args:
      directory: where the programs are; None: in the package deepspeech_kenlm, else on PATH.
      announce: called with each command before it runs, as a line.
    Raises:
      ScorerError: a program is missing, or later: it failed.
    """

    def __init__(self, directory=None, announce=lambda line: None):
        self._programs = {name: _find(name, directory) for name in PROGRAMS}
        self._announce = announce

    def estimate(self, text, arpa, config, scratch, report):
        """Writes the language model of a text; one too small for estimated discounts gets KenLM's fixed ones.

        Args:
          config: LanguageModelConfig with order and pruning thresholds.
          scratch: directory for temporary files.
          report: called with a line if fixed discounts are used unasked.
        """
        options = ['--order', config.order, '--temp_prefix', os.path.join(scratch, ''), '--memory', config.max_memory,
                   '--text', text, '--arpa', arpa, '--prune', *config.prune]
        fallback = ['--discount_fallback']
        try:
            self._run('lmplz', options + fallback if config.discount_fallback else options)
        except ScorerError as error:
            if config.discount_fallback or 'discount' not in str(error):
                raise
            report('The text is too small to estimate discounts from; fixed ones are used (--discount_fallback).')
            self._run('lmplz', options + fallback)

    def filter(self, arpa, words, filtered):
        """Copies the n-grams that are made of `words`."""
        self._run('filter', ['single', f'model:{arpa}', filtered], words)

    def pack(self, arpa, binary, config, with_strings=False):
        """Writes a language model as a binary, with its words as strings or without, as scorers need it."""
        compression = ['-a', config.pointer_bits, '-q', config.quantisation_bits] if config.structure == 'trie' else []
        self._run('build_binary', compression + ([] if with_strings else ['-v']) + [config.structure, arpa, binary])

    def _run(self, name, options, words=()):
        """Runs a program, `words` on its standard input, one a line."""
        command = [self._programs[name], *map(str, options)]
        self._announce(' '.join(map(shlex.quote, command)))
        try:
            result = subprocess.run(command, input='\n'.join(words).encode('utf-8'), stdout=subprocess.PIPE,
                                    stderr=subprocess.STDOUT)
        except OSError as error:
            raise ScorerError(f'{command[0]}: cannot be run ({error.strerror}).') from error
        if result.returncode == -signal.SIGKILL:
            raise ScorerError(f'{name} was killed, most likely for lack of memory; give it less with --max_arpa_memory.')
        if result.returncode:
            raise ScorerError(f'{name} failed: {_reason(result.stdout.decode("utf-8", "replace"))}')


def _find(name, directory):
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


def _reason(printed):
    """Returns what a program said last: what follows the place in KenLM's sources, if it names one."""
    lines = [line.strip() for line in printed.split('\n') if line.strip() not in ('', 'ERROR')]
    thrown = [index for index, line in enumerate(lines) if ' threw ' in line]
    return ' '.join(lines[thrown[-1] + 1:] if thrown else lines[-_N_LAST_LINES:])
