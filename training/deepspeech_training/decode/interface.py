"""What a decoder is: probabilities in, hypotheses out, whatever does the search.

    with make_decoder(config, alphabet) as decoder:
        best = decoder.decode(probabilities)[0]                       # one utterance
        for results in decoder.decode_batch(probabilities, lengths):  # many, on several processor cores
            print(results[0].text, results[0].confidence)
"""

from .beam_search import BeamSearch
from .hypothesis import Hypothesis
from .pool import DecoderPool
from .scorer import load_scorer

__all__ = ['Hypothesis', 'make_decoder']


def make_decoder(config, alphabet):
    """Returns a decoder; close it, or use it in a `with` statement.

    It has
      decode(probabilities, n_results=1): float [time, classes], soft-maxed, blank last -> list of Hypothesis, best
        first; at most `n_results`, fewer when fewer beams are alive.
      decode_batch(probabilities, lengths, n_results=1): float [batch, time, classes] and the rows used of each item
        -> such a list per item, in order.
      close(): ends the worker processes of `decode_batch`.

    Args:
      config: DecoderConfig.
      alphabet: text.alphabet.Alphabet of the acoustic model.
    Raises:
      ScorerError: the scorer cannot be read or does not fit the alphabet.
    """
    scorer = load_scorer(config.scorer_path, alphabet) if config.scorer_path else None
    return DecoderPool(BeamSearch(config, alphabet, scorer), config, alphabet)
