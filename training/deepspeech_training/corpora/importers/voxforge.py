"""VoxForge: prompts that volunteers have read, in many languages."""

import argparse
import io
import os
import re
import threading
import unicodedata
from concurrent.futures import ThreadPoolExecutor
from typing import Iterator, List, Optional, Tuple, Union
from urllib.parse import unquote

from ...console.log import Log
from ...console.progress import Countdown
from ...errors import DataError
from ...text.letters import lower_case
from ..clips import Candidate
from ..fetching.sources import Source, fetch
from ..importer import Importer
from ..layouts.listing import read_lines
from ..options import Limits
from ..problems import FAILED, Problem

ADDRESS = 'http://www.repository.voxforge1.org/downloads/{trunk}/Trunk/Audio/Main/16kHz_16bit/'
TRUNKS = {'en': 'SpeechCorpus', 'ru': 'Russian'}  # others are called like their language
# Letters beside blanks; the classic ones of English and Russian, and what the others are written with.
CHARACTERS = {'en': "abcdefghijklmnopqrstuvwxyz'", 'ru': 'абвгдеёжзийклмнопрстуфхцчшщъыьэюя',
              'de': 'abcdefghijklmnopqrstuvwxyzäöüß', 'es': 'abcdefghijklmnopqrstuvwxyzáéíñóúü',
              'fr': "abcdefghijklmnopqrstuvwxyzàâæçéèêëîïôœùûüÿ'", 'it': "abcdefghijklmnopqrstuvwxyzàèéìíîòóùú'",
              'nl': "abcdefghijklmnopqrstuvwxyzàáèéêëïíóöúü'", 'pt': 'abcdefghijklmnopqrstuvwxyzàáâãçéêíóôõúü'}
LISTING = 'voxforge-listing.html'
N_AT_ONCE = 8
_LINK = re.compile(r'''href\s*=\s*["']?(?:[^"'>\s]*/)?([^"'>\s/]+\.tgz)''', re.IGNORECASE)


class VoxForge(Importer):
    """Archives <speaker>-<date>-<code>.tgz are taken from DATA_DIR/archive. Without any there, or with the list of them that an
    earlier run has left there, those of the language are fetched, a few thousand.

    Writes DATA_DIR/voxforge-{train,dev,test}.csv; a speaker is in one of them only, as far as speakers have given names.
    """

    name = 'voxforge'
    title = 'VoxForge'
    language = 'English, or that of --language'
    licence = 'GPL 3'
    size = 'English: 6,000 archives, 12 GB'
    homepage = 'https://www.voxforge.org'
    csv_name = 'voxforge-{set}.csv'
    wav_dir = 'voxforge-wav'
    limits = Limits(min_s=.5, max_s=20., step_ms=44)
    rule = None
    argument = 'data_dir'
    default_language = 'en'

    def add_arguments(self, parser: argparse.ArgumentParser) -> None:
        super().add_arguments(parser)
        parser.add_argument('--language', default=self.default_language, metavar='CODE',
                            help=f'of the prompts: en, ru, de, es, fr, it, nl, pt, ... ({self.default_language})')
        parser.add_argument('--characters', metavar='LETTERS',
                            help='what is kept of the texts; the rest become blanks (the letters of the language)')

    def candidates(self) -> Iterator[Candidate]:
        for name, archive in self._archives():
            folder = re.sub(r'\.tgz$', '', name)
            try:
                if isinstance(archive, DataError):
                    raise archive
                yield from _clips(self.unpack(archive, os.path.join(self.directory, 'unpacked', folder)), folder)
            except DataError as error:
                yield Candidate(f'{folder}/archive', os.path.join(self.directory, 'archive', name), '', place=name,
                                problem=Problem(FAILED, str(error).rstrip('.')))

    def _archives(self) -> List[Tuple[str, Union[str, DataError]]]:
        """Returns (name, path or why it could not be had) of each archive, in order."""
        directory = os.path.join(self.directory, 'archive')
        there = sorted(name for name in (os.listdir(directory) if os.path.isdir(directory) else ()) if name.endswith('.tgz'))
        if there and not os.path.exists(os.path.join(directory, LISTING)):
            return [(name, os.path.join(directory, name)) for name in there]
        address = ADDRESS.format(trunk=TRUNKS.get(self.arguments.language, self.arguments.language))
        with open(self.fetch(Source(LISTING, (address,)), directory), 'rb') as file:
            names = sorted({unquote(name) for name in _LINK.findall(file.read().decode('utf-8', 'replace'))})
        if not names:
            raise DataError(f'{os.path.join(directory, LISTING)}: no archive (.tgz) is listed; remove it and try again.')
        with ThreadPoolExecutor(N_AT_ONCE) as threads, Countdown(self.log, True, 'Archives', [1] * len(names)) as progress:
            got: List[Tuple[str, Union[str, DataError]]] = []
            is_stopped = threading.Event()
            paths = threads.map(lambda name: self._fetched(name, address, directory, is_stopped), names)
            try:
                for name, path in zip(names, paths):
                    got.append((name, path))
                    progress.update(len(got))
            finally:
                is_stopped.set()  # Ctrl-C does not wait for the rest
        return got

    def _fetched(self, name: str, address: str, directory: str, is_stopped: threading.Event) -> Union[str, DataError]:
        try:
            if is_stopped.is_set():
                return DataError('stopped')
            silent = Log(stream=io.StringIO())  # one bar shows all of them
            return fetch(Source(name, (address + name,)), directory, offline=self.options.is_offline, log=silent)
        except DataError as error:
            return error

    def clean(self, text: str) -> Optional[str]:
        language = self.arguments.language
        kept = self.arguments.characters or CHARACTERS.get(language, '')
        lower = unicodedata.normalize('NFC', lower_case(text, kept))
        return ''.join(char if char in kept or (not kept and (char.isalpha() or char == "'")) else ' ' for char in lower)


def _clips(top: str, folder: str) -> Iterator[Candidate]:
    """Yields the clips of an archive. A line of its etc/PROMPTS:

        anonymous-20080829-lix/mfc/b0019 PHILIP FELT HIMSELF CATCHING HIS BREATH
    """
    top = os.path.join(top, folder) if os.path.isdir(os.path.join(top, folder)) else top
    speaker = folder.split('-')[0]
    for place, line in read_lines(os.path.join(top, 'etc', 'PROMPTS')):
        prompt, _, text = line.strip().partition(' ')
        clip = prompt.rpartition('/')[2]
        audio = next((path for path in (os.path.join(top, kind, f'{clip}.{kind}') for kind in ('wav', 'flac'))
                      if os.path.exists(path)), os.path.join(top, 'wav', f'{clip}.wav'))
        yield Candidate(f'{folder}/{clip}', audio, text, speaker=folder if speaker == 'anonymous' else speaker,
                        place=f'{folder}, {place}')
