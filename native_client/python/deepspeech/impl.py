"""The published low-level functions: error codes instead of exceptions, handles instead of methods.

A handle is a `Model` or a `Stream`. Functions that create one return (code, handle), functions that change one return a code.
"""

from typing import Any, Callable, Optional, Tuple

from . import errors
from .metadata import CandidateTranscript, Metadata, TokenMetadata  # noqa: F401
from .model import Model, Stream
from .version import VERSION

ErrorCodeToErrorMessage = errors.describe
ERR_OK = errors.OK
ERR_NO_MODEL = errors.NO_MODEL
ERR_INVALID_ALPHABET = errors.INVALID_ALPHABET
ERR_INVALID_SHAPE = errors.INVALID_SHAPE
ERR_INVALID_SCORER = errors.INVALID_SCORER
ERR_MODEL_INCOMPATIBLE = errors.MODEL_INCOMPATIBLE
ERR_SCORER_NOT_ENABLED = errors.SCORER_NOT_ENABLED
ERR_SCORER_UNREADABLE = errors.SCORER_UNREADABLE
ERR_SCORER_INVALID_LM = errors.SCORER_INVALID_LM
ERR_SCORER_NO_TRIE = errors.SCORER_NO_TRIE
ERR_SCORER_INVALID_TRIE = errors.SCORER_INVALID_TRIE
ERR_SCORER_VERSION_MISMATCH = errors.SCORER_VERSION_MISMATCH
ERR_FAIL_INIT_MMAP = errors.FAIL_INIT_MMAP
ERR_FAIL_INIT_SESS = errors.FAIL_INIT_SESS
ERR_FAIL_INTERPRETER = errors.FAIL_INTERPRETER
ERR_FAIL_RUN_SESS = errors.FAIL_RUN_SESS
ERR_FAIL_CREATE_STREAM = errors.FAIL_CREATE_STREAM
ERR_FAIL_READ_PROTOBUF = errors.FAIL_READ_PROTOBUF
ERR_FAIL_CREATE_SESS = errors.FAIL_CREATE_SESS
ERR_FAIL_CREATE_MODEL = errors.FAIL_CREATE_MODEL
ERR_FAIL_INSERT_HOTWORD = errors.FAIL_INSERT_HOTWORD
ERR_FAIL_CLEAR_HOTWORD = errors.FAIL_CLEAR_HOTWORD
ERR_FAIL_ERASE_HOTWORD = errors.FAIL_ERASE_HOTWORD

GetModelBeamWidth = Model.beamWidth
SetModelBeamWidth = Model.setBeamWidth
GetModelSampleRate = Model.sampleRate
DisableExternalScorer = Model.disableExternalScorer
SetScorerAlphaBeta = Model.setScorerAlphaBeta
SpeechToText = Model.stt
SpeechToTextWithMetadata = Model.sttWithMetadata
FeedAudioContent = Stream.feedAudioContent
IntermediateDecode = Stream.intermediateDecode
IntermediateDecodeWithMetadata = Stream.intermediateDecodeWithMetadata
FinishStream = Stream.finishStream
FinishStreamWithMetadata = Stream.finishStreamWithMetadata
FreeStream = Stream.freeStream


def _code(function: Callable[..., Any], *arguments: Any) -> Tuple[int, Any]:
    """Returns (error code, result or None) of a call."""
    try:
        return errors.OK, function(*arguments)
    except errors.DeepSpeechError as error:
        return error.code, None


def CreateModel(model_path: str, alphabet_path: Optional[str] = None) -> Tuple[int, Optional[Model]]:
    """Returns (error code, Model or None)."""
    return _code(Model, model_path, alphabet_path)


def CreateStream(model: Model) -> Tuple[int, Optional[Stream]]:
    """Returns (error code, Stream or None)."""
    return _code(model.createStream)


def EnableExternalScorer(model: Model, scorer_path: str) -> int:
    """Returns an error code."""
    return _code(model.enableExternalScorer, scorer_path)[0]


def AddHotWord(model: Model, word: str, boost: float) -> int:
    """Returns an error code."""
    return _code(model.addHotWord, word, boost)[0]


def EraseHotWord(model: Model, word: str) -> int:
    """Returns an error code."""
    return _code(model.eraseHotWord, word)[0]


def ClearHotWords(model: Model) -> int:
    """Returns an error code."""
    return _code(model.clearHotWords)[0]


def FreeModel(model: Any) -> None:
    """Does nothing: Python frees a model when nothing refers to it."""


FreeMetadata = FreeString = FreeModel


def Version() -> str:
    """Returns the version of this package."""
    return VERSION
