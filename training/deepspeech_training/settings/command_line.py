"""The command line: declares the flags of `flags.py` and of earlier releases, and parses them. Only entry points use it."""

import os
import re
import unicodedata
from typing import Any, Callable, Dict, FrozenSet, List, Mapping, Sequence

from absl import app
from absl import flags as absl_flags

from ..errors import ConfigError
from ..text.alphabet import describe_character
from . import legacy_flags
from .augmentation import meanings
from .flagfiles import expanded
from .flags import AUTO, GROUPS, TABLE, Flag
from .legacy_augmentation import is_augmentation
from .recipes import NO_RECIPE, in_words, settings_of
from .suggestions import about_unknown
from .surroundings import flags_of

KINDS: Dict[str, Callable[..., Any]] = {
    'string': absl_flags.DEFINE_string, 'integer': absl_flags.DEFINE_integer, 'float': absl_flags.DEFINE_float,
    'bool': absl_flags.DEFINE_bool, 'multi_string': absl_flags.DEFINE_multi_string}
KIND_OF = {str: 'string', int: 'integer', float: 'float', bool: 'bool', tuple: 'multi_string'}  # by type of the default
CONTROLS = ('Cc', 'Zl', 'Zp')  # Unicode categories: they would break a card into lines
HIDDEN = '***'  # what stands for a secret
FREE_TEXT = ('export_contact_info', 'export_license', 'export_description')  # may have several lines
# Names of files are bytes and may be anything; what begins like this is text.
WRITTEN_INTO_MODELS = ('export_author', 'export_model', 'export_contact', 'export_license', 'export_language', 'export_min',
                       'export_max', 'export_description', 'export_file_name')
WHOLE_NUMBERS = (-2 ** 31, 2 ** 31 - 1)  # what counters of TensorFlow and of the decoder hold
LARGEST_FLOAT = 3.4e38  # of the single precision in which training computes
MAX_NAME = 100  # characters; no flag has half of that
MAX_SHOWN = 400  # characters of a message about a word that is none of ours
NO_OTHERS: Mapping[str, Sequence[Flag]] = {}
TRUE_WORDS, FALSE_WORDS = ('true', 't', '1'), ('false', 'f', '0')


def define(others: Mapping[str, Sequence[Flag]] = NO_OTHERS) -> None:
    """Declares all flags on absl's `FLAGS`, and those of a program, by their groups."""
    app.define_help_flags()
    for group, flags in {**others, **GROUPS}.items():
        for flag in flags:
            _define_one(flag, group)
    own = {flag.name for flags in others.values() for flag in flags}
    for name, (kind, default, meaning) in legacy_flags.TABLE.items():
        if name not in own:  # --batch_size was, and is, something else in transcribe.py
            KINDS[kind](name, default, meaning, module_name=legacy_flags.GROUP)


def _define_one(flag: Flag, group: str) -> None:
    if flag.number_of_auto is not None:
        parser = NumberOrAuto(flag.number_of_auto)
        absl_flags.DEFINE(parser, flag.name, flag.default, flag.help, serializer=parser, module_name=group)
    elif flag.choices:
        absl_flags.DEFINE_enum(flag.name, flag.default, flag.choices, flag.help, module_name=group)
    else:
        bounds = {name: limit for name, limit in zip(('lower_bound', 'upper_bound'), flag.bounds) if limit is not None}
        default = list(flag.default) if isinstance(flag.default, tuple) else flag.default
        KINDS[KIND_OF[type(flag.default)]](flag.name, default, flag.help, module_name=group, **bounds)
    if flag.alias:
        absl_flags.DEFINE_alias(flag.alias, flag.name, module_name=group)


class NumberOrAuto(absl_flags.IntegerParser, absl_flags.ArgumentSerializer):
    """Reads and writes the value of a flag that is a whole number or the word `auto`."""

    def __init__(self, number_of_auto: int):
        super().__init__()
        self._number_of_auto = number_of_auto

    def convert(self, argument: Any) -> int:
        if argument == AUTO:
            return self._number_of_auto
        number = super().convert(argument)
        if number == self._number_of_auto:
            raise ValueError(f'not a number that it takes, nor {AUTO}')
        return number

    def serialize(self, value: int) -> str:
        return AUTO if value == self._number_of_auto else str(value)


class Values:
    """What a command line asks for: an attribute for each flag; those of earlier releases have taken effect.

    Attributes:
      explicit: frozenset, names of the flags that were given, or stand for one of an earlier release that was.
      text: all flags, one per line, for `--flagfile`; those that were not given, and secrets, are comments.
      command: the words of the command line, secrets left out.
      meanings, warnings: sentences on flags of earlier releases and on presets.
    """

    def __init__(self, given: absl_flags.FlagValues, words: Sequence[str], argv: Sequence[str] = ()):
        names = [name for name in _in_order(words, given) if given[name].present]
        translation = legacy_flags.translate(given, [name for name in names if not _is_of_program(name, given)])
        self._given = given
        self._today: Dict[str, Any] = translation.values
        self.explicit: FrozenSet[str] = frozenset(names) | set(translation.values)
        self.text = _as_text(given)
        self.command = _without_secrets(argv)
        self.meanings: List[str] = translation.meanings
        self._follow_recipe()
        self._follow_surroundings()
        self.meanings = self.meanings + meanings(self.augment)
        self.warnings: List[str] = translation.warnings

    def _follow_recipe(self) -> None:
        if self.recipe == NO_RECIPE:
            return
        values = settings_of(self.recipe, self.explicit)
        sentence = in_words(self.recipe, values)
        self._today = dict(values, **self._today)
        self.text += f'# {sentence}\n'
        self.meanings = [*self.meanings, sentence]

    def _follow_surroundings(self) -> None:
        if self.cluster == AUTO:
            today, sentence = flags_of(os.environ, self.explicit, self.cluster_port)
            self._today = dict(self._today, **today)
            self.meanings = [*self.meanings, sentence]

    def __getattr__(self, name: str) -> Any:
        return self._today[name] if name in self._today else getattr(self._given, name)


def parse(argv: Sequence[str]) -> Values:
    """Parses `argv` (program name first) and returns the Values.

    `--early_stop false` means what it says, unlike in absl. Other words without a flag are refused.

    Raises:
      ConfigError: a flag is unknown, has a bad value, contradicts another one or asks for a missing feature.
    """
    given = absl_flags.FLAGS
    try:
        words = [argv[0], f'--undefok={",".join(legacy_flags.OF_LIBRARIES)}', *expanded(argv[1:])]
        _refuse_long_names(words, given)
        _define_other_augmentation(words, given)
        words = _repeat_lists(_join_booleans(words, given), given)
        rest = _taken(words, given)[1:]
    except absl_flags.UnrecognizedFlagError as error:
        raise ConfigError(_shown(about_unknown(error.flagname, given))) from error
    except (absl_flags.Error, ValueError) as error:  # ValueError: --noflag with a value
        raise ConfigError(f'{_shown(_in_words(str(error)))} (--helpfull lists all flags)') from error
    if rest:
        raise ConfigError(f'{rest[0][:MAX_SHOWN]!r} belongs to no flag; write values as --flag=value or --flag value.')
    for name in given:
        if given[name].present:
            _check_value(name, given[name].value)
    return Values(given, words, argv)


def _taken(words, values):
    """Gives flags the values in `words`; returns the other words. A list of flags, which ends the program, is a success."""
    try:
        return values(words)
    except SystemExit as end:  # absl ends with 1 after --help
        raise SystemExit(0) from end


def _in_order(words, values):
    """Returns the names of all flags; last those that were given, in the order in which they were given last."""
    position = {}
    for index, word in enumerate(words):
        name = word.lstrip('-').partition('=')[0] if word.startswith('-') else ''
        position[name if name in values else name[2:]] = index  # --noflag
    return sorted(values, key=lambda name: position.get(name, -1))


def _check_value(name, value):
    """Raises ConfigError for what no flag of its kind takes: numbers without end, control characters in a name."""
    if isinstance(value, bool) or value is None:
        return
    if isinstance(value, int) and not WHOLE_NUMBERS[0] <= value <= WHOLE_NUMBERS[1]:
        raise ConfigError(f'--{name} {_shown(str(value))}: whole numbers go from {WHOLE_NUMBERS[0]} to {WHOLE_NUMBERS[1]}.')
    if isinstance(value, float) and not abs(value) <= LARGEST_FLOAT:
        raise ConfigError(f'--{name} {value}: a number from -{LARGEST_FLOAT} to {LARGEST_FLOAT} is needed.')
    if isinstance(value, str) and name.startswith(WRITTEN_INTO_MODELS):
        try:
            value.encode('utf-8')
        except UnicodeEncodeError as error:
            raise ConfigError(f'--{name} {_shown(value)}: it goes into files of UTF-8 text and is none (character '
                              f'{error.start + 1} is the byte 0x{ord(value[error.start]) & 0xFF:02X}).') from error
    if isinstance(value, str) and not value.isprintable() and name.startswith(WRITTEN_INTO_MODELS) and name not in FREE_TEXT:
        character = next(char for char in value if not char.isprintable())
        if unicodedata.category(character) in CONTROLS:
            raise ConfigError(f'--{name} {_shown(value)}: {describe_character(character)} is in it; write it without.')
    if isinstance(value, str) and '\0' in value:
        raise ConfigError(f'--{name} {_shown(value)}: a zero byte is in it, which no name of a file has; write it without.')


def _in_words(text):
    """Returns a message of the parser without the words of the interpreter."""
    for pattern, words in ((r'invalid literal for int\(\).*|Exceeds the limit.*', 'not a whole number'),
                           (r'could not convert string to float.*', 'not a number')):
        text = re.sub(pattern, words, text, flags=re.DOTALL)
    return text


def _shown(text):
    """Returns a text in one line of bounded length."""
    text = ''.join(char if char.isprintable() else ascii(char)[1:-1] for char in text)
    return text if len(text) <= MAX_SHOWN else f'{text[:MAX_SHOWN]} ...'


def _refuse_long_names(words, given):
    """Raises ConfigError for names that no flag can have: the parser would look for similar ones, and take for ever."""
    for word, before in zip(words, ['', *words]):
        name, previous = word.lstrip('-').partition('=')[0], before.lstrip('-')
        is_value = before.startswith('-') and previous in given and given[previous].flag_type() != 'bool'
        if word.startswith('-') and len(name) > MAX_NAME and not is_value:
            raise ConfigError(f'{_shown(word)}: there is no such flag (--helpfull lists all flags).')


def _define_other_augmentation(words, given):
    """Declares what looks like a flag for the augmentation of 0.6 and 0.7 that we do not know, by how it is used."""
    for word, following in zip(words, [*words[1:], '-']):
        name, has_value, _ = word.lstrip('-').partition('=')
        if name.startswith('no') and is_augmentation(name[2:]):
            name, following = name[2:], '-'
        if not word.startswith('-') or not is_augmentation(name) or name in given:
            continue
        kind = 'string' if has_value or not following.startswith('-') or following[1:2].isdigit() else 'bool'
        KINDS[kind](name, None, 'no effect', module_name=legacy_flags.GROUP)


def _join_booleans(argv, values):
    """Returns `argv` with `--flag false` written as `--flag=false` for boolean flags."""
    joined = []
    for word in argv:
        previous = joined[-1] if joined else ''
        name = previous.lstrip('-')
        is_switch = previous.startswith('-') and name in values and values[name].flag_type() == 'bool'
        if is_switch and len(joined) > 1 and word.lower() in TRUE_WORDS + FALSE_WORDS:
            joined[-1] = f'{previous}={word.lower()}'
        else:
            joined.append(word)
    return joined


def _repeat_lists(argv, values):
    """Returns `argv` with `--augment a b` written as `--augment=a --augment=b`; no other words may stand there anyway."""
    repeated, name = [], ''
    for word, following in zip(argv, [*argv[1:], '-']):
        if word.startswith('-'):
            flag, has_value, _ = word.lstrip('-').partition('=')
            name = flag if flag in values and values[flag].flag_type().startswith('multi') else ''
            if not name or has_value or following.startswith('-'):
                repeated.append(word)
        else:
            repeated.append(f'--{name}={word}' if name else word)
    return repeated


def _without_secrets(argv):
    """Returns the words of a command line with `HIDDEN` for what secret flags are given."""
    words, is_secret = [], False
    for word in argv:
        if word.startswith('-'):
            name, has_value, _ = word.lstrip('-').partition('=')
            is_secret = name in TABLE and TABLE[name].is_secret
            word = f'{word.partition("=")[0]}={HIDDEN}' if is_secret and has_value else word
        elif is_secret:
            word = HIDDEN
        words.append(word)
    return tuple(words)


def _is_of_program(name, given):
    """Returns whether a flag has the name of one of an earlier release, but is one that a program has for itself."""
    return name in legacy_flags.TABLE and given.find_module_defining_flag(name) != legacy_flags.GROUP


def _as_text(values):
    lines = []
    for name in sorted(name for name in values if values[name].name == name):
        if name in legacy_flags.TABLE and not values[name].present:
            continue
        if values[name].present and not _is_for_a_file(values[name].value):
            lines.append(f'# --{name} was given, but a file of flags cannot hold it: {values[name].value!a}')
            continue
        if values[name].present and name in TABLE and TABLE[name].is_secret:
            lines.append(f'# --{name} was given; what may hold passwords is not written down')
            continue
        for line in values[name].serialize().splitlines():
            lines.append(line if values[name].present else f'# {line}')
    return '\n'.join(lines) + '\n'


def _is_for_a_file(value):
    """Returns whether absl reads a value from a file of flags as it is: without blanks around or line ends within."""
    return not isinstance(value, str) or (value.splitlines() in ([], [value]) and value.strip() == value)
