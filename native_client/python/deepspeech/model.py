"""Models and streams, with the methods, results and errors of the published client."""

import operator
import os
import threading

import numpy as np
from ds_ctcdecoder import ctcdecode

from .alphabet import labels_of
from .errors import (FAIL_ERASE_HOTWORD, FAIL_INSERT_HOTWORD, FAIL_RUN_SESS, INVALID_SCORER, NO_MODEL, SCORER_NOT_ENABLED,
                     DeepSpeechError, ModelError)
from .inference import open_network
from .metadata import Metadata, metadata_of, transcript_text


class Model:
    """An acoustic model (`.pb`, `.pbmm` or `.tflite`), and a scorer if one is enabled.

    Args:
      model_path: str or path.
      alphabet_path: the alphabet.txt that the model was trained with. Models of releases before 0.5 need it; later ones
        have their alphabet inside, and it has to be the same.
      n_threads: for the matrix products of one stream; 0: one, or for large models several while those are faster, which
        they are on cores that have nothing else to do.
    Raises:
      TypeError: a path is of another kind.
      DeepSpeechError: the file is not a model that can be run; says why.
    """

    def __init__(self, model_path, alphabet_path=None, n_threads=0):
        if isinstance(model_path, os.PathLike):
            model_path = os.fspath(model_path)
        if not model_path and (model_path is None or isinstance(model_path, str)):
            raise DeepSpeechError('CreateModel', NO_MODEL, 'pass the path of an exported model.')
        if not isinstance(model_path, str):
            raise TypeError(f'the path of a model is a str, not {type(model_path).__name__}')
        if operator.index(n_threads) < 0:
            raise ValueError(f'{n_threads} threads were asked for; 0 leaves the choice to the client')
        try:
            self._network = open_network(model_path, n_threads)
            self._labels = labels_of(self._network, alphabet_path)
        except ModelError as error:
            raise DeepSpeechError('CreateModel', error.code, _in_file(model_path, error.detail)) from error
        self._beam_width = self._network.beam_width
        self._scorer = None
        self._weights = {}
        self._hot_words = {}

    def beamWidth(self):
        """Returns how many readings are followed while decoding: the model's own number unless one was set."""
        return self._beam_width

    def setBeamWidth(self, beam_width):
        """Sets how many readings the streams created from now on follow; returns 0. ValueError where that cannot be."""
        beam_width = operator.index(beam_width)
        self._options(beam_width=beam_width)
        self._beam_width = beam_width
        return 0

    def sampleRate(self):
        """Returns the rate in Hz that audio has to have."""
        return self._network.rate_hz

    def enableExternalScorer(self, scorer_path):
        """Uses a scorer package from now on, with its own weights. Raises DeepSpeechError if it cannot be used."""
        self._use(lambda: ctcdecode.Scorer.load(os.fsencode(scorer_path), self._labels), 'EnableExternalScorer', {})

    def enableDecoderWithLM(self, lm_path, trie_path, lm_alpha=None, lm_beta=None):
        """Uses the files that came before scorer packages; weights not given are those of their last release.

        Args:
          lm_path: KenLM binary.
          trie_path: trie of any version, or '' for the language model's own words.
        Raises:
          DeepSpeechError: they cannot be used.
        """
        self._use(lambda: ctcdecode.Scorer.load_trio(os.fsencode(lm_path), os.fsencode(trie_path), self._labels),
                  'EnableDecoderWithLM', _given(lm_alpha, lm_beta))

    def _use(self, load, action, weights):
        try:
            scorer = load()
            ctcdecode.Decoder(self._labels, scorer, ctcdecode.DecoderOptions(), 1)  # raises if they do not fit
        except ValueError as error:
            raise DeepSpeechError(action, getattr(error, 'code', INVALID_SCORER), _sentence(error)) from error
        self._scorer, self._weights = scorer, weights

    def disableExternalScorer(self):
        """Goes on without scorer; returns 0, or the error code 0x2004 if there is none. Hot words are kept."""
        if self._scorer is None:
            return SCORER_NOT_ENABLED
        self._scorer = None
        return 0

    def setScorerAlphaBeta(self, alpha, beta):
        """Sets the scorer's weight and its bonus per word for streams created from now on; returns 0, or 0x2004.

        None stands for the scorer's own value. Raises ValueError for what is no number or an absurd one.
        """
        if self._scorer is None:
            return SCORER_NOT_ENABLED
        weights = _given(alpha, beta)
        self._options(**weights)
        self._weights = weights
        return 0

    def addHotWord(self, word, boost):
        """Adds `boost` (natural log, may be negative) to the score of readings wherever `word` comes in.

        Raises:
          TypeError: the word is no str. ValueError: the boost is no number or an absurd one.
          DeepSpeechError: there is no scorer, or the word has a boost.
        """
        self._need_scorer('AddHotWord')
        if not isinstance(word, str):
            raise TypeError(f'a hot word is a str, not {type(word).__name__}')
        if word in self._hot_words:
            raise DeepSpeechError('AddHotWord', FAIL_INSERT_HOTWORD,
                                  f'{word!r} has the boost {self._hot_words[word]}; erase it first.')
        hot_words = dict(self._hot_words, **{word: float(boost)})
        self._options(hot_words=hot_words)
        self._hot_words = hot_words

    def eraseHotWord(self, word):
        """Takes a hot word back."""
        self._need_scorer('EraseHotWord')
        if word not in self._hot_words:
            raise DeepSpeechError('EraseHotWord', FAIL_ERASE_HOTWORD,
                                  f'{word!r} is not among {sorted(self._hot_words) or "the none there are"}.')
        self._hot_words = {other: boost for other, boost in self._hot_words.items() if other != word}

    def clearHotWords(self):
        """Takes all hot words back."""
        self._need_scorer('ClearHotWords')
        self._hot_words = {}

    def _need_scorer(self, action):
        if self._scorer is None:
            raise DeepSpeechError(action, SCORER_NOT_ENABLED, 'hot words are a matter of the scorer; enable one first.')

    def _options(self, **changes):
        """Returns what the decoder is told, with other values for some of it; ValueError if one is out of range."""
        settings = dict(self._weights, beam_width=self._beam_width, hot_words=self._hot_words)
        settings.update(changes)
        return ctcdecode.DecoderOptions(**settings)

    def stt(self, audio_buffer):
        """Returns the text of an utterance, int16 [n_samples] at `sampleRate()`."""
        return _text(self.sttWithMetadata(audio_buffer))

    def sttWithMetadata(self, audio_buffer, num_results=1):
        """Returns Metadata of at most `num_results` readings of an utterance."""
        return self.createStream().utterance(as_samples(audio_buffer), num_results)

    def createStream(self):
        """Returns a Stream, which keeps the scorer, weights, hot words and beam width of this moment.

        Models of releases before 0.5 hear whole utterances: their streams have no text before they are finished.
        """
        options = self._options() if self._scorer else ctcdecode.DecoderOptions(beam_width=self._beam_width)
        search = ctcdecode.Decoder(self._labels, self._scorer, options, 1).stream()
        return Stream(self._network.listener(), search, self._labels,
                      self._network.step_samples / self._network.rate_hz)


class Stream:
    """One utterance that comes in pieces; made by `Model.createStream`. Every method may be called from any thread."""

    def __init__(self, listener, search, labels, step_s):
        self._listener, self._search, self._labels, self._step_s = listener, search, labels, step_s
        self._lock = threading.Lock()

    def feedAudioContent(self, audio_buffer):
        """Takes the next samples, int16 [n_samples] at the model's rate."""
        samples = as_samples(audio_buffer)
        with self._lock:
            self._decode(self._alive('feedAudioContent').feed(samples))

    def intermediateDecode(self):
        """Returns the text so far. The last half second or so is not in it: the network has not heard it yet."""
        return _text(self.intermediateDecodeWithMetadata(1))

    def intermediateDecodeWithMetadata(self, num_results=1):
        """Returns Metadata of what was said so far."""
        with self._lock:
            self._alive('intermediateDecode')
            return self._readings(num_results)

    def finishStream(self):
        """Returns the text of the utterance; the stream cannot be used any more."""
        return _text(self.finishStreamWithMetadata(1))

    def finishStreamWithMetadata(self, num_results=1):
        """Returns Metadata of the utterance; the stream cannot be used any more."""
        with self._lock:
            return self._finished(self._alive('finishStream').finish(), num_results)

    def utterance(self, samples, num_results):
        """Returns what feeding int16 [n_samples] and finishing the stream returns."""
        with self._lock:
            return self._finished(self._alive('finishStream').utterance(samples), num_results)

    def freeStream(self):
        """Lets the stream go without a result."""
        with self._lock:
            self._alive('freeStream')
            self._listener = self._search = None

    def _alive(self, action):
        if self._listener is None:
            raise RuntimeError(f'{action}: this stream was finished or freed; create another one with createStream().')
        return self._listener

    def _decode(self, parts):
        try:
            for probabilities in parts:
                self._search.feed(probabilities)
        except (ModelError, ValueError) as error:
            raise DeepSpeechError('SpeechToText', FAIL_RUN_SESS, str(error)) from error
        except MemoryError as error:
            raise DeepSpeechError('SpeechToText', FAIL_RUN_SESS, 'memory ran out; use a smaller model, or set a smaller beam '
                                                                 'width with setBeamWidth().') from error

    def _finished(self, parts, n_results):
        self._decode(parts)
        readings = self._readings(n_results)
        self._listener = self._search = None
        return readings

    def _readings(self, n_results):
        n_results = operator.index(n_results)
        if n_results < 0:
            raise ValueError(f'{n_results} results were asked for; the number cannot be negative')
        return metadata_of(self._search.results(n_results), self._labels.label, self._step_s) if n_results else Metadata([])


def as_samples(audio):
    """Returns int16 [n_samples] of what a caller calls audio.

    Raises:
      TypeError: samples are of another type or in more than one row; says how to convert them.
      ValueError: it is no array of numbers at all, or a list has a number beyond 16 bits.
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
    return array.astype(np.int16, copy=False)  # whatever its order of bytes


def _given(alpha, beta):
    """Returns the weights that are not None, as options of the decoder."""
    return {name: float(value) for name, value in (('alpha', alpha), ('beta', beta)) if value is not None}


def _sentence(error):
    text = str(error)
    return text if text.endswith(('.', '?')) else f'{text}.'


def _in_file(path, detail):
    return detail if path in detail else f'{path}: {detail}'


def _text(metadata):
    return ''.join(map(transcript_text, metadata.transcripts[:1]))
