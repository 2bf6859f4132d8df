"""Installations that lack a part: what the checkout has is taken from there, on the rest there is a sentence, not a traceback.

`pip install -e .` installs the trainer and the packages of others alone. The Python modules of the client, which the trainer
reads files with, are found in the checkout then; its library, the decoder and the native layers are compiled, so they are not.
"""

import importlib
import importlib.util
import os
import signal
import sys
from contextlib import suppress
from types import TracebackType
from typing import Optional, Sequence, Type

CHECKOUT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
CLIENT = os.path.join('native_client', 'python')
# Directories in the checkout that our packages are built from, and a module that the published ones of the same names lack.
OURS = {'deepspeech': ('python', 'streams'), 'ds_ctcdecoder': ('ctcdecode', 'ctcdecode'),
        'deepspeech_layers': ('layers', 'library')}
OLDEST_PIP = (21, 3)  # older ones build in a copy of a directory, without what is beside it


def complete(checkout: str = CHECKOUT) -> None:
    """Lets the client's modules be found in the checkout where none is installed, and explains what is missing nevertheless."""
    if not _is_there('deepspeech') and os.path.isdir(os.path.join(checkout, CLIENT, 'deepspeech')):
        sys.path.append(os.path.join(checkout, CLIENT))
    if not (_has_ours('deepspeech') and _is_there('tensorflow')) or sentence_on_system():
        sys.excepthook = _show


def installing(names: Sequence[str]) -> str:
    """Returns the commands that install packages of ours, from the top of the checkout."""
    commands = [f'pip install {" ".join(f"./native_client/{OURS[name][0]}" for name in names)}']
    if not os.path.exists(os.path.join(CHECKOUT, 'native_client', 'third_party', 'kenlm')):
        commands.insert(0, 'python native_client/fetch_kenlm.py')
    with suppress(ImportError, ValueError):
        import pip  # here, as only this wants to know

        numbers = tuple(map(int, pip.__version__.split('.')[:2]))
        if numbers < OLDEST_PIP:
            commands.insert(0, 'python -m pip install --upgrade pip')
    return ' && '.join(commands)


def sentence_on_system() -> Optional[str]:
    """Returns what to say of a system that lacks what files are locked and programs are ended with, or None."""
    try:
        importlib.import_module('fcntl')
        is_enough = hasattr(signal, 'SIGHUP')
    except ImportError:
        is_enough = False
    if is_enough:
        return None
    system = 'Windows' if sys.platform in ('win32', 'cygwin') else f'This system ({sys.platform})'
    return (f'{system} lacks what the trainer locks files and ends programs with; it runs on Linux and macOS. On Windows use '
            f'WSL 2: "wsl --install", then the commands of README.md in its shell; or the image of Dockerfile.train.')


def sentence_on(error: BaseException) -> Optional[str]:
    """Returns what to say of a module that is not there, or None where it is none of these."""
    name = (getattr(error, 'name', None) or '').partition('.')[0] if isinstance(error, ImportError) else ''
    if name == 'fcntl':
        return sentence_on_system()
    if name == 'tensorflow' and not _is_there(name):
        return ('TensorFlow is not installed; run pip install "tensorflow>=2.16,<2.22" (with Python 3.7: tensorflow==1.15.5), '
                'or bash bin/setup.sh.')
    if name not in OURS or _has_ours(name):
        return None
    if _is_there(name):
        return (f'The package {name} that is installed is not the one of this project ({error}); run pip uninstall {name}, '
                f'then, from the top of the checkout, {installing([name])}; or bash bin/setup.sh.')
    missing = [each for each in OURS if not _has_ours(each)]
    return (f'The trainer lacks what stands beside it in the checkout: {", ".join(missing)}; run, from there, '
            f'{installing(missing)}; or bash bin/setup.sh, which does all.')


def _is_there(name: str) -> bool:
    try:
        return importlib.util.find_spec(name) is not None
    except (ImportError, ValueError):  # ValueError: put among the loaded modules by hand
        return name in sys.modules and sys.modules[name] is not None


def _has_ours(name: str) -> bool:
    """Tells whether a package is there, and not another of the same name. Nothing of it is imported."""
    with suppress(ImportError, ValueError):
        spec = importlib.util.find_spec(name)
        return spec is not None and any(file.startswith(OURS[name][1]) for place in spec.submodule_search_locations or ()
                                        for file in os.listdir(place))
    return _is_there(name)


def _show(kind: Type[BaseException], error: BaseException, traceback: Optional[TracebackType]) -> None:
    """Shows what nobody has caught."""
    sentence = sentence_on(error)
    if sentence is None:
        sys.__excepthook__(kind, error, traceback)
        return
    with suppress(OSError, AttributeError):  # nobody reads it, or there is no stream
        print(f'E {sentence}', file=sys.stderr)
