"""The names of the published raw module: text is bytes, results are vectors.

Where the published functions ended or crashed the process, these raise ValueError. Results own what they hold, and a
decode takes alpha and beta as they are when it begins.

Long because the published module is one namespace; behind each name stands a few lines.
"""

import operator
import os
import tempfile

import numpy as np

from . import ctcdecode
from .error_codes import *  # noqa: F401,F403  the published module has them, too
from .error_codes import DS_ERR_INVALID_ALPHABET, DS_ERR_OK, DS_ERR_SCORER_NO_TRIE
from .vectors import Map, Output, OutputVector, OutputVectorVector, StringVector, UnsignedIntVector, as_bytes

__version__ = ctcdecode.__version__.encode('ascii')
__git_version__ = b'v' + __version__

OOV_SCORE = -1000.0  # natural log; of a word with an unknown one before it
START_TOKEN, END_TOKEN, UNK_TOKEN = b'<s>', b'</s>', b'<unk>'

_UINT32_MAX = 2 ** 32 - 1


class Alphabet:
    """Labels of an acoustic model; empty until `init` or `Deserialize`. Methods raise ValueError on foreign input."""

    def __init__(self):
        self._use(None)

    @property
    def native(self):
        """The ctcdecode.Alphabet. Raises ValueError while there is none."""
        if self._native is None:
            raise ValueError('The alphabet has no labels yet; call init or Deserialize first.')
        return self._native

    def init(self, config_file):
        """Reads an alphabet file; returns 0, or 1 if it cannot be read."""
        try:
            self._use(ctcdecode.Alphabet.from_file(_path(config_file)))
        except ValueError:
            return 1
        return 0

    def Deserialize(self, buffer, buffer_size):
        """Takes labels from the first `buffer_size` bytes of `buffer`; returns 0, or 1 if they are damaged."""
        try:
            self._use(ctcdecode.Alphabet.from_serialized(bytes(buffer[:buffer_size])))
        except ValueError:
            return 1
        return 0

    def Serialize(self):
        return self.native.serialize()

    def GetSize(self):
        return self._native.size if self._native else 0

    def GetSpaceLabel(self):
        """Returns the label of the space, 4294967294 if there is none."""
        return self.native.space

    def IsSpace(self, label):
        return label == self.GetSpaceLabel()

    def CanEncodeSingle(self, input):
        """True if `input` is a label as a whole."""
        return as_bytes(input) in self._label_of

    def CanEncode(self, input):
        """True if every character of `input` is a label."""
        return self.native.can_encode(as_bytes(input))

    def EncodeSingle(self, input):
        text = as_bytes(input)
        if text not in self._label_of:
            raise ValueError(f'{input!r} is not in the alphabet.')
        return self._label_of[text]

    def Encode(self, input):
        return UnsignedIntVector(self.native.encode(as_bytes(input)))

    def DecodeSingle(self, label):
        return self.native.decode([_count('label', label, 0)])

    def Decode(self, input):
        return self.native.decode([_count('label', label, 0) for label in input])

    def _use(self, native):
        self._native = native
        # Of a repeated label the last one counts.
        self._label_of = {native.label(label): label for label in range(native.size)} if native else {}


class UTF8Alphabet(Alphabet):
    """The 255 labels of bytes output mode: label i is byte i + 1."""

    def __init__(self):
        self._use(ctcdecode.Alphabet.bytes())

    def init(self, config_file):
        """There is nothing to read; returns 0."""
        return 0

    def CanEncodeSingle(self, input):
        return True


class Scorer:
    """Language model, dictionary and their weights alpha and beta; empty until `init` or `load_lm`.

    To make a package: `set_alphabet`, `reset_params`, `load_lm`, `fill_dictionary`, then a copy of the model's file and
    `save_dictionary(copy, True)`.
    """

    def __init__(self):
        self._alphabet = self._path = self._words = self._native = None
        self.reset_params(0.0, 0.0)

    @property
    def native(self):
        """The ctcdecode.Scorer. Raises ValueError while there is none."""
        if self._native is None:
            raise ValueError('The scorer holds no language model; call init or load_lm first.')
        return self._native

    @property
    def alpha(self):
        """Weight of the language model, a float of single precision."""
        return self._alpha

    @alpha.setter
    def alpha(self, value):
        self._alpha = float(np.float32(value))

    @property
    def beta(self):
        """Bonus per word (per character in bytes mode), natural log, a float of single precision."""
        return self._beta

    @beta.setter
    def beta(self, value):
        self._beta = float(np.float32(value))

    def reset_params(self, alpha, beta):
        self.alpha, self.beta = alpha, beta

    def init(self, path, alphabet):
        """Opens a package; `alphabet` may be the path of a file. Returns an error code, 0 for success."""
        if isinstance(alphabet, (str, bytes, os.PathLike)):
            alphabet_path, alphabet = alphabet, Alphabet()
            if alphabet.init(alphabet_path) != 0:
                return DS_ERR_INVALID_ALPHABET
        self.set_alphabet(alphabet)
        return self.load_lm(path)

    def set_alphabet(self, alphabet):
        """To be called before `load_lm` and `fill_dictionary`."""
        self._alphabet = alphabet.native

    def set_utf8_mode(self, utf8):
        """Bytes output mode is a matter of the alphabet: raises ValueError if the one that is set says otherwise."""
        if self._alphabet is None:
            self._alphabet = ctcdecode.Alphabet.bytes() if utf8 else None
        elif bool(utf8) != self._alphabet.is_bytes:
            raise ValueError(f'utf8 mode {bool(utf8)} does not fit the alphabet of this scorer; set_alphabet with '
                             f'{"UTF8Alphabet()" if utf8 else "an Alphabet"} first.')

    def is_utf8_mode(self):
        return self._alphabet is not None and self._alphabet.is_bytes

    def load_lm(self, lm_path):
        """Opens a package, or a language model without a dictionary; returns an error code, 0 for a package.

        DS_ERR_SCORER_NO_TRIE: a language model alone; it can be used, and any spelling is a word.
        """
        try:
            self._open(_path(lm_path))
        except ctcdecode.FormatError as error:
            return error.code
        return DS_ERR_OK

    def _open(self, path):
        """Opens a package. Raises FormatError; if there is but a language model, it is loaded nevertheless."""
        alphabet = self._needed_alphabet()
        self._path, self._words = path, None
        try:
            self._native = ctcdecode.Scorer.load(path, alphabet)
            self.reset_params(self._native.alpha, self._native.beta)
        except ctcdecode.FormatError as error:
            self._native = None
            if error.code == DS_ERR_SCORER_NO_TRIE:
                self._native = ctcdecode.Scorer.from_words(path, None, alphabet, self.alpha, self.beta)
            raise

    def fill_dictionary(self, vocabulary):
        """Replaces the dictionary by these words, str or bytes; those that the alphabet cannot write are left out."""
        words = [as_bytes(word) for word in vocabulary]
        _ = self.native  # raises while there is no language model
        self._native = ctcdecode.Scorer.from_words(self._path, words, self._needed_alphabet(), self.alpha, self.beta)
        self._words = words

    def save_dictionary(self, path, append_instead_of_overwrite=False):
        """Makes the file at `path`, a copy of the language model, a package of it and the words of `fill_dictionary`.

        Returns:
          True, or False if there is no such file.
        Raises:
          ValueError: `append_instead_of_overwrite` is not set: a dictionary has its place behind the model.
          FormatError: the file at `path` is no KenLM binary without vocabulary strings.
        """
        path, shown = _path(path), os.fsdecode(path)
        if not append_instead_of_overwrite:
            raise ValueError(f'{shown}: a dictionary belongs behind its language model; copy that to this path and '
                             f'pass append_instead_of_overwrite=True.')
        if self._words is None:
            raise ValueError(f'{shown}: there are no words to save; call fill_dictionary first.')
        if not os.path.exists(path):
            return False
        target = os.path.realpath(path)
        with tempfile.TemporaryDirectory(dir=os.fsdecode(os.path.dirname(target))) as directory:
            package = os.path.join(os.fsencode(directory), b'package')
            ctcdecode.write_package(package, path, self._words, self._needed_alphabet(), alpha=self.alpha,
                                    beta=self.beta)
            os.chmod(package, os.stat(target).st_mode & 0o777)
            os.replace(package, target)
        return True

    def get_max_order(self):
        """Returns the n of the n-gram model, 0 while there is none."""
        return self._native.order if self._native else 0

    def get_log_cond_prob(self, words, bos=False, eos=False):
        """Returns natural log P(last of `words` | those before it), OOV_SCORE with an unknown one among them.

        Args:
          words: str or bytes.
          bos: they begin a sentence.
          eos: the probability asked for is that of the sentence's end after all of them.
        """
        return self.native.log_probability([as_bytes(word) for word in words], bos, eos)

    def split_labels_into_scored_units(self, labels):
        """Returns a StringVector of the words - in bytes mode characters - that `labels` spell."""
        alphabet = self._needed_alphabet()
        units = [[]]
        for label in labels:
            label = _count('label', label, 0)
            continues = alphabet.is_bytes and 0x80 <= label + 1 < 0xC0
            if label == alphabet.space or alphabet.is_bytes and not continues:
                units.append([])
            if alphabet.is_bytes or label != alphabet.space:
                units[-1].append(label)
        return StringVector(alphabet.decode(unit) for unit in units if unit)

    def _needed_alphabet(self):
        if self._alphabet is None:
            raise ValueError('The scorer has no alphabet; call set_alphabet first.')
        return self._alphabet


class DecoderState:
    """Decodes one utterance piece by piece; may move between threads."""

    def __init__(self):
        self._stream = None

    def init(self, alphabet, beam_size, cutoff_prob, cutoff_top_n, scorer, hot_words, compatible=False):
        """Begins anew; arguments as in `ctc_beam_search_decoder`. Returns 0."""
        options = _options(beam_size, cutoff_prob, cutoff_top_n, scorer, hot_words, compatible=compatible)
        self._stream = ctcdecode.Stream(alphabet.native, scorer and scorer.native, options)
        return 0

    def next(self, probs):
        """Takes more frames, [time, classes]."""
        self._begun().feed(_array(probs))

    def decode(self, num_results=1):
        """Returns an OutputVector of the best hypotheses so far; more frames may follow."""
        return _outputs(self._begun().results(_count('num_results', num_results, 0)))

    def _begun(self):
        if self._stream is None:
            raise ValueError('The decoder has no settings; call init first.')
        return self._stream


def ctc_beam_search_decoder(probs_seq, alphabet, beam_size, cutoff_prob=1.0, cutoff_top_n=40, scorer=None,
                            hot_words=None, num_results=1, compatible=False):
    """Decodes one utterance.

    Args:
      probs_seq: float [time, classes], soft-maxed, the blank last.
      alphabet: Alphabet or UTF8Alphabet of classes - 1 labels.
      beam_size: at least 1.
      cutoff_prob: below 1: only the most probable labels of a frame that together reach it are tried,
      cutoff_top_n: and at most so many; without effect while cutoff_prob is 1.
      scorer: Scorer or None.
      hot_words: Map or dict, word (str or bytes) -> what is added to its natural-log probability.
      num_results: how many hypotheses are wanted.
      compatible: repeat the known faults of the published decoder (see options.h).
    Returns:
      OutputVector, best first.
    Raises:
      ValueError: an argument cannot be used; a probability is negative or not finite.
    """
    options = _options(beam_size, cutoff_prob, cutoff_top_n, scorer, hot_words, compatible=compatible)
    decoder = ctcdecode.Decoder(alphabet.native, scorer and scorer.native, options, 1)
    return _outputs(decoder.decode(_array(probs_seq), _count('num_results', num_results, 0)))


def ctc_beam_search_decoder_batch(probs_seq, seq_lengths, alphabet, beam_size, num_processes, cutoff_prob=1.0,
                                  cutoff_top_n=40, scorer=None, hot_words=(), num_results=1, compatible=False):
    """Decodes float [batch, time, classes], of each item the first `seq_lengths` frames, on `num_processes` threads.

    Everything else is as in `ctc_beam_search_decoder`. The threads end with the call: to start them takes a fraction
    of a millisecond, to keep them would take a place that outlives it. A ctcdecode.Decoder keeps its threads.

    Returns:
      OutputVectorVector, in the order of the batch.
    """
    options = _options(beam_size, cutoff_prob, cutoff_top_n, scorer, hot_words, compatible=compatible)
    lengths = [_count('a length', length, 0) for length in seq_lengths]
    n_threads = min(_count('num_processes', num_processes, 1), max(1, len(lengths)))
    decoder = ctcdecode.Decoder(alphabet.native, scorer and scorer.native, options, n_threads)
    items = decoder.decode_batch(_array(probs_seq), lengths, _count('num_results', num_results, 0))
    return OutputVectorVector(_outputs(item) for item in items)


def _options(beam_size, cutoff_prob, cutoff_top_n, scorer, hot_words, compatible):
    weights = dict(alpha=scorer.alpha, beta=scorer.beta) if scorer else {}
    return ctcdecode.DecoderOptions(beam_width=_count('beam_size', beam_size, 1), cutoff_prob=float(cutoff_prob),
                                    cutoff_top_n=_count('cutoff_top_n', cutoff_top_n, 1),
                                    hot_words=dict(Map(hot_words or {})), compatible=bool(compatible), **weights)


def _count(name, value, least):
    """Returns an integer of any type as int."""
    value = operator.index(value)
    if not least <= value <= _UINT32_MAX:
        raise ValueError(f'{name} {value}: {least} to {_UINT32_MAX} is needed.')
    return value


def _array(probs):
    """Returns anything like an array as float64, float32 as it is."""
    probs = np.asarray(probs)
    return probs if probs.dtype == np.float32 else probs.astype(np.float64, copy=False)


def _outputs(hypotheses):
    return OutputVector(Output(found.score, found.tokens, found.times) for found in hypotheses)


def _path(path):
    """Returns the bytes of a path, which need not be text."""
    return os.fsencode(path)
