"""Common Voice, version 2 and later: sentences that volunteers read aloud, in any language."""

import argparse
import os
import re
from functools import lru_cache
from typing import Dict, Iterator, List, Optional, Set, Tuple

from ...errors import DataError
from ..clips import Candidate, Imported
from ..importer import Importer
from ..listing import Row, read_tsv
from ..options import Limits
from ..splits import split

SETS = ('test', 'dev', 'train', 'validated', 'other')
PARTED = ('train', 'dev', 'test')
SPONTANEOUS = re.compile(r'ss-corpus-.*\.tsv')
TAG = re.compile(r'\[[^\]]*\]')  # [disfluency], [noise] in spontaneous speech
MOST_LEVELS = 3  # of directories above those of the tables


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

    @property
    def directory(self) -> str:
        tables = self._tables()
        beside = next((name for name in ('clips', 'audios') if os.path.isdir(os.path.join(tables, name))), 'clips')
        return str(self.arguments.audio_dir or os.path.join(tables, beside))

    @lru_cache(maxsize=1)  # noqa: B019  # one object is one import
    def _tables(self) -> str:
        """Returns the directory of the tables, that of an archive after it was unpacked."""
        top = self.arguments.tsv_dir
        if os.path.isfile(top):
            name = re.sub(r'\.(tar(\.\w+)?|tgz|zip)$', '', os.path.basename(top))
            top = self.unpack(top, os.path.join(os.path.dirname(os.path.abspath(top)), name))
        found = [directory for directory, names, files in _walk(top) if any(map(_is_table, files))]
        if len(found) != 1:
            raise DataError(f'{top}: tables in {", ".join(found)}; name one of these directories.' if found else
                            f'{top}: no table (such as validated.tsv) in it; name the archive or directory of a language.')
        return found[0]

    def candidates(self) -> Iterator[Candidate]:
        clips: Dict[str, Candidate] = {}
        tables = self._tables()
        for name in sorted(os.listdir(tables), key=lambda name: (name != 'validated.tsv', name)):
            if _is_table(name):
                for row in read_tsv(os.path.join(tables, name), 'transcription' if SPONTANEOUS.fullmatch(name) else 'sentence'):
                    clip = self._clip(name, row)
                    before = clips.get(clip.id)
                    if before is None or (before.problem and not clip.problem):
                        clips[clip.id] = clip
                    elif not clip.problem:
                        clips[clip.id] = before._replace(sets=tuple(dict.fromkeys((*before.sets, *clip.sets))))
        yield from clips.values()

    def _clip(self, table: str, row: Row) -> Candidate:
        path, text = row.get('path', 'audio_file'), row.get('sentence', 'transcription')
        stem, ending = os.path.splitext(path)
        if ending.lower() not in ('.mp3', '.wav', '.ogg', '.opus', '.flac'):  # version 2 names clips without
            stem, path = path, f'{path}.mp3'
        sets = (row.get('split') or 'unassigned',) if SPONTANEOUS.fullmatch(table) else (os.path.splitext(table)[0],)
        return Candidate(stem if path else row.place, os.path.join(self.directory, path), text, sets, row.get('client_id'),
                         place=row.place, problem=row.problem)

    def clean(self, text: str) -> Optional[str]:
        return TAG.sub(' ', text) if os.path.basename(self.directory) == 'audios' else text

    def assign(self, clips: List[Imported]) -> List[Tuple[str, ...]]:
        held_out = [clip for clip in clips if {'dev', 'test'} & set(clip.candidate.sets)]
        speakers, texts = {clip.candidate.speaker for clip in held_out}, {clip.transcript for clip in held_out}
        assigned = self._parted(clips)
        return [(*sets, 'train-all') if 'validated' in sets and clip.candidate.speaker not in speakers
                and clip.transcript not in texts else sets for clip, sets in zip(clips, assigned)]

    def _parted(self, clips: List[Imported]) -> List[Tuple[str, ...]]:
        """Returns the sets of each clip, with those of which the release has none made of its validated clips."""
        assigned = [clip.candidate.sets for clip in clips]
        lacking = set(PARTED) - {name for sets in assigned for name in sets}
        taken: Set[str] = {clip.candidate.speaker for clip in clips if set(PARTED) & set(clip.candidate.sets)}
        free = [index for index, clip in enumerate(clips) if {'validated', 'unassigned'} & set(clip.candidate.sets)
                and not set(PARTED) & set(clip.candidate.sets) and clip.candidate.speaker not in taken]
        if lacking and free:
            self.log.info(f'No clips of {", ".join(sorted(lacking))} in this release: validated ones are parted by speaker.')
            parts = split([(clips[index].candidate.id, clips[index].candidate.speaker) for index in free],
                          self.options.shares, self.options.seed)
            for index, name in zip(free, parts):
                assigned[index] += (name,) if name in lacking else ()
        return assigned


def _is_table(name: str) -> bool:
    return name in [f'{each}.tsv' for each in SETS] or SPONTANEOUS.fullmatch(name) is not None


def _walk(top: str) -> Iterator[Tuple[str, List[str], List[str]]]:
    """Walks directories in order, not far down."""
    for directory, names, files in os.walk(top):
        names.sort()
        if os.path.relpath(directory, top).count(os.sep) + 1 >= MOST_LEVELS:
            names.clear()
        yield directory, names, files
