"""What is installed, and what should be: versions of packages, the lines of requirements.txt, where packages lie.

Nothing is imported of what is looked at. By the standard library alone.
"""

import importlib.util
import os
import platform
import re
from typing import List, NamedTuple, Optional, Tuple

try:
    from importlib import metadata
except ImportError:  # Python 3.7
    metadata = None  # type: ignore[assignment]

_LINE = re.compile(r'([A-Za-z0-9_.-]+)(?:\[[^\]]*\])?\s*([^;#]*?)\s*(?:;\s*python_version\s*(<|>=)\s*"([\d.]+)")?\s*(?:#.*)?')
_BOUND = re.compile(r'(==|>=|<)\s*([\d.]+)')
Numbers = Tuple[int, ...]


class Requirement(NamedTuple):
    """A package that is needed, with the versions of it that were tried."""

    name: str
    bounds: Tuple[Tuple[str, str], ...]  # such as (('>=', '2.16'), ('<', '2.22'))

    def text(self) -> str:
        """Returns it as pip takes it."""
        return self.name + ','.join(map(''.join, self.bounds))

    def broken_bound(self, version: str) -> str:
        """Returns the first bound that a version is beyond, such as '<'; '' if it is within all."""
        return next((sign for sign, bound in self.bounds if not _is_within(numbers(version), sign, numbers(bound))), '')


def _is_within(version: Numbers, sign: str, bound: Numbers) -> bool:
    if sign == '<':
        return version < bound
    return version >= bound if sign == '>=' else version[:len(bound)] == bound


def numbers(version: str) -> Numbers:
    """Returns the numbers that a version begins with: (2, 21, 0) of 2.21.0rc1."""
    found = re.match(r'\d+(\.\d+)*', version)
    return tuple(map(int, found.group().split('.'))) if found else ()


def python_numbers() -> Numbers:
    """Returns those of this Python."""
    return numbers(platform.python_version())


def requirements(path: str) -> List[Requirement]:
    """Returns what requirements.txt asks for with this Python; nothing where there is no such file."""
    try:
        with open(path, encoding='utf-8') as file:
            lines = [line.strip() for line in file]
    except OSError:
        return []
    found = []
    for line in lines:
        match = _LINE.fullmatch(line) if line and line[0] not in '#-.' else None
        if match and (not match.group(3) or _is_within(python_numbers(), match.group(3), numbers(match.group(4)))):
            found.append(Requirement(match.group(1), tuple(_BOUND.findall(match.group(2)))))
    return found


def version_of(package: str) -> Optional[str]:
    """Returns the version of an installed package, by the name that pip knows; None: it is not installed."""
    try:
        if metadata is not None:
            return metadata.version(package)
        import pkg_resources  # here, as newer Pythons lack it and need half a second for it

        return pkg_resources.get_distribution(package).version
    except Exception:  # not installed, or what is noted about it is damaged
        return None


def directory_of(module: str) -> Optional[str]:
    """Returns where a top-level package lies that would be imported by that name; None: none would."""
    try:
        spec = importlib.util.find_spec(module)
    except (ImportError, ValueError):
        return None
    places = list(spec.submodule_search_locations or []) if spec else []
    return os.path.realpath(places[0]) if places else None
