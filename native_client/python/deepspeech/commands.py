"""The package's native programs as commands of the Python environment. They replace this process, exit status and all.

Short because the programs themselves are C++.
"""

import os
import sys
from typing import NoReturn

PROGRAMS = os.path.join(os.path.dirname(os.path.abspath(__file__)), 'bin')


def deepspeech_native() -> NoReturn:
    """Runs the client that needs no Python; the archive of native programs has it as `deepspeech`."""
    _run('deepspeech')


def convert_graphdef_memmapped_format() -> NoReturn:
    """Makes a memory-mapped model (.pbmm) of a frozen graph (.pb)."""
    _run('convert_graphdef_memmapped_format')


def _run(name: str) -> NoReturn:
    program = os.path.join(PROGRAMS, name)
    if not os.access(program, os.X_OK):
        sys.exit(f'E {program} is missing; install the package again: pip install ./native_client/python')
    os.execv(program, [name, *sys.argv[1:]])
