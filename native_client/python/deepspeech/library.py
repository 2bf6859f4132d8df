"""libdeepspeech.so, called by ctypes: its functions with their types, what it makes with an owner, its codes as exceptions.

    library = load_library()                        # the file beside this package, or that of DS_LIBRARY
    model = Handle('a model', library.DS_FreeModel)
    check('CreateModel', library.DS_CreateModel(b'output_graph.pbmm', model.reference()))

The functions are those of native_client/include/deepspeech.h and deepspeech_more.h. Other threads run during a call.
"""

import ctypes
import os
from ctypes import POINTER, Structure, c_char_p, c_double, c_float, c_int, c_uint, c_void_p
from functools import lru_cache
from typing import Any, Callable, Dict, NoReturn, Optional, Tuple

from .errors import OK, DeepSpeechError, LibraryError

ENVIRONMENT = 'DS_LIBRARY'
BESIDE = os.path.join('lib', 'libdeepspeech.so')  # from this package
MOST = 2 ** 32 - 1  # of an unsigned int


class CToken(Structure):
    """TokenMetadata: a letter in UTF-8, its frame, and its time in seconds."""

    _fields_ = [('text', c_char_p), ('timestep', c_uint), ('start_time', c_float)]


class CTranscript(Structure):
    """CandidateTranscript."""

    _fields_ = [('tokens', POINTER(CToken)), ('num_tokens', c_uint), ('confidence', c_double)]


class CMetadata(Structure):
    """Metadata."""

    _fields_ = [('transcripts', POINTER(CTranscript)), ('num_transcripts', c_uint)]


class ModelOptions(Structure):
    """DSX_ModelOptions; texts are bytes or None."""

    _fields_ = [('size', c_uint), ('n_threads', c_uint), ('alphabet_path', c_char_p), ('weights', c_char_p)]


class ModelInfo(Structure):
    """DSX_ModelInfo."""

    _fields_ = [('size', c_uint), ('rate_hz', c_uint), ('window_samples', c_uint), ('step_samples', c_uint),
                ('n_features', c_uint), ('n_context', c_uint), ('n_steps', c_uint), ('n_classes', c_uint),
                ('n_threads', c_uint), ('weights', c_char_p), ('kernels', c_char_p)]


# Models, streams and samples are addresses. So are texts that have to be freed: as c_char_p they would be copied, and lost.
_MODEL = _STREAM = _SAMPLES = _TEXT = c_void_p
_METADATA, _NUMBERS = POINTER(CMetadata), POINTER(c_float)
_DOUBLE = POINTER(c_double)

# Of each function what it returns and what it takes.
FUNCTIONS: Dict[str, Tuple[Any, Tuple[Any, ...]]] = {
    'DS_CreateModel': (c_int, (c_char_p, POINTER(_MODEL))),
    'DS_FreeModel': (None, (_MODEL,)),
    'DS_GetModelBeamWidth': (c_uint, (_MODEL,)),
    'DS_SetModelBeamWidth': (c_int, (_MODEL, c_uint)),
    'DS_GetModelSampleRate': (c_int, (_MODEL,)),
    'DS_EnableExternalScorer': (c_int, (_MODEL, c_char_p)),
    'DS_DisableExternalScorer': (c_int, (_MODEL,)),
    'DS_SetScorerAlphaBeta': (c_int, (_MODEL, c_float, c_float)),
    'DS_AddHotWord': (c_int, (_MODEL, c_char_p, c_float)),
    'DS_EraseHotWord': (c_int, (_MODEL, c_char_p)),
    'DS_ClearHotWords': (c_int, (_MODEL,)),
    'DS_SpeechToText': (_TEXT, (_MODEL, _SAMPLES, c_uint)),
    'DS_SpeechToTextWithMetadata': (_METADATA, (_MODEL, _SAMPLES, c_uint, c_uint)),
    'DS_CreateStream': (c_int, (_MODEL, POINTER(_STREAM))),
    'DS_FeedAudioContent': (None, (_STREAM, _SAMPLES, c_uint)),
    'DS_IntermediateDecode': (_TEXT, (_STREAM,)),
    'DS_IntermediateDecodeWithMetadata': (_METADATA, (_STREAM, c_uint)),
    'DS_FinishStream': (_TEXT, (_STREAM,)),
    'DS_FinishStreamWithMetadata': (_METADATA, (_STREAM, c_uint)),
    'DS_FreeStream': (None, (_STREAM,)),
    'DS_FreeMetadata': (None, (_METADATA,)),
    'DS_FreeString': (None, (_TEXT,)),
    'DS_Version': (_TEXT, ()),
    'DS_ErrorCodeToErrorMessage': (_TEXT, (c_int,)),
    'DSX_LastError': (c_char_p, ()),
    'DSX_OpenModel': (c_int, (c_char_p, POINTER(ModelOptions), POINTER(_MODEL))),
    'DSX_GetModelInfo': (c_int, (_MODEL, POINTER(ModelInfo))),
    'DSX_EnableScorerFiles': (c_int, (_MODEL, c_char_p, c_char_p)),
    'DSX_SetScorerWeights': (c_int, (_MODEL, _DOUBLE, _DOUBLE)),
    'DSX_SpeechToText': (c_int, (_MODEL, _SAMPLES, c_uint, c_uint, POINTER(_METADATA))),
    'DSX_Feed': (c_int, (_STREAM, _SAMPLES, c_uint)),
    'DSX_IntermediateDecode': (c_int, (_STREAM, c_uint, POINTER(_METADATA))),
    'DSX_Finish': (c_int, (_STREAM, c_uint, POINTER(_METADATA))),
    'DSX_Probabilities': (c_int, (_MODEL, _SAMPLES, c_uint, POINTER(_NUMBERS), POINTER(c_uint))),
    'DSX_Logits': (c_int, (_MODEL, _SAMPLES, c_uint, POINTER(_NUMBERS), POINTER(c_uint))),
    'DSX_Features': (c_int, (_MODEL, _SAMPLES, c_uint, POINTER(_NUMBERS), POINTER(c_uint))),
    'DSX_FreeNumbers': (None, (_NUMBERS,)),
}


@lru_cache(maxsize=1)
def load_library() -> Any:
    """Returns the library, whose attributes are the functions above. It is loaded by the first call.

    Raises:
      LibraryError: it is missing, or is another one.
    """
    path = library_path()
    advice = f'name another one in {ENVIRONMENT}, or unset it' if os.environ.get(ENVIRONMENT) else (
        f'install the package deepspeech anew, or name the library in {ENVIRONMENT}')
    if not os.path.exists(path):
        raise LibraryError(f'{path} is missing, the native library of this package; {advice}.')
    try:
        library = ctypes.CDLL(path)
    except OSError as error:
        raise LibraryError(f'the native library cannot be loaded ({error}); {advice}.') from error
    for name, (result, arguments) in FUNCTIONS.items():
        try:
            function = getattr(library, name)
        except AttributeError as error:
            raise LibraryError(f'{path} has no {name}, so it is not the native library of this package; {advice}.') from error
        function.restype, function.argtypes = result, arguments
    return library


def library_path() -> str:
    """Returns the path of the library, whether it is there or not."""
    beside = os.path.join(os.path.dirname(os.path.abspath(__file__)), BESIDE)
    return os.environ.get(ENVIRONMENT) or beside


def last_error() -> str:
    """Returns what the last call of this thread that failed has to say, '' if there is nothing."""
    return (load_library().DSX_LastError() or b'').decode('utf-8', 'replace')


def check(action: str, code: int) -> None:
    """Raises DeepSpeechError for a code other than 0 that a function of the library has just returned to this thread."""
    if code != OK:
        raise DeepSpeechError(action, code, last_error())


def encoded(path: Any) -> bytes:
    """Returns the bytes of a path for the library. Raises ValueError if a zero byte would cut it off."""
    content = os.fsencode(path)
    if b'\0' in content:
        raise ValueError('the name holds a zero byte')
    return content


class Handle:
    """Owns a model or a stream of the library, and frees it in the end.

    Args:
      what: it is, with an article.
      free: takes its address.
      needed: lives as long as this.
    """

    def __init__(self, what: str, free: Callable[[int], None], needed: 'Optional[Handle]' = None) -> None:
        self._what, self._free, self._needed = what, free, needed
        self._pointer = c_void_p()

    @property
    def address(self) -> Any:
        """What functions of the library take; None before there is one and after it was given up."""
        return self._pointer.value

    def reference(self) -> Any:
        """What functions take that make such an object."""
        return ctypes.byref(self._pointer)

    def give_up(self) -> Any:
        """Returns the address, which somebody else frees from now on."""
        address, self._pointer.value = self._pointer.value, None
        return address

    def __del__(self) -> None:
        address = self.give_up()
        if address is not None:
            self._free(address)

    def __reduce_ex__(self, protocol: Any) -> NoReturn:
        raise TypeError(f'{self._what} cannot be copied or pickled')  # there would be two owners
