"""The page on a test, and on the training before it: what went wrong, how sure the figures are, and where to listen.

    page = page_of(RunReport(...))
    page.write('report.html')
"""

import math
from collections import Counter
from typing import List, Sequence, Tuple

from ..text.metrics import error_rates
from .axes import Axis
from .bootstrap import drawings_for
from .breakdown import RATE_COLUMNS, breakdown, by_column, by_duration, by_words, error_interval, rate_cells
from .charts import bar_chart
from .close_up import close_up
from .comparison import Comparison
from .confusions import Confusions, hardest, most_frequent, of_characters, of_words, summary
from .curves import curves, transcripts
from .elements import Column, Element, Tile, figure, number, sentence, table, tiles
from .page import Page
from .players import Players
from .predictions import Prediction
from .tested import RunReport, SetOutcome

N_LEFT_OUT = 20  # utterances named that were not tested


def page_of(report: RunReport) -> Page:
    """Returns the page on a test."""
    page = Page(report.title, report.model)
    _summary(page, report)
    if report.former:
        _comparison(page, report)
    if report.history:
        page.section('Training', 'The last run in history.jsonl beside the checkpoints; epochs are counted from 0.')
        page.add('curves', curves(report.history))
        samples = transcripts(report.history)
        if samples:
            page.add('transcripts', samples)
    _breakdowns(page, report)
    _confusions(page, report)
    _close_ups(page, report)
    if report.configuration:
        page.section('Configuration', 'What decides how the test comes out, the flags that were given, and what is known '
                                      'of the training.')
        page.add('configuration', table([Column('what', 'name'), Column('value')], report.configuration))
    return page


def _summary(page: Page, report: RunReport) -> None:
    predictions = report.predictions
    n_drawings = drawings_for(len(predictions))
    page.section('Figures')
    page.add('summary', tiles(_tiles(report)))
    page.add('bootstrap', sentence('Intervals hold a rate with a probability of 95 %, by the bootstrap over utterances, ',
                                   number(n_drawings, 'exact'), ' drawings, seed ', number(report.seed, 'exact'), '.'))
    columns = [Column('set', 'path'), Column('utterances', 'count'), Column('audio', 'hours'), *RATE_COLUMNS,
               *[Column(title, 'percent') for title in ('greedy WER', 'greedy CER', 'entirely right')],
               Column('loss', 'number'), Column('left out', 'count')]
    page.add('sets', table(columns, [_row(each, report.seed) for each in report.sets], 'Each set'))
    left_out = [reason for each in report.sets for reason in each.left_out]
    if left_out:
        page.warning('Utterances are not in this report, as their sound could not be used.')
        page.add('left_out', table([Column('utterance and reason')], [[reason] for reason in left_out[:N_LEFT_OUT]],
                                   'The first of them'))
    page.add('rates', _rates_chart(predictions, report.by_characters))


def _tiles(report: RunReport) -> List[Tile]:
    predictions = report.predictions
    tiles_of_rates = []
    for metric, by_characters in (('WER', False), ('CER', True)):
        found = error_interval(predictions, by_characters, report.seed)
        tiles_of_rates.append(Tile(metric, found.rate, 'percent', interval=(found.low, found.high)))
    if report.by_characters:
        tiles_of_rates.reverse()
    return [*tiles_of_rates, Tile('entirely right', _share_right(predictions), 'percent', 'of the utterances'),
            Tile('utterances', len(predictions), 'count'),
            Tile('words', sum(one.edits.word_length for one in predictions), 'count'),
            Tile('audio', sum(one.duration_s for one in predictions) / 3600, 'hours'),
            Tile('loss', _mean([one.loss for one in predictions])),
            Tile('confidence', _mean([one.confidence for one in predictions]), 'percent', 'mean, of a label')]


def _row(tested: SetOutcome, seed: int) -> List:
    wer, cer = [error_interval(tested.predictions, by_characters, seed) for by_characters in (False, True)]
    greedy = [one.greedy_edits for one in tested.predictions if one.greedy_edits]
    greedy_rates = error_rates(greedy) if greedy else (None, None)
    hours = sum(one.duration_s for one in tested.predictions) / 3600
    return [tested.path, len(tested.predictions), hours, *rate_cells(wer), *rate_cells(cer), *greedy_rates,
            _share_right(tested.predictions), _mean([one.loss for one in tested.predictions]), len(tested.left_out)]


def _rates_chart(predictions: Sequence[Prediction], by_characters: bool) -> Element:
    """Returns a chart of how many utterances have which error rate."""
    rates = [one.edits.cer if by_characters else one.edits.wer for one in predictions]
    counts = Counter(math.ceil(min(rate, 1.001) * 10 - 1e-9) for rate in rates)
    names = ['no errors', *[f'up to {10 * tenth} %' for tenth in range(1, 11)], 'over 100 %']
    metric = 'CER' if by_characters else 'WER'
    return figure(bar_chart(names, [counts[tenth] for tenth in range(12)], Axis('utterances', 'count')),
                  f'How many utterances have which {metric}')


def _comparison(page: Page, report: RunReport) -> None:
    assert report.former
    path, former = report.former
    found = Comparison(path, former, report.predictions, report.by_characters, report.seed)
    page.section('Compared with a former test', f'{path}, by the bootstrap over utterances with the same drawings for both. '
                 f'Where the interval of the change does not hold 0, the difference is more than chance.')
    if found.pairs:
        page.add('comparison', found.element())
    else:
        page.warning(found.sentence())


def _breakdowns(page: Page, report: RunReport) -> None:
    predictions = report.predictions
    page.section('Where the errors are', 'Whiskers are 95 % intervals: groups whose intervals overlap widely may differ by '
                                         'chance alone.')
    groups = [('duration', by_duration(predictions)), ('words', by_words(predictions))]
    if len(report.sets) > 1:
        groups.append(('set', by_column(predictions, [one.dataset for one in predictions]) or []))
    without: List[str] = []
    for column, values in _columns(report):
        found = by_column(predictions, values)
        if found:
            groups.append((f'column {column}', found))
        else:
            without.append(column)
    for what, found in groups:
        if found:
            page.heading(f'By {what}')
            page.add(f'by {what}', breakdown(found, what, report.by_characters, report.seed))
    if without:
        page.text(f'Without a breakdown, as all values are the same or nearly every row has its own: {", ".join(without)}.')


def _columns(report: RunReport) -> List[Tuple[str, List[str]]]:
    """Returns (column, its value for each prediction) of the further columns of the sets; what a set lacks is empty."""
    rows = [row for each in report.sets for row in (each.columns or [{}] * len(each.predictions))]
    names = dict.fromkeys(name for row in rows for name in row)
    return [(name, [row.get(name, '') for row in rows]) for name in names]


def _confusions(page: Page, report: RunReport) -> None:
    kinds: List[Tuple[str, str, Confusions]] = [('Words', 'words', of_words(report.predictions)),
                                                ('Characters', 'characters', of_characters(report.predictions))]
    if report.by_characters:
        kinds.reverse()
    page.section('What is taken for what', 'From alignments with as few errors as possible.')
    for title, what, found in kinds:
        page.heading(title)
        page.add(f'{what} in all', summary(found))
        page.add(f'{what} confused', most_frequent(found))
        page.add(f'{what} missed', hardest(found, f'The {what} that were missed most often, of those said at least five times'))


def _close_ups(page: Page, report: RunReport) -> None:
    if not report.close_ups:
        return
    page.section('The worst utterances', 'Those with the highest error rates; among equal ones those with the highest loss.')
    players = Players()
    for place, item in enumerate(report.close_ups, 1):
        page.heading(f'{place}. {item.prediction.text}')
        page.add(f'close-up {place}', close_up(item, report.labels, players))


def worst(predictions: Sequence[Prediction], n: int, by_characters: bool) -> List[int]:
    """Returns the indices of the utterances with the highest error rates, worst first; none without errors."""
    def badness(index: int) -> Tuple[float, float, float]:
        one = predictions[index]
        rates = (one.edits.cer, one.edits.wer) if by_characters else (one.edits.wer, one.edits.cer)
        return (*rates, one.loss)

    wrong = [index for index, one in enumerate(predictions) if one.edits.char_distance]
    return sorted(wrong, key=badness, reverse=True)[:n]


def _share_right(predictions: Sequence[Prediction]) -> float:
    return sum(not one.edits.word_distance for one in predictions) / max(1, len(predictions))


def _mean(values: Sequence[float]) -> float:
    return sum(values) / max(1, len(values))
