"""KenLM's command-line programs, compiled when this package was installed.

    subprocess.run([deepspeech_kenlm.program('lmplz'), '--order', '4'], ...)
"""

import os

PROGRAMS = ('lmplz', 'filter', 'build_binary')


def program(name: str) -> str:
    """Returns the absolute path of one of `PROGRAMS`.

    Raises:
      ValueError: there is no such program.
      FileNotFoundError: the program was not built with this installation.
    """
    if name not in PROGRAMS:
        raise ValueError(f'{name}: not one of KenLM\'s programs here ({", ".join(PROGRAMS)}).')
    path = os.path.join(os.path.dirname(os.path.abspath(__file__)), 'bin', name)
    if not os.access(path, os.X_OK):
        raise FileNotFoundError(f'{path}: missing; install the package again: pip install ./native_client/kenlm')
    return path
