"""What an import says in the end."""

import math
from typing import Dict, List, Optional, Sequence

from ..text.alphabet import describe_characters
from .clips import Imported, Rejected
from .convert import RATE_HZ
from .options import Limits
from .problems import MISSING_KINDS, count, sentences

MOST_CHARACTERS = 10


def report(sets: Dict[str, List[Imported]], imported: Sequence[Imported], rejected: Sequence[Rejected],
           limits: Limits) -> List[str]:
    """Returns lines: the sets, what was left out and why, the characters."""
    lines = [f'Imported {len(imported)} of {len(imported) + len(rejected)} clips, {_duration(imported)}.']
    lines += [f'  {name}: {len(clips)} clips, {_duration(clips)}' for name, clips in sorted(sets.items())]
    lines += sentences(count(problem for _, problem in rejected))
    if limits.max_s is not None and any(problem.kind == 'too_long' for _, problem in rejected):
        lines.append(f'The longest allowed are {limits.max_s:g} s (--max_sec).')
    characters = sorted(set().union(*(clip.transcript for clip in imported)))
    if characters:
        lines.append(f'{len(characters)} characters in the transcripts: {"".join(characters[:200])!r}')
    return lines + _outside(rejected)


def _outside(rejected: Sequence[Rejected]) -> List[str]:
    """Returns lines on the characters that kept clips out, the most frequent first."""
    counts: Dict[str, int] = {}
    for _, problem in rejected:
        for character in problem.characters:
            counts[character] = counts.get(character, 0) + 1
    frequent = sorted(counts, key=lambda character: (-counts[character], character))
    lines = [f'Not in the alphabet: {describe_characters(character)} of {counts[character]} clips'
             for character in frequent[:MOST_CHARACTERS]]
    return lines + ([f'... and {len(frequent) - MOST_CHARACTERS} more characters'] if len(frequent) > MOST_CHARACTERS else [])


def shortfall(sets: Dict[str, List[Imported]], imported: Sequence[Imported], rejected: Sequence[Rejected],
              expected_sets: Sequence[str], accepted: float) -> Optional[str]:
    """Returns what has not arrived, as a sentence; None if everything has that has to.

    Args:
      accepted: share of the listed clips that may be missing.
    """
    n_listed = len(imported) + len(rejected)
    missing = [clip for clip in rejected if clip.problem.kind in MISSING_KINDS]
    if not n_listed:
        return 'no clip was found; is this the corpus, and all of it?'
    if not imported:
        return f'none of the {n_listed} clips can be used, the first of them {_why(rejected[0])}.'
    if len(missing) > accepted * n_listed:
        return (f'{len(missing)} of {n_listed} clips did not arrive, the first of them {_why(missing[0])}; '
                f'the others are imported. Complete the corpus and run this again, or accept it with '
                f'--accept_failed {math.ceil(1000 * len(missing) / n_listed) / 10:g}.')
    empty = [name for name in expected_sets if not sets.get(name)]
    if empty:
        return (f'no clip of the set {" and of ".join(empty)} has arrived, the others are imported; complete the corpus and '
                f'run this again.')
    return None


def _why(clip: Rejected) -> str:
    """Returns which clip was left out, where it is listed, and the reason."""
    place = f' ({clip.candidate.place})' if clip.candidate.place else ''
    return f'{clip.candidate.id}{place}: {clip.problem.reason}'


def _duration(clips: Sequence[Imported]) -> str:
    """Returns e.g. `1:02:03`: hours, minutes, seconds."""
    seconds = round(sum(clip.n_samples for clip in clips) / RATE_HZ)
    return f'{seconds // 3600}:{seconds // 60 % 60:02d}:{seconds % 60:02d}'
