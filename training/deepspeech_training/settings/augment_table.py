"""Every augmentation there is: where it acts, its parameters, their defaults and limits. A new one is a new line here.

`augmentation.py` reads what is asked for by this table; `features/augment/` does it, by a table of its own.
"""

from typing import Dict, NamedTuple, Optional, Tuple, Union

from .features import N_INPUT, RATES_HZ
from .value_range import INFINITE

# In the order in which they come: decoded audio, audio as samples in [-1, 1], squared magnitudes, frames of coefficients.
# The first two are the same array here; published clients and tools tell them apart.
SAMPLE, SIGNAL, SPECTROGRAM, FEATURES = DOMAINS = ('sample', 'signal', 'spectrogram', 'features')
RANGE, WHOLE_RANGE, NUMBER, PATH = 'range', 'whole range', 'number', 'path'
OPUS_BITRATES = (500, 512000)  # that libopus takes


class Parameter(NamedTuple):
    """A parameter of an augmentation.

    Attributes:
      kind: RANGE, WHOLE_RANGE, NUMBER (one for the whole training) or PATH.
      default: as it would be written; one for each domain where that differs; None: it has to be given.
      least, most: limits of numbers.
    """

    kind: str
    default: Union[None, str, Dict[str, str]]
    least: float = -INFINITE
    most: float = INFINITE

    def default_in(self, domain: str) -> Optional[str]:
        """Returns the default in a domain."""
        return self.default[domain] if isinstance(self.default, dict) else self.default


class Kind(NamedTuple):
    """An augmentation that there is."""

    domains: Tuple[str, ...]  # the default first
    parameters: Dict[str, Parameter]


def _real(default: Union[str, Dict[str, str]], least: float, most: float) -> Parameter:
    return Parameter(RANGE, default, least, most)


def _whole(default: str, least: float, most: float) -> Parameter:
    return Parameter(WHOLE_RANGE, default, least, most)


_ANY_TENSOR = (SPECTROGRAM, SIGNAL, FEATURES)
_SNR = (-100, 100)
_FACTOR = (0.25, 4)
_COUNT = (0, 1000)
_PROBABILITY = Parameter(NUMBER, '1', 0, 1)

_TABLE = {
    'overlay': ((SAMPLE,), dict(source=Parameter(PATH, None), snr=_real('3', *_SNR), layers=_whole('1', 0, 100))),
    'noise': ((SAMPLE,), dict(source=Parameter(PATH, ''), snr=_real('15~10', *_SNR), layers=_whole('1', 0, 100))),
    'room': ((SAMPLE,), dict(source=Parameter(PATH, None))),
    'codec': ((SAMPLE,), dict(bitrate=_whole('3200', *OPUS_BITRATES))),
    'reverb': ((SAMPLE,), dict(delay=_real('20', 0, 1000), decay=_real('10', 0, 200))),
    'resample': ((SAMPLE,), dict(rate=_whole('8000', *RATES_HZ))),
    'speed': ((SAMPLE,), dict(factor=_real('1~0.1', *_FACTOR))),
    'volume': ((SAMPLE,), dict(dbfs=_real('3.0103', -100, 100))),
    'pitch': ((SPECTROGRAM,), dict(pitch=_real('1.075~0.125', *_FACTOR))),
    'tempo': ((SPECTROGRAM,), dict(factor=_real('1.1', *_FACTOR), max_time=Parameter(NUMBER, '-1'))),
    'warp': ((SPECTROGRAM,), dict(nt=_whole('1', 1, 100), nf=_whole('1', 1, 100), wt=_real('0.1', 0, 1),
                                  wf=_real('0', 0, 1))),
    'frequency_mask': ((SPECTROGRAM,), dict(n=_whole('3', *_COUNT), size=_whole('2', 0, 100000))),
    'time_mask': (_ANY_TENSOR, dict(n=_whole('3', *_COUNT), size=_real('10', 0, 1e6))),
    'dropout': (_ANY_TENSOR, dict(rate=_real('0.05', 0, 1))),
    'add': ((FEATURES, SIGNAL, SPECTROGRAM),
            dict(stddev=_real({FEATURES: '0.2', SIGNAL: '0.002', SPECTROGRAM: '0.01'}, 0, 1e6))),
    'multiply': ((FEATURES, SIGNAL, SPECTROGRAM),
                 dict(stddev=_real({FEATURES: '0.1', SIGNAL: '0.1', SPECTROGRAM: '0.3'}, 0, 1e6))),
    'coefficient_mask': ((FEATURES,), dict(first=_whole('19~6', 1, N_INPUT))),
}  # type: Dict[str, Tuple[Tuple[str, ...], Dict[str, Parameter]]]
KINDS: Dict[str, Kind] = {name: Kind(domains, dict({'p': _PROBABILITY}, **parameters))
                          for name, (domains, parameters) in _TABLE.items()}

# Sets of augmentations under one name: {name: what it stands for}.
PRESETS: Dict[str, Tuple[str, ...]] = {
    'small': ('pitch[p=0.5,pitch=1~0.1]', 'tempo[p=0.5,factor=1~0.2]'),
    'noisy': ('noise[p=0.7,snr=15~10]', 'reverb[p=0.3,delay=30~20,decay=12~6]', 'volume[p=0.5,dbfs=-10~10]'),
    'phone': ('resample[p=0.5,rate=8000]', 'codec[p=0.5,bitrate=9000~4000]', 'noise[p=0.3,snr=20~10]',
              'volume[p=0.5,dbfs=-10~10]'),
}
