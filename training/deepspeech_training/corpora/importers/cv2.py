"""Common Voice, version 2 and later: sentences that volunteers read aloud, in any language."""

import argparse
import os
import re
from functools import lru_cache
from typing import Dict, Iterable, Iterator, List, Optional, Set, Tuple

from ...errors import DataError
from ..clips import Candidate, Imported
from ..importer import Importer
from ..layouts.listing import Row, read_tsv, walk
from ..options import Limits
from ..problems import MALFORMED, Problem
from ..splits import Shares

SETS = ('test', 'dev', 'train', 'validated', 'other')
PARTED = ('train', 'dev', 'test')
FREE = ('validated', 'unassigned')  # sets whose clips may be parted
SPONTANEOUS = re.compile(r'ss-corpus-.*\.tsv')
TAG = re.compile(r'\[[^\]]*\]')  # [disfluency], [noise] in spontaneous speech
COLUMNS = ('client_id', 'path', 'sentence', 'audio_file', 'transcription', 'split')  # of those that tables have
AUDIO_ENDINGS = ('.mp3', '.wav', '.ogg', '.opus', '.flac')
AUDIO_DIRS = ('clips', 'audios')
MOST_LEVELS = 4  # of directories down to those of the tables


class CommonVoice(Importer):
    """TSV_DIR is the archive as it is downloaded (cv-corpus-<version>-<date>-<language>.tar.gz), the directory that it unpacks
    to, or the one of a language in it. All versions are read, delta releases and spontaneous speech (ss-corpus-*) too.

    Writes CSV files of all sets into the directory of the clips, which they name relative to it, and train-all.csv: all of
    validated.csv but sentences and speakers of test and dev. Where a release has no train, dev or test clips, validated
    clips are parted by speaker.
    """

    name = 'cv2'
    title = 'Common Voice'
    language = 'that of the archive'
    licence = 'CC0'
    size = 'from a few MB to 90 GB'
    homepage = 'https://commonvoice.mozilla.org'
    limits = Limits(max_s=10.)
    absolute_paths = False
    wav_dir = ''

    def add_arguments(self, parser: argparse.ArgumentParser) -> None:
        parser.add_argument('tsv_dir', help='archive, or directory of a language')
        parser.add_argument('--audio_dir', help='directory of the clips (clips or audios beside the tables)')
        parser.add_argument('--csv_dir', help='where the CSV files and converted clips go (the directory of the clips)')
        parser.add_argument('--split_validated', action='store_true',
                            help='part all validated clips by speaker, whatever train, dev and test the release has')

    @property
    def directory(self) -> str:
        return str(self.arguments.csv_dir or self._clips_dir())

    def _clips_dir(self) -> str:
        if self.arguments.audio_dir:
            return str(self.arguments.audio_dir)
        tables = self._tables()
        return os.path.join(tables, next((name for name in AUDIO_DIRS if os.path.isdir(os.path.join(tables, name))), 'clips'))

    @lru_cache(maxsize=1)  # noqa: B019  # one object is one import
    def _tables(self) -> str:
        """Returns the directory of the tables, that of an archive after it was unpacked."""
        top = self.arguments.tsv_dir
        if os.path.isfile(top):
            name = re.sub(r'(\.tar(\.\w+)?|\.tgz|\.zip|)$', '', os.path.basename(top), count=1)
            name = name if name != os.path.basename(top) else f'{name}-unpacked'
            top = self.unpack(top, os.path.join(os.path.dirname(os.path.abspath(top)), name))
        elif not os.path.isdir(top):
            raise DataError(f'{top}: there is no such archive or directory; name the archive as it was downloaded from '
                            f'{self.homepage}, or the directory that it was unpacked to.')
        found = [directory for directory, files in walk(top, but=AUDIO_DIRS, most_levels=MOST_LEVELS)
                 if any(map(_is_table, files))]
        if len(found) != 1:
            raise DataError(f'{top}: tables in {", ".join(found)}; name one of these directories.' if found else
                            f'{top}: no table (such as validated.tsv) in it; name the archive or directory of a language.')
        return found[0]

    def candidates(self) -> Iterator[Candidate]:
        tables, directory = self._tables(), self._clips_dir()
        clips: Dict[str, Candidate] = {}
        again: List[Candidate] = []  # listed twice in one table
        for name in sorted(filter(_is_table, os.listdir(tables)), key=lambda name: (name != 'validated.tsv', name)):
            names: Set[str] = set()
            for clip in _clips(os.path.join(tables, name), directory):
                before = clips.get(clip.id)
                if clip.id in names:
                    again.append(clip)
                elif before is None or (before.problem and not clip.problem):
                    clips[clip.id] = clip
                elif not clip.problem:
                    clips[clip.id] = before._replace(sets=(*before.sets, *clip.sets))
                names.add(clip.id)
        if self.arguments.split_validated:
            clips = {name: clip._replace(sets=tuple(each for each in clip.sets if each not in PARTED))
                     for name, clip in clips.items()}
        yield from [*clips.values(), *again]

    def clean(self, text: str) -> Optional[str]:
        return TAG.sub(' ', text) if self._is_spontaneous() else text

    @lru_cache(maxsize=1)  # noqa: B019
    def _is_spontaneous(self) -> bool:
        return any(map(SPONTANEOUS.fullmatch, os.listdir(self._tables())))

    def assign(self, clips: List[Imported]) -> List[Tuple[str, ...]]:
        assigned = self._parted(clips)
        held_out = [clip for clip, sets in zip(clips, assigned) if {'dev', 'test'} & set(sets)]
        speakers, texts = _speakers(held_out), {clip.transcript for clip in held_out}
        return [(*sets, 'train-all') if 'validated' in sets and clip.candidate.speaker not in speakers
                and clip.transcript not in texts else sets for clip, sets in zip(clips, assigned)]

    def _parted(self, clips: List[Imported]) -> List[Tuple[str, ...]]:
        """Returns the sets of each clip, with those of which the release has none made of its validated clips."""
        assigned = [tuple(name for name in clip.candidate.sets if name != 'unassigned') for clip in clips]
        lacking = set(PARTED) - {name for sets in assigned for name in sets}
        taken = _speakers(clip for clip, sets in zip(clips, assigned) if set(PARTED) & set(sets))
        free = [index for index, clip in enumerate(clips) if set(FREE) & set(clip.candidate.sets)
                and not set(PARTED) & set(assigned[index]) and clip.candidate.speaker not in taken]
        if not lacking:
            return assigned
        which = ', '.join(name for name in PARTED if name in lacking)
        if not free:
            self.log.warn(f'No clips of {which} in this release, and none of further speakers to make some of; with '
                          f'--split_validated all validated clips are parted by speaker.')
            return assigned
        self.log.info(f'No clips of {which} in this release: validated clips are parted by speaker.')
        parts = self.parted([clips[index] for index in free], self._shares(lacking, len(clips) / len(free)))
        for index, name in zip(free, parts):
            assigned[index] += (name,) if name in lacking else ()
        return assigned

    def _shares(self, lacking: Set[str], factor: float) -> Shares:
        """Returns percents of the clips that are free, which are one of `factor` clips of the release."""
        shares = self.options.shares
        if lacking == set(PARTED):
            return shares
        dev, test = (min(100 // len(lacking), round(getattr(shares, name) * factor)) if name in lacking else 0
                     for name in ('dev', 'test'))
        return Shares(100 - dev - test, dev, test)


def _speakers(clips: Iterable[Imported]) -> Set[str]:
    return {clip.candidate.speaker for clip in clips if clip.candidate.speaker}


def _clips(path: str, directory: str) -> Iterator[Candidate]:
    """Yields the clips of a table, whose recordings are in `directory`. First line and a row of version 7, parted by tabs:

        client_id path sentence up_votes down_votes age gender accent locale segment
        3c68ea... common_voice_eo_24945678.mp3 Bonvolu. 2 0 twenties male  eo
    """
    table = os.path.basename(path)
    is_spontaneous = SPONTANEOUS.fullmatch(table)
    rows = read_tsv(path, 'transcription' if is_spontaneous else 'sentence', also=['prompt'], wanted=COLUMNS)
    speakers: Dict[str, str] = {}  # one string of each, which is long
    for row in rows:
        name = row.get('split')
        sets = (name if name in PARTED else 'unassigned') if is_spontaneous else os.path.splitext(table)[0]
        speaker = row.get('client_id')
        yield _clip(row, directory, (sets,), speakers.setdefault(speaker, speaker))


def _clip(row: Row, directory: str, sets: Tuple[str, ...], speaker: str) -> Candidate:
    path = row.get('path', 'audio_file').strip()
    name, ending = os.path.splitext(path)
    if ending.lower() not in AUDIO_ENDINGS:  # version 2 names clips without
        name, path = path, f'{path}.mp3'
    problem = row.problem or (None if name else Problem(MALFORMED, 'it names no recording'))
    return Candidate(name or row.place, os.path.join(directory, path), row.get('sentence', 'transcription'), sets, speaker,
                     place=row.place, problem=problem)


def _is_table(name: str) -> bool:
    return name in [f'{each}.tsv' for each in SETS] or SPONTANEOUS.fullmatch(name) is not None
