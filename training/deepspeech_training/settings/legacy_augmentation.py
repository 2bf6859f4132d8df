"""Flags that asked for augmentation before release 0.8, and what they mean for `--augment`.

A range of masks was the first size that no mask has; those of time were in frames. Numbers without the switch they belong to
ask for nothing.
"""

from typing import Any, Callable, Collection, Dict, List, NamedTuple, Tuple

from ..errors import ConfigError
from .augmentation import parse
from .value_range import number

PREFIXES = ('data_aug_', 'augmentation_', 'augmentations_')
_MASKS, _SCALING = 'augmentation_freq_and_time_masking', 'augmentation_pitch_and_tempo_scaling'
_WARP = 'augmentation_sparse_warp'
# Numbers that belong to a switch, with what they were unless they were given.
NUMBERS: Dict[str, str] = {
    f'{_MASKS}_freq_mask_range': '5', f'{_MASKS}_number_freq_masks': '3', f'{_MASKS}_time_mask_range': '2',
    f'{_MASKS}_number_time_masks': '3', f'{_SCALING}_min_pitch': '0.95', f'{_SCALING}_max_pitch': '1.2',
    f'{_SCALING}_max_tempo': '1.2'}
_OTHER = '--augment has nothing that is the same; the nearest to it is --augment'


def _mask_sizes(values: Any) -> List[str]:
    frequency, time = [_number(values, f'{_MASKS}_{name}_mask_range') for name in ('freq', 'time')]
    n_frequency, n_time = [int(_number(values, f'{_MASKS}_number_{name}_masks')) for name in ('freq', 'time')]
    half_ms = time * values.feature_win_step / 2
    return [f'frequency_mask[n={n_frequency},size={int(frequency) // 2}~{int(frequency) // 2}]',
            f'time_mask[n={n_time},size={half_ms:g}~{half_ms:g}]']


def _scalings(values: Any) -> List[str]:
    low, high, tempo = [_number(values, f'{_SCALING}_{name}') for name in ('min_pitch', 'max_pitch', 'max_tempo')]
    return [f'pitch[pitch={(low + high) / 2:g}~{(high - low) / 2:g}]', f'tempo[factor={(1 + tempo) / 2:g}~{(tempo - 1) / 2:g}]']


def _number(values: Any, name: str) -> float:
    given = getattr(values, name)
    try:
        return number(NUMBERS[name] if given is None else given)
    except ConfigError as error:
        raise ConfigError(f'--{name} {given}: {error}.') from error


# name: (kind, value that asks for nothing, what it means in words, what it means as values of --augment)
Meaning = Callable[[Any], List[str]]
SWITCHES: Dict[str, Tuple[str, Any, str, Meaning]] = {
    'data_aug_features_additive': ('float', 0.0, '--augment add[domain=features,stddev=...]', lambda values: [
        f'add[domain=features,stddev={values.data_aug_features_additive:g}]']),
    'data_aug_features_multiplicative': ('float', 0.0, '--augment multiply[domain=features,stddev=...]', lambda values: [
        f'multiply[domain=features,stddev={values.data_aug_features_multiplicative:g}]']),
    'augmentation_spec_dropout_keeprate': ('float', 1.0, '--augment dropout[rate=...], which is 1 minus this', lambda values: [
        f'dropout[rate={1 - values.augmentation_spec_dropout_keeprate:g}]']),
    _MASKS: ('bool', False, '--augment frequency_mask and time_mask', _mask_sizes),
    _SCALING: ('bool', False, '--augment pitch and tempo', _scalings),
}
# name: (kind, value that asks for nothing, what is like it)
WITHOUT_EFFECT: Dict[str, Tuple[str, Any, str]] = {
    'augmentation_speed_up_std': ('float', 0.0, f'{_OTHER} tempo'),
    _WARP: ('bool', False, f'{_OTHER} warp'),
    **{f'{_WARP}_{name}': ('string', None, f'a number for --{_WARP}') for name in (
        'num_control_points', 'time_warping_para', 'interpolation_order', 'regularization_weight', 'num_boundary_points')},
}
# name: (kind, default, help)
TABLE: Dict[str, Tuple[str, Any, str]] = {
    **{name: (kind, default, meaning) for name, (kind, default, meaning, _) in SWITCHES.items()},
    **{name: ('string', None, f'a number for its switch; {default} unless given') for name, default in NUMBERS.items()},
    **{name: (kind, default, f'no effect: {what}') for name, (kind, default, what) in WITHOUT_EFFECT.items()}}


class Translated(NamedTuple):
    """What the flags mean."""

    specifications: List[str]  # values of --augment
    meanings: List[str]  # sentences to print
    warnings: List[str]


def is_augmentation(name: str) -> bool:
    """Whether a flag is one of those, known or not, that asked for augmentation before --augment did."""
    return name.startswith(PREFIXES)


def translate(values: Any, given: Collection[str]) -> Translated:
    """Returns what flags that were given mean today. Raises ConfigError: their values make no sense.

    Args:
      values: object with an attribute for each flag.
      given: names of the flags that were given.
    """
    specifications: List[str] = []
    meanings, warnings = [], []
    for name, (_, nothing, _, meaning) in SWITCHES.items():
        value = getattr(values, name)
        if name not in given or value == nothing:
            continue
        words = ', '.join(f'--{each} {getattr(values, each)}'.replace(' True', '') for each in [name] + [
            each for each in NUMBERS if each in given and each.startswith(f'{name}_')])
        found = meaning(values)
        _check(words, found)
        specifications += found
        meanings.append(f'{words}: means {" ".join(f"--augment {each}" for each in found)} today.')
    for name in sorted(given):
        if is_augmentation(name) and name not in SWITCHES and name not in NUMBERS:
            warnings += _without_effect(name, values)
    return Translated(specifications, meanings, warnings)


def _check(words: str, specifications: List[str]) -> None:
    try:
        for each in specifications:
            parse(each)
    except ConfigError as error:
        raise ConfigError(f'{words}: {error}') from error


def _without_effect(name: str, values: Any) -> List[str]:
    _, nothing, what = WITHOUT_EFFECT.get(name, ('string', None, 'no release had it; see --augment for what there is'))
    if name in WITHOUT_EFFECT and (nothing is None or getattr(values, name) == nothing):
        return []
    return [f'--{name} has no effect: {what}.']
