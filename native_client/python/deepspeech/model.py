"""Models and streams, with the methods, results and errors of the published client.

Long because the published interface is two classes.
"""

import operator
import os
import warnings
from typing import Any, Callable, Dict, Iterable, Optional, Tuple, Union

import numpy as np
from ds_ctcdecoder import ctcdecode

from .alphabet import AlphabetPath, labels_of
from .errors import (
    FAIL_ERASE_HOTWORD,
    FAIL_INSERT_HOTWORD,
    FAIL_RUN_SESS,
    INVALID_SCORER,
    NO_MODEL,
    SCORER_NOT_ENABLED,
    DeepSpeechError,
    ModelError,
)
from .inference import Listener, open_network
from .inference.streaming import WholeListener
from .metadata import Metadata, metadata_of, transcript_text
from .process_lock import ProcessLock

FilePath = Union[str, bytes, 'os.PathLike[str]']
AudioBuffer = Any  # int16 [n_samples]; see `as_samples` for what else is taken


class Model:
    """An acoustic model (`.pb`, `.pbmm` or `.tflite`), and a scorer if one is enabled.

    Args:
      model_path: of the file.
      alphabet_path: of the alphabet.txt that the model was trained with. Models of releases before 0.5 need it; later ones
        contain their alphabet, and it has to be the same. A number is a beam width, as it was the second argument in releases
        0.6 and 0.7.
      n_threads: for the matrix products of one stream; 0: one, or for large models several while those are faster, as they
        are on otherwise idle cores.
    Raises:
      TypeError: a path is of another type.
      DeepSpeechError: the file is not a model that can be run; says why.
    """

    def __init__(self, model_path: Union[str, 'os.PathLike[str]'], alphabet_path: Union[AlphabetPath, int] = None,
                 n_threads: int = 0) -> None:
        if isinstance(model_path, os.PathLike):
            model_path = os.fspath(model_path)
        if not model_path and (model_path is None or isinstance(model_path, str)):
            raise DeepSpeechError('CreateModel', NO_MODEL, 'pass the path of an exported model.')
        if not isinstance(model_path, str):
            raise TypeError(f'the path of a model is a str, not {type(model_path).__name__}')
        if operator.index(n_threads) < 0:
            raise ValueError(f'{n_threads} threads were asked for; 0 leaves the choice to the client')
        beam_width, alphabet_path = _told_apart(alphabet_path)
        try:
            self._network = open_network(model_path, n_threads)
            self._labels = labels_of(self._network, alphabet_path)
        except ModelError as error:
            raise DeepSpeechError('CreateModel', error.code, _in_file(model_path, error.detail)) from error
        self._beam_width = self._network.beam_width
        self._scorer: Optional[ctcdecode.Scorer] = None
        self._weights: Dict[str, float] = {}
        self._hot_words: Dict[str, float] = {}
        if beam_width is not None:
            self.setBeamWidth(beam_width)

    def beamWidth(self) -> int:
        """Returns the number of beams: the one stored in the model unless another was set."""
        return self._beam_width

    def setBeamWidth(self, beam_width: int) -> int:
        """Sets the number of beams of streams created from now on; returns 0. Raises ValueError if it is out of range."""
        beam_width = operator.index(beam_width)
        self._options(beam_width=beam_width)
        self._beam_width = beam_width
        return 0

    def sampleRate(self) -> int:
        """Returns the sample rate in Hz that audio must have."""
        return self._network.rate_hz

    def enableExternalScorer(self, scorer_path: FilePath) -> None:
        """Uses a scorer package from now on, with the weights stored in it. Raises DeepSpeechError if it cannot be used."""
        self._use(lambda: ctcdecode.Scorer.load(os.fsencode(scorer_path), self._labels), 'EnableExternalScorer', {})

    def enableDecoderWithLM(self, lm_path: FilePath, trie_path: FilePath, lm_alpha: Optional[float] = None,
                            lm_beta: Optional[float] = None) -> None:
        """Uses the files of releases before 0.7, which had no scorer packages; weights default to the last such release's.

        Args:
          lm_path: KenLM binary.
          trie_path: trie of any version, or '' for the language model's own words.
        Raises:
          DeepSpeechError: they cannot be used.
        """
        self._use(lambda: ctcdecode.Scorer.load_trio(os.fsencode(lm_path), os.fsencode(trie_path), self._labels),
                  'EnableDecoderWithLM', _given(lm_alpha, lm_beta))

    def _use(self, load: Callable[[], ctcdecode.Scorer], action: str, weights: Dict[str, float]) -> None:
        try:
            scorer = load()
            ctcdecode.Decoder(self._labels, scorer, ctcdecode.DecoderOptions(), 1)  # raises if they do not fit
        except ValueError as error:
            raise DeepSpeechError(action, getattr(error, 'code', INVALID_SCORER), _sentence(error)) from error
        self._scorer, self._weights = scorer, weights

    def disableExternalScorer(self) -> int:
        """Removes the scorer; returns 0, or the error code 0x2004 if there is none. Hot words are kept."""
        if self._scorer is None:
            return SCORER_NOT_ENABLED
        self._scorer = None
        return 0

    def setScorerAlphaBeta(self, alpha: Optional[float], beta: Optional[float]) -> int:
        """Sets the scorer's weight and its bonus per word for streams created from now on; returns 0, or 0x2004 without scorer.

        None keeps the value stored in the scorer. Raises ValueError for what is no number or out of range.
        """
        if self._scorer is None:
            return SCORER_NOT_ENABLED
        weights = _given(alpha, beta)
        self._options(**weights)
        self._weights = weights
        return 0

    def addHotWord(self, word: str, boost: float) -> None:
        """Adds `boost` (natural log, may be negative) to the score of hypotheses wherever `word` occurs.

        Raises:
          TypeError: the word is no str.
          ValueError: the boost is no number or out of range, or the word can never be heard, as there is a blank in it or a
            letter outside the alphabet.
          DeepSpeechError: there is no scorer, or the word has a boost.
        """
        self._need_scorer('AddHotWord')
        if not isinstance(word, str):
            raise TypeError(f'a hot word is a str, not {type(word).__name__}')
        if word in self._hot_words:
            raise DeepSpeechError('AddHotWord', FAIL_INSERT_HOTWORD,
                                  f'{word!r} has the boost {self._hot_words[word]}; erase it first.')
        hot_words = dict(self._hot_words, **{word: float(boost)})
        ctcdecode.Decoder(self._labels, None, self._options(hot_words=hot_words), 1)  # raises if it cannot be heard
        self._hot_words = hot_words

    def eraseHotWord(self, word: str) -> None:
        """Removes a hot word."""
        self._need_scorer('EraseHotWord')
        if word not in self._hot_words:
            raise DeepSpeechError('EraseHotWord', FAIL_ERASE_HOTWORD,
                                  f'{word!r} is not among {sorted(self._hot_words) or "the none there are"}.')
        self._hot_words = {other: boost for other, boost in self._hot_words.items() if other != word}

    def clearHotWords(self) -> None:
        """Removes all hot words."""
        self._need_scorer('ClearHotWords')
        self._hot_words = {}

    def _need_scorer(self, action: str) -> None:
        if self._scorer is None:
            raise DeepSpeechError(action, SCORER_NOT_ENABLED, 'hot words are a matter of the scorer; enable one first.')

    def _options(self, **changes: Any) -> ctcdecode.DecoderOptions:
        """Returns the settings of the decoder with some of them changed. Raises ValueError if one is out of range."""
        settings: Dict[str, Any] = dict(self._weights, beam_width=self._beam_width, hot_words=self._hot_words)
        settings.update(changes)
        return ctcdecode.DecoderOptions(**settings)

    def stt(self, audio_buffer: AudioBuffer) -> str:
        """Returns the text of an utterance, int16 [n_samples] at `sampleRate()`."""
        return _text(self.sttWithMetadata(audio_buffer))

    def sttWithMetadata(self, audio_buffer: AudioBuffer, num_results: int = 1) -> Metadata:
        """Returns the Metadata of at most `num_results` hypotheses for an utterance."""
        return self.createStream().utterance(as_samples(audio_buffer), num_results)

    def createStream(self) -> 'Stream':
        """Returns a Stream. Later changes of scorer, weights, hot words and beam width do not affect it.

        Models of releases before 0.5 take whole utterances: their streams have no text before they are finished.
        """
        options = self._options() if self._scorer else ctcdecode.DecoderOptions(beam_width=self._beam_width)
        search = ctcdecode.Decoder(self._labels, self._scorer, options, 1).stream()
        return Stream(self._network.listener(), search, self._labels,
                      self._network.step_samples / self._network.rate_hz)


class Stream:
    """One utterance that comes in pieces; made by `Model.createStream`. Every method may be called from any thread."""

    def __init__(self, listener: Union[Listener, WholeListener], search: Any, labels: ctcdecode.Alphabet,
                 step_s: float) -> None:
        self._listener: Union[None, Listener, WholeListener] = listener  # None once it is finished
        self._search, self._labels, self._step_s = search, labels, step_s
        self._lock = ProcessLock()

    def feedAudioContent(self, audio_buffer: AudioBuffer) -> None:
        """Takes the next samples, int16 [n_samples] at the model's sample rate."""
        samples = as_samples(audio_buffer)
        with self._lock:
            self._decode(self._alive('feedAudioContent').feed(samples))

    def intermediateDecode(self) -> str:
        """Returns the text so far, without about the last half second, which the network has not processed yet."""
        return _text(self.intermediateDecodeWithMetadata(1))

    def intermediateDecodeWithMetadata(self, num_results: int = 1) -> Metadata:
        """Returns the Metadata of at most `num_results` hypotheses so far."""
        with self._lock:
            self._alive('intermediateDecode')
            return self._hypotheses(num_results)

    def finishStream(self) -> str:
        """Returns the text of the utterance and closes the stream."""
        return _text(self.finishStreamWithMetadata(1))

    def finishStreamWithMetadata(self, num_results: int = 1) -> Metadata:
        """Returns the Metadata of at most `num_results` hypotheses for the utterance and closes the stream."""
        with self._lock:
            return self._finished(self._alive('finishStream').finish(), num_results)

    def utterance(self, samples: np.ndarray, num_results: int) -> Metadata:
        """Returns what feeding int16 [n_samples] and finishing the stream returns."""
        with self._lock:
            return self._finished(self._alive('finishStream').utterance(samples), num_results)

    def freeStream(self) -> None:
        """Closes the stream without a result."""
        with self._lock:
            self._alive('freeStream')
            self._listener = self._search = None

    def _alive(self, action: str) -> Union[Listener, WholeListener]:
        """Returns the listener. Raises RuntimeError if the stream is closed."""
        if self._listener is None:
            raise RuntimeError(f'{action}: this stream was finished or freed; create another one with createStream().')
        return self._listener

    def _decode(self, parts: Iterable[np.ndarray]) -> None:
        try:
            for probabilities in parts:
                self._search.feed(probabilities)
        except (ModelError, ValueError) as error:
            raise DeepSpeechError('SpeechToText', FAIL_RUN_SESS, str(error)) from error
        except MemoryError as error:
            raise DeepSpeechError('SpeechToText', FAIL_RUN_SESS, 'memory ran out; use a smaller model, or set a smaller beam '
                                                                 'width with setBeamWidth().') from error

    def _finished(self, parts: Iterable[np.ndarray], n_results: int) -> Metadata:
        self._decode(parts)
        hypotheses = self._hypotheses(n_results)
        self._listener = self._search = None
        return hypotheses

    def _hypotheses(self, n_results: int) -> Metadata:
        n_results = operator.index(n_results)
        if n_results < 0:
            raise ValueError(f'{n_results} results were asked for; the number cannot be negative')
        return metadata_of(self._search.results(n_results), self._labels.label, self._step_s) if n_results else Metadata([])


def as_samples(audio: AudioBuffer) -> np.ndarray:
    """Returns int16 [n_samples] of an array, a list or another buffer of 16-bit samples.

    Raises:
      TypeError: samples are of another type or have several axes; says how to convert them.
      ValueError: it is no array of numbers at all.
    """
    if isinstance(audio, (bytes, bytearray)) or isinstance(audio, memoryview) and audio.itemsize == 1:
        raise ValueError('audio is bytes; wrap them: numpy.frombuffer(audio, numpy.int16)')
    array = np.asarray(audio)
    if array.ndim != 1:
        raise TypeError(f'audio has {array.ndim} axes; one row of samples is needed, several channels have to be mixed')
    if isinstance(audio, (list, tuple)):
        if array.size and not (array.dtype.kind in 'iu' and -32768 <= array.min() and array.max() <= 32767):
            raise TypeError('audio holds something else than whole numbers from -32768 to 32767')
        return array.astype(np.int16)
    if array.dtype.kind == 'f':
        raise TypeError(f'audio is {array.dtype}, not int16; convert it, if it goes from -1 to 1 by '
                        f'(audio * 32767).astype(numpy.int16)')
    if (array.dtype.kind, array.dtype.itemsize) != ('i', 2):
        raise TypeError(f'audio is {array.dtype}; 16-bit signed samples are needed, numpy.int16')
    return array.astype(np.int16, copy=False)  # in native byte order


def _told_apart(second: Union[AlphabetPath, int]) -> Tuple[Optional[int], AlphabetPath]:
    """Returns (beam width or None, path or None): releases 0.6 and 0.7 had a beam width where we have an alphabet's path."""
    if not isinstance(second, (int, np.integer)):
        return None, second
    warnings.warn(f'Model(path, {second}) is a call of releases 0.6 and 0.7; today it is Model(path), then '
                  f'setBeamWidth({second})', FutureWarning, stacklevel=3)
    return int(second), None


def _given(alpha: Optional[float], beta: Optional[float]) -> Dict[str, float]:
    """Returns the weights that are not None, as options of the decoder."""
    return {name: float(value) for name, value in (('alpha', alpha), ('beta', beta)) if value is not None}


def _sentence(error: Exception) -> str:
    text = str(error)
    return text if text.endswith(('.', '?')) else f'{text}.'


def _in_file(path: str, detail: str) -> str:
    return detail if path in detail else f'{path}: {detail}'


def _text(metadata: Metadata) -> str:
    return ''.join(map(transcript_text, metadata.transcripts[:1]))
