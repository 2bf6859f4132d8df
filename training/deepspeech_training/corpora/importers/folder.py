"""A folder of recordings, each with its text in a file beside it."""

import argparse
import os
import shlex
from typing import Dict, Iterator, List

from ...errors import DataError
from ...text.files import read_text
from ..clips import Candidate
from ..importer import Importer
from ..layouts.found_audio import clip_id, is_audio, set_of_directories
from ..layouts.listing import walk
from ..problems import FAILED, MALFORMED, Problem

TEXT_ENDINGS = ('.txt', '.lab')
NO_TRANSCRIPTS = ('readme', 'license', 'licence', 'copying', 'changelog', 'changes', 'notes', 'speaker-info', 'metadata')
UNREADABLE_ENDINGS = ('.m4a', '.mp4', '.aac', '.3gp', '.wma', '.webm', '.caf', '.mov')  # what telephones and browsers record
MOST_BYTES = 1 << 16  # of a text


class Folder(Importer):
    """A recording of any format and the file with its text have the same name, but for the ending: 001.flac and 001.txt (or
    001.lab), at any depth. SOURCE is a directory or an archive. Clips below directories called train, dev (valid, validation)
    and test belong to these sets; the others are parted. Files without a partner stand in rejected.csv.

    Texts become lower case without punctuation, those with digits are left out, unless --validate_label_locale says otherwise.
    Writes TARGET_DIR/{train,dev,test}.csv.
    """

    name = 'folder'
    title = 'a data set of your own: recordings with text files beside them'
    language = 'any'
    licence = 'yours'
    size = 'any'
    homepage = 'your disk'

    def add_arguments(self, parser: argparse.ArgumentParser) -> None:
        parser.add_argument('source', help='directory or archive with the recordings and texts')
        parser.add_argument('target_dir', help='where the data set goes')
        parser.add_argument('--speaker_directories', action='store_true',
                            help='each directory holds the clips of one speaker; no speaker comes into two sets')

    def candidates(self) -> Iterator[Candidate]:
        source = self.arguments.source
        if os.path.isfile(source):
            source = self.unpack(source, os.path.join(self.directory, 'unpacked'))
        if not os.path.isdir(source):
            raise DataError(f'{source}: there is no such directory or archive; name the one of the recordings.')
        if os.path.realpath(source) == os.path.realpath(self.directory):
            raise DataError(f'{source}: the data set would go among its own recordings; name another directory for it.')
        found = [clip for directory, files in walk(source, without=self.directory)
                 for clip in self._pairs(source, directory, files)]
        if not found:
            raise DataError(f'{source}: no recording (.wav, .flac, .mp3, .ogg, .opus, ...) in it; name another directory.')
        yield from found

    def _pairs(self, source: str, directory: str, files: List[str]) -> Iterator[Candidate]:
        texts = _by_stem([name for name in files if name.lower().endswith(TEXT_ENDINGS)])
        recordings = [name for name in files if is_audio(name)]
        partners = _by_stem(recordings)
        unreadable = _by_stem([name for name in files if name.lower().endswith(UNREADABLE_ENDINGS)])
        for name in recordings:
            path = os.path.join(directory, name)
            place = os.path.relpath(path, source)
            text = texts.get(_stem(name), '')
            clip = Candidate(clip_id(place), path, '', _sets(place), self._speaker(place), place=place)
            if text:
                yield _with_text(clip, os.path.join(directory, text))
            else:
                stem = os.path.splitext(name)[0]
                yield clip._replace(problem=Problem(MALFORMED, f'there is no {stem}.txt or {stem}.lab beside it'))
        for stem, name in texts.items():
            if stem in partners or stem not in unreadable and (not recordings or stem in NO_TRANSCRIPTS):
                continue
            place = os.path.relpath(os.path.join(directory, name), source)
            reason = 'there is no recording beside this text'
            if stem in unreadable:
                reason = (f'{unreadable[stem]} cannot be read here; make a WAV file of it, for instance with: '
                          f'ffmpeg -i {shlex.quote(unreadable[stem])} {shlex.quote(os.path.splitext(unreadable[stem])[0])}.wav')
            yield Candidate(clip_id(place), os.path.join(directory, name), '', place=place, problem=Problem(FAILED, reason))

    def _speaker(self, place: str) -> str:
        return os.path.dirname(place) if self.arguments.speaker_directories else ''


def _with_text(clip: Candidate, path: str) -> Candidate:
    try:
        return clip._replace(text=' '.join(read_text(path, 'a transcript', MOST_BYTES).text.split()))
    except DataError as error:
        reason = str(error)[len(path):].lstrip(':, ').rstrip('.')
        return clip._replace(problem=Problem(MALFORMED, f'{os.path.basename(path)}: {reason}'))


def _by_stem(names: List[str]) -> Dict[str, str]:
    """Returns {stem: name}; of x.txt and x.lab the former."""
    return {_stem(name): name for name in sorted(names)}


def _stem(name: str) -> str:
    return os.path.splitext(name)[0].casefold()


def _sets(place: str) -> 'tuple[str, ...]':
    name = set_of_directories(place)
    return (name,) if name else ()
