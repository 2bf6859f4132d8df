"""Models and streams, with the methods, results and errors of the published client.

Long because the published interface is two classes.
"""

import ctypes
import operator
import os
import warnings
from typing import Any, Dict, Optional, Tuple, Union

from .errors import (
    FAIL_ERASE_HOTWORD,
    FAIL_INIT_MMAP,
    FAIL_INSERT_HOTWORD,
    FAIL_READ_PROTOBUF,
    INVALID_SCORER,
    NO_MODEL,
    OK,
    SCORER_NOT_ENABLED,
    DeepSpeechError,
)
from .library import MOST, CMetadata, Handle, ModelOptions, check, encoded, last_error, load_library
from .metadata import Metadata, metadata_of, text_of
from .process_lock import ProcessLock
from .samples import MOST_AT_ONCE, AudioBuffer, Samples, samples_in

FilePath = Union[str, bytes, 'os.PathLike[str]']
AlphabetPath = Union[None, str, 'os.PathLike[str]']
WEIGHTS = ('auto', 'stored', 'float32', 'bf16', 'int8')
MAX_THREADS = 4096
MAX_BEAM_WIDTH = 1 << 24  # of the decoder
MAX_WEIGHT = 1e6  # of the decoder; boosts count as weights


class Model:
    """An acoustic model (`.pb`, `.pbmm` or `.tflite`), and a scorer if one is enabled.

    Args:
      model_path: of the file.
      alphabet_path: of the alphabet.txt that the model was trained with. Models of releases before 0.5 need it; later ones
        contain their alphabet, and it has to be the same. A number is a beam width, as it was the second argument in releases
        0.6 and 0.7.
      n_threads: for one stream; 0: one, or for large models as many as there are cores, at most 4.
      weights: the format in which the weights are kept: 'float32', 'bf16' or 'int8'; 'auto': what the environment variable
        DS_WEIGHTS says, else the fastest one on this processor that does not change what is heard.
    Raises:
      TypeError: a path is of another type.
      ValueError: there are no such weights, or no such number of threads.
      DeepSpeechError: the file is not a model that can be run; says why.
    """

    def __init__(self, model_path: Union[str, 'os.PathLike[str]'], alphabet_path: Union[AlphabetPath, int] = None,
                 n_threads: int = 0, weights: str = 'auto') -> None:
        beam_width, alphabet_path = _told_apart(alphabet_path)
        self._handle = open_model(model_path, alphabet_path, n_threads, weights)
        self._library = load_library()
        self._hot_words: Dict[str, float] = {}
        if beam_width is not None:
            self.setBeamWidth(beam_width)

    def beamWidth(self) -> int:
        """Returns the number of beams: the one stored in the model unless another was set."""
        return self._library.DS_GetModelBeamWidth(self._handle.address)

    def setBeamWidth(self, beam_width: int) -> int:
        """Sets the number of beams of streams created from now on; returns 0. Raises ValueError if it is out of range."""
        beam_width = operator.index(beam_width)
        if not 1 <= beam_width <= MAX_BEAM_WIDTH:
            raise ValueError(f'beam_width is {beam_width}; it goes from 1 to {MAX_BEAM_WIDTH}')
        check('SetModelBeamWidth', self._library.DS_SetModelBeamWidth(self._handle.address, beam_width))
        return OK

    def sampleRate(self) -> int:
        """Returns the sample rate in Hz that audio must have."""
        return self._library.DS_GetModelSampleRate(self._handle.address)

    def enableExternalScorer(self, scorer_path: FilePath) -> None:
        """Uses a scorer package from now on, with the weights stored in it. Raises DeepSpeechError if it cannot be used."""
        path = _scorer_file(scorer_path, 'EnableExternalScorer')
        check('EnableExternalScorer', self._library.DS_EnableExternalScorer(self._handle.address, path))

    def enableDecoderWithLM(self, lm_path: FilePath, trie_path: FilePath, lm_alpha: Optional[float] = None,
                            lm_beta: Optional[float] = None) -> None:
        """Uses the files of releases before 0.7, which had no scorer packages; weights default to the last such release's.

        Args:
          lm_path: KenLM binary.
          trie_path: trie of any version, or '' for the language model's own words.
        Raises:
          DeepSpeechError: they cannot be used.
        """
        lm, trie = (_scorer_file(path, 'EnableDecoderWithLM') for path in (lm_path, trie_path))
        weights = _weight('alpha', lm_alpha), _weight('beta', lm_beta)
        check('EnableDecoderWithLM', self._library.DSX_EnableScorerFiles(self._handle.address, lm, trie))
        if weights != (None, None):
            self.setScorerAlphaBeta(*weights)

    def disableExternalScorer(self) -> int:
        """Removes the scorer; returns 0, or the error code 0x2004 if there is none. Hot words are kept."""
        return self._library.DS_DisableExternalScorer(self._handle.address)

    def setScorerAlphaBeta(self, alpha: Optional[float], beta: Optional[float]) -> int:
        """Sets the scorer's weight and its bonus per word for streams created from now on; returns 0, or 0x2004 without scorer.

        None keeps the value stored in the scorer. Raises ValueError for what is no number or out of range.
        """
        weights = [_weight(name, value) for name, value in (('alpha', alpha), ('beta', beta))]
        code = self._library.DSX_SetScorerWeights(self._handle.address, *(
            None if weight is None else ctypes.byref(ctypes.c_double(weight)) for weight in weights))
        if code != SCORER_NOT_ENABLED:
            check('SetScorerAlphaBeta', code)
        return code

    def addHotWord(self, word: str, boost: float) -> None:
        """Adds `boost` (natural log, may be negative) to the score of hypotheses wherever `word` occurs.

        Raises:
          TypeError: the word is no str.
          ValueError: the boost is no number or out of range, or the word can never be heard, as there is a blank in it or a
            letter outside the alphabet.
          DeepSpeechError: there is no scorer, or the word has a boost.
        """
        content, boost = _hot_word(word), _weight(f'the boost of {word!r}', boost)
        if b'\0' in content:
            raise ValueError(f'the hot word {word!r} can never be found: a zero byte in it is not in the alphabet')
        code = self._library.DS_AddHotWord(self._handle.address, content, boost)
        if code == FAIL_INSERT_HOTWORD and word not in self._hot_words:
            raise ValueError(last_error().rstrip('.'))
        check('AddHotWord', code)
        self._hot_words[word] = boost

    def eraseHotWord(self, word: str) -> None:
        """Removes a hot word."""
        content = _hot_word(word)
        if b'\0' in content:
            raise DeepSpeechError('EraseHotWord', FAIL_ERASE_HOTWORD, f'{word!r} is none.')
        check('EraseHotWord', self._library.DS_EraseHotWord(self._handle.address, content))
        self._hot_words.pop(word, None)

    def clearHotWords(self) -> None:
        """Removes all hot words."""
        check('ClearHotWords', self._library.DS_ClearHotWords(self._handle.address))
        self._hot_words.clear()

    def stt(self, audio_buffer: AudioBuffer) -> str:
        """Returns the text of an utterance, int16 [n_samples] at `sampleRate()`."""
        with _Results(self._library, 1) as results:
            self._recognise(samples_in(audio_buffer), results)
            return text_of(results.metadata)

    def sttWithMetadata(self, audio_buffer: AudioBuffer, num_results: int = 1) -> Metadata:
        """Returns the Metadata of at most `num_results` hypotheses for an utterance."""
        with _Results(self._library, num_results) as results:
            self._recognise(samples_in(audio_buffer), results)
            return metadata_of(results.metadata)

    def _recognise(self, samples: Samples, results: '_Results') -> None:
        if samples.n_samples <= MOST_AT_ONCE:
            check('SpeechToText', self._library.DSX_SpeechToText(self._handle.address, samples.address, samples.n_samples,
                                                                 results.n_most, results.reference()))
            return
        stream = self.createStream()
        stream.feed(samples)
        stream.finish(results)

    def createStream(self) -> 'Stream':
        """Returns a Stream. Later changes of scorer, weights, hot words and beam width do not affect it.

        Models of releases before 0.5 take whole utterances: their streams have no text before they are finished.
        """
        return Stream(self._handle)


class Stream:
    """One utterance that comes in pieces; made by `Model.createStream`. Every method may be called from any thread."""

    def __init__(self, model: Handle) -> None:
        library, lock = load_library(), ProcessLock()
        free = library.DS_FreeStream

        def free_unless_held(address: int) -> None:
            # What a thread of the parent was changing at a fork is in pieces in the child.
            if not lock.is_held:
                free(address)

        self._handle = Handle('a stream', free_unless_held, model)
        self._library, self._lock = library, lock
        check('CreateStream', self._library.DS_CreateStream(model.address, self._handle.reference()))

    def feedAudioContent(self, audio_buffer: AudioBuffer) -> None:
        """Takes the next samples, int16 [n_samples] at the model's sample rate."""
        self.feed(samples_in(audio_buffer))

    def intermediateDecode(self) -> str:
        """Returns the text so far, without about the last half second, which the network has not processed yet."""
        with _Results(self._library, 1) as results:
            self._decode(results)
            return text_of(results.metadata)

    def intermediateDecodeWithMetadata(self, num_results: int = 1) -> Metadata:
        """Returns the Metadata of at most `num_results` hypotheses so far."""
        with _Results(self._library, num_results) as results:
            self._decode(results)
            return metadata_of(results.metadata)

    def finishStream(self) -> str:
        """Returns the text of the utterance and closes the stream."""
        with _Results(self._library, 1) as results:
            self.finish(results)
            return text_of(results.metadata)

    def finishStreamWithMetadata(self, num_results: int = 1) -> Metadata:
        """Returns the Metadata of at most `num_results` hypotheses for the utterance and closes the stream."""
        with _Results(self._library, num_results) as results:
            self.finish(results)
            return metadata_of(results.metadata)

    def freeStream(self) -> None:
        """Closes the stream without a result."""
        with self._lock:
            self._alive('freeStream')
            self._library.DS_FreeStream(self._handle.give_up())

    def feed(self, samples: Samples) -> None:
        """Takes the next Samples."""
        with self._lock:
            address = self._alive('feedAudioContent')
            for part in samples.parts():
                check('SpeechToText', self._library.DSX_Feed(address, part.address, part.n_samples))

    def finish(self, results: '_Results') -> None:
        """Fills `results` and closes the stream."""
        with self._lock:
            self._alive('finishStream')
            check('SpeechToText', self._library.DSX_Finish(self._handle.give_up(), results.n_most, results.reference()))

    def _decode(self, results: '_Results') -> None:
        with self._lock:
            address = self._alive('intermediateDecode')
            check('SpeechToText', self._library.DSX_IntermediateDecode(address, results.n_most, results.reference()))

    def _alive(self, action: str) -> int:
        """Returns the address. Raises RuntimeError if the stream is closed."""
        address = self._handle.address
        if address is None:
            raise RuntimeError(f'{action}: this stream was finished or freed; create another one with createStream().')
        return address


class _Results:
    """Metadata that the library makes, freed at the end of a `with` statement.

    Attributes:
      n_most: hypotheses that are wanted.
      metadata: a pointer to CMetadata, which functions fill that take `reference()`.
    """

    def __init__(self, library: Any, n_most: int) -> None:
        n_most = operator.index(n_most)
        if n_most < 0:
            raise ValueError(f'{n_most} results were asked for; the number cannot be negative')
        self._free, self.n_most = library.DS_FreeMetadata, min(n_most, MOST)
        self.metadata = ctypes.POINTER(CMetadata)()

    def reference(self) -> Any:
        return ctypes.byref(self.metadata)

    def __enter__(self) -> '_Results':
        return self

    def __exit__(self, *_: object) -> None:
        if self.metadata:
            self._free(self.metadata)


def open_model(model_path: Union[str, 'os.PathLike[str]'], alphabet_path: AlphabetPath = None, n_threads: int = 0,
               weights: str = 'auto') -> Handle:
    """Returns the Handle of a model; arguments and errors are those of Model."""
    if isinstance(model_path, os.PathLike):
        model_path = os.fspath(model_path)
    if not model_path and (model_path is None or isinstance(model_path, str)):
        raise DeepSpeechError('CreateModel', NO_MODEL, 'pass the path of an exported model.')
    if not isinstance(model_path, str):
        raise TypeError(f'the path of a model is a str, not {type(model_path).__name__}')
    if not 0 <= operator.index(n_threads) <= MAX_THREADS:
        raise ValueError(f'{n_threads} threads were asked for; there may be {MAX_THREADS}, 0 leaves the choice to the client')
    if weights not in WEIGHTS:
        raise ValueError(f'weights is {weights!r}, not one of {", ".join(WEIGHTS)}')
    try:
        path, alphabet = encoded(model_path), None if alphabet_path is None else encoded(alphabet_path)
    except ValueError as error:
        code = FAIL_INIT_MMAP if model_path.endswith(('.pbmm', '.tflite')) else FAIL_READ_PROTOBUF
        raise DeepSpeechError('CreateModel', code, f'{model_path!r}, {alphabet_path!r}: {error}.') from error
    options = ModelOptions(ctypes.sizeof(ModelOptions), n_threads, alphabet, None if weights == 'auto' else weights.encode())
    library = load_library()
    model = Handle('a model', library.DS_FreeModel)
    check('CreateModel', library.DSX_OpenModel(path, ctypes.byref(options), model.reference()))
    return model


def _told_apart(second: Any) -> Tuple[Optional[int], AlphabetPath]:
    """Returns (beam width or None, path or None): releases 0.6 and 0.7 had a beam width where we have an alphabet's path."""
    if not hasattr(second, '__index__'):
        return None, second
    warnings.warn(f'Model(path, {second}) is a call of releases 0.6 and 0.7; today it is Model(path), then '
                  f'setBeamWidth({second})', FutureWarning, stacklevel=3)
    return operator.index(second), None


def _weight(name: str, value: Optional[float]) -> Any:
    """Returns a weight of the decoder as float, or None. Raises ValueError if it is no number or out of range."""
    if value is None:
        return None
    number = float(value)
    if not abs(number) <= MAX_WEIGHT:  # nor is a NaN
        raise ValueError(f'{name} is {number}, not a number between -1e6 and 1e6')
    return number


def _hot_word(word: str) -> bytes:
    if not isinstance(word, str):
        raise TypeError(f'a hot word is a str, not {type(word).__name__}')
    return word.encode('utf-8')


def _scorer_file(path: FilePath, action: str) -> bytes:
    """Returns the bytes of a path. Raises DeepSpeechError if no file can have it."""
    try:
        return encoded(path)
    except ValueError as error:
        raise DeepSpeechError(action, INVALID_SCORER, f'{path!r}: {error}.') from error
