"""What is taken for what: counts over a set of words or characters that were replaced, left out or made up."""

from collections import Counter
from typing import Counter as CounterOf
from typing import Iterable, List, NamedTuple, Sequence, Tuple

from ..text.alignment import DELETED, INSERTED, SUBSTITUTED, align
from .axes import Axis
from .charts import bar_chart
from .elements import Column, Element, Tile, figure, figures, table, tiles
from .predictions import Prediction

N_SHOWN = 15


class Confusions(NamedTuple):
    """Counts of mistakes, and of what was said."""

    said: CounterOf[str]
    substituted: CounterOf[Tuple[str, str]]  # (said, recognised)
    deleted: CounterOf[str]
    inserted: CounterOf[str]

    @property
    def n_errors(self) -> int:
        """All mistakes together."""
        return sum(self.substituted.values()) + sum(self.deleted.values()) + sum(self.inserted.values())


def confusions(texts: Iterable[Tuple[Sequence[str], Sequence[str]]]) -> Confusions:
    """Returns the Confusions of (said, recognised): both strings, or both lists of words."""
    found = Confusions(Counter(), Counter(), Counter(), Counter())
    for said, recognised in texts:
        found.said.update(said)
        if said == recognised:
            continue
        for pair in align(said, recognised):
            if pair.kind == SUBSTITUTED:
                found.substituted[str(pair.said), str(pair.recognised)] += 1
            elif pair.kind == DELETED:
                found.deleted[str(pair.said)] += 1
            elif pair.kind == INSERTED:
                found.inserted[str(pair.recognised)] += 1
    return found


def of_words(predictions: Iterable[Prediction]) -> Confusions:
    """Returns the Confusions of words."""
    return confusions((one.text.split(), one.pred_text.split()) for one in predictions)


def of_characters(predictions: Iterable[Prediction]) -> Confusions:
    """Returns the Confusions of characters."""
    return confusions((one.text, one.pred_text) for one in predictions)


def summary(found: Confusions) -> Element:
    """Returns how many of which kind there are."""
    counts = (('said', found.said), ('replaced', found.substituted), ('left out', found.deleted), ('made up', found.inserted))
    return tiles([Tile(title, sum(count.values()), 'count') for title, count in counts])


def most_frequent(found: Confusions) -> Element:
    """Returns the most frequent ones of each kind, as tables side by side."""
    replaced = [[name(said), name(recognised), n, n / found.said[said]] for (said, recognised), n in _top(found.substituted)]
    lost = [[name(said), n, n / found.said[said]] for said, n in _top(found.deleted)]
    added = [[name(recognised), n] for recognised, n in _top(found.inserted)]
    share = Column('share of it', 'percent')
    return figures([
        table([Column('said', 'name'), Column('recognised', 'name'), Column('times', 'count'), share], replaced, 'Replaced'),
        table([Column('said', 'name'), Column('times', 'count'), share], lost, 'Left out'),
        table([Column('recognised', 'name'), Column('times', 'count')], added, 'Made up')], 'narrow')


def hardest(found: Confusions, caption: str) -> Element:
    """Returns a chart of which items were recognised least often, of those that were said often enough to tell."""
    missed: CounterOf[str] = Counter(found.deleted)
    for (said, _), n in found.substituted.items():
        missed[said] += n
    enough = max(5, sum(found.said.values()) // 1000)
    rates = sorted(((missed[said] / n, said) for said, n in found.said.items() if n >= enough and missed[said]), reverse=True)
    shown = rates[:N_SHOWN]
    if not shown:
        return figure(Element('<p class="note">None was missed often enough to tell.</p>', []), caption)
    return figure(bar_chart([name(said) for _, said in shown], [rate for rate, _ in shown], Axis('missed', 'percent')), caption)


def name(item: str) -> str:
    """Returns how a word or a character is written in a table: those that cannot be seen by name."""
    return 'space' if item == ' ' else item if item.strip() and item.isprintable() else ascii(item)[1:-1]


def _top(counts: CounterOf) -> List[Tuple]:
    """Returns the most frequent ones; equal ones by their names, so that a page is the same each time."""
    return sorted(counts.items(), key=lambda item: (-item[1], item[0]))[:N_SHOWN]
