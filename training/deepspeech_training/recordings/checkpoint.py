"""The network of a checkpoint, for recordings: TensorFlow computes it, many segments at a time."""

import itertools
from typing import List, Sequence, Tuple

import numpy as np

from ..data.audio import AudioInfo
from ..data.utterance import AudioSource, Utterance
from ..evaluate.forward import ForwardPass
from ..settings.config import RunConfig
from .acoustics import Acoustics

_NUMBERS = itertools.count()


class HeldSound(AudioSource):
    """Sound that is in memory already.

    Args:
      samples: int16 [n_samples], mono.
      rate_hz: their rate.
    """

    __slots__ = ('info', '_samples', '_number')

    def __init__(self, samples: np.ndarray, rate_hz: int) -> None:
        self.info = AudioInfo(rate_hz, 1, 2, len(samples), 'pcm')
        self._samples = samples
        self._number = next(_NUMBERS)

    @property
    def identity(self) -> str:
        return f'held {self._number}'

    @property
    def version(self) -> Tuple[int, int]:
        return len(self._samples), self._number

    def describe(self) -> str:
        return 'a segment'

    def read(self) -> np.ndarray:
        return self._samples.astype(np.float32) / np.float32(32767)  # as training reads 16-bit files


class CheckpointModel(Acoustics):
    """A stored model in its forward pass. Args: `network`, and the RunConfig that fits it."""

    def __init__(self, network: ForwardPass, run: RunConfig) -> None:
        self._network, self._features = network, run.features
        self.alphabet, self.rate_hz, self.step_samples = run.alphabet, run.features.rate_hz, run.features.step_samples

    def probabilities(self, sounds: Sequence[np.ndarray]) -> List[np.ndarray]:
        least = self._features.window_samples
        held = [np.pad(sound, (0, max(0, least - len(sound))), 'constant') for sound in sounds]
        utterances = [Utterance.of('', None, (), self._features.frames(len(sound)), HeldSound(sound, self.rate_hz))
                      for sound in held]
        return self._network.probabilities_of(utterances)
