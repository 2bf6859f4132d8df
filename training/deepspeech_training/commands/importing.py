"""The command `deepspeech-import`: all importers under one name.

    deepspeech-import                     which corpora there are
    deepspeech-import cv2 --help          what one takes
    deepspeech-import cv2 corpora/cv2     the same as bin/import_cv2.py corpora/cv2
"""

import os
import pkgutil
import sys
from difflib import get_close_matches
from typing import List, Sequence

from deepspeech.streams import with_streams

from ..corpora import door, importers

USAGE_ERROR = 2
HELP = ('-h', '--help')


def run() -> int:
    """Runs the importer that the command line names first, on the other words; returns the exit code."""
    words = sys.argv[1:]
    if not words or words[0] in HELP:
        return with_streams(lambda: say('\n'.join(listing())))
    name = words[0].replace('.py', '').replace('import_', '', 1)
    if name not in names():
        meant = get_close_matches(name, names(), n=1)
        print(f'E {words[0]}: there is no importer for that; {f"did you mean {meant[0]}? " if meant else ""}'
              f'deepspeech-import alone lists all.', file=sys.stderr)
        return USAGE_ERROR
    sys.argv = [f'deepspeech-import {name}', *words[1:]]
    return door.main(name)


def say(text: str, code: int = 0) -> int:
    """Prints a text; returns the exit code."""
    print(text)
    return code


def names() -> List[str]:
    """Returns the names of all importers, as in `bin/import_<name>.py`."""
    modules = [module.name for module in pkgutil.iter_modules(importers.__path__)]
    return sorted('m-ailabs' if name == 'm_ailabs' else name for name in modules)


def listing() -> Sequence[str]:
    """Returns the lines that say what there is."""
    all_names = names()
    width = max(map(len, all_names)) + 2
    lines = [f'  {name:{width}}{door.importer_of(name).title}' for name in all_names]
    return [(__doc__ or '').split('\n\n')[0], '', f'usage: {os.path.basename(sys.argv[0])} NAME ARGUMENT ...', '', *lines, '',
            'NAME --help says more.']
