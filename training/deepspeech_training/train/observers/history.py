"""`history.jsonl` beside the checkpoints: a line of JSON for every complete pass of a training.

    {"run": "5d8c2f6a0b1e", "epoch": 0, "step": 54, "set": "train", "dataset": "train.csv", "loss": 71.2, "rate": 0.001,
     "seconds": 12.5, "audio_seconds": 340.1, "wait_share": 0.02, "gflops": 310.4}

    run            the same in all lines of a training, however often it was interrupted
    epoch          counted from 0
    step           updates that the model has seen
    set, dataset   train, dev or metrics; the data set as the command line names it
    loss           mean per utterance, of the whole pass; null if it is not finite
    rate           learning rate of the next update
    seconds        what the pass took; of one that was interrupted, its part after the last resume. The same holds for
                   audio_seconds, wait_share (of the time, waiting for input) and gflops (10^9 operations per second)

Lines of dev and metrics sets also say what the network wrote by itself, without beam search and language model:

    {..., "wer": 0.412, "cer": 0.163, "blank_share": 0.71, "samples": [{"wav_filename": "a.wav", "src": "yes", "res": "yet"}]}

    wer, cer       error rates of the whole set as fractions, at most 1, as in a test report
    blank_share    share of the frames that are blanks
    samples        of some utterances, always the same ones, what was said and what the network wrote

With several dev sets a line with "set": "all_dev" follows them, with their figures together: run, epoch, step, set, dataset
(all of them, separated by commas), loss, rate, wer, cer, blank_share.

A resumed training appends. Before that, it removes the lines of passes that it will run again, those that came after the
checkpoint from which it goes on, and what a crash has left of a line. So each pass of a run is in the file once. Passes that
only find out how good the best model is, after the validation sets have changed, are left out: they say nothing about the
epoch.

Training does not depend on this file. When it cannot be written, a warning says so, once, and later lines are still tried.
"""

from __future__ import annotations

import json
import math
import os
from typing import TYPE_CHECKING, Any, Dict, List, Optional

from deepspeech.formats.content import open_regular

from ...console.log import Log
from ...errors import CheckpointError
from ...paths import write_atomically, write_whole
from ..state import TrainingState
from .events import Observer

if TYPE_CHECKING:
    from ..passes import Pass
    from ..transcripts import Validation

FILE_NAME = 'history.jsonl'


class History(Observer):
    """Writes the history of a training.

    Args:
      directory: of the checkpoints; locked for this training.
      state: TrainingState, as it stands at the beginning.
      step: number of updates that the model has seen.
      log: Log.
    """

    def __init__(self, directory: str, state: TrainingState, step: int, log: Log):
        self._path = os.path.join(directory, FILE_NAME)
        self._run, self._log = state.run, log
        self._has_warned = False
        self._validated: List[Dict[str, Any]] = []  # lines of the dev sets since the last training pass
        try:
            _remove_to_come(self._path, state, step)
        except CheckpointError as error:
            self._warn(error)

    def pass_ended(self, item: Pass, learning_rate: float) -> None:
        if item.of_best:
            return
        throughput, rates = item.throughput, item.throughput.whole
        values: Dict[str, Any] = {
            'run': self._run, 'epoch': item.epoch, 'step': int(item.step), 'set': item.planned.split,
            'dataset': item.planned.path, 'loss': item.meter.mean, 'rate': learning_rate, 'seconds': throughput.elapsed_s,
            'audio_seconds': throughput.made_s}
        if rates:
            values.update(wait_share=rates.wait_share, gflops=rates.gflops)
        written = item.transcripts
        if written:
            values.update(wer=written.wer, cer=written.cer, blank_share=written.blank_share,
                          samples=[sample._asdict() for sample in written.samples])
        self._validated = [*self._validated, values] if item.planned.split == 'dev' else []
        self._write(values)

    def validation_ended(self, validation: Validation, step: int) -> None:
        of_sets, self._validated = self._validated, []
        if len(of_sets) > 1 and not validation.of_best:
            same = {name: of_sets[-1][name] for name in ('run', 'epoch', 'step', 'rate')}
            self._write(dict(same, set='all_dev', dataset=','.join(values['dataset'] for values in of_sets),
                             loss=validation.loss, wer=validation.wer, cer=validation.cer, blank_share=validation.blank_share))

    def _write(self, values: Dict[str, Any]) -> None:
        try:
            _append(self._path, _as_line(values))
        except CheckpointError as error:
            self._warn(error)

    def _warn(self, reason: Exception) -> None:
        if not self._has_warned:
            self._log.warn(f'{reason} Training goes on; its history will have gaps.')
        self._has_warned = True


def _as_line(values: Dict[str, Any]) -> bytes:
    return json.dumps({name: _figure(value) if isinstance(value, float) else value for name, value in values.items()}
                      ).encode('ascii') + b'\n'


def _figure(value: float) -> Optional[float]:
    """Returns as many digits of a number as a float32 has; None, JSON's null, if it is not finite."""
    return float(f'{value:.7g}') if math.isfinite(value) else None


def _append(path: str, line: bytes) -> None:
    """Appends a whole line or nothing. Raises CheckpointError."""
    try:
        with open(path, 'ab+', buffering=0) as file:
            size_bytes = file.seek(0, os.SEEK_END)
            if size_bytes:
                file.seek(-1, os.SEEK_END)
                line = line if file.read(1) == b'\n' else b'\n' + line  # after half a line that could not be removed
            try:
                write_whole(file, line)
            except OSError:
                file.truncate(size_bytes)
                raise
    except OSError as error:
        raise CheckpointError(f'{path}: cannot be written ({error.strerror}).') from error


def _remove_to_come(path: str, state: TrainingState, step: int) -> None:
    """Removes the lines of passes that a training will run again, and what is left of lines that were cut off."""
    try:
        with open_regular(path) as file:
            content = file.read()
    except FileNotFoundError:
        return
    except OSError as error:
        raise CheckpointError(f'{path}: cannot be read ({error.strerror}).') from error
    kept = [line for line in content.split(b'\n') if _is_kept(line, state, step)]
    new_content = b''.join(line + b'\n' for line in kept)
    if new_content != content:
        write_atomically(path, new_content, CheckpointError)


def _is_kept(line: bytes, state: TrainingState, step: int) -> bool:
    """Returns whether a line is whole and tells of another run, or of a pass that need not be run again."""
    try:
        values = json.loads(line.decode('utf-8'))
    except (ValueError, RecursionError):
        return False
    if not isinstance(values, dict):
        return False
    epoch, step_then = values.get('epoch'), values.get('step')
    if values.get('run') != state.run or not isinstance(epoch, int) or not isinstance(step_then, int):
        return True
    if epoch != state.epoch:
        return epoch < state.epoch
    # Of the epoch in progress only the training pass can be over: the run ended in validation.
    return values.get('set') == 'train' and state.position > 0 and step_then <= step
