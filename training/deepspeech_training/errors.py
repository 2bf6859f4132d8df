"""Errors that a person can act on.

Library code raises these; only entry points catch them, print one line and choose the exit code. Each message
names the thing, the value, the limit and the next step.

Short because there are no more kinds: everything imports this module, and it imports nothing of the trainer.
"""

from deepspeech.errors import one_line


class DeepSpeechError(Exception):
    """Base of every error that is the user's to mend; entry points print it without a traceback.

    Its message is one line: control characters, in names of files for instance, are shown as escapes.
    """

    exit_code = 1

    def __init__(self, message: str) -> None:
        super().__init__(one_line(message))


class ConfigError(DeepSpeechError):
    """A flag or a combination of flags cannot be carried out."""


class DataError(DeepSpeechError):
    """A data set, audio file, alphabet or transcript cannot be used."""


class CheckpointError(DeepSpeechError):
    """A checkpoint cannot be read, written, or does not fit the model."""


class ScorerError(DeepSpeechError):
    """A scorer package or language model cannot be built or read."""


class ExportError(DeepSpeechError):
    """A model cannot be exported, or an exported model cannot be used."""


class TrainingError(DeepSpeechError):
    """Training cannot go on: weights or losses are not finite, or memory ran out."""


class DivergenceError(TrainingError):
    """Weights or losses are not finite."""


class LostMemberError(TrainingError):
    """A process that trains together with this one has ended, or does not answer any more."""

    exit_code = 75  # EX_TEMPFAIL of sysexits.h: the same command may well succeed
