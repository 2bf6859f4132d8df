"""The data report: sets are added as they were checked, one by one; then it says what is in them and which rows to look at.

    report = DataReport(alphabet, features, KnownLevels(path, log))
    report.add('train', checked)
    found = report.finish()     # found.numbers is JSON; page.page_of(found) shows it
"""

from collections import Counter
from typing import Any, Callable, Dict, Iterable, Iterator, List, NamedTuple, Optional, Sequence, Tuple
from typing import Counter as Counts

import numpy as np

from ..data.audio_index import AudioIndex
from ..data.preflight import CheckedSet
from ..data.rejected import Rejection
from ..data.utterance import AudioSource, Recording, Utterance
from ..errors import DataError
from ..settings.features import FeatureConfig
from ..text.alphabet import Alphabet
from ..text.characters import Characters, Located
from .columns import Columns, Place, columns_of
from .kinds import BY_NAME, REJECTED, SUSPICIOUS
from .known_levels import Failures, KnownLevels
from .levels import LEVELS
from .numbers import of_alphabet, of_set
from .recognition import Recogniser
from .sharing import overlap_of, pairs, repetitions_in, shared_with
from .suspicions import Suspicion, suspicions_in

N_WORST = 8  # rows of a kind that are shown


class Example(NamedTuple):
    """A row that is shown."""

    kind: str
    set_name: str
    place: Place
    reason: str
    audio: Optional[AudioSource] = None  # None: it cannot be read as it is
    recording: Optional[Recording] = None


class Found(NamedTuple):
    """What a report found."""

    numbers: Dict[str, Any]  # all of it, as JSON takes it
    examples: Dict[str, List[Example]]  # the worst rows by kind
    listed: Callable[[], Iterator[Example]]  # every row that something is said of, by set and kind


class DataReport:
    """Collects sets.

    Args:
      alphabet: of the model.
      features: likewise.
      known: measures recordings; None: nobody listens to them.
      recogniser: compares what it recognises; None: nobody does.
    """

    def __init__(self, alphabet: Alphabet, features: FeatureConfig, known: Optional[KnownLevels] = None,
                 recogniser: Optional[Recogniser] = None) -> None:
        self._alphabet, self._features, self._known, self._recogniser = alphabet, features, known, recogniser
        self._recognised: List[Optional[Dict[str, Any]]] = []
        self._sets: List[Columns] = []
        self._levels: List[np.ndarray] = []
        self._rejected: List[List[Rejection]] = []
        self._suspicions: List[List[Suspicion]] = []
        self._speakers: Dict[str, int] = {}
        self._characters = Characters()
        self._missing: Counts[str] = Counter()

    def add(self, name: str, checked: CheckedSet) -> None:
        """Adds a set."""
        columns = columns_of(name, checked, self._speakers)
        levels, failures = self._levels_of(columns)
        self._characters.add(_texts_of(checked), normalise=True)
        self._missing.update(checked.missing)
        self._sets.append(columns)
        self._levels.append(levels)
        self._rejected.append(checked.rejected)
        suspicions = suspicions_in(columns, levels, self._features.rate_hz)
        recognised = None
        if self._recogniser:
            recognised, differing = self._recogniser.compare(columns.utterances)
            suspicions.append(differing)
        self._recognised.append(recognised)
        if failures:
            suspicions.append(_listed('unread', [place for place, _ in failures], [str(error) for _, error in failures]))
        if checked.changed:
            how = {(change.row.source, change.row.line, change.row.id): change.how for change in checked.changed}
            told = [(place, how[key]) for place, row in enumerate(checked.rows) for key in [(row.source, row.line, row.id)]
                    if key in how]
            suspicions.append(_listed('changed', [place for place, _ in told], [each for _, each in told]))
        suspicions += repetitions_in(columns, levels['digest'])
        self._suspicions.append([each for each in suspicions if len(each.indices)])

    def _levels_of(self, columns: Columns) -> Tuple[np.ndarray, Failures]:
        if self._known is None:
            return np.zeros(len(columns.utterances), LEVELS), []
        return self._known.look_up([utterance.audio for utterance in columns.utterances])

    @property
    def utterances(self) -> List[Utterance]:
        """All that were added."""
        return [utterance for columns in self._sets for utterance in columns.utterances]

    def finish(self) -> Found:
        """Returns what was found in all sets, and between them."""
        overlaps = []
        for one, other in pairs(self._sets):
            digests = self._levels[one]['digest'], self._levels[other]['digest']
            shared = {each.kind: each for each in shared_with(self._sets[one], self._sets[other], digests)}
            overlaps.append(overlap_of(self._sets[one], self._sets[other], shared)._asdict())
            self._suspicions[other] += [each for each in shared.values() if len(each.indices)]
        examples = {kind.name: self._worst(kind.name) for kind in REJECTED + SUSPICIOUS}
        examples = {kind: worst for kind, worst in examples.items() if worst}
        sets = [of_set(columns, levels, len(rejected), _suspected(suspicions)) for columns, levels, rejected, suspicions
                in zip(self._sets, self._levels, self._rejected, self._suspicions)]
        for numbers_of_set, recognised in zip(sets, self._recognised):
            numbers_of_set['recognised'] = recognised
        numbers = {
            'total': {key: sum(each[key] for each in sets) for key in ('rows', 'usable', 'rejected', 'suspicious', 'hours')},
            'sets': sets,
            'features': {'rate_hz': self._features.rate_hz, 'window_ms': self._features.window_ms,
                         'step_ms': self._features.step_ms},
            'listened': self._known is not None,
            'overlaps': overlaps,
            'findings': [self._finding(kind, worst) for kind, worst in examples.items()],
            'alphabet': of_alphabet(self._alphabet, self._characters, self._missing)}
        return Found(numbers, examples, self._all)

    def _finding(self, kind: str, worst: Sequence[Example]) -> Dict[str, Any]:
        by_set = {columns.name: self._count(kind, number) for number, columns in enumerate(self._sets)}
        shown = [dict(example.place._asdict(), set=example.set_name, reason=example.reason,
                      seconds=example.audio.info.duration_s if example.audio else None) for example in worst]
        title, remedy, is_rejection = BY_NAME[kind][1:]
        return {'kind': kind, 'title': title, 'remedy': remedy, 'is_rejection': is_rejection, 'rows': sum(by_set.values()),
                'by_set': {name: count for name, count in by_set.items() if count}, 'examples': shown}

    def _count(self, kind: str, number: int) -> int:
        return (sum(each.kind == kind for each in self._rejected[number])
                + len(_union(each.indices for each in self._suspicions[number] if each.kind == kind)))

    def _worst(self, kind: str) -> List[Example]:
        """Returns the worst rows of a kind, of all sets."""
        found: List[Tuple[float, Example]] = []
        for number, columns in enumerate(self._sets):
            rejected = [each for each in self._rejected[number] if each.kind == kind]
            found += [(0., _of_rejection(columns.name, each)) for each in rejected[:N_WORST]]
            for each in self._suspicions[number]:
                if each.kind == kind:
                    order = np.argsort(-each.badness, kind='stable')[:N_WORST]
                    found += [(float(each.badness[place]), _of_suspicion(columns, each, place)) for place in order.tolist()]
        worst = sorted(found, key=lambda item: -item[0])[:N_WORST]
        return [example if example.audio else _with_audio(example) for _, example in worst]

    def _all(self) -> Iterator[Example]:
        for columns, rejected, suspicions in zip(self._sets, self._rejected, self._suspicions):
            for each in rejected:
                yield _of_rejection(columns.name, each)
            for suspicion in suspicions:
                for place in range(len(suspicion.indices)):
                    yield _of_suspicion(columns, suspicion, place)


def _texts_of(checked: CheckedSet) -> Iterator[Located]:
    """Yields the transcripts of a set as they stand there, also those of rows that are left out."""
    changed = {(change.row.source, change.row.line, change.row.id): change.row for change in checked.changed}
    rows = [changed.get((row.source, row.line, row.id), row) for row in checked.rows] if changed else checked.rows
    for row in [*rows, *(rejection.row for rejection in checked.rejected)]:
        yield row.location, row.transcript or ''


def _listed(kind: str, places: Sequence[int], reasons: Sequence[str]) -> Suspicion:
    return Suspicion(kind, np.array(places, int), np.zeros(len(places)), reasons.__getitem__)


def _union(indices: Iterable[np.ndarray]) -> np.ndarray:
    return np.unique(np.concatenate([np.zeros(0, int), *indices]))


def _suspected(suspicions: Sequence[Suspicion]) -> int:
    """Returns how many rows something is suspected of."""
    return len(_union(each.indices for each in suspicions))


def _of_rejection(name: str, rejection: Rejection) -> Example:
    row, reason, kind = rejection
    return Example(kind, name, Place(row.location, row.id, row.transcript or ''), reason, recording=row.recording)


def _with_audio(example: Example) -> Example:
    if example.recording is None:
        return example
    (found,) = AudioIndex().look_up([example.recording])
    return example if isinstance(found, DataError) or not found.n_samples else example._replace(audio=found)


def _of_suspicion(columns: Columns, suspicion: Suspicion, place: int) -> Example:
    index = int(suspicion.indices[place])
    return Example(suspicion.kind, columns.name, columns.place(index), suspicion.reason(place),
                   audio=columns.utterances[index].audio)
