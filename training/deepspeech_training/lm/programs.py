"""Runs KenLM's command-line programs."""

import os
import shutil
import subprocess

from ..errors import ScorerError

try:
    import deepspeech_kenlm
except ImportError:  # the programs may be on PATH instead
    deepspeech_kenlm = None

PROGRAMS = ('lmplz', 'filter', 'build_binary')


def find_programs(directory=None):
    """Returns {name: path} of KenLM's programs.

    They are looked for in `directory` if one is given, else in the package deepspeech_kenlm, else on PATH.

    Raises:
      ScorerError: one of them is not there.
    """
    return {name: _find(name, directory) for name in PROGRAMS}


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


def run(command, words=()):
    """Runs a program, `words` on its standard input, one a line.

    Raises:
      ScorerError: it failed; the message ends with the last lines it printed.
    """
    try:
        result = subprocess.run([str(part) for part in command], input='\n'.join(words).encode('utf-8'),
                                stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    except OSError as error:
        raise ScorerError(f'{command[0]}: cannot be run ({error.strerror}).') from error
    if result.returncode:
        printed = ' '.join(result.stdout.decode('utf-8', 'replace').split('\n')[-6:]).strip()
        raise ScorerError(f'{os.path.basename(command[0])} failed with status {result.returncode}: {printed}')
