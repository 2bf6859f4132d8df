"""The outcome of a test: figures for the set, examples, and the JSON dump."""

import json
from typing import Iterable, List, NamedTuple, Sequence

from ..console.log import Log
from ..text.metrics import EditCounts, error_rates

SEPARATOR = '-' * 80
N_NAMED = 20  # utterances that a report is without are named


class Result(NamedTuple):
    """One tested utterance."""

    wav_filename: str  # or what else identifies it
    src: str  # what was said
    res: str  # what was recognised
    loss: float
    edits: EditCounts  # of `res`
    greedy_edits: EditCounts  # of the best path alone
    confidence: float  # mean probability that the network gives a label of `res`, from 0 to 1


def in_report_order(results: Iterable[Result], by_characters: bool = False) -> List[Result]:
    """Returns `results` by word (or character) error rate, lowest first; among equal ones the highest loss first."""
    by_loss = sorted(results, key=lambda result: result.loss, reverse=True)
    return sorted(by_loss, key=lambda result: result.edits.cer if by_characters else result.edits.wer)


def print_greedy(results: Sequence[Result], log: Log) -> None:
    """Prints what the network alone achieves on a set; the difference to the report is the work of the decoder."""
    wer, cer = error_rates(result.greedy_edits for result in results)
    log.result(f'Greedy WER: {wer:f}, CER: {cer:f} (without beam search and language model)')


def print_report(dataset: str, results: Sequence[Result], count: int, log: Log) -> None:
    """Prints the figures of a set and its best, median and worst utterances.

    Args:
      dataset: file as given.
      results: in report order.
      count: how many utterances to show in each part.
      log: where it goes.
    """
    wer, cer = error_rates(result.edits for result in results)
    loss = sum(result.loss for result in results) / len(results)
    lines = [f'Test on {dataset} - WER: {wer:f}, CER: {cer:f}, loss: {loss:f}', SEPARATOR]
    count = min(count, len(results))
    middle = (len(results) - count) // 2
    for heading, part in (('Best', results[:count]), ('Median', results[middle:middle + count]),
                          ('Worst', results[len(results) - count:])):
        lines += [f'{heading} WER: ', SEPARATOR]
        for result in part:
            lines += [f'WER: {result.edits.wer:f}, CER: {result.edits.cer:f}, loss: {result.loss:f}',
                      f' - wav: file://{result.wav_filename}', f' - src: "{result.src}"', f' - res: "{result.res}"', SEPARATOR]
    log.result('\n'.join(lines))


def print_left_out(dataset: str, n_tested: int, reasons: Sequence[str], log: Log) -> None:
    """Prints which utterances are not in the report of a set.

    Args:
      dataset: file as given.
      n_tested: how many are in it.
      reasons: for each of the others, which it is and what is wrong with it.
      log: where it goes.
    """
    if reasons:
        named = [reason.rstrip('.') for reason in reasons[:N_NAMED]] + ['...'] * (len(reasons) > N_NAMED)
        log.warn(f'{len(reasons)} of {n_tested + len(reasons)} utterances of {dataset} are not in this report: '
                 f'{"; ".join(named)}.')


def as_json(results: Iterable[Result]) -> str:
    """Returns the text of `--test_output_file`; what of a file's name is not UTF-8, stands there as an escape of JSON."""
    rows = [{'wav_filename': result.wav_filename, 'src': result.src, 'res': result.res, 'loss': result.loss,
             'char_distance': result.edits.char_distance, 'char_length': result.edits.char_length,
             'word_distance': result.edits.word_distance, 'word_length': result.edits.word_length,
             'cer': result.edits.cer, 'wer': result.edits.wer} for result in results]
    return json.dumps(rows, ensure_ascii=False, indent=2).encode('utf-8', 'backslashreplace').decode('utf-8')
