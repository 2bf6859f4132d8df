"""The door of the programs with flags: `DeepSpeech.py` and, in `bin`, `evaluate.py`, `transcribe.py`,
`align.py` and `lm_optimizer.py`.

What they do is in `phases.py`, which loads TensorFlow. It is imported once there is work, so that a mistyped flag is
answered at once.
"""

import os
import sys
from dataclasses import replace
from typing import Callable, Optional, Sequence

from deepspeech.streams import with_streams

from .checkpoints.stored_alphabet import alphabet_in as alphabet_in_checkpoints
from .console.log import Log
from .entry import INTERRUPTED, require_system, require_threads, sentence_of, threads_of_a_run
from .errors import ConfigError
from .notification.outbox import notified
from .settings import command_line
from .settings.config import ExportConfig, NotifyConfig, SetConfig
from .settings.from_flags import asked_for, config_of, default_labels, load_directory
from .settings.help_screen import answer, program_of, say_next_steps
from .settings.recordings import ALIGNMENT, TRANSCRIPTION, Program


def main(argv: Optional[Sequence[str]] = None) -> int:
    """Runs `DeepSpeech.py` - train, test, export, transcribe one file - and returns its exit code.

    Args:
      argv: command line with the name of the program first; None: that of this process.
    """
    words = sys.argv if argv is None else argv
    if len(words) > 1:
        return run_program(_run_phases, words)
    return with_streams(lambda: say_next_steps(program_of(words)))


def evaluate(argv: Optional[Sequence[str]] = None) -> int:
    """Runs `bin/evaluate.py`, the test of a model that is there; as `main`."""
    return run_program(_run_test, argv)


def search(argv: Optional[Sequence[str]] = None) -> int:
    """Runs `bin/lm_optimizer.py`, the search for alpha and beta; as `main`."""
    return run_program(_run_search, argv)


def transcribe(argv: Optional[Sequence[str]] = None) -> int:
    """Runs `bin/transcribe.py`, for recordings of any length; as `main`."""
    return run_program(_run_transcription, argv, TRANSCRIPTION)


def align(argv: Optional[Sequence[str]] = None) -> int:
    """Runs `bin/align.py`, which finds the words of texts in recordings; as `main`."""
    return run_program(_run_alignment, argv, ALIGNMENT)


def run_program(work: Callable[..., Optional[int]], argv: Optional[Sequence[str]] = None,
                program: Optional[Program] = None) -> int:
    """Does `work(asked, log)` as the flags in `argv` ask for; returns the exit code.

    `work` returns one, too, if it was interrupted and came to a sound end nevertheless. With a `program` of flags of its own,
    what these ask for is its third argument.
    """
    return with_streams(lambda: _run(work, sys.argv if argv is None else argv, program))


def _run(work, argv, program):
    log, others = Log(), {program.group: program.flags} if program else {}
    try:
        text = answer(argv, others)
        if text is not None:
            print(text)
            return 0
        require_system()
        command_line.define(others)
        values = command_line.parse(argv)
        log = Log(values.log_level)
        if 'log_level' in values.explicit:
            os.environ['TF_CPP_MIN_LOG_LEVEL'] = str(values.log_level)  # see compat, which nothing has imported yet
        for sentence in values.meanings:
            log.info(sentence)
        for sentence in values.warnings:
            log.warn(sentence)
        own = [config_of(values, program.flags, program.config)] if program else []
        asked = asked_for(values, _alphabet_of_model(values, own, log))
        require_threads(threads_of_a_run())
        return work(asked, log, *own) or 0
    except KeyboardInterrupt:
        log.error('Interrupted.')
        return INTERRUPTED
    except Exception as error:
        sentence = sentence_of(error)
        if sentence is None:
            raise
        log.error(sentence)
        return getattr(error, 'exit_code', 1)


def _alphabet_of_model(values, own, log):
    """Returns the Alphabet of the model to use; None: nothing there tells it, or the command line says which."""
    if values.explicit & {'alphabet_config_path', 'bytes_output_mode'}:
        return None
    if own and own[0].model:
        from .recordings.acoustics import alphabet_in
        return alphabet_in(own[0].model)
    is_new = values.drop_source_layers > 0 or bool(values.train_files) and values.load_train == 'init'
    stored = None if is_new else alphabet_in_checkpoints(load_directory(values))
    if stored is None or stored.for_json() == default_labels(values):
        return None
    log.info(f'Taking the alphabet of {stored.size} labels from the checkpoint (not {values.alphabet_config_path}).')
    return stored


def _run_phases(asked, log):
    if not (asked.train.files or asked.test.files or asked.export.directory or asked.one_shot_file):
        raise ConfigError('nothing to do: pass --train_files, --test_files, --export_dir or --one_shot_infer '
                          '(--help shows the usual flags).')

    def work(outbox):
        from .phases import run_phases
        return run_phases(asked, log, outbox)

    # Of processes that train together the chief tells.
    return notified(work, asked if asked.cluster.is_chief else replace(asked, notify=NotifyConfig()), log)


def _run_test(asked, log):
    if not asked.test.files:
        raise ConfigError('a test needs transcribed speech; pass --test_files.')
    # With the flags of a training, for instance from its flags.txt, nothing but the test is wanted.
    return _run_phases(replace(asked, train=SetConfig(), dev=SetConfig(), metrics=SetConfig(), export=ExportConfig(),
                               one_shot_file=''), log)


def _run_search(asked, log):
    if not asked.test.files:
        raise ConfigError('alpha and beta are found by recognising transcribed speech; pass --test_files.')
    if not asked.decoder.has_scorer:
        raise ConfigError('alpha and beta are weights of a scorer; pass one with --scorer_path.')

    def work(_):
        from .phases import run_search
        return run_search(asked, log)

    return notified(work, asked, log)


def _run_transcription(asked, log, config):
    from .recordings.sources import find_tasks
    from .recordings.transcription import still_to_do
    tasks = still_to_do(find_tasks(config), config, log)  # before a model is looked for

    def work(_):
        if not tasks:
            return 0
        if config.model:  # without TensorFlow
            from .decode.interface import make_decoder
            from .recordings.acoustics import ExportedModel
            from .recordings.transcription import transcribe as transcribe_with
            model = ExportedModel(config.model, asked.alphabet)
            return transcribe_with(tasks, model, make_decoder(asked.decoder, asked.alphabet), config, log)
        from .phases import run_transcription
        return run_transcription(tasks, asked, config, log)

    return notified(work, asked, log)


def _run_alignment(asked, log, config):
    from .recordings.alignments import Aligner, find_alignments
    tasks = find_alignments(config, log)

    def work(_):
        if config.model:
            from .recordings.acoustics import ExportedModel
            return Aligner(ExportedModel(config.model, asked.alphabet), config, log).over(tasks)
        from .phases import run_alignment
        return run_alignment(tasks, asked, config, log)

    return notified(work, asked, log)


if __name__ == '__main__':
    sys.exit(main())
