"""`run.json` beside the checkpoints: with what a training was made, for each time it was started.

    {"format": 1, "starts": [{"run": "5d8c2f6a0b1e", "began": "2026-11-29T12:00:00Z", ..., "outcome": "complete"}]}

    run            as in history.jsonl
    began, ended   times in UTC; `ended` is null while it runs, and stays so if it was killed
    outcome        complete, early_stop, interrupted, diverged, failed, or null as `ended`
    seconds        from the one to the other
    first_epoch, first_position, next_epoch   epoch in which it began, steps of it that were made before, and the epoch that a
                   further start would go on with
    command, directory                    its command line without secrets, and where that was given
    configuration  all settings by their parts, as `settings/config.py` names them; no secrets
    versions       of this program, TensorFlow, Python and NumPy; `git`: the revision of the checkout, with `-dirty` if changed
    data           of each set its `set`, `dataset` (as the command line names it), `utterances`, `hours`
    content        digests of what is in the training set (`train`), in its steps (`steps`), in all dev sets (`dev`), in the
                   alphabet (`alphabet`): equal ones mean equal data, wherever they lie
    hardware       host, system, processor, n_processors, memory_gb, devices, gpus
    best           which measure decides, and its lowest value: {"by": "loss", "value": 21.3}

The file is written whole, at the beginning and at the end. Training does not depend on it.
"""

from __future__ import annotations

import dataclasses
import hashlib
import json
import math
import os
import platform
import re
import socket
import subprocess
import time
from contextlib import suppress
from typing import Any, Dict, List, Optional

import numpy as np
from deepspeech.formats.content import open_regular

from .. import __version__
from ..compat import VERSION, gpus
from ..console.log import Log
from ..errors import CheckpointError, DivergenceError
from ..memory import total_bytes
from ..paths import write_atomically
from ..processors import n_processors, processor_name
from ..settings.config import RunConfig
from .engine import Engine
from .observers.events import Observer
from .planning import PlannedSets
from .state import TrainingState

FILE_NAME = 'run.json'
FORMAT = 1
MOST_STARTS = 500  # older ones are forgotten
LEFT_OUT = ('notify', 'flags_text', 'command')  # of the configuration: secrets, and what is there in another form
GIT_S = 5.  # that git may take
_PASSWORD = re.compile(r'(?<=://)[^/@\s]+@')  # of an address


def _start_of(run: RunConfig, sets: PlannedSets, state: TrainingState, engine: Engine) -> Dict[str, Any]:
    """Returns what is known of a training when it begins."""
    data = [{'set': planned.split, 'dataset': planned.path, 'utterances': len(planned.utterances),
             'hours': round(float(planned.audio_s.sum()) / 3600, 4)} for planned in [sets.train, *sets.dev, *sets.metrics]]
    content = {'train': state.train_content, 'steps': state.steps, 'dev': state.dev_content,
               'alphabet': hashlib.sha256(run.alphabet.serialize()).hexdigest()}
    return {
        'run': state.run, 'began': _now(), 'ended': None, 'outcome': None, 'seconds': None, 'first_epoch': state.epoch,
        'first_position': state.position, 'next_epoch': state.epoch, 'command': _plain(run.command), 'directory': os.getcwd(),
        'configuration': configuration(run),
        'versions': {'deepspeech_training': __version__, 'tensorflow': VERSION, 'python': platform.python_version(),
                     'numpy': np.__version__, 'git': git_revision(os.path.dirname(os.path.abspath(__file__)))},
        'data': data, 'content': content, 'hardware': _hardware(run, engine), 'best': _best(state)}


def configuration(run: RunConfig) -> Dict[str, Any]:
    """Returns all settings of a run but secrets, ready for JSON."""
    values = {field.name: getattr(run, field.name) for field in dataclasses.fields(run) if field.name not in LEFT_OUT}
    values['alphabet'] = {'source': run.alphabet.source, 'labels': run.alphabet.size}
    values['augmentations'] = [str(each) for each in run.augmentations]
    return _plain(values)


def git_revision(directory: str) -> Optional[str]:
    """Returns the revision of the checkout that holds a directory, and whether it was changed; None: it is in none.

    A directory that only lies within somebody else's checkout, as an installed package may, is in none.
    """
    def git(*words: str) -> str:
        return subprocess.run(['git', *words], cwd=directory, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, check=True,
                              stdin=subprocess.DEVNULL, timeout=GIT_S, universal_newlines=True).stdout.strip()

    with suppress(OSError, subprocess.SubprocessError):
        git('ls-files', '--error-unmatch', os.path.basename(__file__))
        return git('describe', '--always', '--dirty', '--abbrev=40', '--exclude=*')
    return None


class RunRecord:
    """Writes what a training was made with, and how it ended; a context manager around it.

    Args:
      directory: of the checkpoints.
      run: RunConfig.
      sets: PlannedSets.
      state: TrainingState, which knows what is in the sets and which others keep up to date.
      engine: Engine.
      observer: is told that the run begins, and that it is over.
      log: Log.

    Attributes:
      signal: number of the signal that ended the training; None: none did.
    """

    def __init__(self, directory: str, run: RunConfig, sets: PlannedSets, state: TrainingState, *, engine: Engine,
                 observer: Observer, log: Log):
        self._path, self._run, self._state = os.path.join(directory, FILE_NAME), run, state
        self._start = _start_of(run, sets, state, engine)
        self._observer, self._log, self._begin_s = observer, log, time.monotonic()
        self.signal: Optional[int] = None

    def __enter__(self) -> RunRecord:
        self._write([*_starts(self._path, self._log), self._start])
        self._observer.run_began(self._start)
        return self

    def __exit__(self, error_type: Optional[type], error: Optional[BaseException], _: object) -> None:
        starts = [start for start in _starts(self._path, self._log) if start != self._start]
        outcome = self._outcome(error)
        end = dict(ended=_now(), outcome=outcome, seconds=round(time.monotonic() - self._begin_s, 1),
                   next_epoch=self._state.epoch, best=_best(self._state))
        self._write([*starts, dict(self._start, **end)])
        self._observer.run_ended(outcome)

    def _outcome(self, error: Optional[BaseException]) -> str:
        if error is not None:
            is_interrupted = isinstance(error, (KeyboardInterrupt, SystemExit))
            return 'interrupted' if is_interrupted else 'diverged' if isinstance(error, DivergenceError) else 'failed'
        if self.signal is not None:
            return 'interrupted'
        return 'early_stop' if self._state.stopped_early(self._run.schedule) else 'complete'

    def _write(self, starts: List[Dict[str, Any]]) -> None:
        try:
            text = json.dumps({'format': FORMAT, 'starts': starts[-MOST_STARTS:]}, indent=1)
            write_atomically(self._path, text + '\n', CheckpointError)
        except CheckpointError as error:
            self._log.warn(f'{error} Training goes on without it.')


def _starts(path: str, log: Log) -> List[Dict[str, Any]]:
    """Returns the starts that a file holds already."""
    try:
        with open_regular(path) as file:
            starts = json.loads(file.read().decode('utf-8'))['starts']
        if all(isinstance(start, dict) for start in starts):
            return list(starts)
    except FileNotFoundError:
        return []
    except (OSError, ValueError, KeyError, TypeError, RecursionError):
        pass
    log.warn(f'{path}: is damaged; what it held of earlier starts is left out.')
    return []


def _hardware(run: RunConfig, engine: Engine) -> Dict[str, Any]:
    found = gpus(run.devices) if engine.on_gpu else []
    memory = total_bytes()
    return {'host': socket.gethostname(), 'system': platform.platform(), 'processor': processor_name(),
            'n_processors': n_processors(), 'memory_gb': round(memory / 1e9, 1) if memory else None,
            'devices': list(engine.devices),
            'gpus': [{'model': gpu.model, 'capability': '.'.join(map(str, gpu.capability)),
                      'memory_gb': round(gpu.memory_bytes / 1e9, 1)} for gpu in found]}


def _best(state: TrainingState) -> Dict[str, Any]:
    return {'by': state.best_by, 'value': state.best if math.isfinite(state.best) else None}


def _plain(value: Any) -> Any:
    """Returns a value of the kinds that JSON knows, without passwords in addresses."""
    if dataclasses.is_dataclass(value):
        value = {field.name: getattr(value, field.name) for field in dataclasses.fields(value)}
    if isinstance(value, dict):
        return {str(name): _plain(each) for name, each in value.items()}
    if isinstance(value, (list, tuple)):
        return [_plain(each) for each in value]
    if isinstance(value, float) and not math.isfinite(value):
        return None
    if value is None or isinstance(value, (bool, int, float)):
        return value
    return _PASSWORD.sub('***@', str(value))


def _now() -> str:
    return time.strftime('%Y-%m-%dT%H:%M:%SZ', time.gmtime())
