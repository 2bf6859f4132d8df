"""Augmentation of samples outside of a training: for programs that write sound or play it.

The clock stands still there, and chance goes by the number of the sample.
"""

from typing import Sequence

import numpy as np

from ...console.log import Log
from ...data.audio_index import AudioIndex
from ...data.datasets import find_sounds, rows_of_sounds
from ...data.utterance import Draw
from ...errors import ConfigError, DataError
from ...paths import user_cache_dir
from ...settings.augment_table import SAMPLE
from ...settings.augmentation import FLAG, augmentations, sources_of
from .chain import Chain, check_available
from .draws import Facts
from .sounds import Sounds


class SampleAugmenter:
    """Augments samples one by one, from any thread.

    Args:
      texts: values of `--augment`; what does not act on samples is left out with a warning.
      clock: position in a training that ranges are evaluated at, from 0 to 1.
      log: for warnings.
      seed: another one gives other random numbers.
    Raises:
      ConfigError: a text or the clock makes no sense.
      DataError: a source of sounds or a library is not there.
    """

    def __init__(self, texts: Sequence[str], clock: float, log: Log, seed: int = 0) -> None:
        if not 0 <= clock <= 1:
            raise ConfigError(f'--clock {clock:g}: a position in a training lies from 0 to 1.')
        asked = augmentations(texts)
        for each in asked:
            if each.domain != SAMPLE:
                log.warn(f'{FLAG} {each}: left out, as it acts on the {each.domain} in training and not on samples.')
        asked = tuple(each for each in asked if each.domain == SAMPLE)
        check_available(asked)
        for path in sources_of(asked):
            if not rows_of_sounds(path, log.warn):
                raise DataError(f'{path}: there is no sound in it.')
        index, directory = AudioIndex(), user_cache_dir('converted')
        self._chain, self._clock, self._seed = Chain(asked), clock, seed
        self._sounds = Sounds(lambda path, rate_hz: find_sounds(path, rate_hz, directory, index, log.warn))

    def __call__(self, samples: np.ndarray, rate_hz: int, number: int) -> np.ndarray:
        """Returns samples augmented, float32 [n].

        Args:
          samples: float32 [n], mono, in [-1, 1].
          rate_hz: their sample rate.
          number: of the sample; with it goes what is drawn.
        """
        draw = Draw(self._seed, 0, number, self._clock)
        return self._chain.audio(samples, self._chain.drawn(draw), draw, Facts(rate_hz, sounds=self._sounds))
