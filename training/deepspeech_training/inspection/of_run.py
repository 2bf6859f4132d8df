"""The data report of a training: made of what the check before the first step has found, beside the checkpoints.

It is made anew only when the data have changed, so that a start with the same data costs a look at them. Of a large set, only
those recordings are heard that an earlier report has listened to: reading all sound takes longer than people wait for a start.
"""

import hashlib
import json
import os
from typing import Any, List, Tuple

from deepspeech.formats.content import open_regular

from ..console.aside import aside
from ..console.log import Log
from ..data.preflight import CheckedSet
from ..data.utterance import AudioFile, Utterance
from ..settings.config import RunConfig
from ..text.characters import counted
from .checking import NUMBERS, PAGE, write_files
from .known_levels import KnownLevels
from .report import DataReport

AUTO_HOURS = 20.  # of audio, which takes some 20 s to read


class RunReport:
    """Collects the sets of a run as they are checked (`watch`), then writes the report (`write`).

    Args:
      run: what is trained.
      known_path: of the file with what was measured of recordings, see KnownLevels.
      log: told what is worth a look.
    """

    def __init__(self, run: RunConfig, known_path: str, log: Log) -> None:
        self._run, self._known_path, self._log = run, known_path, log
        self._checked: List[Tuple[str, CheckedSet]] = []

    def watch(self, name: str, checked: CheckedSet) -> None:
        """Takes a set that was checked."""
        self._checked.append((name, checked))

    def write(self) -> None:
        """Writes the report, unless there is one of the same data. That it cannot be made costs just that."""
        with aside(self._log, 'the data report', 'There is no data report; the run goes on.'):
            self._write()

    def _write(self) -> None:
        directory = self._run.checkpoints.save_dir
        name = self._fingerprint()
        checked, self._checked = self._checked, []
        if _is_of(os.path.join(directory, NUMBERS), name) and os.path.exists(os.path.join(directory, PAGE)):
            return
        hours = sum(utterance.audio.info.duration_s for _, each in checked for utterance in each.utterances) / 3600
        listens = self._run.report.data_report == 'full' or hours <= AUTO_HOURS
        report = DataReport(self._run.alphabet, self._run.features, KnownLevels(self._known_path, self._log, listens=listens))
        for set_name, each in checked:
            report.add(set_name, each)
        found = report.finish()
        found.numbers['fingerprint'] = name
        path = write_files(found, directory, 'Data of a training')
        n_suspicious = sum(each['suspicious'] for each in found.numbers['sets'])
        if n_suspicious:
            self._log.info(f'{counted(n_suspicious, "row")} of the data {"is" if n_suspicious == 1 else "are"} worth a look: '
                           f'{path} shows the worst.')
        n_unheard = sum(each['usable'] - each['listened_to'] for each in found.numbers['sets'])
        if not listens and n_unheard:
            self._log.info(f'Nobody has listened to {counted(n_unheard, "recording")} of {hours:.0f} hours for the data '
                           f'report; --data_report full or bin/check_dataset.py do.')

    def _fingerprint(self) -> str:
        """Returns what tells these data, and how they were checked, from others."""
        digest = hashlib.blake2b(digest_size=16)
        run = self._run
        digest.update(repr((run.alphabet.for_json(), run.features, run.text_policy, run.report.data_report)).encode('utf-8'))
        for name, checked in self._checked:
            digest.update(name.encode('utf-8', 'surrogateescape'))
            digest.update(b''.join(map(_state_of, checked.utterances)))
            digest.update('\n'.join(row.id + reason for row, reason, _ in checked.rejected).encode('utf-8', 'surrogatepass'))
        return digest.hexdigest()


def _state_of(utterance: Utterance) -> bytes:
    audio = utterance.audio
    state = audio.record if isinstance(audio, AudioFile) else audio.identity.encode('utf-8', 'surrogatepass')
    return state + utterance.packed_labels


def _is_of(path: str, fingerprint: str) -> bool:
    """Returns whether the numbers of a report are those of these data."""
    try:
        with open_regular(path) as file:
            numbers: Any = json.loads(file.read().decode('utf-8'))
        return isinstance(numbers, dict) and numbers.get('fingerprint') == fingerprint
    except (OSError, ValueError, RecursionError):
        return False
