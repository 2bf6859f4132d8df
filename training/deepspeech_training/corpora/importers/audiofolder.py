"""Data sets of Hugging Face as files: AudioFolder, and Parquet with recordings in it."""

import argparse
import os
from typing import Iterator, List

from ...errors import DataError
from ..clips import Candidate
from ..importer import Importer
from ..layouts.found_audio import AudioFiles, set_named, set_of_directories
from ..layouts.listing import walk
from ..layouts.parquet import read_parquet
from ..layouts.row_clips import clips_of
from ..layouts.tables import Columns, read_objects, read_table


class AudioFolder(Importer):
    """Below SOURCE lie metadata.csv, metadata.jsonl or metadata.parquet with a column file_name and one of text (transcription,
    sentence, text), recordings beside or below them; or tables in Parquet with the recordings in a column audio. Parquet needs
    the package pyarrow; its recordings are written to TARGET_DIR/parquet once.

    Directories, or names of tables, such as train, validation and test give the sets; otherwise clips are parted. Writes
    TARGET_DIR/{train,dev,test}.csv.
    """

    name = 'audiofolder'
    title = 'data sets of Hugging Face as files: AudioFolder and Parquet'
    language = 'any'
    licence = 'that of the data set'
    size = 'any'
    homepage = 'https://huggingface.co/docs/datasets/audio_dataset'

    def add_arguments(self, parser: argparse.ArgumentParser) -> None:
        parser.add_argument('source', help='directory of the data set, as it was downloaded')
        parser.add_argument('target_dir', help='where the data set goes')
        for role, what in (('audio', 'the recording, or its name'), ('text', 'what is said'), ('speaker', 'who says it'),
                           ('split', 'the set: train, dev or test')):
            parser.add_argument(f'--{role}_column', default='', metavar='NAME', help=f'column with {what}')

    def candidates(self) -> Iterator[Candidate]:
        source, n_tables = self.arguments.source, 0
        for directory, names in walk(source, without=self.directory):
            for name in names:
                if name in ('metadata.csv', 'metadata.jsonl') or name.lower().endswith('.parquet'):
                    n_tables += 1
                    yield from self._of_table(os.path.join(directory, name))
        if not n_tables:
            raise DataError(f'{source}: no metadata.csv, metadata.jsonl or .parquet in it; name the directory of a data set.')

    def _of_table(self, path: str) -> Iterator[Candidate]:
        arguments, source = self.arguments, self.arguments.source
        given = Columns(arguments.audio_column, arguments.text_column, arguments.speaker_column, arguments.split_column)
        place = os.path.relpath(path, source)
        in_set = set_of_directories(place) or set_named(os.path.basename(place))
        places = [source]
        if path.endswith('.csv'):
            table = read_table(path, given, delimiter=',')
        elif path.endswith('.jsonl'):
            table = read_objects(path, given)
        else:
            table, private = read_parquet(path, os.path.join(self.directory, 'parquet'), os.path.splitext(place)[0], given)
            places.append(private)
        files = _Below(os.path.dirname(path), places, os.path.join(self.directory, self.wav_dir))
        for clip in clips_of(table, files, in_set):
            sets = clip.sets or tuple(filter(None, [set_of_directories(os.path.relpath(clip.audio, source))]))
            yield clip._replace(sets=sets, place=f'{os.path.dirname(place)}/{clip.place}'.lstrip('/'))


class _Below(AudioFiles):
    """Recordings that a table names relative to itself, called by where they are in the data set."""

    def __init__(self, directory: str, tops: List[str], without: str) -> None:
        super().__init__(directory, without=without)
        self._called = AudioFiles(*tops)

    def name_of(self, path: str) -> str:
        return self._called.name_of(path)
