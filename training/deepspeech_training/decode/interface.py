"""What a decoder is: probabilities in, hypotheses out. The search itself is native (`native_client/ctcdecode`).

    decoder = make_decoder(config, alphabet)
    best = decoder.decode(probabilities)[0]                       # one utterance
    for results in decoder.decode_batch(probabilities, lengths):  # many, on several processor cores
        print(results[0].text, results[0].confidence)
"""

import os
from dataclasses import replace

from ..errors import ConfigError, DataError, ScorerError

try:
    from ds_ctcdecoder import ctcdecode
except ImportError as error:
    raise ConfigError(f'the decoder cannot be loaded ({error}); the published ds_ctcdecoder cannot stand in for it. '
                      f'Install ours, from the top of the checkout: pip install ./native_client/ctcdecode') from error

__all__ = ['make_decoder']


def make_decoder(config, alphabet):
    """Returns a BeamSearchDecoder for DecoderConfig `config` and the Alphabet of the acoustic model.

    Raises:
      ScorerError: the scorer cannot be read or does not fit the alphabet.
    """
    labels = native_alphabet(alphabet)
    try:
        return BeamSearchDecoder(config, labels, _load_scorer(config, labels))
    except ValueError as error:  # the native FormatError is one, too
        raise ScorerError(_sentence(error)) from error


def native_alphabet(alphabet):
    """Returns the native form of a text.alphabet.Alphabet."""
    return ctcdecode.Alphabet(list(alphabet.labels))


def _load_scorer(config, labels):
    if config.scorer_path:
        return ctcdecode.Scorer.load(os.fsencode(config.scorer_path), labels)
    if config.lm_binary_path:
        return ctcdecode.Scorer.load_trio(os.fsencode(config.lm_binary_path), os.fsencode(config.lm_trie_path), labels)
    return None


def _sentence(error):
    text = str(error)
    return text if text.endswith(('.', '?')) else f'{text}.'


class BeamSearchDecoder:
    """Decodes with fixed settings; any thread may use it, and the interpreter lock is free meanwhile."""

    def __init__(self, config, labels, scorer):
        self._config, self._labels, self._scorer = config, labels, scorer
        options = ctcdecode.DecoderOptions(beam_width=config.beam_width, cutoff_prob=config.cutoff_prob,
                                           cutoff_top_n=config.cutoff_top_n, alpha=config.lm_alpha, beta=config.lm_beta)
        self._decoder = ctcdecode.Decoder(labels, scorer, options.fast() if config.fast else options, config.n_threads)

    @property
    def bytes_mode(self):
        """Whether the scorer counts characters, spelled in bytes, instead of words."""
        return bool(self._scorer and self._scorer.bytes_mode)

    def decode(self, probabilities, n_results=1):
        """Returns at most `n_results` readings of one utterance, best first; fewer when fewer beams are alive.

        Args:
          probabilities: float [time, classes], soft-maxed, the blank last.
        Returns:
          list of ds_ctcdecoder.ctcdecode.Hypothesis: text, score, confidence, tokens, times, words.
        Raises:
          DataError: the shape does not fit the alphabet, or a value is not a probability.
        """
        try:
            return self._decoder.decode(probabilities, n_results)
        except ValueError as error:
            raise DataError(_sentence(error)) from error

    def decode_batch(self, probabilities, lengths, n_results=1):
        """Returns for each item of float [batch, time, classes] what `decode` gives for its first `length` rows."""
        try:
            return self._decoder.decode_batch(probabilities, lengths, n_results)
        except ValueError as error:
            raise DataError(_sentence(error)) from error

    def with_weights(self, alpha, beta):
        """Returns a decoder with other weights that shares the scorer."""
        return BeamSearchDecoder(replace(self._config, lm_alpha=alpha, lm_beta=beta), self._labels, self._scorer)
