"""African Accented French (SLR57 of OpenSLR): read and spontaneous speech from Cameroon, Gabon and Niger."""

import os
import re
from typing import Dict, Iterator, List, Tuple

from ...errors import DataError
from ..clips import Candidate
from ..fetching.sources import Source
from ..layouts.listing import files_below, read_lines
from ..layouts.one_archive import ArchiveImporter
from ..options import Limits
from ..problems import FAILED, Problem

TOP = 'African_Accented_French'
LISTS = ('transcripts/train/yaounde/fn_text.txt', 'transcripts/train/ca16_conv/transcripts.txt',
         'transcripts/train/ca16_read/conditioned.txt', 'transcripts/dev/niger_west_african_fr/transcripts.txt',
         'speech/dev/niger_west_african_fr/niger_wav_file_name_transcript.tsv',
         'transcripts/devtest/ca16_read/conditioned.txt', 'transcripts/test/ca16/prompts.txt')
SETS = {'train': 'train', 'dev': 'dev', 'devtest': 'dev', 'test': 'test'}


class Slr57(ArchiveImporter):
    """African_Accented_French.tar.gz, or what was unpacked of it, is taken from TARGET_DIR, or fetched into it.

    Writes TARGET_DIR/African_Accented_French/African_Accented_French_{train,dev,test}.csv: the sets of the corpus, and its
    devtest as part of dev.
    """

    name = 'slr57'
    title = 'African Accented French'
    language = 'French'
    licence = 'see the page'
    size = '22 hours'
    homepage = 'https://www.openslr.org/57'
    csv_name = f'{TOP}_{{set}}.csv'
    limits = Limits(max_s=15., step_ms=30)
    expected_sets = ('train', 'dev', 'test')
    archive = Source(f'{TOP}.tar.gz', (f'https://www.openslr.org/resources/57/{TOP}.tar.gz',
                                       f'https://us.openslr.org/resources/57/{TOP}.tar.gz'))
    marks = ('transcripts/', 'speech/')

    @property
    def directory(self) -> str:
        given = os.path.abspath(self.arguments.target_dir)
        is_corpus = all(os.path.isdir(os.path.join(given, mark)) for mark in self.marks)
        return given if is_corpus else os.path.join(self.top, TOP)

    def candidates(self) -> Iterator[Candidate]:
        root = self.root()
        speech = os.path.join(root, 'speech')
        missing = [path for path in LISTS if not os.path.isfile(os.path.join(root, path))]
        if missing:
            raise DataError(f'{os.path.join(root, missing[0])} is missing; unpack {TOP}.tar.gz again.')
        recordings: Dict[str, List[str]] = {}
        for path in files_below(speech, '.wav'):
            recordings.setdefault(os.path.basename(path), []).append(path)
        listed: Dict[Tuple[str, str], Candidate] = {}
        for name in LISTS:
            for place, line in read_lines(os.path.join(root, name)):
                clip = _clip(name, speech, recordings, place=f'{os.path.dirname(name)}/{place}', line=line)
                listed.setdefault((clip.id, ' '.join(clip.text.split())), clip)  # one of the lists repeats another
        yield from listed.values()


def _clip(path: str, speech: str, recordings: Dict[str, List[str]], *, place: str, line: str) -> Candidate:
    """Returns the clip of a line: a recording, a blank, in a .tsv file a tab, and the text.

        conv/18_36_12_11_2016/Libreville_0001.tdf oui je suis là
    """
    first, *texts = line.strip().split('\t' if path.endswith('.tsv') else None, 1)
    text = texts[0] if texts else ''
    folder = path.split('/')[1]
    stem = re.sub(r'\.(wav|tdf)$', '', os.path.basename(first.strip()))
    found = _nearest(recordings.get(f'{stem}.wav', []), os.path.join(speech, *path.split('/')[1:-1]))
    audio = found[0] if found else os.path.join(speech, folder, f'{stem}.wav')
    name = os.path.splitext(os.path.relpath(audio, speech))[0].replace(os.sep, '/')
    what = f'{len(found)} recordings are' if found else 'no recording is'
    problem = None if len(found) == 1 else Problem(FAILED, f'{what} called {stem}.wav')
    return Candidate(name, audio, text, (SETS[folder],), place=place, problem=problem)


def _nearest(paths: List[str], directory: str) -> List[str]:
    """Returns those of some paths that have most directories in common with `directory`."""
    parts = directory.split(os.sep)
    shared = [len(os.path.commonprefix([path.split(os.sep), parts])) for path in paths]
    return [path for path, n_shared in zip(paths, shared) if n_shared == max(shared)]
