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

import importlib
from typing import TYPE_CHECKING, Any, List

from .version import VERSION

if TYPE_CHECKING:
    from . import impl
    from .errors import DeepSpeechError
    from .metadata import CandidateTranscript, Metadata, TokenMetadata
    from .model import Model, Stream

__all__ = ['CandidateTranscript', 'DeepSpeechError', 'Metadata', 'Model', 'Stream', 'TokenMetadata', 'impl', 'version']
__version__ = VERSION

# Where each name comes from. They are imported when they are asked for: the readers of file formats below this package
# are of use without the native library, which may not be there.
_MODULES = {'CandidateTranscript': 'metadata', 'DeepSpeechError': 'errors', 'Metadata': 'metadata', 'Model': 'model',
            'Stream': 'model', 'TokenMetadata': 'metadata', 'impl': 'impl'}


def version() -> str:
    """Returns the version of this package."""
    return VERSION


def __getattr__(name: str) -> Any:
    if name not in _MODULES:
        raise AttributeError(f'module {__name__!r} has no attribute {name!r}')
    module = importlib.import_module(f'{__name__}.{_MODULES[name]}')
    globals()[name] = module if name == _MODULES[name] else getattr(module, name)
    return globals()[name]


def __dir__() -> List[str]:
    return sorted({*globals(), *_MODULES})
