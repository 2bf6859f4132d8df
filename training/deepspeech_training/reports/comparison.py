"""A test compared with a former one of the same utterances: is the new one better, and where?"""

from typing import List, Sequence, Tuple

from .bootstrap import Difference, compare
from .breakdown import error_counts, rate_cells
from .elements import Column, Element, Tile, joined, table, tiles
from .predictions import Prediction, pairs_of

N_SHOWN = 12
_UNITS = ('words', 'characters')


class Comparison:
    """Two tests side by side.

    Args:
      path: file of the former one.
      former, present: what was recognised in them.
      by_characters: whether characters decide, not words.
      seed: of the bootstrap.
    """

    def __init__(self, path: str, former: Sequence[Prediction], present: Sequence[Prediction], by_characters: bool,
                 seed: int) -> None:
        self.path, self._by_characters, self._seed = path, by_characters, seed
        self.pairs: List[Tuple[Prediction, Prediction]] = pairs_of(former, present)
        self.n_present = len(present)

    def difference(self, by_characters: bool) -> Difference:
        """Returns how the error rates of words (or characters) differ."""
        first, lengths = error_counts([before for before, _ in self.pairs], by_characters)
        second, _ = error_counts([after for _, after in self.pairs], by_characters)
        return compare(first, second, lengths, self._seed)

    def sentence(self) -> str:
        """Returns the outcome in one line, for the log."""
        if not self.pairs:
            return f'None of the {self.n_present} utterances is in {self.path}: nothing to compare.'
        found = self.difference(self._by_characters)
        metric = 'CER' if self._by_characters else 'WER'
        return (f'Compared with {self.path} on {len(self.pairs)} utterances: {metric} {found.first.rate:f} -> '
                f'{found.second.rate:f}, change {found.change.rate:+f} (95 % interval {found.change.low:+f} to '
                f'{found.change.high:+f}); better in {found.n_better}, worse in {found.n_worse}.')

    def element(self) -> Element:
        """Returns the figures and the utterances that changed most. Data: a list of that of its parts."""
        return joined([self._tiles(), self._rates(), self._changed(-1, 'Fewer errors than before'),
                       self._changed(1, 'More errors than before')])

    def _tiles(self) -> Element:
        found = self.difference(self._by_characters)
        change = found.change
        verdict = 'better' if change.high < 0 else 'worse' if change.low > 0 else 'no clear difference'
        return tiles([
            Tile('in both tests', len(self.pairs), 'count', 'utterances'), Tile('outcome', verdict),
            Tile(f'change of {"CER" if self._by_characters else "WER"}', change.rate, 'points',
                 interval=(change.low, change.high)),
            Tile('fewer errors', found.share_better, 'percent', 'of the drawings'),
            Tile('better', found.n_better, 'count', 'utterances'), Tile('worse', found.n_worse, 'count', 'utterances'),
            Tile('as many errors', found.n_equal, 'count', 'utterances')])

    def _rates(self) -> Element:
        rows = []
        for metric, by_characters in (('WER', False), ('CER', True)):
            found = self.difference(by_characters)
            rows.append([metric, *rate_cells(found.first), *rate_cells(found.second), *rate_cells(found.change, 'points')])
        columns = [Column(title, form) for which, form in (('before', 'percent'), ('now', 'percent'), ('change', 'points'))
                   for title in (which, f'{which}, 95 %')]
        return table([Column('rate', 'name'), *columns], rows,
                     'Rates of the utterances in both tests; the change in percentage points')

    def _changed(self, sign: int, caption: str) -> Element:
        """Returns the utterances whose number of errors changed most in one direction."""
        def change(pair: Tuple[Prediction, Prediction]) -> int:
            before, after = [error_counts([one], self._by_characters)[0][0] for one in pair]
            return sign * (after - before)

        most = sorted(self.pairs, key=change, reverse=True)[:N_SHOWN]
        rows = [[sign * change(pair), pair[1].text, pair[0].pred_text, pair[1].pred_text, pair[1].audio]
                for pair in most if change(pair) > 0]
        columns = [Column(f'more wrong {_UNITS[self._by_characters]}', 'count'), Column('said'), Column('before'),
                   Column('now'), Column('file', 'path')]
        return table(columns, rows, caption if rows else f'{caption}: none')
