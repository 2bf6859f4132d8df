"""What the Mandarin corpora of OpenSLR share: an archive or the directory it unpacks to, recordings below it, texts of Chinese
characters with Latin letters among them.
"""

import argparse
import glob
import os
from functools import lru_cache
from typing import ClassVar, Dict, Iterable, Iterator, List, Optional, Tuple

from ...errors import DataError
from ..clips import Candidate
from ..fetching.archives import unpack_nested
from ..fetching.sources import Source
from ..importer import Importer
from ..problems import MALFORMED, Problem
from .listing import files_below, read_lines

SETS = ('train', 'dev', 'test')
LONGEST_S = 10.  # of clips to train on, as in the corpora's published recipes
# Letters and digits of full width, as Chinese keyboards give them, and small ones: they are read one by one in any form.
_LETTERS = {**{0xFEE0 + code: chr(code) for code in (*range(0x30, 0x3A), *range(0x41, 0x5B))},
            **{0xFEE0 + code: chr(code - 32) for code in range(0x61, 0x7B)},
            **{code: chr(code - 32) for code in range(0x61, 0x7B)}}
Text = Tuple[str, str, str]  # place, name of the recording without ending, what is said


class MandarinCorpus(Importer):
    """A corpus of one archive.

    Attributes:
      archive: as it is published.
      top: the directory in it.
      landmark: pattern of a file or directory in `top` by which it is known.
      inner: archives below `top` that are unpacked, too, as a pattern; empty: there are none.
      inner_sets: where the sets would be if these were unpacked by hand.
    """

    language = 'Mandarin'
    rule = None
    archive: ClassVar[Source]
    top: ClassVar[str]
    landmark: ClassVar[str]
    inner = ''
    inner_sets: ClassVar[Tuple[str, ...]] = ()

    def add_arguments(self, parser: argparse.ArgumentParser) -> None:
        parser.add_argument('tgz_file', help=f'{self.archive.name}, or {self.top}, or a directory with one of them in it')
        parser.add_argument('--target_dir', help='where the CSV files go (beside the archive)')

    @property
    def directory(self) -> str:
        return str(self.arguments.target_dir or self._given()[0])

    def _given(self) -> Tuple[str, Optional[str]]:
        """Returns (directory of the archive, the directory that was unpacked of it if there is one)."""
        given = os.path.abspath(self.arguments.tgz_file)
        inside = os.path.join(given, self.top)
        if not os.path.isdir(given):
            return os.path.dirname(given), None
        if self._is_top(given):
            return os.path.dirname(given), given
        return given, inside if self._is_top(inside) else None

    def _is_top(self, path: str) -> bool:
        return any(True for _ in glob.iglob(os.path.join(glob.escape(path), self.landmark)))

    @lru_cache(maxsize=1)  # noqa: B019  # one object is one import
    def root(self) -> str:
        """Returns the directory of the corpus, unpacked. Raises DataError: it is not there."""
        beside, unpacked = self._given()
        if unpacked is None:
            given = str(self.arguments.tgz_file)
            is_published = os.path.isdir(given) or os.path.basename(given) in (self.archive.name, *self.archive.other_names)
            if not is_published and not os.path.isfile(given):
                raise DataError(f'{given}: there is no such file; name {self.archive.name} as it is downloaded from '
                                f'{self.homepage}, or the directory {self.top}.')
            place = os.path.join(self.directory, 'unpacked', self.top)
            unpacked = self.unpacked(self.archive, place, beside) if is_published else self.unpack(given, place)
            unpacked = os.path.join(unpacked, self.top)
            if not self._is_top(unpacked):
                raise DataError(f'{place}: there is no {self.top}/{self.landmark} in it; was it unpacked of '
                                f'{self.archive.name}?')
        if self.inner and not any(os.path.isdir(os.path.join(unpacked, name)) for name in self.inner_sets):
            unpack_nested(unpacked, self.inner, self.log)
        return unpacked

    def clean(self, text: str) -> Optional[str]:
        return plain_letters(text)

    def recordings(self, directory: str) -> Dict[str, str]:
        """Returns {name without ending: path} of the recordings below a directory of the corpus."""
        found: Dict[str, str] = {}
        for path in files_below(os.path.join(self.root(), directory), '.wav'):
            found.setdefault(os.path.splitext(os.path.basename(path))[0], path)
        return found

    def listed(self, texts: Iterable[Text], directory: str) -> Iterator[Candidate]:
        """Yields a clip for each text and for each recording without one.

        The recordings are in <set>/.../<speaker> below `directory`.
        """
        recordings, named = self.recordings(directory), set()
        for place, name, text in texts:
            named.add(name)
            path = recordings.get(name)
            problem = None if text else Problem(MALFORMED, 'its row has no text')
            if path is None:
                yield Candidate(name or place, os.path.join(self.root(), directory, f'{name}.wav'), text, place=place,
                                problem=problem)
            else:
                clip = self._placed(name, path, directory)
                yield clip._replace(text=text, place=place, problem=problem or clip.problem)
        for name in sorted(recordings.keys() - named):
            yield self._placed(name, recordings[name], directory)._replace(
                problem=Problem(MALFORMED, 'the list of transcripts has no text for it'))

    def _placed(self, name: str, path: str, directory: str) -> Candidate:
        """Returns a clip with what the place of its recording says."""
        parts = os.path.relpath(path, os.path.join(self.root(), directory)).split(os.sep)[:-1]
        sets = [part for part in parts if part in SETS][:1]
        speaker = parts[-1] if parts and parts[-1] not in SETS else ''
        problem = None if sets else Problem(MALFORMED, 'it is in no directory of train, dev or test')
        return Candidate('/'.join([*sets, *([speaker] if speaker else []), name]), path, '', tuple(sets), speaker,
                         problem=problem)


def plain_letters(text: str) -> str:
    """Returns a text with Latin letters as capitals of plain width, and digits of that width."""
    return text.translate(_LETTERS)


def read_texts(path: str) -> List[Text]:
    """Returns the rows of a list. A line: the name of a recording, a blank, and the text, words parted by blanks:

        BAC009S0002W0122 而 对 楼市 成交 抑制 作用 最 大 的 限 购
    """
    return [(place, *_parted(line)) for place, line in read_lines(path)]


def _parted(line: str) -> Tuple[str, str]:
    name, *text = line.split(None, 1)
    return name, text[0].strip() if text else ''
