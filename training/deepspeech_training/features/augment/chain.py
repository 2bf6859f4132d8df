"""The augmentations of a run in their order, applied to one use of an utterance after the other.

    chain = Chain(run.augmentations)
    applied = chain.drawn(draw)  # {domain: [(augmentation, its random numbers), ...]}
    samples = chain.audio(samples, applied, draw, facts)

Which of them are applied is drawn first, so that whoever asks need not compute what none of them changes.
"""

from typing import Dict, Iterable, List, Mapping, Sequence, Tuple

import numpy as np

from ...data.utterance import Draw
from ...settings.augment_table import DOMAINS, FEATURES, SAMPLE, SIGNAL, SPECTROGRAM
from ...settings.augmentation import Augmentation
from . import audio
from .draws import Facts, Moment, generator
from .on_audio import ON_SAMPLES, ON_SIGNAL
from .on_elements import Change
from .on_frames import ON_FEATURES, ON_SPECTROGRAM

CHANGES: Dict[str, Mapping[str, Change]] = {SAMPLE: ON_SAMPLES, SIGNAL: ON_SIGNAL, SPECTROGRAM: ON_SPECTROGRAM,
                                            FEATURES: ON_FEATURES}
AUDIO = (SAMPLE, SIGNAL)

Applied = Dict[str, List[Tuple[Augmentation, np.random.Generator]]]  # by domain


def check_available(asked: Sequence[Augmentation]) -> None:
    """Raises DataError if a library is not there that augmentations need: now, not in the midst of a training."""
    if any(each.name == 'codec' for each in asked):
        audio.libopus()


class Chain:
    """Augmentations in their order.

    Args:
      asked: as `settings.augmentation.augmentations` gives them.
    """

    def __init__(self, asked: Sequence[Augmentation]) -> None:
        self._asked = {domain: [each for each in asked if each.domain == domain] for domain in DOMAINS}

    @property
    def longest(self) -> float:
        """How many times as long an utterance may become."""
        factor = 1.
        for each in sum(self._asked.values(), []):
            if each.name in ('speed', 'tempo') and each.p > 0:
                factor *= max(1., 1 / each['factor'].lowest)
        return factor

    def drawn(self, draw: Draw) -> Applied:
        """Returns the augmentations that this use of an utterance gets; no domain in it is without any."""
        applied: Applied = {}
        for domain, of_domain in self._asked.items():
            for number, each in enumerate(of_domain):
                rng = generator(draw, domain, number)
                if rng.random() < each.p:
                    applied.setdefault(domain, []).append((each, rng))
        return applied

    def audio(self, samples: np.ndarray, applied: Applied, draw: Draw, facts: Facts) -> np.ndarray:
        """Returns samples, float32 [n], after the augmentations of samples and signal."""
        return _changed(samples, AUDIO, applied, draw, facts)

    def spectrogram(self, power: np.ndarray, applied: Applied, draw: Draw, facts: Facts) -> np.ndarray:
        """Returns squared magnitudes, float32 [n_frames, n_bins], after theirs."""
        return _changed(power, (SPECTROGRAM,), applied, draw, facts)

    def features(self, frames: np.ndarray, applied: Applied, draw: Draw, facts: Facts) -> np.ndarray:
        """Returns frames, float32 [n_frames, 26], after theirs."""
        return _changed(frames, (FEATURES,), applied, draw, facts)


def _changed(array: np.ndarray, domains: Iterable[str], applied: Applied, draw: Draw, facts: Facts) -> np.ndarray:
    for domain in domains:
        for asked, rng in applied.get(domain, ()):
            array = CHANGES[domain][asked.name](array, Moment(asked, rng, draw.clock, facts))
            array = np.ascontiguousarray(array, np.float32)
    return array
