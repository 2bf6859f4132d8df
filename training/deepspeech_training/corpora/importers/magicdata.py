"""MAGICDATA: Mandarin that 1,080 people read into their telephones, 755 hours."""

import argparse
import os
import re
from typing import Iterator, Optional

from ...errors import DataError
from ..clips import Candidate
from ..importer import Importer
from ..listing import Row, files_below, read_tsv
from ..mandarin import LONGEST_S, SETS, plain_letters
from ..options import Limits
from ..problems import EXCLUDED, MALFORMED, Problem
from ..sources import Source

LIST = 'TRANS.txt'
ADDRESSES = ('https://www.openslr.org/resources/68/', 'https://us.openslr.org/resources/68/')
NOISE = re.compile(r'\[(?:FIL|SPK)\]')  # fillers and other sounds of the speaker


class MagicData(Importer):
    """FOLDER_WITH_ARCHIVES holds train_set.tar.gz, dev_set.tar.gz and test_set.tar.gz (or magicdata_train_set.tar.gz, ...),
    which are fetched where they are not there; or the directories train, dev and test that they unpack to.

    Writes magicdata_{train,dev,test}.csv into the directory magicdata there. Clips of more than 10 s and clips with [FIL] or
    [SPK] are left out of train only; elsewhere these marks go.
    """

    name = 'magicdata'
    title = 'MAGICDATA, 755 hours of Mandarin by 1,080 speakers'
    language = 'Mandarin'
    licence = 'CC BY-NC-ND 4.0'
    size = 'three archives, 55 GB'
    homepage = 'https://www.openslr.org/68'
    csv_name = 'magicdata_{set}.csv'
    wav_dir = 'magicdata-wav'
    rule = None
    limits = Limits(max_s=LONGEST_S, max_sets=('train',))
    expected_sets = SETS

    def add_arguments(self, parser: argparse.ArgumentParser) -> None:
        parser.add_argument('folder_with_archives', help='directory of the three archives')
        parser.add_argument('--target_dir', help='where the CSV files go (magicdata in the directory of the archives)')

    @property
    def directory(self) -> str:
        return str(self.arguments.target_dir or os.path.join(self.arguments.folder_with_archives, 'magicdata'))

    def candidates(self) -> Iterator[Candidate]:
        for name in SETS:
            directory = self._unpacked(name)
            listed = set()
            for row in read_tsv(os.path.join(directory, LIST), 'Transcription'):
                clip = self._clip(name, directory, row)
                listed.add(clip.id)
                yield clip
            for path in files_below(directory, '.wav'):
                speaker, file = path.split(os.sep)[-2:]
                clip_id = _id(name, speaker, file)
                if clip_id not in listed:
                    yield Candidate(clip_id, path, '', (name,), speaker,
                                    problem=Problem(MALFORMED, f'{LIST} has no text for it'))

    def _unpacked(self, name: str) -> str:
        """Returns the directory of a set. Raises DataError."""
        folder = self.arguments.folder_with_archives
        places = [os.path.join(top, name) for top in (folder, self.directory)]
        if not any(os.path.exists(os.path.join(place, LIST)) for place in places):
            archive = Source(f'{name}_set.tar.gz', tuple(f'{address}{name}_set.tar.gz' for address in ADDRESSES),
                             other_names=(f'magicdata_{name}_set.tar.gz', f'magicdata_{name}.tar.gz'))
            top = self.unpacked(archive, os.path.join(self.directory, 'unpacked', name), folder)
            places = [os.path.join(top, name), top]
        found = next((place for place in places if os.path.exists(os.path.join(place, LIST))), None)
        if found is None:
            raise DataError(f'{places[-1]}: there is no {name}/{LIST} in it; get the archive of that set again.')
        return found

    @staticmethod
    def _clip(name: str, directory: str, row: Row) -> Candidate:
        """Returns the clip of a row, parted by tabs:

            UtteranceID                     SpeakerID   Transcription
            5_541_20170607142131.wav        5_541       来 一首 周杰伦 的 歌
        """
        file, speaker, text = row.get('UtteranceID'), row.get('SpeakerID'), row.get('Transcription')
        problem = row.problem
        if problem is None and name == 'train' and NOISE.search(text):
            problem = Problem(EXCLUDED, 'other sounds of the speaker are marked in it')
        return Candidate(_id(name, speaker, file) if file else row.place, os.path.join(directory, speaker, file), text, (name,),
                         speaker, place=row.place, problem=problem)

    def clean(self, text: str) -> Optional[str]:
        return plain_letters(NOISE.sub(' ', text))


def _id(name: str, speaker: str, file: str) -> str:
    return f'{name}/{speaker}/{os.path.splitext(file)[0]}'
