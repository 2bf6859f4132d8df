"""What the network alone achieves on the first utterances of a set, said before any beam search.

A test with a large language model takes long, and with a wrong alphabet, a wrong checkpoint or the wrong data all of that is in
vain: greedy error rates show it after seconds. So the network goes ahead of the decoder by some utterances.
"""

from typing import Iterator, List, Sequence

from ..console.log import Log
from ..data.utterance import Utterance
from ..decode.interface import greedy_texts
from ..text.alphabet import Alphabet
from ..text.metrics import EditCounts, edit_counts, error_rates
from .forward import Outputs

N_PREVIEWED = 100  # utterances; of a minute each their probabilities would take 35 MB


def previewed(batches: Iterator[Outputs], utterances: Sequence[Utterance], alphabet: Alphabet, log: Log) -> Iterator[Outputs]:
    """Yields the Outputs of a set, in their order; says the error rates of the first ones before it yields any.

    Args:
      batches: from the first utterance of the set on.
      utterances: of the set.
      alphabet: of the network.
      log: is told.
    """
    ahead: List[Outputs] = []
    edits: List[EditCounts] = []
    for batch in batches:
        ahead.append(batch)
        texts = greedy_texts(batch.probabilities, batch.lengths, alphabet)
        edits += [edit_counts(alphabet.decode(utterances[index].labels), text)
                  for index, text, weight in zip(batch.index, texts, batch.weight) if weight]
        if len(edits) >= N_PREVIEWED:
            break
    if edits:
        wer, cer = error_rates(edits)
        log.info(f'Of the first {len(edits)} of {len(utterances)} utterances, before beam search: greedy WER: {wer:f}, '
                 f'CER: {cer:f}')
    yield from ahead
    yield from batches
