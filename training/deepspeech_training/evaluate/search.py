"""The search for alpha and beta: the network runs once, then only the decoder, with other weights each time."""

import os
import sqlite3
import tempfile
import zlib
from contextlib import closing, contextmanager
from dataclasses import asdict, replace
from typing import IO, Any, Generator, Iterator, List, Optional, Sequence, Tuple

import optuna
from optuna.exceptions import StorageInternalError
from optuna.trial import TrialState
from sqlalchemy.exc import SQLAlchemyError

from ..checkpoints.stored_model import StoredModel
from ..console.log import Log
from ..console.progress import Countdown
from ..decode.interface import BeamSearchDecoder, make_decoder
from ..errors import ConfigError, DataError
from ..settings.config import RunConfig, SearchConfig
from ..text.metrics import EditCounts, edit_counts, error_rates
from .fingerprint import Sets, digest, fingerprint
from .forward import forward_pass
from .stored import StoredOutputs

NAME = 'lm_optimizer.sqlite'  # in the directory of checkpoints; holds one study per task
CHECKSUM = 'checksum'  # of a trial, as SQLite has none
LOCKED_S = 5.  # how long to wait for another process that writes to it


def search_weights(run: RunConfig, sets: Sets, stored_model: StoredModel, log: Log) -> Tuple[float, float, float]:
    """Tries pairs of alpha and beta on all sets together and prints the best one.

    An interrupted search goes on where it stopped, with the pairs that it would have tried next.

    Args:
      run: fits the model and has a scorer.
      sets: (file as given, its utterances) of each set.
      stored_model: the acoustic model.
      log: where the best pairs are told.
    Returns:
      (alpha, beta, error rate).
    """
    directory = run.checkpoints.save_dir
    path = os.path.join(directory, NAME)
    study = _study(path, _task(run, sets, stored_model), log)
    decoder = make_decoder(run.decoder, run.alphabet)
    with tempfile.TemporaryFile(dir=directory) as file:
        outputs = _run_network(run, sets, stored_model, file, log)
        references = [[run.alphabet.decode(utterance.labels) for utterance in utterances] for _, utterances in sets]
        metric = 'CER' if decoder.bytes_mode else 'WER'
        with _naming(path, SQLAlchemyError, StorageInternalError):
            _run_trials(study, run.search, run.seed, _Objective(decoder, outputs, references, metric), log)
            best = study.best_trial
    alpha, beta = best.params['lm_alpha'], best.params['lm_beta']
    log.result(f'Best params: lm_alpha={alpha} and lm_beta={beta} with {metric}={best.value}')
    return alpha, beta, study.best_value


class _Objective:
    """The error rate over all sets for given weights: of characters for a scorer in bytes mode, else of words."""

    def __init__(self, decoder: BeamSearchDecoder, outputs: Sequence[StoredOutputs], references: List[List[str]],
                 metric: str) -> None:
        self._decoder, self._outputs, self._references = decoder, outputs, references
        self.metric = metric
        self.n_sets = len(references)

    def error_rates(self, alpha: float, beta: float) -> Generator[float, None, None]:
        """Yields the error rate over the first set, the first two, and so on."""
        counts: List[EditCounts] = []
        decoder = self._decoder.with_weights(alpha, beta)
        for outputs, references in zip(self._outputs, self._references):
            texts = [hypotheses[0].text for batch, lengths in outputs.batches()
                     for hypotheses in decoder.decode_batch(batch, lengths)]
            counts += [edit_counts(reference, text) for reference, text in zip(references, texts)]
            wer, cer = error_rates(counts)
            yield cer if self.metric == 'CER' else wer


def _task(run: RunConfig, sets: Sets, stored_model: StoredModel) -> str:
    """Returns a name for everything that decides the outcome of a search but the number of trials."""
    decoder = replace(run.decoder, lm_alpha=None, lm_beta=None)
    limits = asdict(replace(run.search, n_trials=0))
    return digest([fingerprint(replace(run, decoder=decoder), sets, stored_model), limits, run.seed])


def _study(path: str, name: str, log: Log) -> 'optuna.Study':
    optuna.logging.set_verbosity(optuna.logging.WARNING)
    # RuntimeError: made by another version; the others: damaged values.
    with _naming(path, SQLAlchemyError, StorageInternalError, RuntimeError, ValueError, KeyError, sqlite3.Error):
        # Within a URL, characters such as ? and % of the path would mean something else, depending on the version.
        storage = optuna.storages.RDBStorage('sqlite://', {'creator': lambda: sqlite3.connect(path, LOCKED_S)})
        study = optuna.create_study(storage=storage, study_name=name, load_if_exists=True, direction='minimize',
                                    pruner=optuna.pruners.MedianPruner())
        damaged = [trial.number for trial in _finished(study) if not _is_as_written(trial)]
    if damaged:
        raise ConfigError(f'{path}: trial {damaged[0] + 1} of the search is damaged, so its best one cannot be trusted; '
                          f'restore the file from a copy, or remove it to start over.')
    log.info(f'The search is kept in {path}: the same command goes on with it; remove the file to start over.')
    return study


@contextmanager
def _naming(path: str, *errors: Any) -> Iterator[None]:
    """Turns `errors` of the storage into a ConfigError that names its file."""
    try:
        yield
    except errors as error:
        reason = error
        while reason.__cause__:
            reason = reason.__cause__  # what SQLite said, without the statement
        raise ConfigError(f'{path}: the trials of the search cannot be read or written ({reason}); end '
                          f'what else uses it, or remove it to start over.') from error


def _finished(study: 'optuna.Study') -> List['optuna.trial.FrozenTrial']:
    return [trial for trial in study.get_trials(deepcopy=False) if trial.state in (TrialState.COMPLETE, TrialState.PRUNED)]


def _is_as_written(trial: 'optuna.trial.FrozenTrial') -> bool:
    """Returns whether nothing has damaged a finished trial; one of a version without checksums is taken as it is."""
    expected, rates = trial.user_attrs.get(CHECKSUM), [rate for _, rate in sorted(trial.intermediate_values.items())]
    if expected is None:
        return True
    is_of_rates = trial.state == TrialState.PRUNED or rates[-1:] == [trial.value]
    return is_of_rates and expected == _checksum(trial.params.get('lm_alpha'), trial.params.get('lm_beta'), rates)


def _checksum(alpha: Optional[float], beta: Optional[float], rates: Sequence[float]) -> str:
    return f'{zlib.crc32(repr((alpha, beta, list(rates))).encode("ascii")):08x}'


def _run_network(run: RunConfig, sets: Sets, stored_model: StoredModel, file: IO[bytes], log: Log) -> List[StoredOutputs]:
    """Returns the StoredOutputs of each set."""
    stored = []
    with forward_pass(stored_model, run.model, run.features, run.devices, run.test.batch_size, log=log) as network:
        for path, utterances in sets:
            log.info(f'Running the network on {path}')
            outputs = StoredOutputs(file, run.model.n_outputs)
            audio_s = [utterance.n_samples / run.features.rate_hz for utterance in utterances]
            n_done = 0
            with Countdown(log, run.report.show_progressbar, 'Network', audio_s, in_audio=True) as progress:
                for batch in network.batches(utterances):
                    for reason in network.unread(batch).values():
                        raise DataError(f'{reason} The weights would be found for another set; repeat the command.')
                    outputs.add(batch.probabilities, batch.lengths)
                    n_done += len(batch.lengths)
                    progress.update(n_done)
            stored.append(outputs)
    return stored


def _run_trials(study: 'optuna.Study', limits: SearchConfig, seed: int, objective: _Objective, log: Log) -> None:
    n_trials = limits.n_trials
    n_done = len(_finished(study))
    if n_done:
        log.info(f'Taking up {n_done} trials of an earlier run.')
    progress = Countdown(log, False, 'Search', [1] * max(n_trials, n_done), n_done)
    for number in range(n_done, n_trials):
        # A sampler per trial: what it draws depends on the trials before, not on how many runs they took.
        study.sampler = optuna.samplers.TPESampler(seed=seed + number)
        _run_trial(study, limits, objective, number, log)
        progress.update(number + 1)


def _run_trial(study: 'optuna.Study', limits: SearchConfig, objective: _Objective, number: int, log: Log) -> None:
    trial = study.ask()
    alpha = trial.suggest_float('lm_alpha', 0.0, limits.alpha_max)
    beta = trial.suggest_float('lm_beta', 0.0, limits.beta_max)
    known: List[float] = []
    with closing(objective.error_rates(alpha, beta)) as rates:
        for step, rate in enumerate(rates):
            known.append(rate)
            trial.report(rate, step)
            if step + 1 < objective.n_sets and trial.should_prune():
                trial.set_user_attr(CHECKSUM, _checksum(alpha, beta, known))
                study.tell(trial, state=TrialState.PRUNED)
                return
    trial.set_user_attr(CHECKSUM, _checksum(alpha, beta, known))
    study.tell(trial, rate)
    if study.best_trial.number == trial.number:
        log.info(f'Trial {number + 1}: {objective.metric} {rate:f} with lm_alpha {alpha:f} and lm_beta {beta:f} is '
                 f'the best so far.')
