"""What a decoder is: probabilities in, hypotheses out. The search itself is native (`native_client/ctcdecode`).

    decoder = make_decoder(config, alphabet)
    best = decoder.decode(probabilities)[0]                       # one utterance
    for results in decoder.decode_batch(probabilities, lengths):  # many, on several processor cores
        print(results[0].text, results[0].score)

The plainest decoder needs no native code: `greedy_texts`, the best path alone.
"""

import importlib
import os
from dataclasses import replace
from types import ModuleType
from typing import Any, Collection, List, Optional

import numpy as np

from ..errors import ConfigError, DataError, ScorerError
from ..incomplete import installing
from ..settings.config import DecoderConfig
from ..text.alphabet import Alphabet

__all__ = ['best_path_labels', 'greedy_texts', 'make_decoder', 'native', 'native_alphabet']

NativeHypothesis = Any  # ds_ctcdecoder.ctcdecode.Hypothesis: text, score, label_probability, tokens, times, words


def native() -> ModuleType:
    """Returns the module of the native decoder, `ds_ctcdecoder.ctcdecode`.

    Raises:
      ConfigError: it is not installed.
    """
    try:
        return importlib.import_module('ds_ctcdecoder.ctcdecode')
    except ImportError as error:
        raise ConfigError(f'the decoder cannot be loaded ({error}); the published ds_ctcdecoder cannot stand in for it. '
                          f'Install ours, from the top of the checkout: {installing(["ds_ctcdecoder"])}') from error


def make_decoder(config: DecoderConfig, alphabet: Alphabet) -> 'BeamSearchDecoder':
    """Returns a decoder for the alphabet of an acoustic model.

    Raises:
      ScorerError: the scorer cannot be read or does not fit the alphabet.
      ConfigError: the native decoder is not installed.
    """
    labels = native_alphabet(alphabet)
    try:
        return BeamSearchDecoder(config, labels, _load_scorer(config, labels))
    except ValueError as error:  # the native FormatError is one, too
        raise ScorerError(_sentence(error)) from error


def native_alphabet(alphabet: Alphabet) -> Any:
    """Returns the `ds_ctcdecoder.ctcdecode.Alphabet` with the same labels. Raises ConfigError as `native` does."""
    return native().Alphabet(list(alphabet.labels))


def _load_scorer(config, labels):
    if config.scorer_path:
        return native().Scorer.load(os.fsencode(config.scorer_path), labels)
    if config.lm_binary_path:
        return native().Scorer.load_trio(os.fsencode(config.lm_binary_path), os.fsencode(config.lm_trie_path), labels)
    return None


def _sentence(error):
    text = str(error)
    return text if text.endswith(('.', '?')) else f'{text}.'


class BeamSearchDecoder:
    """Decodes with fixed settings; any thread may use it, and the interpreter lock is free meanwhile.

    Args:
      config: widths and weights; its paths are not looked at.
      labels: native Alphabet.
      scorer: native Scorer, or None.
    """

    def __init__(self, config: DecoderConfig, labels: Any, scorer: Optional[Any]) -> None:
        self._config, self._labels, self._scorer = config, labels, scorer
        options = native().DecoderOptions(beam_width=config.beam_width, cutoff_prob=config.cutoff_prob,
                                          cutoff_top_n=config.cutoff_top_n, alpha=config.lm_alpha, beta=config.lm_beta)
        self._decoder = native().Decoder(labels, scorer, options.fast() if config.fast else options, config.n_threads)

    @property
    def bytes_mode(self) -> bool:
        """Whether the scorer counts characters, spelled in bytes, instead of words."""
        return bool(self._scorer and self._scorer.bytes_mode)

    def decode(self, probabilities: np.ndarray, n_results: int = 1) -> List[NativeHypothesis]:
        """Returns at most `n_results` hypotheses of one utterance, best first; fewer when fewer beams are alive.

        Args:
          probabilities: float [time, classes], soft-maxed, the blank last.
        Raises:
          DataError: the shape does not fit the alphabet, or a value is not a probability.
        """
        try:
            return self._decoder.decode(probabilities, n_results)
        except ValueError as error:
            raise DataError(_sentence(error)) from error

    def decode_batch(self, probabilities: np.ndarray, lengths: Collection[int],
                     n_results: int = 1) -> List[List[NativeHypothesis]]:
        """Returns for each item of float [batch, time, classes] what `decode` gives for its first `length` frames.

        Args:
          probabilities: float [batch, time, classes], soft-maxed, the blank last.
          lengths: int [batch], frames used of each item.
          n_results: as of `decode`.
        Raises:
          DataError: as `decode`.
        """
        try:
            return self._decoder.decode_batch(probabilities, lengths, n_results)
        except ValueError as error:
            raise DataError(_sentence(error)) from error

    def with_weights(self, alpha: Optional[float], beta: Optional[float]) -> 'BeamSearchDecoder':
        """Returns a decoder with other weights that shares the scorer."""
        return BeamSearchDecoder(replace(self._config, lm_alpha=alpha, lm_beta=beta), self._labels, self._scorer)


def greedy_texts(probabilities: np.ndarray, lengths: Collection[int], alphabet: Alphabet) -> List[str]:
    """Returns the texts of the best paths of a batch: the likeliest class of each frame, no language model.

    Args:
      probabilities: float [batch, time, classes], blank last.
      lengths: int [batch], frames used of each item.
      alphabet: of the acoustic model.
    """
    paths = np.asarray(probabilities).argmax(axis=2)
    return [alphabet.decode(labels.tolist()) for labels in best_path_labels(paths, lengths, alphabet.blank)]


def best_path_labels(paths: np.ndarray, lengths: Collection[int], blank: int) -> List[np.ndarray]:
    """Returns the labels that each path of a batch stands for: repeats are one, then blanks are left out.

    Args:
      paths: int [batch, time], a class for each frame.
      lengths: int [batch], frames used of each item.
      blank: the class that stands for none.
    """
    paths = np.where(np.arange(paths.shape[1]) < np.asarray(lengths)[:, np.newaxis], paths, blank)
    previous = np.pad(paths, ((0, 0), (1, 0)), 'constant', constant_values=blank)[:, :-1]
    emitted = (paths != blank) & (paths != previous)
    return [path[kept] for path, kept in zip(paths, emitted)]
