"""Asterisk: the telephone prompts of an exchange, real speech that every Debian mirror has."""

import argparse
import glob
import gzip
import os
from typing import Dict, Iterator, List, Optional, Tuple

from ...errors import DataError
from ...text.files import decode_text
from ..clips import Candidate, Imported
from ..fetching import debian
from ..importer import Importer, Program
from ..layouts import text
from ..output import Clip, split_80_10_10, write_alphabet, write_text
from ..problems import EXCLUDED, Problem


class Asterisk(Importer):
    """About 570 prompts a language, by one professional speaker each, 15 to 20 minutes.

    Debian's packages asterisk-core-sounds-<language> (texts) and asterisk-core-sounds-<language>-g722 (speech) are downloaded
    with apt-get, unless --packages says where they are. Writes OUT_DIR/{train,dev,test}.csv, OUT_DIR/alphabet.txt and
    OUT_DIR/train.txt (for a language model).
    """

    name = 'asterisk'
    title = 'the telephone prompts of Asterisk'
    language = 'en, es, fr, it or ru'
    licence = 'CC BY-SA 3.0 (Russian: CC BY 3.0)'
    size = '10 MB a language'
    homepage = 'https://packages.debian.org/source/stable/asterisk-core-sounds'
    absolute_paths = False
    rule = None
    argument = 'out_dir'
    programs = (Program('ffmpeg', 'ffmpeg'),)

    def add_arguments(self, parser: argparse.ArgumentParser) -> None:
        parser.add_argument('language', choices=sorted(text.LETTERS), help='language of the prompts')
        parser.add_argument('out_dir', help='where the data set goes')
        parser.add_argument('--packages', metavar='DIR',
                            help='directory into which the two packages were unpacked (dpkg -x FILE.deb DIR); without it they '
                                 'are downloaded with apt-get into OUT_DIR/packages')

    def candidates(self) -> Iterator[Candidate]:
        language = self.arguments.language
        packages = self.arguments.packages or debian.unpack_packages(
            [f'asterisk-core-sounds-{language}', f'asterisk-core-sounds-{language}-g722'],
            os.path.join(self.directory, 'packages'), is_offline=self.options.is_offline)
        sounds = _only_match(packages, f'usr/share/asterisk/sounds/{language}_*')
        prompts = _read_prompts(_only_match(packages, f'usr/share/doc/*/core-sounds-{language}.txt.gz'))
        self._listed = []
        for place, name, words in prompts:
            recording = os.path.join(sounds, f'{name}.g722')
            problem = None
            if not text.is_read_as_written(words):
                problem = Problem(EXCLUDED, 'it is no speech, or holds digits whose reading is open')
            elif not os.path.exists(recording):
                problem = Problem(EXCLUDED, 'it was never recorded')
            self._listed.append(name.replace('/', '_'))
            yield Candidate(self._listed[-1], recording, words, place=place, problem=problem)

    def clean(self, words: str) -> Optional[str]:
        return text.clean_transcript(words, self.arguments.language)

    def assign(self, clips: List[Imported]) -> List[Tuple[str, ...]]:
        """Returns the sets that this corpus was parted into when it was first measured: its list shuffled with seed 0."""
        number = {name: place for place, name in enumerate(self._listed)}
        listed = sorted((Clip(clip.candidate.id, clip.size_bytes, clip.transcript) for clip in clips),
                        key=lambda clip: number[clip.path])
        parts = split_80_10_10(listed, self.options.seed)
        set_of = {clip.path: name for name, part in parts.items() for clip in part}
        return [(set_of[clip.candidate.id],) for clip in clips]

    def further_files(self, sets: Dict[str, List[Imported]]) -> List[str]:
        write_alphabet(os.path.join(self.directory, 'alphabet.txt'),
                       [clip.transcript for clips in sets.values() for clip in clips])
        write_text(os.path.join(self.directory, 'train.txt'), [clip.transcript for clip in sets.get('train', [])])
        return ['alphabet.txt', 'train.txt']


def _only_match(root: str, pattern: str) -> str:
    """Returns the first path that matches `pattern` below `root`."""
    matches = sorted(glob.glob(os.path.join(glob.escape(root), pattern)))
    if not matches:
        raise DataError(f'{root}: there is no {pattern} in it; are both packages of the language unpacked there?')
    return matches[0]


def _read_prompts(path: str) -> Iterator[Tuple[str, str, str]]:
    """Yields (place, name, words) of the prompts in the order of the list.

    Lines of the list, names relative to the directory of the sounds:
        ; Core Asterisk Sounds in English
        agent-loggedoff: Agent Logged off.
        ascending-2tone: [ascending tones]
        digits/1: one
    """
    with gzip.open(path, 'rb') as file:
        lines = decode_text(path, file.read()).text.split('\n')
    for number, line in enumerate(lines, 1):
        name, colon, words = line.strip().partition(':')
        if colon and not name.startswith(';'):
            yield f'{os.path.basename(path)}, line {number}', name, words.strip()
