"""Options that every importer has, and what they mean."""

import argparse
from typing import NamedTuple, Optional, Sequence, Tuple

from ..errors import ConfigError
from ..processors import n_processors
from ..text.alphabet import Alphabet
from .labels import LabelRules, Validate, load_validate
from .splits import Shares, parse_shares


class Limits(NamedTuple):
    """Which clips are too short or too long."""

    min_s: float = 0.
    max_s: Optional[float] = None
    step_ms: int = 20  # a clip is too short for its text with less than that for each character, and for each repeated one
    max_sets: Tuple[str, ...] = ()  # that the longest is for; empty: all

    def of(self, sets: Sequence[str]) -> 'Limits':
        """Returns the limits for a clip of these sets of the corpus; empty: it has not been parted yet."""
        is_free = sets and self.max_sets and not set(sets) & set(self.max_sets)
        return self._replace(max_s=None) if is_free else self


class Options(NamedTuple):
    """What the options of the frame come to."""

    limits: Limits
    shares: Shares
    seed: int
    mixes_speakers: bool  # clips of a speaker may come into several sets
    absolute_paths: bool
    n_workers: int
    is_offline: bool
    starts_over: bool
    accepted_failures: float  # share of the clips of the corpus that may be missing


def add_options(parser: argparse.ArgumentParser, limits: Limits, absolute_paths: bool) -> None:
    """Adds the options; `limits` and `absolute_paths` are the defaults of the corpus."""
    text = parser.add_argument_group('texts')
    text.add_argument('--filter_alphabet', metavar='FILE', help='leave out clips with a character that is not in this alphabet')
    text.add_argument('--normalize', action='store_true',
                      help='make ASCII of the texts first: letters lose their accents, other scripts are dropped')
    text.add_argument('--validate_label_locale', metavar='FILE',
                      help='Python file with a function validate_label(text) that returns the transcript, or None to leave '
                           'the clip out')
    text.add_argument('--space_after_every_character', action='store_true', help='put a blank after every character')
    clips = parser.add_argument_group('clips')
    longest = 'no limit' if limits.max_s is None else f'{limits.max_s:g}'
    of_sets = f' of {" and ".join(limits.max_sets)}' if limits.max_sets else ''
    clips.add_argument('--min_sec', type=float, default=limits.min_s, metavar='SECONDS',
                       help=f'leave out shorter clips ({limits.min_s:g})')
    clips.add_argument('--max_sec', type=float, default=limits.max_s, metavar='SECONDS',
                       help=f'leave out longer clips{of_sets}; 0 is no limit ({longest})')
    clips.add_argument('--accept_failed', type=float, default=1., metavar='PERCENT',
                       help='how many clips may be missing or damaged before the exit code is 1 (1)')
    sets = parser.add_argument_group('sets')
    sets.add_argument('--split', default='80,10,10', metavar='TRAIN,DEV,TEST',
                      help='percent of each set, where the corpus has none of its own (80,10,10)')
    sets.add_argument('--mix_speakers', action='store_true',
                      help='let clips of a speaker come into several sets, where few speakers would leave little to train on')
    sets.add_argument('--seed', type=int, default=0, help='another one gives another split (0)')
    paths = sets.add_mutually_exclusive_group()
    paths.add_argument('--absolute_paths', dest='absolute_paths', action='store_true', default=absolute_paths,
                       help='write absolute paths into the CSV files' + (' (so by default)' if absolute_paths else ''))
    paths.add_argument('--relative_paths', dest='absolute_paths', action='store_false',
                       help='write paths relative to the CSV files' + ('' if absolute_paths else ' (so by default)'))
    work = parser.add_argument_group('work')
    work.add_argument('--workers', type=int, default=0, metavar='N', help='clips converted at once (one per processor)')
    work.add_argument('--offline', action='store_true', help='never download; say what has to be put where')
    work.add_argument('--start_over', action='store_true', help='import again although everything is there')


def read_options(arguments: argparse.Namespace, limits: Limits) -> Options:
    """Returns the Options of parsed arguments; `limits` are the corpus'. Raises ConfigError: a value is out of range."""
    for name, lowest, highest in (('min_sec', 0, 1e5), ('max_sec', 0, 1e5), ('workers', 0, 4096), ('accept_failed', 0, 100)):
        value = getattr(arguments, name)
        if value is not None and not lowest <= value <= highest:
            raise ConfigError(f'--{name} {value:g}: expected a number from {lowest} to {highest:g}.')
    limits = limits._replace(min_s=arguments.min_sec, max_s=arguments.max_sec or None)
    return Options(limits, parse_shares(arguments.split), arguments.seed,
                   mixes_speakers=arguments.mix_speakers, absolute_paths=arguments.absolute_paths,
                   n_workers=arguments.workers or n_processors(), is_offline=arguments.offline,
                   starts_over=arguments.start_over, accepted_failures=arguments.accept_failed / 100)


def yes_or_no(text: str) -> bool:
    """Returns what an argument such as `false` means, for `type` of argparse. Raises argparse.ArgumentTypeError."""
    if text.lower() not in ('true', 'yes', '1', 'false', 'no', '0'):
        raise argparse.ArgumentTypeError(f'{text!r} is neither true nor false')
    return text.lower() in ('true', 'yes', '1')


def milliseconds(text: str) -> float:
    """Returns the seconds of an argument in milliseconds, for `type` of argparse."""
    return float(text) / 1000


def label_rules(arguments: argparse.Namespace, clean: Optional[Validate], default: Optional[Validate]) -> LabelRules:
    """Returns the LabelRules of parsed arguments.

    Args:
      clean: rule of the corpus.
      default: rule of the language where --validate_label_locale names none.
    Raises:
      ConfigError, DataError: a file cannot be used.
    """
    locale = arguments.validate_label_locale
    alphabet = arguments.filter_alphabet
    return LabelRules(clean, load_validate(locale) if locale else default,
                      Alphabet.from_file(alphabet, '--filter_alphabet') if alphabet else None, arguments.normalize,
                      arguments.space_after_every_character)
