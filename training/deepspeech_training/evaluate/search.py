"""The search for alpha and beta: the network runs once, then only the decoder, with other weights each time."""

import os
import sqlite3
import tempfile
from contextlib import closing, contextmanager
from dataclasses import asdict, replace

import optuna
from optuna.exceptions import StorageInternalError
from optuna.trial import TrialState
from sqlalchemy.exc import SQLAlchemyError

from ..decode.interface import make_decoder
from ..errors import ConfigError
from ..console.progress import Countdown
from ..text.metrics import score, total_rates
from .fingerprint import digest, fingerprint
from .forward import forward_pass
from .stored import StoredOutputs

NAME = 'lm_optimizer.sqlite'  # in the directory of checkpoints; holds one study per task
LOCKED_S = 5.  # how long to wait for another process that writes to it


def search_weights(run, sets, source, log):
    """Tries pairs of alpha and beta on all sets together and prints the best one.

    An interrupted search goes on where it stopped, with the pairs that it would have tried next.

    Args:
      run: RunConfig that fits `source`, with a scorer.
      sets: list of (file as given, list of Utterance).
      source: StoredCheckpoint.
      log: Log.
    Returns:
      (alpha, beta, error rate).
    """
    directory = run.checkpoints.save_dir
    path = os.path.join(directory, NAME)
    study = _study(path, _task(run, sets, source), log)
    decoder = make_decoder(run.decoder, run.alphabet)
    with tempfile.TemporaryFile(dir=directory) as file:
        outputs = _run_network(run, sets, source, file, log)
        references = [[run.alphabet.decode(prepared.labels) for prepared in samples] for _, samples in sets]
        rate_name = 'CER' if decoder.bytes_mode else 'WER'
        with _naming(path, SQLAlchemyError, StorageInternalError):
            _run_trials(study, run, _Objective(decoder, outputs, references, rate_name), log)
            best = study.best_trial
    alpha, beta = best.params['lm_alpha'], best.params['lm_beta']
    log.plain(f'Best params: lm_alpha={alpha} and lm_beta={beta} with {rate_name}={best.value}')
    return alpha, beta, best.value


class _Objective:
    """The error rate over all sets for given weights: of characters for a scorer in bytes mode, else of words."""

    def __init__(self, decoder, outputs, references, rate_name):
        self._decoder, self._outputs, self._references = decoder, outputs, references
        self.rate_name = rate_name
        self.n_sets = len(references)

    def rates(self, alpha, beta):
        """Yields the error rate over the first set, the first two, and so on."""
        scores = []
        decoder = self._decoder.with_weights(alpha, beta)
        for outputs, references in zip(self._outputs, self._references):
            texts = [hypotheses[0].text for batch, lengths in outputs.batches()
                     for hypotheses in decoder.decode_batch(batch, lengths)]
            scores += [score(reference, text) for reference, text in zip(references, texts)]
            wer, cer = total_rates(scores)
            yield cer if self.rate_name == 'CER' else wer


def _task(run, sets, source):
    """Returns a name for everything that decides the outcome of a search but the number of trials."""
    decoder = replace(run.decoder, lm_alpha=None, lm_beta=None)
    limits = asdict(replace(run.search, n_trials=0))
    return digest([fingerprint(replace(run, decoder=decoder), sets, source), limits, run.seed])


def _study(path, name, log):
    optuna.logging.set_verbosity(optuna.logging.WARNING)
    with _naming(path, SQLAlchemyError, StorageInternalError, RuntimeError):  # the last: made by another version
        # Within a URL, characters such as ? and % of the path would mean something else, depending on the version.
        storage = optuna.storages.RDBStorage('sqlite://', {'creator': lambda: sqlite3.connect(path, LOCKED_S)})
        study = optuna.create_study(storage=storage, study_name=name, load_if_exists=True, direction='minimize',
                                    pruner=optuna.pruners.MedianPruner())
    log.info(f'The search is kept in {path}: the same command goes on with it; remove the file to start over.')
    return study


@contextmanager
def _naming(path, *errors):
    """Turns `errors` of the storage into a ConfigError that names its file."""
    try:
        yield
    except errors as error:
        reason = error
        while reason.__cause__:
            reason = reason.__cause__  # what SQLite said, without the statement
        raise ConfigError(f'{path}: the trials of the search cannot be read or written ({reason}); end '
                          f'what else uses it, or remove it to start over.') from error


def _run_network(run, sets, source, file, log):
    """Returns the StoredOutputs of each set."""
    stored = []
    with forward_pass(run, source) as network:
        for path, samples in sets:
            log.info(f'Running the network on {path}')
            outputs = StoredOutputs(file, run.model.n_outputs)
            audio_s = [sample.n_samples / run.features.rate_hz for sample in samples]
            n_done = 0
            with Countdown(log, run.report.show_progressbar, 'Network', audio_s, in_audio=True) as progress:
                for batch in network.batches(samples):
                    outputs.add(batch.probabilities, batch.lengths)
                    n_done += len(batch.lengths)
                    progress.update(n_done)
            stored.append(outputs)
    return stored


def _run_trials(study, run, objective, log):
    n_trials = run.search.n_trials
    n_done = sum(trial.state in (TrialState.COMPLETE, TrialState.PRUNED) for trial in study.get_trials(deepcopy=False))
    if n_done:
        log.info(f'Taking up {n_done} trials of an earlier run.')
    progress = Countdown(log, False, 'Search', [1] * max(n_trials, n_done), n_done)
    for number in range(n_done, n_trials):
        # A sampler per trial: what it draws depends on the trials before, not on how many runs they took.
        study.sampler = optuna.samplers.TPESampler(seed=run.seed + number)
        _run_trial(study, run.search, objective, number, log)
        progress.update(number + 1)


def _run_trial(study, limits, objective, number, log):
    trial = study.ask()
    alpha = trial.suggest_float('lm_alpha', 0.0, limits.alpha_max)
    beta = trial.suggest_float('lm_beta', 0.0, limits.beta_max)
    with closing(objective.rates(alpha, beta)) as rates:
        for step, rate in enumerate(rates):
            trial.report(rate, step)
            if step + 1 < objective.n_sets and trial.should_prune():
                study.tell(trial, state=TrialState.PRUNED)
                return
    study.tell(trial, rate)
    if study.best_trial.number == trial.number:
        log.info(f'Trial {number + 1}: {objective.rate_name} {rate:f} with lm_alpha {alpha:f} and lm_beta {beta:f} is '
                 f'the best so far.')
