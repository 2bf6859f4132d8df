"""The arguments of the command: those of the published clients, ours, and those of releases before 0.5."""

import argparse
import codecs
import math
import os
from argparse import Namespace
from typing import Callable, Dict, List, NoReturn, Optional, Sequence, Tuple

from .audio import STANDARD_INPUT
from .formats.content import open_regular
from .output import to_json, to_text
from .subtitles import to_srt, to_vtt

FORMATS: Dict[str, Callable[..., str]] = {'text': to_text, 'json': to_json, 'srt': to_srt, 'vtt': to_vtt}
AUDIO_ENDINGS = ('.wav', '.flac', '.ogg', '.oga', '.opus', '.mp3', '.aif', '.aiff', '.au', '.caf', '.w64')
MAX_BEAMS = 1 << 24  # of the decoder
MAX_THREADS = 4096
MAX_SAMPLES = 2 ** 31 - 1
MAX_WEIGHT = 1e6  # of the decoder
MAX_DIGITS, MAX_SHOWN = 20, 100
LEGACY_ORDER = 'MODEL ALPHABET [LM TRIE] AUDIO or MODEL AUDIO ALPHABET [LM TRIE]'


class UsageError(Exception):
    """Wrong arguments; the message is one sentence."""


class _Parser(argparse.ArgumentParser):

    def error(self, message: str) -> NoReturn:
        raise UsageError(f'{message}; deepspeech --help lists what there is.')


def parse_arguments(argv: Optional[Sequence[str]] = None) -> Namespace:
    """Returns the arguments; see `make_parser`. The positional calls of release 0.1 give the same as today's.

    Raises:
      UsageError: they are wrong or contradict each other.
      SystemExit: after --help.
    """
    arguments = make_parser().parse_intermixed_args(argv)
    if arguments.version:
        return arguments
    if arguments.files:
        _name_files(arguments)
    arguments.audio = [path for paths in arguments.audio for path in paths]
    _check(arguments)
    if arguments.extended:
        arguments.output_format = 'text'
    return arguments


def make_parser() -> argparse.ArgumentParser:
    """Returns the parser of the command."""
    parser = _Parser(prog='deepspeech', description='Transcribes speech.',
                     usage='deepspeech --model MODEL [--scorer SCORER] --audio AUDIO [AUDIO ...] [options]',
                     epilog=f'Calls of release 0.1 are understood, too: deepspeech {LEGACY_ORDER} [-t]')
    parser.add_argument('files', nargs='*', help=argparse.SUPPRESS)
    _add_models(parser.add_argument_group('what to transcribe with'))
    _add_audio(parser.add_argument_group('what to transcribe'))
    _add_output(parser.add_argument_group('what to print'))
    return parser


def _add_models(group: argparse._ArgumentGroup) -> None:
    add = group.add_argument
    add('--model', '-m', help='exported model (.pb, .pbmm, .tflite)')
    add('--scorer', '-l', help='scorer package; without one no language model is used')
    add('--beam_width', '-b', type=_whole(0, MAX_BEAMS), default=0, metavar='N',
        help='beams kept while decoding (default: as stored in the model)')
    add('--lm_alpha', '-c', type=_number, metavar='X',
        help='weight of the language model (default: as stored in the scorer)')
    add('--lm_beta', '-d', type=_number, metavar='X', help='bonus per word (default: as stored in the scorer)')
    add('--hot_words', '-w', type=_hot_words, default=[], metavar='WORD:BOOST,...',
        help='words to hear more (or, with a negative boost, less) readily; needs a scorer')
    add('--alphabet', help='alphabet of a model of release 0.1 to 0.5')
    add('--lm', help='language model (lm.binary) of a release before 0.7, instead of a scorer')
    add('--trie', help='the trie that belongs to --lm')
    add('--n_threads', type=_whole(0, MAX_THREADS), default=0, metavar='N',
        help='threads for one recording (default 0: one, or for large models as many as there are cores, at most 4)')
    add('--weights', choices=('auto', 'stored', 'float32', 'bf16', 'int8'), default='auto',
        help='number format of the weights (default: as in the file, or bf16 for large models where that is faster)')


def _add_audio(group: argparse._ArgumentGroup) -> None:
    add = group.add_argument
    add('--audio', '-a', nargs='+', action='append', default=[],
        help='audio files of any format, directories of them, - for standard input')
    add('--raw', action='store_true', help="the audio is bare samples: 16-bit little-endian mono at the model's rate")
    add('--microphone', nargs='?', const='', metavar='DEVICE', help='transcribe what is said now, until Ctrl-C')


def _add_output(group: argparse._ArgumentGroup) -> None:
    add = group.add_argument
    add('--output_format', choices=list(FORMATS), default='text', help='text (default), json, or subtitles: srt, vtt')
    for name, option in (('json', ['--json', '-j']), ('srt', ['--srt']), ('vtt', ['--vtt'])):
        add(*option, action='store_const', const=name, dest='output_format', help=f'as --output_format {name}')
    add('--extended', '-e', action='store_true', help='text put together from single letters; wins over the others')
    add('--candidate_transcripts', type=_whole(1, MAX_BEAMS), default=3, metavar='N', help='transcripts in JSON (default: 3)')
    add('--stream', '-s', '--extended_stream', type=_whole(0, MAX_SAMPLES), default=0, metavar='N',
        help='hand over N samples at a time and, as text, print each change of the transcript on a line')
    add('--output_dir', metavar='DIR', help='write each result to a file there, named after its audio file')
    add('-t', '--t', dest='cpu_time', action='store_true', help='print the CPU time after each result')
    add('--version', '-v', action='store_true', help='print the version')


def find_audio(arguments: Namespace) -> List[str]:
    """Returns the paths of all audio files; a directory stands for those in it with an ending of AUDIO_ENDINGS, if any.

    Raises:
      UsageError: a directory cannot be read, or results would be mixed up.
    """
    found = [file for path in arguments.audio for file in (_files_in(path) if os.path.isdir(path) else [path])]
    if arguments.output_dir is not None:
        _check_targets(arguments, found)
    elif len(found) > 1 and arguments.output_format in ('srt', 'vtt'):
        raise UsageError(f'subtitles of {len(found)} files cannot be printed together; add --output_dir DIR.')
    return found


def _files_in(directory: str) -> List[str]:
    """Returns the audio files in a directory. Without any the directory itself, so that it is reported like a file."""
    try:
        names = sorted(name for name in os.listdir(directory) if name.lower().endswith(AUDIO_ENDINGS))
    except OSError as error:
        raise UsageError(f'{directory}: this directory cannot be read ({error.strerror}); check its permissions.'
                         ) from error
    return [os.path.join(directory, name) for name in names] or [directory]


def target_path(arguments: Namespace, path: str) -> str:
    """Returns the path of the result for an audio file in --output_dir."""
    name = 'stdin' if path == STANDARD_INPUT else os.path.splitext(os.path.basename(path))[0]
    endings = {'text': 'txt'}
    return os.path.join(arguments.output_dir, f'{name}.{endings.get(arguments.output_format, arguments.output_format)}')


def _check_targets(arguments: Namespace, paths: Sequence[str]) -> None:
    if not os.path.isdir(arguments.output_dir):
        raise UsageError(f'{arguments.output_dir}: no such directory; make it first.')
    sources: Dict[str, str] = {}  # audio files by the path of their result
    for path in paths:
        other = sources.setdefault(target_path(arguments, path), path)
        if other is not path:
            raise UsageError(f'{other} and {path} would both be written to {target_path(arguments, path)}; transcribe '
                             f'them one after the other.')


def _check(arguments: Namespace) -> None:
    if not arguments.model:
        raise UsageError('no model is given; name one with --model MODEL.')
    if arguments.microphone is not None and arguments.audio:
        raise UsageError('--microphone and --audio cannot be used together; leave one out.')
    if arguments.microphone is None and not arguments.audio:
        raise UsageError('no audio is given; name files with --audio AUDIO, or use --microphone.')
    if arguments.lm and arguments.scorer:
        raise UsageError('--lm and --scorer cannot be used together; leave one out.')
    if arguments.trie and not arguments.lm:
        raise UsageError('--trie needs the language model it was made from; name it with --lm.')
    if arguments.hot_words and not (arguments.scorer or arguments.lm):
        raise UsageError('--hot_words needs a scorer; name one with --scorer.')


def _name_files(arguments: Namespace) -> None:
    """Turns the positional files of a legacy call into options."""
    if arguments.model or arguments.audio:
        raise UsageError(f'{" ".join(arguments.files)} belongs to no option; name audio files behind --audio.')
    if not 3 <= len(arguments.files) <= 5:
        raise UsageError(f'{len(arguments.files)} files without options; name them with --model and --audio, or as '
                         f'release 0.1 did: {LEGACY_ORDER}.')
    arguments.model, *others = arguments.files
    if _is_text(others[0]):
        arguments.alphabet, *language, audio = others
    elif _is_text(others[1]):
        audio, arguments.alphabet, *language = others
    else:
        raise UsageError(f'neither {others[0]} nor {others[1]} is an alphabet (a text file of one label a line); '
                         f'expected {LEGACY_ORDER}.')
    arguments.audio = [[audio]]
    if language:
        arguments.lm, arguments.trie = (language + [None])[:2]


def _is_text(path: str) -> bool:
    try:
        with open_regular(path) as file:
            start = codecs.getincrementaldecoder('utf-8')().decode(file.read(4096))  # a character may be cut
    except (OSError, ValueError):  # ValueError: other bytes than UTF-8
        return False
    return bool(start) and '\0' not in start


def _whole(smallest: int, largest: int) -> Callable[[str], int]:
    """Returns a parser of whole numbers from `smallest` to `largest`."""
    def read(text: str) -> int:
        # Python reads no numbers of thousands of digits.
        if not text.isdecimal() or len(text) > MAX_DIGITS or int(text) < smallest:
            raise argparse.ArgumentTypeError(f'{_shown(text)} is not a whole number of at least {smallest}')
        if int(text) > largest:
            raise argparse.ArgumentTypeError(f'{text} is too large, at most {largest} is taken')
        return int(text)
    return read


def _shown(text: str) -> str:
    return repr(text if len(text) <= MAX_SHOWN else text[:MAX_SHOWN] + ' ...')


def _number(text: str) -> float:
    try:
        value = float(text)
    except ValueError:
        value = math.nan
    if not math.isfinite(value):
        raise argparse.ArgumentTypeError(f'{_shown(text)} is not a number')
    if abs(value) > MAX_WEIGHT:
        raise argparse.ArgumentTypeError(f'{text} is not a number between -1e6 and 1e6')
    return value


def _hot_words(text: str) -> List[Tuple[str, float]]:
    """Returns [(word, boost)] of WORD:BOOST,..."""
    pairs = []
    for pair in text.split(','):
        word, _, boost = pair.rpartition(':')
        try:
            pairs.append((word, _number(boost)))
        except argparse.ArgumentTypeError:
            word = ''
        if not word:
            raise argparse.ArgumentTypeError(f'{_shown(pair)} is not WORD:BOOST with a number for BOOST, such as light:7.5')
    return pairs
