"""How audio becomes feature frames: what is fixed, what a release had, and what a run is asked for."""

from dataclasses import dataclass
from typing import Optional

from ..errors import ConfigError

FEATURE_SETS = ('v0.1', 'v0.2', 'v0.4', 'v0.5', 'current')
FEATURE_CACHES = ('', 'memory', 'off')  # what --feature_cache takes beside the path of a cache on disk
RATES_HZ = (1000, 768000)  # as the client's: nothing else is recorded
TIMES_MS = (1, 1000)  # of windows and steps
N_INPUT = 26  # cepstral coefficients per frame, the same for every sample rate
N_CONTEXT = 9  # frames seen on each side of a frame
WINDOW_FRAMES = 2 * N_CONTEXT + 1

# Features of before release 0.5. Those of v0.1 and v0.2 were computed every 10 ms, then every second frame was dropped.
LEGACY_TIMES_MS = {'v0.1': (25, 20), 'v0.2': (25, 20), 'v0.4': (32, 20)}  # window, step from frame to frame
LEGACY_HOPS_PER_STEP = {'v0.1': 2, 'v0.2': 2, 'v0.4': 1}
LEGACY_MAX_WINDOW = 512  # samples: the length of the Fourier transform

# Where the mel bands of 0.5 and 0.6 end at every sample rate; those of 0.7 on end at half the rate.
UPPER_HZ_OF_V05 = 4000.


@dataclass(frozen=True)
class FeatureConfig:
    """How audio becomes feature frames. `feature_set` names the release whose features they are.

    Only `current` features come in windows and steps of any length; `of_set` gives those of another set.

    Raises:
      ConfigError: the set is unknown or never had such values.
    """

    rate_hz: int = 16000
    window_ms: int = 32
    step_ms: int = 20  # from frame to frame
    feature_set: str = 'current'  # one of FEATURE_SETS

    def __post_init__(self) -> None:
        if self.feature_set not in FEATURE_SETS:
            raise ConfigError(f'--feature_set {self.feature_set}: choose one of auto, {", ".join(FEATURE_SETS)}.')
        own = LEGACY_TIMES_MS.get(self.feature_set, (None, None))
        for name, value_ms, own_ms in (('feature_win_len', self.window_ms, own[0]),
                                       ('feature_win_step', self.step_ms, own[1])):
            if not TIMES_MS[0] <= value_ms <= TIMES_MS[1]:
                raise ConfigError(f'--{name} {value_ms}: it is from {TIMES_MS[0]} to {TIMES_MS[1]} ms.')
            if not RATES_HZ[0] <= self.rate_hz <= RATES_HZ[1]:
                raise ConfigError(f'--audio_sample_rate {self.rate_hz}: it is from {RATES_HZ[0]} to {RATES_HZ[1]} Hz.')
            if own_ms not in (None, value_ms):
                raise ConfigError(f'--{name} {value_ms}: in features of {self.feature_set} it is {own_ms} ms; leave the '
                                  f'flag out, or choose another --feature_set.')
            if self.rate_hz * value_ms % 1000:
                raise ConfigError(f'--{name} {value_ms} ms is not a whole number of samples at --audio_sample_rate '
                                  f'{self.rate_hz} Hz; choose values whose product is a multiple of 1000.')
        if self.legacy and self.window_samples > LEGACY_MAX_WINDOW:
            raise ConfigError(f'--audio_sample_rate {self.rate_hz}: features of {self.feature_set} have at most '
                              f'{LEGACY_MAX_WINDOW} samples in a window, {self.window_ms} ms are {self.window_samples}; use '
                              f'16000 as those models do.')
        if self.upper_hz > self.rate_hz / 2:
            raise ConfigError(f'--audio_sample_rate {self.rate_hz}: the mel bands of {self.feature_set} end at '
                              f'{self.upper_hz:g} Hz, so the rate is at least {2 * self.upper_hz:g} Hz; use 16000 as those '
                              f'models do.')

    def of_set(self, feature_set: str) -> 'FeatureConfig':
        """Returns these features as another one of FEATURE_SETS has them, with its own window and step."""
        return AskedFeatures(self.rate_hz).of_set(feature_set)

    @property
    def legacy(self) -> bool:
        """Whether these are features of before release 0.5."""
        return self.feature_set in LEGACY_TIMES_MS

    @property
    def whitened(self) -> bool:
        """Whether mean and deviation of every utterance are made 0 and 1."""
        return self.feature_set == 'v0.1'

    @property
    def upper_hz(self) -> float:
        """Where the highest mel band ends."""
        return UPPER_HZ_OF_V05 if self.feature_set == 'v0.5' else self.rate_hz / 2

    @property
    def window_samples(self) -> int:
        return self.rate_hz * self.window_ms // 1000

    @property
    def step_samples(self) -> int:
        return self.rate_hz * self.step_ms // 1000

    def frames(self, n_samples: int) -> int:
        """Returns how many feature frames `n_samples` samples give.

        Trailing samples are dropped, except by legacy features, which fill the last window up with zeros.
        """
        if self.legacy and n_samples:
            hops_per_step = LEGACY_HOPS_PER_STEP[self.feature_set]
            hop_samples = self.step_samples // hops_per_step
            return 1 + -(-max(0, n_samples - self.window_samples) // hop_samples) // hops_per_step
        if n_samples < self.window_samples:
            return 0
        return 1 + (n_samples - self.window_samples) // self.step_samples


@dataclass(frozen=True)
class AskedFeatures:
    """What was asked of the features; None: as the model has it, or a new one's default."""

    rate_hz: int = FeatureConfig.rate_hz
    window_ms: Optional[int] = None
    step_ms: Optional[int] = None
    feature_set: Optional[str] = None

    def of_set(self, feature_set: str) -> FeatureConfig:
        """Returns the features of a set with the window and the step asked for, or its own.

        Raises:
          ConfigError: the set never had what was asked for.
        """
        window_ms, step_ms = LEGACY_TIMES_MS.get(feature_set, (FeatureConfig.window_ms, FeatureConfig.step_ms))
        return FeatureConfig(rate_hz=self.rate_hz, window_ms=window_ms if self.window_ms is None else self.window_ms,
                             step_ms=step_ms if self.step_ms is None else self.step_ms, feature_set=feature_set)
