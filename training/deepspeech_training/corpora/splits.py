"""Parts a corpus into train, dev and test where it does not say itself: the same on every machine, speakers kept apart."""

import hashlib
from typing import Dict, List, NamedTuple, Sequence, Set, Tuple

from ..errors import ConfigError

FEWEST_GROUPS = 3  # one for each set
OVERSHOOT = 1.5  # a speaker who would make a set that many times too large stays in the training set


class Shares(NamedTuple):
    """Percent of the clips for each set."""

    train: int = 80
    dev: int = 10
    test: int = 10


DEFAULT = Shares()


def parse_shares(text: str) -> Shares:
    """Returns the Shares of a text such as `80,10,10`. Raises ConfigError."""
    try:
        train, dev, test = map(int, text.split(','))
    except ValueError as error:
        raise ConfigError(f'--split {text}: expected three whole numbers, percent for train, dev and test, as 80,10,10.'
                          ) from error
    shares = Shares(train, dev, test)
    if min(shares) < 0 or sum(shares) != 100 or not shares.train:
        raise ConfigError(f'--split {text}: percents for train, dev and test, none below 0, that for train above 0, add up to '
                          f'100.')
    return shares


def split(clips: Sequence[Tuple[str, str]], shares: Shares = DEFAULT, seed: int = 0) -> List[str]:
    """Returns the set of each clip, `train`, `dev` or `test`.

    A set depends on the names alone, not on their order. Clips of one speaker come into one set; where fewer than three
    speakers are known, every clip counts for itself. With at least three clips, no set of which there is a share is empty.

    Args:
      clips: (id, speaker) of each; ids differ.
      shares: how large the sets are to be.
      seed: another one gives another split.
    """
    sets = _assign(_groups(clips, keeps_speakers_apart(clips)), len(clips), shares, seed)
    name_of = {index: name for name, members in sets.items() for index in members}
    return [name_of[index] for index in range(len(clips))]


def keeps_speakers_apart(clips: Sequence[Tuple[str, str]]) -> bool:
    """Tells whether `split` can do so with these clips."""
    return len({speaker for _, speaker in clips if speaker}) >= FEWEST_GROUPS


def _groups(clips: Sequence[Tuple[str, str]], by_speaker: bool) -> Dict[str, List[int]]:
    """Returns {name: indices of clips} of what stays together."""
    groups: Dict[str, List[int]] = {}
    for index, (clip_id, speaker) in enumerate(clips):
        groups.setdefault(f'speaker {speaker}' if by_speaker and speaker else f'clip {clip_id}', []).append(index)
    return groups


def _assign(groups: Dict[str, List[int]], n_clips: int, shares: Shares, seed: int) -> Dict[str, List[int]]:
    """Returns {set: indices of clips}."""
    order = sorted(groups, key=lambda name: hashlib.sha256(f'{seed} {name}'.encode('utf-8', 'surrogatepass')).digest())
    sets: Dict[str, List[int]] = {'test': [], 'dev': [], 'train': []}
    for name, percent in (('test', shares.test), ('dev', shares.dev)):
        if percent and len(order) > 1:
            chosen = _choose(order, groups, max(1, round(n_clips * percent / 100)))
            sets[name] = [index for group in chosen for index in groups[group]]
            order = [group for group in order if group not in chosen]
    sets['train'] = [index for group in order for index in groups[group]]
    return sets


def _choose(order: Sequence[str], groups: Dict[str, List[int]], wanted: int) -> Set[str]:
    """Returns groups of about so many clips, the first in order that fit; not all of them."""
    chosen: Set[str] = set()
    n_chosen = 0
    for group in order:
        if n_chosen >= wanted or len(chosen) == len(order) - 1:
            break
        if len(groups[group]) <= wanted * OVERSHOOT - n_chosen:
            chosen.add(group)
            n_chosen += len(groups[group])
    # Everybody is too large: the one who is least so.
    return chosen or {min(order, key=lambda group: len(groups[group]))}
