"""What a test leaves beside its text: `predictions.jsonl` for programs and `report.html` for people.

Both go beside the checkpoint that was tested, unless `--predictions_file` and `--report_file` say otherwise. A test does not
depend on them: what cannot be written is said, and the test is done all the same.
"""

import os
import platform
from typing import Dict, Iterator, List, NamedTuple, Sequence, Tuple

import numpy as np

from ..checkpoints.stored_model import StoredModel
from ..compat import tf
from ..console.log import Log
from ..data.further_columns import further_columns
from ..data.utterance import Utterance
from ..errors import DeepSpeechError
from ..paths import check_writable
from ..reports.comparison import Comparison
from ..reports.curves import read_history
from ..reports.predictions import FILE_NAME, Prediction, read_predictions, write_predictions
from ..reports.run_report import page_of, worst
from ..reports.tested import CloseUp, TestedSet, TestReport
from ..settings.config import ReportConfig, RunConfig
from .fingerprint import fingerprint
from .forward import ForwardPass
from .report import Result

PAGE_NAME = 'report.html'
HISTORY_NAME = 'history.jsonl'
NOTHING = 'none'  # as the name of a file: it is not wanted
N_CLOSE_UPS = 12  # utterances that the page looks at closely


class TestedUtterances(NamedTuple):
    """A test set, and the results of its utterances."""

    path: str  # as it was given
    utterances: Sequence[Utterance]
    results: Sequence[Result]  # of each
    left_out: Sequence[str]  # the others, and why


def check_pages(config: ReportConfig) -> None:
    """Raises ConfigError when what was asked for could not be written, or the former test could not be read, in the end."""
    for path, flag in ((config.report_file, 'report_file'), (config.predictions_file, 'predictions_file')):
        if path and path != NOTHING:
            check_writable(path, flag)
    if config.compare:
        read_predictions(config.compare)


def write_pages(run: RunConfig, tested: Sequence[TestedUtterances], network: ForwardPass, stored_model: StoredModel,
                log: Log) -> None:
    """Writes predictions and page, and prints the comparison with a former test, as far as they are wanted.

    Args:
      run: of the test.
      tested: what was tested.
      network: runs once more on the worst utterances.
      stored_model: what was tested.
      log: where it is said.
    """
    predictions = [_predictions(each) for each in tested]
    config, together = run.report, [one for of_set in predictions for one in of_set]
    former = None
    try:
        if config.compare:  # before a file of the same name is written
            former = config.compare, read_predictions(config.compare)
            log.result(Comparison(*former, together, run.alphabet.is_bytes, run.seed).sentence())
        path = _path(config.predictions_file, FILE_NAME, run)
        if path:
            write_predictions(path, together)
            log.info(f'The predictions are in {path}.')
        path = _path(config.report_file, PAGE_NAME, run)
        if path:
            report = _report(run, tested, predictions, stored_model)
            page_of(report._replace(close_ups=_close_ups(run, tested, together, network), former=former)).write(path)
            log.info(f'The report with charts and sound is {path}.')
    except DeepSpeechError as error:
        log.warn(f'{error} The test is done all the same.')


def _path(asked: str, name: str, run: RunConfig) -> str:
    """Returns where to write a file; '' if nowhere."""
    if asked == NOTHING:
        return ''
    directory = _directory_of_run(run)
    return asked or (os.path.join(directory, name) if os.path.isdir(directory) else '')


def _directory_of_run(run: RunConfig) -> str:
    """Returns the directory of the checkpoints that are tested."""
    checkpoints = run.checkpoints
    return checkpoints.save_dir if run.train.files else checkpoints.load_dir


def _predictions(tested: TestedUtterances) -> List[Prediction]:
    return [Prediction(tested.path, result.wav_filename, utterance.n_samples / utterance.audio.rate_hz, result.src, result.res,
                       loss=result.loss, confidence=result.confidence, edits=result.edits, greedy_edits=result.greedy_edits)
            for utterance, result in zip(tested.utterances, tested.results)]


def _report(run: RunConfig, tested: Sequence[TestedUtterances], predictions: Sequence[List[Prediction]],
            stored_model: StoredModel) -> TestReport:
    """Returns all but the close-ups and the former test."""
    sets = [TestedSet(each.path, of_set, each.left_out, further_columns(each.path, each.utterances))
            for each, of_set in zip(tested, predictions)]
    labels = [f'{label:#04x}' for label in range(1, 256)] if run.alphabet.is_bytes else list(run.alphabet.labels)
    names = ', '.join(os.path.basename(each.path) for each in tested)
    identity = fingerprint(run, [(each.path, list(each.utterances)) for each in tested], stored_model)
    return TestReport(
        f'Test on {names}', stored_model.path, sets, (), labels, run.alphabet.is_bytes, run.seed,
        history=read_history(os.path.join(_directory_of_run(run), HISTORY_NAME)),
        configuration=[*_environment(), *_flat(identity), *_flags(run.flags_text)])


def _close_ups(run: RunConfig, tested: Sequence[TestedUtterances], predictions: Sequence[Prediction],
               network: ForwardPass) -> List[CloseUp]:
    """Returns the worst utterances with their sound and what the network gives for them."""
    utterances = [utterance for each in tested for utterance in each.utterances]
    found = []
    for index in worst(predictions, N_CLOSE_UPS, run.alphabet.is_bytes):
        utterance = utterances[index]
        samples, probabilities, problem = np.zeros(0, np.float32), np.zeros((0, run.model.n_outputs), np.float32), ''
        try:
            samples = utterance.audio.read()
            probabilities = network.probabilities(utterance)
        except DeepSpeechError as error:
            problem = str(error)
        found.append(CloseUp(predictions[index], samples, utterance.audio.rate_hz, probabilities,
                             run.features.step_ms / 1000, problem=problem))
    return found


def _environment() -> Iterator[Tuple[str, str]]:
    yield 'TensorFlow', tf.__version__
    yield 'Python', platform.python_version()
    yield 'processor', f'{platform.machine()}, {os.cpu_count()} cores'


def _flat(values: Dict[str, object], prefix: str = '') -> Iterator[Tuple[str, str]]:
    """Yields (name, value) of values within values."""
    for name, value in values.items():
        if isinstance(value, dict):
            yield from _flat(value, f'{prefix}{name}: ')
        elif isinstance(value, list) and all(isinstance(each, list) for each in value):
            yield f'{prefix}{name}', '; '.join(' '.join(map(str, each)) for each in value)
        else:
            yield f'{prefix}{name}', str(value)


def _flags(text: str) -> Iterator[Tuple[str, str]]:
    for line in text.splitlines():
        name, _, value = line.partition('=')
        if name.strip():
            yield name.strip(), value
