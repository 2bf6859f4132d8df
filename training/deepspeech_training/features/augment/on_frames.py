"""Augmentations of spectrograms and of features: they pick their values, then `spectrogram.py` and `elements.py` compute.

Each takes an array, float32 [n_frames, bins or coefficients], and a Moment, and returns such an array; only `tempo` changes the
number of frames.
"""

from typing import Dict

import numpy as np

from . import elements, spectrogram
from .draws import Moment
from .on_elements import ON_ELEMENTS, Change, add, dropout, multiply, time_mask


def pitch(power: np.ndarray, moment: Moment) -> np.ndarray:
    return spectrogram.pitch(power, moment.pick('pitch'))


def tempo(power: np.ndarray, moment: Moment) -> np.ndarray:
    """Faster or slower; never so fast that CTC could not align the labels any more."""
    max_ms = moment.fixed('max_time')
    most = int(max_ms / moment.facts.step_ms) if max_ms > 0 else None
    fewest = min(len(power), max(1, moment.facts.fewest_frames))
    return spectrogram.tempo(power, spectrogram.tempo_frames(len(power), moment.pick('factor'), fewest, most))


def warp(power: np.ndarray, moment: Moment) -> np.ndarray:
    """Shifts the knots of a grid in time and frequency, and what is between them with them."""
    shape = n_time, n_frequency = moment.pick_whole('nt'), moment.pick_whole('nf')
    n_frames, n_bins = power.shape
    time_deviation = moment.pick('wt') * n_frames / (2 * (n_time + 1))
    frequency_deviation = moment.pick('wf') * n_bins / (2 * (n_frequency + 1))
    time_knots = time_deviation * moment.normal(shape)
    return spectrogram.warp(power, time_knots, frequency_deviation * moment.normal(shape))


def frequency_mask(power: np.ndarray, moment: Moment) -> np.ndarray:
    n_bins = power.shape[1]
    for _ in range(moment.pick_whole('n')):
        size = max(1, min(n_bins - 1, moment.pick_whole('size')))
        power = spectrogram.frequency_mask(power, moment.below(n_bins - size + 1), size)
    return power


def coefficient_mask(frames: np.ndarray, moment: Moment) -> np.ndarray:
    return elements.coefficient_mask(frames, moment.pick_whole('first'))


def _of_power(change: Change) -> Change:
    """Returns a change of spectrograms that leaves no negative power, whose root the filter bank would take."""
    return lambda power, moment: np.maximum(change(power, moment), np.float32(0))


def _rows(duration_ms: float, moment: Moment) -> float:
    return duration_ms / moment.facts.step_ms


ON_SPECTROGRAM: Dict[str, Change] = {
    'pitch': pitch, 'tempo': tempo, 'warp': warp, 'frequency_mask': frequency_mask,
    'time_mask': time_mask(_rows, spectrogram.time_mask),
    'dropout': dropout, 'add': _of_power(add), 'multiply': _of_power(multiply)}
ON_FEATURES: Dict[str, Change] = {**ON_ELEMENTS, 'time_mask': time_mask(_rows), 'coefficient_mask': coefficient_mask}
