"""What `--augment` asks for: `name[parameter=value,...]`, or `preset=name`.

    volume
    pitch[p=0.5,pitch=1~0.2]
    overlay[source="noise, street.csv",snr=20:5~3]

Blanks around names and values do not count. A value with a comma, a bracket or an equals sign stands in quotes. Several
augmentations may stand in one text, with blanks between them. See `augment_table.py` for what there is and `value_range.py` for
values.
"""

import re
from dataclasses import dataclass
from typing import Any, Dict, Iterable, List, Tuple

from ..errors import ConfigError
from .augment_table import DOMAINS, KINDS, NUMBER, PATH, PRESETS, WHOLE_RANGE, Kind, Parameter
from .value_range import limits, number, parse_range

FLAG = '--augment'
QUOTES = '"\''
_SPECIFICATION = re.compile(r'([a-z_]+)\s*(\[(.*)\])?', re.DOTALL)
_PRESET = 'preset='


@dataclass(frozen=True)
class Augmentation:
    """An augmentation that was asked for, complete with defaults."""

    name: str
    domain: str  # one of DOMAINS
    p: float  # with which probability it is applied to an utterance
    values: Tuple[Tuple[str, Any], ...]  # (parameter, Range, number or path)
    text: str = ''  # as it was asked for

    def __getitem__(self, parameter: str) -> Any:
        return dict(self.values)[parameter]

    def __str__(self) -> str:
        return self.text


def augmentations(texts: Iterable[str]) -> Tuple[Augmentation, ...]:
    """Returns what some values of `--augment` ask for, in the order in which it is applied: by domain, then as it was given.

    Raises:
      ConfigError: one is malformed, unknown, or out of its limits.
    """
    found = [parse(word) for text in texts for word in _words(text)]
    return tuple(sorted(found, key=lambda each: DOMAINS.index(each.domain)))


def sources_of(asked: Iterable[Augmentation]) -> List[str]:
    """Returns the paths of the sounds that augmentations mix in, each once."""
    return list(dict.fromkeys(value for each in asked for key, value in each.values if key == 'source' and value))


def meanings(texts: Iterable[str]) -> List[str]:
    """Returns a sentence for each preset: what it stands for."""
    presets = [word[len(_PRESET):] for text in texts for word in split(text) if word.startswith(_PRESET)]
    return [f'{FLAG} {_PRESET}{name} stands for {" ".join(f"{FLAG} {each}" for each in PRESETS[name])}.'
            for name in presets if name in PRESETS]


def _words(text: str) -> List[str]:
    """Returns the specifications in a text, presets replaced by theirs."""
    words: List[str] = []
    for word in split(text):
        name = word[len(_PRESET):]
        if not word.startswith(_PRESET):
            words.append(word)
        elif name in PRESETS:
            words += PRESETS[name]
        else:
            raise ConfigError(f'{FLAG} {word}: there is no such preset; choose one of {", ".join(PRESETS)}.')
    return words


def split(text: str) -> List[str]:
    """Returns the specifications in a text, which blanks outside of brackets and quotes part."""
    words, depth = [''], 0
    for character, is_quoted in zip(text, _quoted(text)):
        if not is_quoted:
            depth = max(0, depth + (character == '[') - (character == ']'))
        if character.isspace() and not depth and not is_quoted:
            words.append('')
        else:
            words[-1] += character
    return [word for word in words if word]


def _parted(text: str, separator: str) -> List[str]:
    """Returns the parts of a text between separators outside of quotes."""
    parts = ['']
    for character, is_quoted in zip(text, _quoted(text)):
        if character == separator and not is_quoted:
            parts.append('')
        else:
            parts[-1] += character
    return parts


def _quoted(text: str) -> List[bool]:
    """Returns for each character whether it stands in quotes. They begin a value; an apostrophe within one is none."""
    marks, quote, before = [], '', ''
    for character in text:
        if quote:
            marks.append(True)
            quote = '' if character == quote else quote
        else:
            quote = character if character in QUOTES and before == '=' else ''
            marks.append(bool(quote))
        before = before if character.isspace() else character
    return marks


def parse(text: str) -> Augmentation:
    """Returns the augmentation that a specification asks for. Raises ConfigError."""
    match = _SPECIFICATION.fullmatch(text)
    if not match:
        raise ConfigError(f'{FLAG} {text}: write it as name or name[parameter=value,...], the name in small letters.')
    name = match[1]
    if name not in KINDS:
        raise ConfigError(f'{FLAG} {text}: there is no augmentation {name!r}; choose one of {", ".join(sorted(KINDS))}.')
    kind = KINDS[name]
    given = {} if match[2] is None else _assignments(text, match[3])
    _check_names(text, name, kind, given)
    domain = given.get('domain', kind.domains[0])
    if domain not in kind.domains:
        raise ConfigError(f'{FLAG} {text}: domain {domain!r} is none that {name} has; choose one of {", ".join(kind.domains)}.')
    values = {}
    for key, parameter in kind.parameters.items():
        value = given.get(key, parameter.default_in(domain))
        if value is None or key in given and not value:
            raise ConfigError(f'{FLAG} {text}: {key} is missing; write {name}[{key}=...].')
        values[key] = _value(text, key, value, parameter)
    p = values.pop('p')
    return Augmentation(name, domain, p, tuple(values.items()), text)


def _assignments(text: str, inside: str) -> Dict[str, str]:
    """Returns {parameter: value} of what stands in the brackets."""
    given: Dict[str, str] = {}
    for part in _parted(inside, ','):
        pieces = _parted(part, '=')
        if len(pieces) == 1:
            raise ConfigError(f'{FLAG} {text}: a value needs the name of its parameter; {part.strip()!r} is not of the form '
                              f'parameter=value.')
        if len(pieces) > 2:
            raise ConfigError(f'{FLAG} {text}: {part.strip()!r} has more than one equals sign; put a value that holds one in '
                              f'quotes.')
        key, value = pieces[0].strip(), pieces[1].strip()
        if key in given:
            raise ConfigError(f'{FLAG} {text}: {key} is given twice; leave one out.')
        given[key] = _unquoted(text, value)
    return given


def _unquoted(text: str, value: str) -> str:
    if value[:1] in QUOTES and value:
        if len(value) < 2 or value[-1] != value[0] or value[0] in value[1:-1]:
            raise ConfigError(f'{FLAG} {text}: the quotes around {value!r} do not match.')
        return value[1:-1]
    return value


def _check_names(text: str, name: str, kind: Kind, given: Dict[str, str]) -> None:
    known = list(kind.parameters) + ['domain'] * (len(kind.domains) > 1)
    for key in given:
        if key not in known:
            raise ConfigError(f'{FLAG} {text}: {name} has no parameter {key!r}; it has {", ".join(known)}.')


def _value(text: str, key: str, value: str, parameter: Parameter) -> Any:
    if parameter.kind == PATH:
        return value
    try:
        if parameter.kind != NUMBER:
            return parse_range(value, parameter.kind == WHOLE_RANGE, parameter.least, parameter.most)
        found = number(value)
        if not parameter.least <= found <= parameter.most:
            raise ConfigError(f'it lies {limits(parameter.least, parameter.most)}')
        return found
    except ConfigError as error:
        raise ConfigError(f'{FLAG} {text}: {key}={value}: {error}.') from error
