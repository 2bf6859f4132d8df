"""CTC beam-search decoding under the names of the published ds_ctcdecoder 0.9.3.

`ds_ctcdecoder.ctcdecode` is the smaller interface that this one stands on: typed options and results, streams, and a
decoder that keeps its threads.
"""

from . import ctcdecode, swigwrapper
from .error_codes import *  # noqa: F401,F403

__version__ = ctcdecode.__version__


class _Text:
    """Takes and gives text where the raw classes have bytes."""

    def Encode(self, input):
        """Returns a list of one label per character (byte). Raises ValueError if one is not in the alphabet."""
        return list(super().Encode(input))

    def DecodeSingle(self, label):
        """Returns the text of a label. Raises UnicodeDecodeError if it is a byte that alone is no character."""
        return super().DecodeSingle(label).decode('utf-8')

    def Decode(self, input):
        """Returns the text of a sequence of labels. Raises UnicodeDecodeError if they are not whole characters."""
        return super().Decode(input).decode('utf-8')


class Alphabet(_Text, swigwrapper.Alphabet):
    """The labels of an alphabet file, UTF-8, one a line. Raises ValueError if it cannot be read."""

    def __init__(self, config_path):
        try:
            self._use(ctcdecode.Alphabet.from_file(swigwrapper._path(config_path)))
        except ValueError as error:
            raise ValueError(f'Alphabet initialization failed with error code 0x1: {error}') from error


class UTF8Alphabet(_Text, swigwrapper.UTF8Alphabet):
    """The 255 labels of bytes output mode: label i is byte i + 1."""


class Scorer(swigwrapper.Scorer):
    """A scorer package; without an alphabet an empty object that can be filled with `init` or `load_lm`.

    Raises:
      ValueError: the package cannot be used with this alphabet, or an argument beside `alphabet` is missing.
    """

    def __init__(self, alpha=None, beta=None, scorer_path=None, alphabet=None):
        super().__init__()
        if alphabet is None:
            return
        if alpha is None or beta is None or scorer_path is None:
            raise ValueError('A scorer with an alphabet needs alpha, beta and scorer_path, too.')
        self.set_alphabet(alphabet)
        try:
            self._open(swigwrapper._path(scorer_path))
        except ctcdecode.FormatError as error:
            raise ValueError(f'Scorer initialization failed with error code 0x{error.code:X}: {error}') from error
        self.reset_params(alpha, beta)


def ctc_beam_search_decoder(probs_seq, alphabet, beam_size, cutoff_prob=1.0, cutoff_top_n=40, scorer=None,
                            hot_words=None, num_results=1, compatible=False):
    """Returns a list of (confidence, transcript), best first; arguments as in `swigwrapper.ctc_beam_search_decoder`.

    `confidence` is the natural log of the hypothesis' probability, language model and bonuses included. In bytes output
    mode U+FFFD stands for a character that is not whole.
    """
    outputs = swigwrapper.ctc_beam_search_decoder(
        probs_seq, alphabet, beam_size, cutoff_prob=cutoff_prob, cutoff_top_n=cutoff_top_n, scorer=scorer,
        hot_words=hot_words, num_results=num_results, compatible=compatible)
    return _hypotheses(outputs, alphabet)


def ctc_beam_search_decoder_batch(probs_seq, seq_lengths, alphabet, beam_size, num_processes, cutoff_prob=1.0,
                                  cutoff_top_n=40, scorer=None, hot_words=(), num_results=1, compatible=False):
    """Returns for each item of a batch what `ctc_beam_search_decoder` returns for its first `seq_lengths` frames.

    `num_processes` is the number of threads.
    """
    items = swigwrapper.ctc_beam_search_decoder_batch(
        probs_seq, seq_lengths, alphabet, beam_size, num_processes, cutoff_prob=cutoff_prob, cutoff_top_n=cutoff_top_n,
        scorer=scorer, hot_words=hot_words, num_results=num_results, compatible=compatible)
    return [_hypotheses(item, alphabet) for item in items]


def _hypotheses(outputs, alphabet):
    return [(output.confidence, alphabet.native.decode(output.tokens).decode('utf-8', 'replace'))
            for output in outputs]
