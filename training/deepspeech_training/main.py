"""What the programs with flags do.

`DeepSpeech.py`: train, test, export, transcribe one file - whatever the flags ask for. `bin/lm_optimizer.py`: search for
alpha and beta.
"""

import os
import signal
import sys
from dataclasses import replace

from xdg import BaseDirectory

from .settings import flags
from .entry import INTERRUPTED
from .settings.config import FEATURE_CACHES, SetConfig
from .errors import CheckpointError, ConfigError, DeepSpeechError, ExportError
from .settings.from_flags import run_config
from .console.log import Log, let_go
from .paths import ensure_writable

EXIT_BY_SIGNAL = 128  # and the signal's number: the exit code of a program that a signal has ended
BROKEN_PIPE = EXIT_BY_SIGNAL + signal.SIGPIPE


def main(argv=None):
    """Runs `DeepSpeech.py` with `argv` (program name first); returns its exit code."""
    return run_program(run_phases, argv)


def run_program(work, argv=None):
    """Runs `work(RunConfig, Log)` as the flags in `argv` (program name first) want it; returns the exit code.

    `work` returns one, too, if it was interrupted and came to a sound end nevertheless.
    """
    log = Log()
    try:
        flags.define()
        values = flags.parse(sys.argv if argv is None else argv)
        log = Log(values.log_level)
        if 'log_level' in values.explicit:
            os.environ['TF_CPP_MIN_LOG_LEVEL'] = str(values.log_level)  # see compat, which nothing has imported yet
        for sentence in values.meanings:
            log.info(sentence)
        for sentence in values.warnings:
            log.warn(sentence)
        return work(run_config(values), log) or 0
    except DeepSpeechError as error:
        log.error(str(error))
        return error.exit_code
    except KeyboardInterrupt:
        log.error('Interrupted.')
        return INTERRUPTED
    except MemoryError:
        log.error('Memory ran out; choose a smaller batch size or --n_hidden, or --feature_cache off.')
        return 1
    except BrokenPipeError:  # whoever read our lines has gone, as `head` does
        let_go()
        return BROKEN_PIPE
    except OSError as error:
        log.error(f'{error.filename or "input or output"}: {error.strerror or error}.')
        return 1


def run_phases(run, log):
    """Runs the phases that `run` (a RunConfig) asks for, in order; everything is checked before the first one.

    Returns:
      None, or the exit code of a run whose training was ended by a signal. After Ctrl-C the other phases follow, with
      what was reached; a signal to terminate ends the run.
    """
    if not (run.train.files or run.test.files or run.export.directory or run.one_shot_file):
        raise ConfigError('nothing to do: pass --train_files, --test_files, --export_dir or --one_shot_infer '
                          '(--helpfull lists all flags).')
    # Imported here, so that a mistyped flag is answered at once and not after TensorFlow has loaded.
    from .checkpoints.resolve import fit
    from .checkpoints.directory import CheckpointDirectories
    from .checkpoints.initialisation import checkpoint_to_evaluate, initial_model, model_to_evaluate
    from .checkpoints.lock import locked
    from .compat import on_gpu, visible_devices
    from .evaluate.run import check_output_file, test, transcribe_one
    from .export.package import check_apart, check_exportable, export
    from .model.compute import choose
    from .train.loop import train

    for sentence in run.alphabet.warnings():
        log.warn(sentence)
    check_output_file(run.report.test_output_file)
    if run.train.files:
        choose(run.model, on_gpu(visible_devices(run.devices)))  # refuses what cannot be had here
        ensure_writable(run.checkpoints.save_dir, 'checkpoint_dir', CheckpointError)
        ensure_writable(run.report.summary_dir, 'summary_dir')
        _check_cache(run, log)
    if run.export.directory:
        ensure_writable(run.export.directory, 'export_dir', ExportError)
    _check_scorer(run)
    interrupted_by = None
    directories = CheckpointDirectories.of(run.checkpoints)
    if run.train.files:
        with locked(run.checkpoints.save_dir, log):
            source = initial_model(run.checkpoints, directories, log)
            run = fit(run, source, log)
            if run.export.directory:
                check_exportable(run)  # now: only the model says in which direction it goes
            sets = _prepared_sets(run, log)  # and how audio becomes frames
            interrupted_by = train(run, sets.training, source, directories.save, log)
        if interrupted_by not in (None, signal.SIGINT):
            return EXIT_BY_SIGNAL + interrupted_by
        run = replace(run, checkpoints=_of_what_was_trained(run))
    if run.test.files or run.export.directory or run.one_shot_file:
        if run.train.files:
            source = checkpoint_to_evaluate(directories.save, run.checkpoints.load_evaluate, log)
        else:
            source = model_to_evaluate(run.checkpoints, directories.load, _names_directory(run), log)
        run = fit(run, source, log)
    if run.export.directory:
        check_exportable(run)
        check_apart(run.export, source)
    if not run.train.files:
        sets = _prepared_sets(run, log)
    if run.test.files:
        test(run, sets.test, source, log)
    if run.export.directory:
        export(run, source, log, _recordings(sets))
    if run.one_shot_file:
        transcribe_one(run, sets.one_shot, source, log)
    return EXIT_BY_SIGNAL + interrupted_by if interrupted_by else None


def run_search(run, log):
    """Searches for the alpha and beta that give the fewest errors on the test files of `run` (a RunConfig)."""
    if not run.test.files:
        raise ConfigError('alpha and beta are found by recognising transcribed speech; pass --test_files.')
    if not run.decoder.has_scorer:
        raise ConfigError('alpha and beta are weights of a scorer; pass one with --scorer_path.')
    try:
        from .evaluate.search import search_weights
    except ImportError as error:
        if error.name != 'optuna':
            raise
        raise ConfigError('the search needs the package optuna; install it with "pip install optuna".') from error
    from .checkpoints.resolve import fit
    from .checkpoints.directory import CheckpointDirectory
    from .checkpoints.initialisation import model_to_evaluate

    # With the flags of a training, for instance from its flags.txt, only the test files are of interest.
    run = replace(run, train=SetConfig(), dev=SetConfig(), metrics=SetConfig(), one_shot_file='')
    ensure_writable(run.checkpoints.save_dir, 'save_checkpoint_dir', CheckpointError)
    _check_scorer(run)
    directory = CheckpointDirectory(run.checkpoints.load_dir)
    source = model_to_evaluate(run.checkpoints, directory, _names_directory(run), log)
    run = fit(run, source, log)
    search_weights(run, _prepared_sets(run, log).test, source, log)


def _recordings(sets):
    """Returns the AudioSources of a RunSets, those that were not trained on first."""
    training = sets.training
    listed = [sets.test, training.dev if training else [], [('train', training.train)] if training else []]
    sources = [utterance.audio for each in listed for _, utterances in each for utterance in utterances]
    return sources + ([sets.one_shot.audio] if sets.one_shot else [])


def _names_directory(run):
    """Returns whether the command line names a directory to load checkpoints from."""
    return bool(run.explicit & {'checkpoint_dir', 'load_checkpoint_dir'})


def _of_what_was_trained(run):
    """Returns the CheckpointConfig for the phases after training; without validation there is no best model of it."""
    if run.checkpoints.load_evaluate == 'auto' and not run.dev.files:
        return replace(run.checkpoints, load_evaluate='last')
    return run.checkpoints


def _check_scorer(run):
    """Opens the scorer once, so that a wrong one is found before training."""
    from .decode.interface import make_decoder

    if run.decoder.has_scorer and (run.test.files or run.one_shot_file or run.train.files):
        make_decoder(run.decoder, run.alphabet)


def _check_cache(run, log):
    if run.cache_for_epochs == 1:
        log.warn('--cache_for_epochs 1: the feature cache is emptied before every epoch and never used; leave the flag out.')
    if run.feature_cache not in FEATURE_CACHES:
        ensure_writable(os.path.dirname(os.path.abspath(run.feature_cache)), 'feature_cache')


def _prepared_sets(run, log):
    from .data.datasets import prepare_sets

    converted_dir = os.path.join(BaseDirectory.xdg_cache_home, 'deepspeech', 'converted')
    return prepare_sets(run, converted_dir, log)


if __name__ == '__main__':
    sys.exit(main())
