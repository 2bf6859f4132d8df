"""What becomes of rows whose transcript an alphabet cannot write: the run stops, the row is left out, or the characters are.

A transcript that only needs another Unicode normal form gets it, unless the run is to stop: that loses nothing.
"""

import unicodedata
from collections import Counter
from dataclasses import replace
from typing import Counter as Counts
from typing import List, NamedTuple, Optional, Sequence, Set, Sized

from ..errors import DataError
from ..settings.config import DROP_CHARACTER
from ..text.alphabet import Alphabet, describe_character
from ..text.letters import what_makes_fit
from .rejected import EMPTY, FOREIGN, Change, Rejection
from .utterance import Row

N_SHOWN = 3  # characters that a reason describes
WAY_OUT = 'or leave such rows out with --text_policy drop_clip'


class ForeignCharactersError(DataError):
    """Transcripts have characters that the alphabet lacks."""


class FittedTexts(NamedTuple):
    """What a policy makes of rows."""

    rows: List[Row]  # that can be written now, in their order
    rejected: List[Rejection]
    changed: List[Change]  # of `rows`, those with another transcript than they had
    missing: Counts[str]  # in how many rows each character stands that has no label


def fit_texts(rows: Sequence[Row], alphabet: Alphabet, policy: str) -> FittedTexts:
    """Returns rows whose transcripts the alphabet can write.

    Args:
      policy: DROP_CHARACTER leaves out characters without a label, any other the rows that have some.
    """
    characters: Set[str] = set()
    for row in rows:
        characters.update(transcript_of(row))
    missing = frozenset(alphabet.missing(''.join(characters)))
    fitted = FittedTexts([], [], [], Counter())
    for row in rows:
        if not transcript_of(row).strip():
            fitted.rejected.append(Rejection(row, 'the transcript is empty', EMPTY))
        elif missing.isdisjoint(transcript_of(row)):
            fitted.rows.append(row)
        else:
            _fit(row, alphabet, policy, fitted=fitted)
    return fitted


def _fit(row: Row, alphabet: Alphabet, policy: str, fitted: FittedTexts) -> None:
    """Adds a row with characters that have no label."""
    text = transcript_of(row)
    composed, decomposed = unicodedata.normalize('NFC', text), unicodedata.normalize('NFD', text)
    for form, changed in (('NFC', composed), ('NFD', decomposed)):
        if not alphabet.missing(changed):
            _change(row, changed, f'in Unicode normal form {form}', fitted=fitted)
            return
    foreign = alphabet.missing(composed)
    fitted.missing.update(foreign)
    if policy != DROP_CHARACTER:
        fitted.rejected.append(Rejection(row, _not_written(composed, foreign, alphabet), FOREIGN))
        return
    left = ' '.join(''.join(char for char in composed if not alphabet.missing(char)).split())
    if left:
        _change(row, left, f'without {_described(foreign)}', fitted=fitted)
    else:
        fitted.rejected.append(Rejection(row, f'nothing is left of the transcript without {_described(foreign)}', EMPTY))


def _change(row: Row, text: str, how: str, fitted: FittedTexts) -> None:
    changed = replace(row, transcript=text)
    fitted.rows.append(changed)
    fitted.changed.append(Change(row, how))


def _not_written(text: str, foreign: Sequence[str], alphabet: Alphabet) -> str:
    """Returns the reason to leave out a row."""
    is_one = len(foreign) == 1
    change = what_makes_fit(text, alphabet.labels)
    advice = f'; it fits {change}' if change else _of_wrong_encoding(text)
    return f'{_described(foreign)} {"is" if is_one else "are"} not in the alphabet{advice}'


def _of_wrong_encoding(text: str) -> str:
    """Returns what to say of UTF-8 that was read as Windows-1252, for the end of a sentence."""
    try:
        meant = text.encode('cp1252').decode('utf-8')
    except UnicodeError:
        return ''
    return '' if meant == text else f'; it was UTF-8 and read as Windows-1252: {meant[:40]!r} is meant'


def _described(characters: Sequence[str]) -> str:
    shown = ', '.join(map(describe_character, characters[:N_SHOWN]))
    n_more = len(characters) - N_SHOWN
    return shown + (f' and {n_more} more' if n_more > 0 else '')


def refuse_texts(rows: Sequence[Row], alphabet: Alphabet) -> None:
    """Raises DataError for an empty transcript or one that the alphabet cannot write; names the first, counts the others."""
    empty = [row for row in rows if not transcript_of(row).strip()]
    if empty:
        raise DataError(f'{empty[0].location}: the transcript of {empty[0].recording.describe()} is empty{others(empty)}; '
                        f'write what is said or remove the row, {WAY_OUT}.')
    refuse_characters(rows, alphabet)


def refuse_characters(rows: Sequence[Row], alphabet: Alphabet) -> None:
    """Raises ForeignCharactersError where the alphabet cannot write a transcript; it tells of all rows."""
    characters: Set[str] = set()
    for row in rows:
        characters.update(transcript_of(row))
    missing = set(alphabet.missing(''.join(characters)))
    affected = [row for row in rows if not missing.isdisjoint(transcript_of(row))]
    if affected:
        counts = Counter(char for row in affected for char in missing.intersection(transcript_of(row)))
        sources = list(dict.fromkeys(row.source for row in rows))
        raise ForeignCharactersError(_outside_alphabet(affected, counts, alphabet, sources))


def transcript_of(row: Row) -> str:
    """Returns the transcript of a labelled row."""
    assert row.transcript is not None, 'only labelled rows are checked'
    return row.transcript


def _outside_alphabet(affected: Sequence[Row], missing: Counts[str], alphabet: Alphabet, sources: Sequence[str]) -> str:
    """Returns the message on rows with characters that have no label."""
    row, transcript = affected[0], transcript_of(affected[0])
    character = next(char for char in transcript if char in missing)
    n_missing = len(missing)
    listing = f'; {n_missing} characters are missing in all, in so many rows: {_listing(missing)}' if n_missing > 1 else ''
    advice = 'add it to the alphabet, change the transcript'
    change = what_makes_fit(transcript, alphabet.labels)
    if change:
        advice = f'the transcript fits {change}: change it so'
    elif alphabet.is_assumed:
        advice += f'; {_way_to_another(sources)}'
    return (f'{row.location}: {describe_character(character)} is not in the alphabet {alphabet.source}'
            f'{others(affected)}; audio {row.recording.describe()}{listing}; {advice}, {WAY_OUT}.')


def _way_to_another(sources: Sequence[str]) -> str:
    """Returns what to do where nobody has chosen the alphabet."""
    return (f'that alphabet was taken because none was named: bin/make_alphabet.py {" ".join(sources)} -o alphabet.txt makes '
            f'one of these texts, --alphabet_config_path alphabet.txt takes it')


def about_assumed(fitted: FittedTexts, alphabet: Alphabet, sources: Sequence[str]) -> Optional[str]:
    """Returns the sentence on an alphabet that nobody has chosen and that cannot write all transcripts; None: it can."""
    if not (alphabet.is_assumed and fitted.missing):
        return None
    return (f'{len(fitted.missing)} characters are not in {alphabet.source}: {_listing(fitted.missing)}; '
            f'{_way_to_another(sources)}.')


def others(found: Sized, noun: str = 'row') -> str:
    """Returns how many cases there are besides the first, for the middle of a sentence."""
    n_others = len(found) - 1
    return f' (and {n_others} other {noun}{"s" if n_others > 1 else ""})' if n_others else ''


def left_out_texts(fitted: FittedTexts, n_rows: int) -> Optional[str]:
    """Returns the sentence on what became of transcripts that did not fit; None: all did."""
    parts = []
    if fitted.rejected:
        row, reason, _ = fitted.rejected[0]
        parts.append(f'left out {len(fitted.rejected)} for their transcripts, for example {row.location} ({reason})')
    if fitted.changed:
        row, how = fitted.changed[0]
        parts.append(f'took {len(fitted.changed)} with a changed transcript, for example {row.location} ({how})')
    return f'Of {n_rows} rows, {"; ".join(parts)}.' if parts else None


def _listing(characters: Counts[str], limit: int = 20) -> str:
    """Returns the characters in code point order, each with the number of rows that have it."""
    shown = sorted(characters)
    return ' '.join(f'{char!r} ({characters[char]})' for char in shown[:limit]) + (' ...' if len(shown) > limit else '')
