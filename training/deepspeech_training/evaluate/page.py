"""What a test leaves beside its text: `predictions.jsonl` for programs and `report.html` for people.

Both go beside the checkpoint that was tested if that is in the directory that the run writes to; `--predictions_file` and
`--report_file` name other places. A test does not depend on them: what cannot be written is said, and the test is done all the
same.
"""

import json
import os
import platform
from typing import Dict, Iterator, List, NamedTuple, Sequence, Tuple

import numpy as np
from deepspeech.formats.content import open_regular
from deepspeech.result_files import takes_bytes

from ..checkpoints.stored_model import StoredModel
from ..compat import tf
from ..console.aside import aside
from ..console.log import Log
from ..data.further_columns import further_columns
from ..data.utterance import Utterance
from ..errors import ConfigError, DeepSpeechError
from ..paths import check_writable, require_kept
from ..reports.comparison import Comparison
from ..reports.curves import read_history
from ..reports.players import MAX_CLIP_S
from ..reports.predictions import FILE_NAME, Prediction, read_predictions, write_predictions
from ..reports.run_report import page_of, worst
from ..reports.tested import CloseUp, RunReport, SetOutcome
from ..settings.config import Asked, ReportConfig, RunConfig
from ..text.alphabet import Alphabet
from .fingerprint import fingerprint
from .forward import ForwardPass
from .report import Result

PAGE_NAME = 'report.html'
HISTORY_NAME, RUN_NAME = 'history.jsonl', 'run.json'
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


def check_targets(asked: Asked) -> None:
    """Raises ConfigError when a file that a test writes is one that the run reads, or two of them are one."""
    report, decoder = asked.report, asked.decoder
    flags: Dict[str, str] = {}
    read = [path for each in (asked.train, asked.dev, asked.test, asked.metrics) for path in each.files]
    read += [asked.alphabet.source, decoder.scorer_path, decoder.lm_binary_path, decoder.lm_trie_path, asked.one_shot_file]
    for flag in ('test_output_file', 'report_file', 'predictions_file'):
        path = getattr(report, flag)
        if path in ('', NOTHING):
            continue
        # Predictions may take the place of those that they are compared with: these are read first.
        require_kept(read if flag == 'predictions_file' else [*read, report.compare], path)
        other = flags.setdefault(os.path.realpath(path), flag)
        if other != flag and not takes_bytes(path):
            raise ConfigError(f'--{other} and --{flag} are both {path}; name another file for one of them.')


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
    with aside(log, 'the report on the test', 'The test is done all the same.'):
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


def _path(asked: str, name: str, run: RunConfig) -> str:
    """Returns where to write a file; '' if nowhere."""
    if asked:
        return '' if asked == NOTHING else asked
    checkpoints = run.checkpoints
    # What is only loaded, perhaps a model of others that several people share, is left as it is.
    is_ours = run.train.files or os.path.abspath(checkpoints.load_dir) == os.path.abspath(checkpoints.save_dir)
    return os.path.join(checkpoints.save_dir, name) if is_ours and os.path.isdir(checkpoints.save_dir) else ''


def _predictions(tested: TestedUtterances) -> List[Prediction]:
    return [Prediction(tested.path, result.wav_filename, utterance.n_samples / utterance.audio.rate_hz, result.src, result.res,
                       loss=result.loss, confidence=result.confidence, edits=result.edits, greedy_edits=result.greedy_edits)
            for utterance, result in zip(tested.utterances, tested.results)]


def _report(run: RunConfig, tested: Sequence[TestedUtterances], predictions: Sequence[List[Prediction]],
            stored_model: StoredModel) -> RunReport:
    """Returns all but the close-ups and the former test."""
    sets = [SetOutcome(each.path, of_set, each.left_out, further_columns(each.path, each.utterances))
            for each, of_set in zip(tested, predictions)]
    names = ', '.join(os.path.basename(each.path) for each in tested)
    directory = run.checkpoints.save_dir if run.train.files else run.checkpoints.load_dir
    identity = fingerprint(run, [(each.path, list(each.utterances)) for each in tested], stored_model)
    return RunReport(
        f'Test on {names}', stored_model.path, sets, (), _labels(run.alphabet), by_characters=run.alphabet.is_bytes,
        seed=run.seed, history=read_history(os.path.join(directory, HISTORY_NAME)),
        configuration=[*_environment(), *_flat(identity), *_flags(run.flags_text), *_of_training(directory)])


def _labels(alphabet: Alphabet) -> List[str]:
    """Returns how each label is written; bytes that are no printable ASCII as numbers."""
    if not alphabet.is_bytes:
        return list(alphabet.labels)
    return [chr(byte) if 32 <= byte < 127 else f'{byte:#04x}' for byte in range(1, alphabet.size + 1)]


def _close_ups(run: RunConfig, tested: Sequence[TestedUtterances], predictions: Sequence[Prediction],
               network: ForwardPass) -> List[CloseUp]:
    """Returns the worst utterances with their sound and what the network gives for them."""
    utterances = [utterance for each in tested for utterance in each.utterances]
    found = []
    for index in worst(predictions, N_CLOSE_UPS, run.alphabet.is_bytes):
        utterance = utterances[index]
        samples, probabilities, problem = np.zeros(0, np.float32), np.zeros((0, run.model.n_outputs), np.float32), ''
        try:
            samples = utterance.audio.read()[:int(MAX_CLIP_S * utterance.audio.rate_hz)].copy()  # long ones take much memory
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


def _of_training(directory: str) -> Iterator[Tuple[str, str]]:
    """Yields what the training has written down of its last start, if it has."""
    try:
        with open_regular(os.path.join(directory, RUN_NAME)) as file:
            start = json.loads(file.read().decode('utf-8'))['starts'][-1]
    except (OSError, ValueError, KeyError, IndexError, TypeError):
        return
    if isinstance(start, dict):
        yield from _flat(start, 'training: ')


def _flags(text: str) -> Iterator[Tuple[str, str]]:
    """Yields the flags that were given: the lines of the others are comments."""
    for line in text.splitlines():
        name, _, value = line.partition('=')
        if name.startswith('--'):
            yield name, value
