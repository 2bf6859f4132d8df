"""Data sets checked for a report, without a training: files in, findings out; and the files of a report."""

import json
import os
from dataclasses import dataclass
from typing import Dict, List, Optional, Sequence, Tuple

from ..console.log import Log
from ..data.audio_index import AudioIndex
from ..data.datasets import read_rows
from ..data.known_audio import KnownAudio
from ..data.preflight import sift_rows
from ..data.rejected import Rejection, write_rejected
from ..errors import DataError
from ..paths import write_atomically, written_atomically
from ..settings.config import DROP_CHARACTER, DROP_CLIP
from ..settings.features import FeatureConfig
from ..text.alphabet import Alphabet
from ..text.characters import Characters
from ..text.csv_lines import csv_line
from .known_levels import KnownLevels
from .page import page_of
from .recognition import Recogniser
from .report import DataReport, Found

PAGE, NUMBERS, FINDINGS, REJECTED = 'data_report.html', 'data_report.json', 'findings.csv', 'rejected.csv'
FINDING_COLUMNS = ('set', 'row', 'wav_filename', 'kind', 'reason', 'transcript')

Rejections = Dict[str, List[Rejection]]  # by the name of the set


@dataclass(frozen=True)
class Check:
    """How to check sets."""

    alphabet_path: Optional[str]  # None: all characters of the sets are in the alphabet
    policy: str
    rate_hz: int
    listens: bool = True  # to each recording, not only to its header
    model: Optional[str] = None  # path of an exported model that recognises each recording
    scorer: Optional[str] = None  # for the model


def check_files(paths: Sequence[str], check: Check, cache_dir: str, log: Log) -> Tuple[Found, Rejections]:
    """Returns what is to be said of data sets, and the rows that cannot be used.

    Args:
      paths: of CSV or SDB files.
      check: how to check them.
      cache_dir: where findings and converted audio of all runs are kept.
      log: told what was read otherwise than it stands there.
    Raises:
      DataError: a file cannot be read at all.
    """
    rejections: Rejections = {}
    alphabet = Alphabet.from_file(check.alphabet_path) if check.alphabet_path else _alphabet_of(paths)
    features = FeatureConfig(rate_hz=check.rate_hz)
    known = KnownLevels(os.path.join(cache_dir, 'known-levels'), log) if check.listens else None
    recogniser = Recogniser(check.model, check.scorer, check.rate_hz, log) if check.model else None
    report = DataReport(alphabet, features, known, recogniser)
    index = AudioIndex(KnownAudio(os.path.join(cache_dir, 'known-audio'), log))
    policy = check.policy if check.policy == DROP_CHARACTER else DROP_CLIP
    for path in paths:
        refused: List[Rejection] = []
        rows = read_rows(path, log.warn, refuse=refused.append)
        checked = sift_rows(rows, alphabet, features, os.path.join(cache_dir, 'converted'), index, policy=policy)
        rejections[path] = refused + checked.rejected
        report.add(path, checked._replace(rejected=rejections[path]))
    return report.finish(), rejections


def _alphabet_of(paths: Sequence[str]) -> Alphabet:
    characters = Characters()
    for path in paths:
        rows = read_rows(path, lambda sentence: None, refuse=lambda rejection: None)
        characters.add(((row.location, row.transcript or '') for row in rows), normalise=True)
    return Alphabet(characters.labels or [' '], 'the characters of the sets')


def write_report(found: Found, rejections: Rejections, directory: str, title: str) -> str:
    """Writes the files of a report and `rejected.csv`; returns the path of the page. Raises DataError: it cannot."""
    write_rejected(os.path.join(directory, REJECTED), rejections)
    return write_files(found, directory, title)


def write_files(found: Found, directory: str, title: str) -> str:
    """Writes the files of a report; returns the path of the page. Raises DataError: one cannot be written."""
    path = os.path.join(directory, PAGE)
    _write_listing(found, os.path.join(directory, FINDINGS))
    write_atomically(os.path.join(directory, NUMBERS), json.dumps(found.numbers, indent=1), DataError)
    page_of(found, title, 'What is in the data, which rows cannot be used, and which are worth a look.').write(path, DataError)
    return path


def _write_listing(found: Found, path: str) -> None:
    """Writes every row that something is said of, one by one: there may be as many as there are rows."""
    with written_atomically(path, DataError) as file:
        file.write(csv_line(FINDING_COLUMNS).encode('ascii'))
        for kind, set_name, place, reason, *_ in found.listed():
            file.write(csv_line([set_name, place.location, place.audio, kind, reason, place.transcript])
                       .encode('utf-8', 'surrogateescape'))
