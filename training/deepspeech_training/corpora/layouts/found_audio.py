"""Finds recordings by what lists call them, and says to which set a name points.

Lists come from other machines: with paths of Windows, in the other Unicode normal form, in other capitals, without the ending.
"""

import os
import re
import unicodedata
from typing import Dict, Iterator, List, Optional, Tuple

from ...errors import DataError

AUDIO_ENDINGS = ('.wav', '.flac', '.mp3', '.ogg', '.oga', '.opus', '.aiff', '.aif', '.au', '.sph', '.amr', '.wv', '.g722')
_SETS = {word: name for name, words in (('train', ('train', 'training', 'trn')),
                                        ('dev', ('dev', 'devel', 'development', 'val', 'valid', 'validation')),
                                        ('test', ('test', 'testing', 'tst', 'eval', 'evaluation'))) for word in words}
_BETWEEN_WORDS = re.compile(r'[^a-z]+')


def set_named(name: str) -> str:
    """Returns `train`, `dev` or `test` for a name with a word for one, such as `Validation` or `test-clean`; else ''."""
    return next((_SETS[word] for word in _BETWEEN_WORDS.split(name.lower()) if word in _SETS), '')


def set_of_directories(path: str) -> str:
    """Returns the set that a directory of a path is called like, the innermost first; '' if none is."""
    for part in reversed(path.split('/')[:-1]):
        if part.lower() in _SETS:
            return _SETS[part.lower()]
    return ''


def is_audio(name: str) -> bool:
    """Tells whether a file is called like a recording."""
    return os.path.splitext(name)[1].lower() in AUDIO_ENDINGS


def walk(top: str, without: str = '') -> Iterator[Tuple[str, List[str]]]:
    """Yields (directory, names of its files) of `top` and below, in order; hidden ones are left out, and `without`."""
    for directory, names, files in os.walk(top):
        names[:] = sorted(name for name in names if not name.startswith('.') and name != '__MACOSX'
                          and not (without and os.path.realpath(os.path.join(directory, name)) == os.path.realpath(without)))
        yield directory, sorted(name for name in files if not name.startswith('.'))


def given_directory(path: Optional[str]) -> List[str]:
    """Returns the directory of --audio_dir in a list; [] without one. Raises DataError: there is no such directory."""
    if path and not os.path.isdir(path):
        raise DataError(f'--audio_dir {path}: there is no such directory; name the one of the recordings.')
    return [path] if path else []


def clip_id(path: str) -> str:
    """Returns the name of a clip for the path of its recording: without ending, drive and what leads out of a directory."""
    stem = os.path.splitext(path.replace('\\', '/'))[0]
    return '/'.join(part for part in stem.split('/') if part not in ('', '.', '..') and not part.endswith(':'))


class AudioFiles:
    """The recordings below some directories.

    Args:
      directories: names are looked for in these, the first one first.
      without: directory that is not looked into.
    """

    def __init__(self, *directories: str, without: str = '') -> None:
        # Absolute, so that a file has one path however its directory is called.
        self._directories, self._without = [os.path.abspath(directory) for directory in directories], without
        self._by_name: Optional[Dict[str, List[Tuple[str, str]]]] = None  # short name: (key, path) of each

    def find(self, name: str) -> Optional[str]:
        """Returns the path of the recording that a list calls `name`; None: there is none, or several could be meant.

        Where it is not just there, one path has to be the end of the other: C:\\data\\clips\\1.WAV is clips/1.wav.
        """
        name = name.strip().replace('\\', '/')
        name = name[len('file://'):] if name.startswith('file://') else name
        for directory in self._directories:
            path = os.path.join(directory, name)
            if name and _is_file(path):
                return path
        wanted = _key(name)
        found = [(min(len(key), len(wanted)), path) for key, path in self._alike(wanted) if _is_end(key, wanted)]
        longest = max((length for length, _ in found), default=0)
        paths = {path for length, path in found if length == longest}
        return paths.pop() if len(paths) == 1 else None

    def name_of(self, path: str) -> str:
        """Returns what a recording is called in its directory, with slashes."""
        for directory in self._directories:
            relative = os.path.relpath(path, directory)
            if not relative.startswith(os.pardir):
                return relative
        return path

    def _alike(self, wanted: str) -> List[Tuple[str, str]]:
        if self._by_name is None:
            self._by_name = {}
            for top in self._directories:
                for directory, files in walk(top, self._without):
                    for name in filter(is_audio, files):
                        path = os.path.join(directory, name)
                        key = _key(os.path.relpath(path, top))
                        for stem in {key.rpartition('/')[2], _without_ending(key.rpartition('/')[2])}:
                            self._by_name.setdefault(stem, []).append((key, path))
        return self._by_name.get(wanted.rpartition('/')[2], [])


def _is_file(path: str) -> bool:
    try:
        return os.path.isfile(path)
    except ValueError:  # Python 3.7, of zero bytes and of what no name can hold
        return False


def _key(name: str) -> str:
    return unicodedata.normalize('NFC', name).casefold().lstrip('./')


def _without_ending(key: str) -> str:
    return os.path.splitext(key)[0]


def _is_end(one: str, other: str) -> bool:
    """Tells whether one path is the end of the other; an ending may lack in `other`."""
    one = one if is_audio(other) else _without_ending(one)
    return f'/{one}'.endswith(f'/{other}') or f'/{other}'.endswith(f'/{one}')


def directory_with(top: str, name: str, source: str = '') -> str:
    """Returns the only directory of `top` and below that holds a file of a name; '' if there is none.

    Args:
      source: what was unpacked there; an error if the file is not in it.
    Raises:
      DataError: several hold one.
    """
    found = [directory for directory, files in walk(top) if name in files]
    if len(found) > 1:
        raise DataError(f'{top}: {name} is in {", ".join(found[:5])}; name one of these directories.')
    if not found and source:
        raise DataError(f'{source}: no {name} in it; get it again.')
    return found[0] if found else ''
