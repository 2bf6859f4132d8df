"""Augmentations of audio: they pick their values, then `audio.py` computes.

Each takes samples, float32 [n], mono, in [-1, 1], and a Moment, and returns as many samples; only `speed` returns others.
"""

from typing import Callable, Dict

import numpy as np

from . import audio
from .draws import Moment
from .on_elements import ON_ELEMENTS, Change, time_mask

N_OCTAVES = 10  # of noise that is made here; down to 8 Hz at 16 kHz
MOST_PIECES = 1000  # that a layer of noise is made of; sounds of no length would never fill it


def volume(samples: np.ndarray, moment: Moment) -> np.ndarray:
    return audio.volume(samples, moment.pick('dbfs'))


def overlay(samples: np.ndarray, moment: Moment) -> np.ndarray:
    """Mixes sounds of a source in, drawn at random."""
    return _mixed(samples, moment, _layer)


def noise(samples: np.ndarray, moment: Moment) -> np.ndarray:
    """Mixes sounds of a source in, or noise that is made here: between white and brown, as chance wills."""
    return _mixed(samples, moment, _layer if moment.path('source') else _coloured)


def _mixed(samples: np.ndarray, moment: Moment, layer: Callable[[int, Moment], np.ndarray]) -> np.ndarray:
    n_layers = moment.pick_whole('layers')
    snr_db = moment.pick('snr')
    mixed = np.zeros(len(samples), np.float32)
    for _ in range(n_layers):
        mixed += layer(len(samples), moment)
    return audio.overlay(samples, mixed, snr_db) if n_layers else samples


def _layer(n_samples: int, moment: Moment) -> np.ndarray:
    """Returns sound of a source, float32 [n_samples]: a part of a long one, or several short ones one after the other."""
    filled = np.zeros(n_samples, np.float32)
    n_done = 0
    for _ in range(MOST_PIECES):
        piece = _drawn(moment)
        n_spare = max(0, len(piece) - (n_samples - n_done))
        first = moment.below(n_spare + 1)
        piece = piece[first:first + n_samples - n_done]
        filled[n_done:n_done + len(piece)] = piece
        n_done += len(piece)
        if n_done >= n_samples:
            break
    return filled


def _drawn(moment: Moment) -> np.ndarray:
    """Returns a sound of the source."""
    facts, path = moment.facts, moment.path('source')
    assert facts.sounds is not None
    index = moment.below(facts.sounds.count(path, facts.rate_hz))
    return facts.sounds.read(path, facts.rate_hz, index)


def _coloured(n_samples: int, moment: Moment) -> np.ndarray:
    """Returns noise, float32 [n_samples], whose power falls with frequency, to the power of 0 (white) to 2 (brown).

    It is a sum of octaves: of random numbers that are held for 1, 2, 4, ... samples (Voss & Clarke 1978).
    """
    slope = 2 * float(moment.uniform())
    sound = np.zeros(n_samples)
    for octave in range(N_OCTAVES):
        held = 1 << octave
        steps = moment.normal([-(-n_samples // held)])
        sound += 2. ** (octave * (slope - 1) / 2) * np.repeat(steps, held)[:n_samples]
    return (sound / np.abs(sound).max(initial=1e-9)).astype(np.float32)


def room(samples: np.ndarray, moment: Moment) -> np.ndarray:
    """Lets speech sound as in a room of the source of impulse responses."""
    return audio.convolve_reverb(samples, _drawn(moment))


def codec(samples: np.ndarray, moment: Moment) -> np.ndarray:
    return audio.codec(samples, moment.facts.rate_hz, moment.pick_whole('bitrate'))


def reverb(samples: np.ndarray, moment: Moment) -> np.ndarray:
    delay_ms = moment.pick('delay')
    return audio.reverb(samples, moment.facts.rate_hz, delay_ms, moment.pick('decay'))


def resample(samples: np.ndarray, moment: Moment) -> np.ndarray:
    return audio.resample(samples, moment.facts.rate_hz, moment.pick_whole('rate'))


def speed(samples: np.ndarray, moment: Moment) -> np.ndarray:
    """Faster or slower, and higher or lower with it; never so fast that CTC could not align the labels any more."""
    factor = moment.pick('factor')
    if moment.facts.fewest_samples:
        factor = min(factor, max(1., len(samples) / moment.facts.fewest_samples))
    return audio.speed(samples, factor)


ON_SAMPLES: Dict[str, Change] = {'volume': volume, 'overlay': overlay, 'noise': noise, 'room': room, 'codec': codec,
                                 'reverb': reverb, 'resample': resample, 'speed': speed}
ON_SIGNAL: Dict[str, Change] = {
    **ON_ELEMENTS, 'time_mask': time_mask(lambda duration_ms, moment: duration_ms * moment.facts.rate_hz / 1000)}
