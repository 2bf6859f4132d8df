"""Error rates of parts of a test: by length, by set, by speaker or any other column of the CSV file."""

from collections import defaultdict
from typing import Any, Dict, List, NamedTuple, Optional, Sequence, Tuple

import numpy as np

from .axes import Axis
from .bootstrap import Interval, interval
from .charts import bar_chart
from .elements import Column, Element, figure, figures, table
from .elements import interval as between
from .predictions import Prediction

N_BINS = 5  # of numbers
MAX_GROUPS = 20  # of which a chart and a table tell; the others are put together
RATE_COLUMNS = (Column('WER', 'percent'), Column('WER, 95 %', 'percent'), Column('CER', 'percent'),
                Column('CER, 95 %', 'percent'))
_EMPTY = '(empty)'  # of utterances without a value
_N_WORDS = ((1, 1), (2, 2), (3, 5), (6, 10), (11, 20), (21, None))


class Group(NamedTuple):
    """A part of a test."""

    name: str
    predictions: List[Prediction]


def by_duration(predictions: Sequence[Prediction]) -> List[Group]:
    """Returns groups of about equal size, shortest first."""
    return _by_numbers(predictions, [one.duration_s for one in predictions], ' s')


def by_words(predictions: Sequence[Prediction]) -> List[Group]:
    """Returns groups by the number of words that were said."""
    groups = []
    for low, high in _N_WORDS:
        name = f'{low}' if low == high else f'{low}–{high}' if high else f'{low} or more'
        groups.append(Group(name, [one for one in predictions if low <= one.edits.word_length <= (high or np.inf)]))
    return [group for group in groups if group.predictions]


def by_column(predictions: Sequence[Prediction], values: Sequence[str]) -> Optional[List[Group]]:
    """Returns groups by the values of a column, those with the most utterances first; many different numbers become ranges.

    Returns:
      None where it tells nothing: all values are the same, or nearly every utterance has its own.
    """
    given = [(one, value) for one, value in zip(predictions, values) if value]
    distinct = {value for _, value in given}
    numbers = [_as_number(value) for _, value in given]
    if len(distinct) > MAX_GROUPS and None not in numbers:
        without = [one for one, value in zip(predictions, values) if not value]
        ranges = _by_numbers([one for one, _ in given], [number for number in numbers if number is not None], '')
        return ranges + [Group(_EMPTY, without)] * bool(without)
    if len(set(values)) < 2 or len(distinct) > max(MAX_GROUPS, len(given) // 2):
        return None
    found: Dict[str, List[Prediction]] = defaultdict(list)
    for one, value in zip(predictions, values):
        found[value].append(one)
    groups = sorted((Group(value or _EMPTY, of_value) for value, of_value in found.items()),
                    key=lambda group: (-len(group.predictions), group.name))
    rest = groups[MAX_GROUPS:]
    if rest:
        together = [one for group in rest for one in group.predictions]
        groups = [*groups[:MAX_GROUPS], Group(f'{len(rest)} others', together)]
    return groups


def breakdown(groups: Sequence[Group], what: str, by_characters: bool, seed: int) -> Element:
    """Returns a chart and a table of the error rates of groups. Data: [of the chart, of the table]."""
    rates = [(error_interval(group.predictions, False, seed), error_interval(group.predictions, True, seed))
             for group in groups]
    leading = [pair[by_characters] for pair in rates]
    n_words = [sum(one.edits.word_length for one in group.predictions) for group in groups]
    rows = [[group.name, len(group.predictions), words, *rate_cells(wer), *rate_cells(cer)]
            for group, words, (wer, cer) in zip(groups, n_words, rates)]
    columns = [Column(what, 'path' if what == 'set' else 'name'), Column('utterances', 'count'), Column('words said', 'count'),
               *RATE_COLUMNS]
    chart = bar_chart([group.name for group in groups], [one.rate for one in leading],
                      Axis('CER' if by_characters else 'WER', 'percent'), [(one.low, one.high) for one in leading])
    return figures([figure(chart), table(columns, rows)], 'beside')


def rate_cells(found: Interval, form: str = 'percent') -> List[Any]:
    """Returns the cells of a rate and of its interval."""
    return [found.rate, between(found.low, found.high, form)]


def error_interval(predictions: Sequence[Prediction], by_characters: bool, seed: int) -> Interval:
    """Returns the word (or character) error rate with its interval; none is above 1, as in the report of a test."""
    errors, lengths = error_counts(predictions, by_characters)
    return Interval(*[min(1., value) for value in interval(errors, lengths, seed)])


def error_counts(predictions: Sequence[Prediction], by_characters: bool) -> Tuple[List[int], List[int]]:
    """Returns errors and lengths of each utterance, in words or characters."""
    if by_characters:
        return [one.edits.char_distance for one in predictions], [one.edits.char_length for one in predictions]
    return [one.edits.word_distance for one in predictions], [one.edits.word_length for one in predictions]


def _by_numbers(predictions: Sequence[Prediction], values: Sequence[float], unit: str) -> List[Group]:
    if not len(values):
        return []
    edges = np.unique(np.percentile(values, np.linspace(0, 100, N_BINS + 1)))
    edges = edges if len(edges) > 1 else np.append(edges, edges)
    places = np.clip(np.searchsorted(edges, values, 'right') - 1, 0, len(edges) - 2)
    groups = []
    for place, (low, high) in enumerate(zip(edges, edges[1:])):
        of_range = [one for one, of_one in zip(predictions, places) if of_one == place]
        groups.append(Group(f'{low:.3g}–{high:.3g}{unit}', of_range))
    return [group for group in groups if group.predictions]


def _as_number(text: str) -> Optional[float]:
    try:
        number = float(text)
    except ValueError:
        return None
    return number if np.isfinite(number) else None
