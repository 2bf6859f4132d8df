"""Rows that can be used and hardly should be, by what is known of each of them alone."""

import re
import unicodedata
from typing import Callable, Dict, Iterator, List, NamedTuple

import numpy as np
from deepspeech.audio import audio_in
from deepspeech.errors import AudioError

from ..data.audio import open_audio
from ..errors import DataError
from . import kinds
from .columns import Columns
from .levels import decibels

_BLANKS = re.compile(r'^\s|\s$|\s\s')
_STUTTER = re.compile(r'(\S)\1{3,}')
_SCRIPTS = ('LATIN', 'CYRILLIC', 'GREEK', 'ARMENIAN', 'HEBREW', 'ARABIC', 'DEVANAGARI', 'HANGUL', 'HIRAGANA', 'KATAKANA',
            'THAI', 'GEORGIAN')
_WORN = {'HIRAGANA': 'KANA', 'KATAKANA': 'KANA'}  # written together


class Suspicion(NamedTuple):
    """Rows of a set of which the same is to be said."""

    kind: str
    indices: np.ndarray  # of the rows
    badness: np.ndarray  # of each; the worst are shown first
    reason: Callable[[int], str]  # called with a place in `indices`


def suspicions_in(columns: Columns, levels: np.ndarray, rate_hz: int) -> List[Suspicion]:
    """Returns the suspicions against rows of a set.

    Args:
      columns: of the set.
      levels: LEVELS of each row; zeros where the sound was not looked at.
      rate_hz: of the features.
    """
    found = [*_of_levels(levels), *_of_lengths(columns), *_of_texts(columns), _of_sizes(columns), *_of_rates(columns, rate_hz)]
    return [each for each in found if len(each.indices)]


def _where(kind: str, is_so: np.ndarray, badness: np.ndarray, reason: Callable[[int], str]) -> Suspicion:
    """Returns the suspicion against rows for which something is so; `reason` is called with the index of a row."""
    indices = np.flatnonzero(is_so)
    return Suspicion(kind, indices, badness[indices], lambda place: reason(int(indices[place])))


def _of_levels(levels: np.ndarray) -> Iterator[Suspicion]:
    is_known = levels['digest'] != 0
    is_silent = is_known & ((levels['peak'] < kinds.SILENT_PEAK) | (levels['spread'] < kinds.SILENT_PEAK))
    yield _where('silence', is_silent, -levels['spread'], lambda index: (
        'every sample is 0' if not levels['peak'][index] else
        f'the loudest sample is at {decibels(levels["peak"][index])} of full scale' if levels['spread'][index] and
        levels['peak'][index] < kinds.SILENT_PEAK else 'nearly all samples are the same'))
    heard = is_known & ~is_silent
    yield _where('clipping', heard & (levels['flat'] > kinds.FLAT_SHARE) & (levels['peak'] > kinds.FLAT_PEAK), levels['flat'],
                 lambda index: f'{100 * levels["flat"][index]:.1f} % of the samples are at the highest or lowest value')
    yield _where('offset', heard & (np.abs(levels['mean']) > kinds.MOST_OFFSET), np.abs(levels['mean']),
                 lambda index: f'the mean is {100 * levels["mean"][index]:+.1f} % of full scale')
    yield _where('faint', heard & (levels['faint'] > kinds.MOST_FAINT), levels['faint'],
                 lambda index: f'for {100 * levels["faint"][index]:.0f} % of its time it is 40 dB below its loudest')
    yield _where('gap', heard & (levels['gap_s'] > kinds.LONGEST_GAP_S), levels['gap_s'],
                 lambda index: f'{levels["gap_s"][index]:.2f} s in the middle are all 0')


def _of_lengths(columns: Columns) -> Iterator[Suspicion]:
    duration_s, speed = columns.duration_s, columns.speed
    yield _where('long', duration_s > kinds.LONGEST_S, duration_s, lambda index: f'{duration_s[index]:.1f} s')
    most, least, usual = kinds.MOST_PER_S, kinds.LEAST_PER_S, ''
    if len(speed) >= kinds.USUAL_ROWS:
        median = float(np.median(speed))
        most, least = median * kinds.TIMES_FASTER, median / kinds.TIMES_SLOWER
        usual = f', {median:.1f} are usual here'

    def told(index: int) -> str:
        return f'{speed[index]:.1f} characters a second in {duration_s[index]:.1f} s{usual}'

    yield _where('fast', speed > most, speed, told)
    yield _where('slow', (speed < least) & (duration_s > kinds.SLOW_FROM_S), -speed, told)


def _of_texts(columns: Columns) -> Iterator[Suspicion]:
    texts = [utterance.transcript or '' for utterance in columns.utterances]
    nothing = np.zeros(len(texts))
    yield _where('blanks', np.array([_BLANKS.search(text) is not None for text in texts], bool), nothing,
                 lambda index: f'the transcript is {texts[index][:60]!r}')
    yield _where('stutter', np.array([_STUTTER.search(text) is not None for text in texts], bool), nothing,
                 lambda index: f'{_match(_STUTTER, texts[index])!r} stands in the transcript')
    scripts = _script_of(set().union(*texts))
    if len(set(scripts.values())) > 1:
        mixed = [next((word for word in text.split() if len(_scripts_in(word, scripts)) > 1), '')
                 for text in texts]
        yield _where('scripts', np.array(list(map(bool, mixed)), bool), nothing, lambda index: (
            f'{mixed[index]!r} has letters of {" and ".join(sorted(_scripts_in(mixed[index], scripts)))}'))


def _scripts_in(word: str, scripts: Dict[str, str]) -> 'set[str]':
    return {scripts[char] for char in word if char in scripts}


def _match(pattern: 're.Pattern[str]', text: str) -> str:
    found = pattern.search(text)
    return found.group() if found else ''


def _script_of(characters: 'set[str]') -> Dict[str, str]:
    """Returns the script of each letter that has one of those known here."""
    names = {char: unicodedata.name(char, '').split(' ')[0] for char in characters if char.isalpha()}
    return {char: _WORN.get(name, name).capitalize() for char, name in names.items() if name in _SCRIPTS}


def _of_sizes(columns: Columns) -> Suspicion:
    stated, found = columns.stated_bytes, columns.found_bytes
    differs = (found > 0) & (stated > 0) & (stated != found)
    return _where('size', differs, np.abs(stated - found).astype(float),
                  lambda index: f'the CSV says {stated[index]} bytes, the file has {found[index]}')


def _of_rates(columns: Columns, rate_hz: int) -> Iterator[Suspicion]:
    if not columns.originals:
        return
    rates = np.full(len(columns.originals), rate_hz)
    for index, original in enumerate(columns.originals):
        rates[index] = original.rate_hz if original else _rate_of(columns.utterances[index].id) or rate_hz
    yield _where('rate', rates < rate_hz, (rate_hz - rates).astype(float),
                 lambda index: f'{rates[index]} Hz, converted to {rate_hz} Hz')


def _rate_of(path: str) -> int:
    """Returns the sample rate of a file that is no WAV; 0: it is not told."""
    try:
        with audio_in(open_audio(path), path) as audio:
            return audio.rate_hz
    except (AudioError, DataError):
        return 0
