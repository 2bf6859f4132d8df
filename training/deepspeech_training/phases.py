"""The phases of a run, in order: train, test, export, transcribe one file; or the search for alpha and beta.

Everything that can be refused is refused before the first phase.
"""

import os
import signal
from contextlib import contextmanager
from dataclasses import replace
from typing import Iterator, List, Optional, Sequence

from .checkpoints.directory import CheckpointDirectories, CheckpointDirectory
from .checkpoints.initialisation import checkpoint_to_evaluate, initial_model, model_to_evaluate
from .checkpoints.lock import locked
from .checkpoints.places import check_places
from .checkpoints.resolve import resolve
from .checkpoints.stored_model import StoredModel
from .compat import on_gpu, visible_devices
from .console.log import Log
from .data.datasets import RunSets, Watch, prepare_sets
from .data.known_audio import KnownAudio
from .data.utterance import AudioSource
from .decode.interface import make_decoder, native
from .entry import EXIT_BY_SIGNAL
from .errors import CheckpointError, ConfigError, ExportError
from .evaluate.forward import forward_pass
from .evaluate.page import check_pages, check_targets
from .evaluate.run import check_output_file, test, transcribe_one
from .export.package import check_apart, check_exportable, export, exports_of
from .export.verify import check_library
from .features.augment.chain import check_available
from .inspection.of_run import RunReport
from .model.compute import choose
from .notification.outbox import Outbox
from .paths import ensure_writable, user_cache_dir
from .recordings.acoustics import Acoustics
from .recordings.aligned import PIECES_AT_ONCE
from .recordings.alignments import Aligner, TextTask
from .recordings.checkpoint import CheckpointModel
from .recordings.sources import Task
from .recordings.transcription import transcribe
from .settings.config import Asked, CheckpointConfig, RunConfig, SetConfig
from .settings.features import FEATURE_CACHES
from .settings.recordings import AlignmentConfig, TranscriptionConfig
from .tracking.tracking import Tracking, check_trackers
from .train.loop import train
from .train.observers.events import Observer
from .train.observers.notify import Notify
from .train.observers.track import Track
from .train.parameter_servers import serve


def run_phases(asked: Asked, log: Log, outbox: Optional[Outbox] = None) -> Optional[int]:
    """Runs the phases that were asked for; `outbox` is told how a training goes.

    Returns:
      None, or the exit code of a run whose training was ended by a signal. After Ctrl-C the other phases follow, with
      what was reached; a signal to terminate ends the run.
    Raises:
      DeepSpeechError: something cannot be carried out.
    """
    if asked.cluster.is_server:
        if asked.train.files:
            serve(asked.cluster, asked.devices, log)
        return None
    _check_before_all(asked, log)
    directories = CheckpointDirectories.of(asked.checkpoints)
    run, sets, interrupted_by = None, None, None
    if not asked.cluster.is_chief:
        if asked.train.files:
            _follow(asked, directories, log)
        else:
            log.info('There is nothing to train together; worker 0 tests and exports.')
        return None
    if asked.train.files:
        with locked(asked.checkpoints.save_dir, log):
            stored = initial_model(asked.checkpoints, directories, log)
            run = resolve(asked, stored, log)
            if stored is None and asked.model.direction is None:
                log.info(exports_of(run.model))
            if run.export.directory:
                check_exportable(run)  # now: only the model says in which direction it goes
            sets = _reported_sets(run, log)  # and how audio becomes frames
            assert sets.training is not None
            interrupted_by = train(run, sets.training, stored, directories.save, log,
                                   observers=_observers(run, outbox, log))
        if interrupted_by not in (None, signal.SIGINT):
            return EXIT_BY_SIGNAL + interrupted_by
        asked = replace(asked, checkpoints=_of_what_was_trained(asked))
    if asked.test.files or asked.export.directory or asked.one_shot_file:
        if asked.train.files:
            stored = checkpoint_to_evaluate(directories.save, asked.checkpoints.load_evaluate, log, asked.checkpoints.n_average)
        else:
            stored = model_to_evaluate(asked.checkpoints, directories.load, log)
        _evaluate(resolve(asked, stored, log, assumed=run), stored, sets, log)
    return EXIT_BY_SIGNAL + interrupted_by if interrupted_by else None


def _follow(asked: Asked, directories: CheckpointDirectories, log: Log) -> None:
    """Trains together with the chief of a cluster, which does all else."""
    stored = initial_model(asked.checkpoints, directories, log)
    run = resolve(asked, stored, log)
    sets = _prepared_sets(run, log)
    assert sets.training is not None
    train(run, sets.training, stored, directories.save, log)


def _observers(run: RunConfig, outbox: Optional[Outbox], log: Log) -> List[Observer]:
    """Returns who is told how a training goes, besides those that every training has."""
    told: List[Observer] = [Notify(outbox, run.schedule.best_by)] if outbox else []
    return told + ([Track(Tracking(run.report.trackers, log))] if run.report.trackers else [])


def run_search(asked: Asked, log: Log) -> None:
    """Searches for the alpha and beta that give the fewest errors on the test files.

    Raises:
      DeepSpeechError: something cannot be carried out.
    """
    try:
        from .evaluate.search import search_weights  # here, as only this needs optuna
    except ImportError as error:
        if error.name != 'optuna':
            raise
        raise ConfigError('the search needs the package optuna; install it with "pip install optuna".') from error

    # With the flags of a training, for instance from its flags.txt, only the test files are of interest.
    asked = replace(asked, train=SetConfig(), dev=SetConfig(), metrics=SetConfig(), one_shot_file='')
    check_places(asked.checkpoints, trains=False)
    ensure_writable(asked.checkpoints.save_dir, 'save_checkpoint_dir', CheckpointError)
    _check_scorer(asked)
    stored = model_to_evaluate(asked.checkpoints, CheckpointDirectory(asked.checkpoints.load_dir), log)
    run = resolve(asked, stored, log)
    sets = _prepared_sets(run, log)
    search_weights(run, sets.test, stored, log)


def run_transcription(tasks: Sequence[Task], asked: Asked, config: TranscriptionConfig, log: Log) -> int:
    """Transcribes recordings with the checkpoint that was asked for; returns the exit code.

    Raises:
      DeepSpeechError: something cannot be carried out.
    """
    asked = _of_no_sets(asked)
    check_places(asked.checkpoints, trains=False)
    decoder = make_decoder(asked.decoder, asked.alphabet)
    with _acoustics(asked, config.batch_size, log) as acoustics:
        return transcribe(tasks, acoustics, decoder, config, log)


def run_alignment(tasks: Sequence[TextTask], asked: Asked, config: AlignmentConfig, log: Log) -> int:
    """Aligns recordings and their texts with the checkpoint that was asked for; returns the exit code. Raises likewise."""
    asked = _of_no_sets(asked)
    check_places(asked.checkpoints, trains=False)
    with _acoustics(asked, PIECES_AT_ONCE, log) as acoustics:
        return Aligner(acoustics, config, log).over(tasks)


@contextmanager
def _acoustics(asked: Asked, batch_size: int, log: Log) -> Iterator[Acoustics]:
    """Gives the network of the checkpoint that was asked for."""
    stored = model_to_evaluate(asked.checkpoints, CheckpointDirectory(asked.checkpoints.load_dir), log)
    run = resolve(asked, stored, log)
    with forward_pass(stored, run.model, run.features, run.devices, batch_size, log=log) as network:
        yield CheckpointModel(network, run)


def _of_no_sets(asked: Asked) -> Asked:
    """Returns what was asked for without data sets, which the flags of a training have."""
    return replace(asked, train=SetConfig(), dev=SetConfig(), test=SetConfig(), metrics=SetConfig(), one_shot_file='')


def _check_before_all(asked: Asked, log: Log) -> None:
    """Refuses what cannot be had here or written there, before anything is read that takes long."""
    for sentence in asked.alphabet.warnings():
        log.warn(sentence)
    check_output_file(asked.report.test_output_file)
    check_targets(asked)
    if asked.test.files:
        check_pages(asked.report)
    check_places(asked.checkpoints, trains=bool(asked.train.files))
    if asked.train.files:
        choose(asked.of_new_model().model, on_gpu(visible_devices(asked.devices)))
        ensure_writable(asked.checkpoints.save_dir, 'checkpoint_dir', CheckpointError)
        ensure_writable(asked.report.summary_dir, 'summary_dir')
        _check_cache(asked, log)
        check_available(asked.augmentations)
        check_trackers(asked.report.trackers)
    if asked.export.directory:
        check_library()
        ensure_writable(asked.export.directory, 'export_dir', ExportError)
    _check_scorer(asked)


def _check_scorer(asked: Asked) -> None:
    """Opens the scorer once, so that a wrong one, or a missing decoder, is found before training."""
    if asked.test.files or asked.one_shot_file:
        native()  # they need the decoder, with a scorer or without
    if asked.decoder.has_scorer and (asked.test.files or asked.one_shot_file or asked.train.files):
        make_decoder(asked.decoder, asked.alphabet)


def _check_cache(asked: Asked, log: Log) -> None:
    if asked.cache_for_epochs == 1:
        log.warn('--cache_for_epochs 1: the feature cache is emptied before every epoch and never used; leave the flag out.')
    if asked.feature_cache not in FEATURE_CACHES:
        ensure_writable(os.path.dirname(os.path.abspath(asked.feature_cache)), 'feature_cache')


def _evaluate(run: RunConfig, stored: StoredModel, sets: Optional[RunSets], log: Log) -> None:
    """Runs the phases that use a model. `sets` are there if they were prepared for a training."""
    if run.export.directory:
        check_exportable(run)
        check_apart(run.export, stored)
    sets = sets or _prepared_sets(run, log)
    if run.test.files:
        test(run, sets.test, stored, log, sets.left_out)
    if run.export.directory:
        export(run, stored, log, _recordings(sets))
    if sets.one_shot is not None:
        transcribe_one(run, sets.one_shot, stored, log)


def _prepared_sets(run: RunConfig, log: Log, watch: Watch = lambda name, checked: None) -> RunSets:
    return prepare_sets(run, user_cache_dir('converted'), log, KnownAudio(user_cache_dir('known-audio'), log), watch)


def _reported_sets(run: RunConfig, log: Log) -> RunSets:
    """Returns the sets of a training, of which a report is written."""
    if run.report.data_report == 'off':
        return _prepared_sets(run, log)
    report = RunReport(run, user_cache_dir('known-levels'), log)
    sets = _prepared_sets(run, log, report.watch)
    report.write()
    return sets


def _recordings(sets: RunSets) -> List[AudioSource]:
    """Returns all recordings, those that were not trained on first."""
    training = sets.training
    listed = [sets.test, training.dev if training else [], [('train', training.train)] if training else []]
    sources = [utterance.audio for each in listed for _, utterances in each for utterance in utterances]
    return sources + ([sets.one_shot.audio] if sets.one_shot else [])


def _of_what_was_trained(asked: Asked) -> CheckpointConfig:
    """Returns the CheckpointConfig for the phases after training; without validation there is no best model of it."""
    if asked.checkpoints.load_evaluate == 'auto' and not asked.dev.files:
        return replace(asked.checkpoints, load_evaluate='last')
    return asked.checkpoints
