"""LJ Speech: one woman reads seven English books."""

import os
from typing import Iterator

from ..clips import Candidate
from ..fetching.sources import Source
from ..importer import Importer
from ..layouts.found_audio import directory_with
from ..layouts.listing import read_lines
from ..options import Limits
from ..problems import MALFORMED, Problem

ARCHIVE = Source('LJSpeech-1.1.tar.bz2', ('https://data.keithito.com/data/speech/LJSpeech-1.1.tar.bz2',))


class LjSpeech(Importer):
    """LJSpeech-1.1.tar.bz2 is taken from TARGET_DIR, or fetched; so is an unpacked LJSpeech-1.1, or any corpus of its layout:
    metadata.csv with `id|text|text as it is read`, and wavs/<id>.wav.

    Writes TARGET_DIR/ljspeech-{train,dev,test}.csv.
    """

    name = 'ljspeech'
    title = 'LJ Speech, 24 hours of one English voice'
    language = 'English'
    licence = 'public domain'
    size = '2.6 GB'
    homepage = 'https://keithito.com/LJ-Speech-Dataset'
    csv_name = 'ljspeech-{set}.csv'
    wav_dir = 'ljspeech-wav'
    limits = Limits(max_s=15.)

    def candidates(self) -> Iterator[Candidate]:
        top = directory_with(self.directory, 'metadata.csv') or directory_with(
            self.unpacked(ARCHIVE, os.path.join(self.directory, 'unpacked')), 'metadata.csv', ARCHIVE.name)
        for place, line in read_lines(os.path.join(top, 'metadata.csv'), 'the list of LJ Speech'):
            yield _clip(top, place, line)


def _clip(top: str, place: str, line: str) -> Candidate:
    """Returns the clip of a line; quotes in it are characters like others, and some lines have no third field:

        LJ001-0007|the earliest book printed with movable types, the Gutenberg, or "forty-two line Bible" of about 1455,|the ...
    """
    name, *texts = (field.strip() for field in line.split('|'))
    problem = Problem(MALFORMED, f'its row has {1 + len(texts)} of 3 cells') if not texts or not name else None
    text = next((each for each in reversed(texts[:2]) if each), '')
    return Candidate(name or place, os.path.join(top, 'wavs', f'{name}.wav'), text, place=place, problem=problem)
