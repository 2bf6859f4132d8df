"""FLEURS: sentences of Wikipedia read by three people each, in 102 languages."""

import argparse
import os
from typing import Iterator

from ...errors import DataError
from ..clips import Candidate
from ..fetching.sources import Source
from ..importer import Importer
from ..layouts.found_audio import directory_with
from ..layouts.listing import read_tsv
from ..problems import MALFORMED, Problem

SETS = ('train', 'dev', 'test')
COLUMNS = ('id', 'file_name', 'raw_transcription', 'transcription', 'characters', 'n_samples', 'gender')
ADDRESS = 'https://huggingface.co/datasets/google/fleurs/resolve/main/data'


class Fleurs(Importer):
    """The directory of a language, with {train,dev,test}.tsv and the recordings in audio/<set>/ or audio/<set>.tar.gz, is
    looked for in TARGET_DIR; an archive <language>.tar.gz is unpacked. With --language they are fetched if they are not there.

    Writes TARGET_DIR/fleurs-{train,dev,test}.csv. The corpus has sets of its own and names no speakers.
    """

    name = 'fleurs'
    title = 'FLEURS'
    language = '102 languages'
    licence = 'CC BY 4.0'
    size = '1 to 3 GB a language, about 10 hours'
    homepage = 'https://huggingface.co/datasets/google/fleurs'
    csv_name = 'fleurs-{set}.csv'
    wav_dir = 'fleurs-wav'
    expected_sets = SETS

    def add_arguments(self, parser: argparse.ArgumentParser) -> None:
        super().add_arguments(parser)
        parser.add_argument('--language', metavar='NAME', help='as FLEURS calls it, such as ru_ru; needed to fetch it')
        parser.add_argument('--raw', action='store_true',
                            help='take the texts from which FLEURS has not taken capitals and punctuation')

    def candidates(self) -> Iterator[Candidate]:
        top = self._top()
        for name in SETS:
            if not os.path.exists(os.path.join(top, f'{name}.tsv')):
                continue  # which the sets that are expected bring up in the end
            audio = self._audio(top, name)
            for row in read_tsv(os.path.join(top, f'{name}.tsv'), 'raw_transcription', columns=COLUMNS):
                # 1903	10046358611138470460.wav	Stał pod drzewem.	stał pod drzewem	s t a ł | p o d | ...	104640	MALE
                file, text = row.get('file_name'), row.get('raw_transcription' if self.arguments.raw else 'transcription')
                problem = row.problem or (None if file and text else Problem(MALFORMED, 'its row is too short'))
                yield Candidate(f'{name}/{os.path.splitext(file)[0]}' if file else row.place, os.path.join(audio, file), text,
                                (name,), place=row.place, problem=problem)

    def _top(self) -> str:
        language = self.arguments.language
        here = os.path.join(self.directory, language) if language else self.directory
        here = self.directory if os.path.exists(os.path.join(self.directory, 'test.tsv')) else here
        top = directory_with(here, 'test.tsv')
        if top:
            return top
        archive = os.path.join(self.directory, f'{language}.tar.gz')
        if language and os.path.exists(archive):
            return directory_with(self.unpack(archive, here), 'test.tsv', archive)
        if not language:
            raise DataError(f'{self.directory}: no test.tsv in it; unpack FLEURS there, or name a language to fetch with '
                            f'--language, such as ru_ru.')
        for name in SETS:
            self.fetch(Source(f'{name}.tsv', (f'{ADDRESS}/{language}/{name}.tsv',)), here)
        return here

    def _audio(self, top: str, name: str) -> str:
        """Returns the directory of the recordings of a set."""
        directory = os.path.join(top, 'audio', name)
        if not os.path.isdir(directory):
            address = f'{ADDRESS}/{self.arguments.language}/audio/{name}.tar.gz'
            source = Source(f'{name}.tar.gz', (address,) if self.arguments.language else ())
            directory = self.unpacked(source, os.path.join(self.directory, 'unpacked', name), os.path.join(top, 'audio'))
        within = os.path.join(directory, name)
        return within if os.path.isdir(within) else directory
