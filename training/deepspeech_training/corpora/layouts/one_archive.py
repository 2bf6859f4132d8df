"""Corpora of one archive: it is given, found, or fetched; what somebody has unpacked of it is used where it is."""

import argparse
import glob
import os
from typing import ClassVar, List, Optional, Tuple

from ...errors import DataError
from ..fetching.archives import UNFINISHED
from ..fetching.sources import Source
from ..importer import Importer

UNPACKED = 'unpacked'  # directory of what archives hold
MOST_LEVELS = 2  # of directories above that of the corpus


class ArchiveImporter(Importer):
    """A corpus of one archive.

    Attributes:
      archive: as it is published; None: it depends on the arguments, and the importer has its own `source`.
      marks: patterns of files and directories; where each of them has a match, there is the corpus.
      argument: name of the argument for the archive, or its directory.
    """

    archive: ClassVar[Optional[Source]] = None
    marks: Tuple[str, ...] = ()

    def add_arguments(self, parser: argparse.ArgumentParser) -> None:
        parser.add_argument(self.argument, help='directory of the archive (or of what was unpacked of it) and of all that is '
                                                'made of it; or the archive')

    @property
    def top(self) -> str:
        """The directory of the archive."""
        given = str(getattr(self.arguments, self.argument))
        return os.path.dirname(os.path.abspath(given)) if os.path.isfile(given) else given

    @property
    def directory(self) -> str:
        return self.top

    def source(self) -> Source:
        assert self.archive is not None
        return self.archive

    def root(self) -> str:
        """Returns the directory of the corpus, unpacked if need be. Raises DataError: it is not there."""
        given = str(getattr(self.arguments, self.argument))
        if not os.path.isfile(given):
            for top in (self.top, *directories(os.path.join(self.directory, UNPACKED))):
                found = self._found(top)
                if found:
                    return found
        archive = given if os.path.isfile(given) else self.fetch(self.source(), self.top)
        unpacked = self.unpack(archive, os.path.join(self.directory, UNPACKED, _stem(archive)))
        found = self._found(unpacked)
        if not found:
            raise DataError(f'{archive}: there is no {" with ".join(self.marks)} in it; is this the archive of {self.title}?')
        return found

    def _found(self, top: str) -> str:
        """Returns the first directory at or below `top` that is that of the corpus; '' without one."""
        level = [top]
        for _ in range(MOST_LEVELS + 1):
            for directory in level:
                if all(glob.glob(os.path.join(glob.escape(directory), mark)) for mark in self.marks):
                    return directory
            level = [path for directory in level for path in directories(directory)]
        return ''


def directories(path: str) -> List[str]:
    """Returns the directories in one that may be somebody's, in order."""
    names = sorted(os.listdir(path)) if os.path.isdir(path) else []
    names = [name for name in names if not name.startswith('.') and name != UNPACKED and not name.endswith(UNFINISHED)]
    return [os.path.join(path, name) for name in names if os.path.isdir(os.path.join(path, name))]


def _stem(archive: str) -> str:
    name = os.path.basename(archive)
    for ending in ('.gz', '.bz2', '.xz', '.tar', '.tgz', '.zip'):
        name = name[:-len(ending)] if name.endswith(ending) else name
    return name if name != os.path.basename(archive) else f'{name}-unpacked'
