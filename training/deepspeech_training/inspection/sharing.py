"""What stands in a set twice, and what sets have in common: sound, sentences, speakers."""

from typing import Callable, Dict, Iterator, List, NamedTuple, Sequence

import numpy as np

from .columns import Columns
from .suspicions import Suspicion


class Overlap(NamedTuple):
    """What a set has in common with the set that is trained on, or with another one before it."""

    one: str
    other: str
    n_sounds: int  # rows of the latter whose sound stands in the former
    n_sentences: int  # likewise
    n_speakers: int  # whom both have


def repetitions_in(columns: Columns, digests: np.ndarray) -> Iterator[Suspicion]:
    """Yields the suspicions against rows that repeat an earlier one of their set.

    Args:
      columns: of the set.
      digests: of the sound of each row; 0: not known.
    """
    first_audio, first_sound = _first(columns.audio), _first(digests)
    is_known = digests != 0
    order = np.arange(len(digests))
    same_file = first_audio < order
    same_sound = is_known & (first_sound < order) & ~same_file
    first = np.where(same_file, first_audio, first_sound)
    same_text = columns.text[first] == columns.text

    def names_first(what: str) -> Callable[[int], str]:
        def reason(index: int) -> str:
            other = columns.place(int(first[index]))
            if what:
                return f'{what} {other.location}'
            return f'{other.location} has the same sound with {other.transcript[:80]!r}'
        return reason

    for kind, is_so, what in (('repeated_row', same_file & same_text, 'as'), ('repeated_sound', same_sound & same_text, 'as'),
                              ('contradiction', (same_file | same_sound) & ~same_text, '')):
        indices = np.flatnonzero(is_so)
        told = names_first(what)
        yield Suspicion(kind, indices, np.zeros(len(indices)), _by_place(indices, told))


def _by_place(indices: np.ndarray, told: Callable[[int], str]) -> Callable[[int], str]:
    return lambda place: told(int(indices[place]))


def _first(values: np.ndarray) -> np.ndarray:
    """Returns for each value the place at which it stands first."""
    _, first, back = np.unique(values, return_index=True, return_inverse=True)
    return first[back.reshape(-1)] if len(values) else np.zeros(0, int)


def shared_with(one: Columns, other: Columns, digests: Sequence[np.ndarray]) -> Iterator[Suspicion]:
    """Yields the suspicions against rows of `other` that have something in common with `one`; digests are those of both."""
    known = digests[1] != 0
    yield _in_common(one, 'shared_sound', (np.where(digests[0] == 0, -1, digests[0].astype(np.int64)),
                                           digests[1].astype(np.int64)), known)
    yield _in_common(one, 'shared_sentence', (one.text, other.text), other.n_chars > 0)
    yield _in_common(one, 'shared_speaker', (one.speaker, other.speaker), other.speaker > 0)


def _in_common(one: Columns, kind: str, values: Sequence[np.ndarray], counts: np.ndarray) -> Suspicion:
    """Returns the suspicion against rows of the other set whose value stands in `one`, among those that count."""
    unique, first = np.unique(values[0], return_index=True)
    places = np.searchsorted(unique, values[1]).clip(max=max(0, len(unique) - 1))
    is_shared = counts & (unique[places] == values[1]) if len(unique) else np.zeros(len(counts), bool)
    indices = np.flatnonzero(is_shared)
    return Suspicion(kind, indices, np.zeros(len(indices)),
                     lambda place: f'as {one.place(int(first[places[indices[place]]])).location}')


def overlap_of(one: Columns, other: Columns, found: Dict[str, Suspicion]) -> Overlap:
    """Returns the numbers of what two sets have in common."""
    speakers = found['shared_speaker'].indices
    return Overlap(one.name, other.name, len(found['shared_sound'].indices), len(found['shared_sentence'].indices),
                   len(np.unique(other.speaker[speakers])))


def pairs(sets: Sequence[Columns]) -> List['tuple[int, int]']:
    """Returns which sets to compare, as (place of the former, place of the latter)."""
    return [(one, other) for one in range(len(sets)) for other in range(one + 1, len(sets))]
