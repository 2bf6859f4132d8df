"""The outcome of a test: figures for the set, examples, and the JSON dump."""

import json
from collections import namedtuple

from ..text.metrics import total_rates

# One tested utterance. score, greedy: text.metrics.EditCounts of `res` and of the best path alone.
Result = namedtuple('Result', 'wav_filename src res loss score greedy')
SEPARATOR = '-' * 80


def in_report_order(results, by_characters=False):
    """Returns `results` by word (or character) error rate, lowest first; among equal ones the highest loss first."""
    by_loss = sorted(results, key=lambda result: result.loss, reverse=True)
    return sorted(by_loss, key=lambda result: result.score.cer if by_characters else result.score.wer)


def print_greedy(results, log):
    """Prints what the network alone achieves on a set; the difference to the report is the work of the decoder."""
    wer, cer = total_rates(result.greedy for result in results)
    log.plain(f'Greedy WER: {wer:f}, CER: {cer:f} (without beam search and language model)')


def print_report(dataset, results, count, log):
    """Prints the figures of a set and its best, median and worst utterances.

    Args:
      dataset: file as given.
      results: list of Result in report order.
      count: how many utterances to show in each part.
    """
    wer, cer = total_rates(result.score for result in results)
    loss = sum(result.loss for result in results) / len(results)
    log.plain(f'Test on {dataset} - WER: {wer:f}, CER: {cer:f}, loss: {loss:f}')
    log.plain(SEPARATOR)
    count = min(count, len(results))
    middle = (len(results) - count) // 2
    for heading, part in (('Best', results[:count]), ('Median', results[middle:middle + count]),
                          ('Worst', results[len(results) - count:])):
        log.plain(f'{heading} WER: ')
        log.plain(SEPARATOR)
        for result in part:
            log.plain(f'WER: {result.score.wer:f}, CER: {result.score.cer:f}, loss: {result.loss:f}')
            log.plain(f' - wav: file://{result.wav_filename}')
            log.plain(f' - src: "{result.src}"')
            log.plain(f' - res: "{result.res}"')
            log.plain(SEPARATOR)


def as_json(results):
    """Returns the text of `--test_output_file` for a list of Result."""
    rows = [{'wav_filename': result.wav_filename, 'src': result.src, 'res': result.res, 'loss': result.loss,
             'char_distance': result.score.char_distance, 'char_length': result.score.char_length,
             'word_distance': result.score.word_distance, 'word_length': result.score.word_length,
             'cer': result.score.cer, 'wer': result.score.wer} for result in results]
    return json.dumps(rows, ensure_ascii=False, indent=2)
