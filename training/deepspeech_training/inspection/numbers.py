"""The numbers of a data report: of each set, and of the alphabet."""

import unicodedata
from collections import Counter
from typing import Any, Dict, List, Mapping, Sequence
from typing import Counter as Counts

import numpy as np

from ..text.alphabet import Alphabet
from ..text.characters import Characters
from .columns import Columns

N_BINS = 30
PERCENTILES = (0, 5, 25, 50, 75, 95, 100)
_OUTERMOST = 99.5  # percentile at which the last bin of a histogram begins at the latest: one long clip flattens the others
MOST_CHARACTERS = 500  # that are listed one by one
RARE, MANY_ROWS = 3, 200  # characters that occur less often in so many rows are hardly learned
_INVISIBLE = ('Cc', 'Cf', 'Co', 'Cn', 'Zl', 'Zp', 'Zs')  # categories of characters that no transcript needs
_REPLACEMENT = '\ufffd'  # of what could not be read


def of_set(columns: Columns, levels: np.ndarray, n_rejected: int, n_suspected: int) -> Dict[str, Any]:
    """Returns the numbers of a set."""
    n_usable, known = len(columns.utterances), levels[levels['digest'] != 0]
    peaks, rms = [_decibels(known[name]) for name in ('peak', 'rms')]
    texts = [utterance.transcript or '' for utterance in columns.utterances]
    n_speakers = len(np.unique(columns.speaker[columns.speaker > 0]))
    return {
        'name': columns.name, 'rows': n_usable + n_rejected, 'usable': n_usable, 'rejected': n_rejected,
        'suspicious': n_suspected, 'hours': _rounded(columns.duration_s.sum(dtype=np.float64) / 3600),
        'characters': int(columns.n_chars.sum()), 'words': sum(len(text.split()) for text in texts),
        'distinct_sentences': len(np.unique(columns.text)), 'speakers': n_speakers or None,
        'listened_to': len(known), 'formats': _formats(columns),
        'percentiles': {'duration_s': _percentiles(columns.duration_s), 'characters_per_s': _percentiles(columns.speed),
                        'peak_db': _percentiles(peaks), 'rms_db': _percentiles(rms)},
        'histograms': {'duration_s': _histogram(columns.duration_s), 'characters_per_s': _histogram(columns.speed),
                       'rms_db': _histogram(rms)}}


def _formats(columns: Columns) -> Dict[str, int]:
    """Returns how many recordings have each format."""
    if not columns.originals:  # all are as training reads them, so they are alike
        return {str(utterance.audio.info): len(columns.utterances) for utterance in columns.utterances[:1]}
    counts: Counts[str] = Counter(str(each) if each else 'not WAV' for each in columns.originals)
    return dict(counts.most_common())


def _decibels(shares: np.ndarray) -> np.ndarray:
    return 20 * np.log10(np.maximum(shares, 1e-5))


def _percentiles(values: np.ndarray) -> Dict[str, float]:
    found = np.percentile(values, PERCENTILES) if len(values) else []
    return {str(share): _rounded(value) for share, value in zip(PERCENTILES, found)}


def _histogram(values: np.ndarray) -> Dict[str, List[Any]]:
    """Returns {edges, counts}; what is beyond nearly all the others is in the last bin."""
    if not len(values):
        return {'edges': [], 'counts': []}
    low, high = float(values.min()), float(np.percentile(values, _OUTERMOST))
    counts, edges = np.histogram(np.minimum(values, high), N_BINS, (low, max(high, low + 1e-3)))
    return {'edges': [_rounded(edge) for edge in edges], 'counts': counts.tolist()}


def _rounded(value: Any) -> float:
    return float(f'{float(value):.5g}')


def of_alphabet(alphabet: Alphabet, characters: Characters, missing: Mapping[str, int]) -> Dict[str, Any]:
    """Returns what the transcripts are written with, and what an alphabet has for it.

    Args:
      alphabet: of the model.
      characters: of the transcripts in normal form NFC.
      missing: in how many rows each character stands that has no label.
    """
    found = characters.all
    seen = {each.char for each in found}
    listed = [{'character': each.char, 'code': f'U+{ord(each.char):04X}', 'name': unicodedata.name(each.char, 'no name'),
               'times': each.n_times, 'first': each.first, 'has_label': not alphabet.missing(each.char),
               'rows_without': missing.get(each.char, 0)} for each in _shown(found)]
    rare = RARE if characters.n_transcripts >= MANY_ROWS else 0
    doubtful = {each.char for each in found if each.n_times < rare or _is_invisible(each.char)}
    labels = [] if alphabet.is_bytes else [label for label in alphabet.labels if label not in seen]
    return {'source': alphabet.source, 'labels': alphabet.size, 'characters': listed, 'n_characters': len(found),
            'unused': labels, 'n_unused': len(labels), 'proposed': [char for char in characters.labels if char not in doubtful],
            'doubtful': sorted(doubtful),
            'warnings': [*characters.about_normal_form(), *characters.warnings()]}


def _is_invisible(char: str) -> bool:
    return char != ' ' and unicodedata.category(char) in _INVISIBLE or char == _REPLACEMENT


def _shown(found: Sequence[Any]) -> Sequence[Any]:
    """Returns the characters that occur most often, by code point."""
    most = sorted(found, key=lambda each: -each.n_times)[:MOST_CHARACTERS]
    return sorted(most, key=lambda each: each.char)
