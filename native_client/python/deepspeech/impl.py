"""The functions under the classes, with the published names: error codes instead of exceptions, handles instead of methods.

A handle is a `Model` or a `Stream`. What makes one returns (code, handle), what changes one returns a code.
"""

from . import errors
from .metadata import CandidateTranscript, Metadata, TokenMetadata  # noqa: F401
from .model import Model, Stream
from .version import VERSION

ErrorCodeToErrorMessage = errors.describe
globals().update({f'ERR_{name}': code for name, code in vars(errors).items() if name.isupper() and name[0] != '_'})

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


def _code(function, *arguments):
    """Returns (error code, result or None) of a call."""
    try:
        return errors.OK, function(*arguments)
    except errors.DeepSpeechError as error:
        return error.code, None


def CreateModel(model_path, alphabet_path=None):
    """Returns (error code, Model or None)."""
    return _code(Model, model_path, alphabet_path)


def CreateStream(model):
    """Returns (error code, Stream or None)."""
    return _code(model.createStream)


def EnableExternalScorer(model, scorer_path):
    """Returns an error code."""
    return _code(model.enableExternalScorer, scorer_path)[0]


def AddHotWord(model, word, boost):
    """Returns an error code."""
    return _code(model.addHotWord, word, boost)[0]


def EraseHotWord(model, word):
    """Returns an error code."""
    return _code(model.eraseHotWord, word)[0]


def ClearHotWords(model):
    """Returns an error code."""
    return _code(model.clearHotWords)[0]


def FreeModel(model):
    """Does nothing: a model goes when nobody holds it."""


FreeMetadata = FreeString = FreeModel


def Version():
    """Returns the version of this package."""
    return VERSION
