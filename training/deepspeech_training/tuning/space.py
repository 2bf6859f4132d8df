"""What a search may change, and between which values."""

import math
from typing import Any, Dict, List, NamedTuple, Sequence, Tuple, Union

import optuna

from ..errors import ConfigError

AUGMENT_STRENGTH = 'augment_strength'  # not a flag: 0 is no augmentation, 1 as much as may still help
DEFAULT_SPACE = ('learning_rate=1e-4:3e-3:log', 'dropout_rate=0:0.5', 'n_hidden=128,256,512', f'{AUGMENT_STRENGTH}=0:1')
_FORMS = 'a list such as n_hidden=128,256 or a range such as learning_rate=1e-4:1e-2:log'

Params = Dict[str, Any]


class Interval(NamedTuple):
    """Any number from `low` to `high`."""

    name: str
    low: float
    high: float
    is_log: bool

    def suggest(self, trial: 'optuna.Trial') -> float:
        return trial.suggest_float(self.name, self.low, self.high, log=self.is_log)


class Choice(NamedTuple):
    """One of some words or numbers, as they are written on a command line."""

    name: str
    words: Tuple[str, ...]

    def suggest(self, trial: 'optuna.Trial') -> str:
        return trial.suggest_categorical(self.name, list(self.words))


Space = Sequence[Union[Interval, Choice]]


def parse_space(texts: Sequence[str]) -> Space:
    """Returns what texts such as `n_hidden=128,256` and `learning_rate=1e-4:1e-2:log` allow. Raises ConfigError."""
    space = [_parse(text) for text in texts]
    names = [each.name for each in space]
    for name in names:
        if names.count(name) > 1:
            raise ConfigError(f'--tune {name}: given {names.count(name)} times; give all its values at once.')
    return space


def _parse(text: str) -> Union[Interval, Choice]:
    name, _, values = text.partition('=')
    name = name.strip().lstrip('-')
    if not name or not values.strip():
        raise ConfigError(f'--tune {text!r}: neither {_FORMS}.')
    if ':' not in values:
        return Choice(name, tuple(word.strip() for word in values.split(',')))
    parts = values.split(':')
    is_log = parts[-1].strip() == 'log'
    try:
        low, high = map(float, parts[:-1] if is_log else parts)
    except ValueError:
        raise ConfigError(f'--tune {text!r}: neither {_FORMS}.') from None
    if not (math.isfinite(low) and math.isfinite(high) and low < high):
        raise ConfigError(f'--tune {text!r}: a range goes from a number to a greater one.')
    if is_log and low <= 0:
        raise ConfigError(f'--tune {text!r}: a logarithm needs numbers above 0.')
    return Interval(name, low, high, is_log)


def flags_of(params: Params) -> List[str]:
    """Returns the flags of `DeepSpeech.py` that the values of a trial stand for."""
    flags = []
    for name, value in params.items():
        if name == AUGMENT_STRENGTH:
            flags += _augmentation(float(value))
        else:
            flags.append(f'--{name}={value:.6g}' if isinstance(value, float) else f'--{name}={value}')
    return flags


def _augmentation(strength: float) -> List[str]:
    """Returns flags for augmentation of this strength: speed and pitch of voices, and holes in the spectrogram.

    At 1, tempo and pitch vary by a fifth and a tenth, and half of the utterances have three holes each in time and frequency.
    """
    if not strength:
        return []
    half = f'p={strength / 2:.4g}'
    return [f'--augment=tempo[p={strength:.4g},factor=1~{strength / 5:.4g}]',
            f'--augment=pitch[p={strength:.4g},pitch=1~{strength / 10:.4g}]',
            f'--augment=time_mask[{half},n=3,size=100]', f'--augment=frequency_mask[{half},n=3,size=5]']
