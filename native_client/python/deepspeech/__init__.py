"""Speech to text with trained models: the interface of the published `deepspeech` package, without TensorFlow.

    model = Model('output_graph.pbmm')
    model.enableExternalScorer('language.scorer')
    print(model.stt(samples))                      # int16 at model.sampleRate()

    stream = model.createStream()                  # audio that comes in pieces
    stream.feedAudioContent(piece)
    print(stream.intermediateDecode())
    print(stream.finishStream())

A model may be used by several threads at once, a stream by one at a time, whichever it is.
"""

from . import impl
from .errors import DeepSpeechError
from .metadata import CandidateTranscript, Metadata, TokenMetadata
from .model import Model, Stream
from .version import VERSION

__all__ = ['CandidateTranscript', 'DeepSpeechError', 'Metadata', 'Model', 'Stream', 'TokenMetadata', 'impl', 'version']
__version__ = VERSION


def version() -> str:
    """Returns the version of this package."""
    return VERSION
