"""What is said when a batch does not fit into memory."""

from typing import Optional, Sequence

from ..errors import TrainingError
from .batching import Batch
from .utterance import Utterance


def describe_batch(utterances: Sequence[Utterance], batch: Batch, rate_hz: int) -> str:
    """Returns e.g. `16 utterances of up to 15.3 s, 245 s with padding`.

    Args:
      utterances: those of the set.
      batch: int32 [batch], indices of some of them.
      rate_hz: samples per second.
    """
    longest_s = _longest_s(utterances, batch, rate_hz)
    if len(batch) == 1:
        return f'1 utterance of {longest_s:.1f} s'
    return f'{len(batch)} utterances of up to {longest_s:.1f} s, {len(batch) * longest_s:.0f} s with padding'


def out_of_memory(utterances: Sequence[Utterance], batch: Batch, rate_hz: int, split: str,
                  n_fit: Optional[int] = None) -> TrainingError:
    """Returns the error on a batch that does not fit.

    Args:
      utterances, batch, rate_hz: see `describe_batch`.
      split: train, dev or test: whose batch size decides.
      n_fit: how many of these utterances were seen to fit; None: nobody tried, half of them are proposed.
    """
    said = f'memory ran out in a batch of {describe_batch(utterances, batch, rate_hz)}'
    if len(batch) == 1 or n_fit == 0:
        return TrainingError(f'{said}; not even one fits: leave out utterances as long as that, or choose a smaller '
                             f'--n_hidden.')
    n_proposed = n_fit or len(batch) // 2
    seconds = n_proposed * _longest_s(utterances, batch, rate_hz)
    alternative = '' if split == 'test' else f' or --batch_seconds {seconds:.3g}'
    evidence = f'{n_fit} of them fit' if n_fit else 'half of them may fit'
    return TrainingError(f'{said}; {evidence}: pass --{split}_batch_size {n_proposed}{alternative}.')


def _longest_s(utterances: Sequence[Utterance], batch: Batch, rate_hz: int) -> float:
    return max(utterances[index].n_samples for index in batch) / rate_hz
