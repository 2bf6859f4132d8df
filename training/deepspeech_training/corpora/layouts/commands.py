"""Understands the command lines by which lists of recordings name audio, as Kaldi's wav.scp does; none is ever run.

What a line comes to is a file and a channel of it: rates, formats and sample sizes are converted anyhow. What would change the
sound - a speed, a gain, a part of the file - is refused with the word that says so, and so is whatever is not understood.
"""

import os
import re
import shlex
from typing import Callable, Dict, List, NamedTuple, Optional, Sequence

STANDARD_STREAM = '-'
_PIPE = '|'
_SHELL = re.compile(r'[$`;&<>|\n]')  # what a shell would do something about
_SILENCED = ('2>/dev/null', '2>', '/dev/null')
_ARCHIVE_OFFSET = re.compile(r'.*\.ark:\d+(\[.*\])?')


class NotUnderstoodError(ValueError):
    """What a line says about a recording cannot be followed; the message is for people, without a full stop."""


class Recording(NamedTuple):
    """A file of sound, and which channel of it; None: all of them, averaged."""

    path: str
    channel: Optional[int] = None


def parse_recording(text: str) -> Recording:
    """Returns what a path, or a command line that ends in a pipe, names. Raises NotUnderstoodError."""
    text = text.strip()
    if not text.endswith(_PIPE):
        if text.startswith(_PIPE) or text in ('', STANDARD_STREAM):
            raise NotUnderstoodError(f'{text[:50]!r} names no file')
        if _ARCHIVE_OFFSET.fullmatch(text):
            raise NotUnderstoodError(f"{text[:50]!r} is in an archive of Kaldi's; name the sound files that it was made of")
        return Recording(text)
    steps = [_parse_step(words) for words in _commands(text[:-1])]
    if steps[0].path == STANDARD_STREAM:
        raise NotUnderstoodError('the command names no file that it reads')
    channel = steps[0].channel
    for step in steps[1:]:
        if step.path != STANDARD_STREAM:
            raise NotUnderstoodError(f'{step.path[:50]!r} is read instead of what comes through the pipe')
        # Behind a program that has chosen a channel there is one only.
        if channel is not None and step.channel:
            raise NotUnderstoodError('two of its programs choose a channel')
        channel = step.channel if channel is None else channel
    return Recording(steps[0].path, channel)


def _commands(text: str) -> List[List[str]]:
    """Returns the words of each command in a pipe."""
    try:
        words = shlex.split(text)
    except ValueError as error:
        raise NotUnderstoodError(f'the quotes in its command do not match ({error})') from error
    commands: List[List[str]] = [[]]
    for word in words:
        if word == _PIPE:
            commands.append([])
        elif word not in _SILENCED:
            # Of the program's own path only the name counts, whatever variable stands before it.
            if _SHELL.search(word if commands[-1] else os.path.basename(word)):
                raise NotUnderstoodError(f'{word[:50]!r} in its command would need a shell')
            commands[-1].append(word)
    if not all(commands):
        raise NotUnderstoodError('there is nothing before a pipe')
    return commands


def _parse_step(words: Sequence[str]) -> Recording:
    program = os.path.basename(words[0])
    if program not in _PROGRAMS:
        raise NotUnderstoodError(f'the command {program[:50]!r} is not one of {", ".join(sorted(_PROGRAMS))}')
    return _PROGRAMS[program](list(words[1:]))


class _Options(NamedTuple):
    """Options of a program that do not change what is heard."""

    alone: Sequence[str]
    with_value: Sequence[str]


def _positional(program: str, words: List[str], options: _Options) -> List[str]:
    """Returns the words that are no options and no values of options."""
    rest, index = [], 0
    while index < len(words):
        word = words[index]
        name = word.partition('=')[0] if word.startswith('--') else word
        if name in options.with_value and not (name != word):
            index += 1
        elif not (word in options.alone or name in options.with_value):
            if word.startswith('-') and word != STANDARD_STREAM:
                raise NotUnderstoodError(f'the option {word[:50]} of {program} is not understood')
            rest.append(word)
        index += 1
    return rest


def _one(program: str, words: List[str]) -> str:
    """Returns the file that a program reads, standard input where it names none."""
    if len(words) > 1:
        raise NotUnderstoodError(f'{program} reads or does more than one thing: {" ".join(words)[:80]}')
    return words[0] if words else STANDARD_STREAM


def _cat(words: List[str]) -> Recording:
    return Recording(_one('cat', _positional('cat', words, _Options((), ()))))


_FLAC = _Options(('--stdout', '--decode', '--silent', '--totally-silent', '--decode-through-errors'), ())
_FLAC_LETTERS = re.compile('-[cdsF]+')  # -c -d -s, or -cds


def _flac(words: List[str]) -> Recording:
    letters = [word for word in words if _FLAC_LETTERS.fullmatch(word)]
    if 'd' not in ''.join(letters) and '--decode' not in words:
        raise NotUnderstoodError('flac does not decode (-d)')
    return Recording(_one('flac', _positional('flac', [word for word in words if word not in letters], _FLAC)))


_SPH2PIPE = _Options(('-p', '-a', '-u'), ('-f', '-c'))


def _sph2pipe(words: List[str]) -> Recording:
    channel = _value(words, '-c')
    if channel not in (None, '1', '2'):
        raise NotUnderstoodError(f'{channel!r} is no channel')
    files = _positional('sph2pipe', words, _SPH2PIPE)
    # A second name, if it is that of standard output, says nothing new.
    source = _one('sph2pipe', files[:1] if files[1:] == [STANDARD_STREAM] else files)
    return Recording(source, int(channel) - 1 if channel else None)


_FFMPEG = _Options(('-nostdin', '-y', '-n', '-vn', '-sn', '-dn', '-hide_banner', '-nostats', '-xerror'),
                   ('-i', '-f', '-ar', '-ac', '-acodec', '-c:a', '-codec:a', '-sample_fmt', '-b:a', '-v', '-loglevel',
                    '-threads', '-map_channel', '-fflags', '-map_metadata'))
_FFMPEG_OUTPUTS = (STANDARD_STREAM, 'pipe:1', 'pipe:', '/dev/stdout')


def _ffmpeg(words: List[str]) -> Recording:
    sources = [after for word, after in zip(words, words[1:]) if word == '-i']
    if len(sources) != 1:
        raise NotUnderstoodError('ffmpeg does not read exactly one file (-i)')
    outputs = _positional('ffmpeg', words, _FFMPEG)
    if len(outputs) != 1 or outputs[0] not in _FFMPEG_OUTPUTS:
        raise NotUnderstoodError(f'ffmpeg does not write to standard output: {" ".join(outputs)[:80]}')
    chosen = _value(words, '-map_channel')
    channel = re.fullmatch(r'0\.0\.(\d)', chosen) if chosen else None
    if chosen and not channel:
        raise NotUnderstoodError(f'-map_channel {chosen[:50]} of ffmpeg is not understood')
    before = words[:words.index('-i')]
    _require_header(_value(before, '-f'), sources[0])
    source = STANDARD_STREAM if sources[0] in ('pipe:0', 'pipe:', '/dev/stdin') else sources[0]
    return Recording(source, int(channel.group(1)) if channel else None)


_SOX = _Options(('-V', '-V0', '-V1', '-V2', '-V3', '-q', '-G', '-D', '-R', '-S', '-B', '-L', '-s', '-u', '--no-dither',
                 '--guard'),
                ('-t', '-r', '-b', '-c', '-e', '--type', '--rate', '--bits', '--channels', '--encoding', '--endian',
                 '--buffer'))
_SOX_ATTACHED = re.compile('-[rbct][^-]+')  # -r16000
_RAW = re.compile('raw|s[0-9]+(le|be)?|u[0-9]+(le|be)?|sw|sl|sb|ub|uw|ul|al|mulaw|alaw|f32(le)?')
_SOX_RATE = ('-q', '-l', '-m', '-h', '-v', '-s', '-L', '-I', '-M')


def _sox(words: List[str]) -> Recording:
    """Of `sox [options] IN [options] OUT [effects]`: effects that choose a channel or a rate only."""
    files: List[str] = []
    index = 0
    while index < len(words) and len(files) < 2:
        word = words[index]
        takes_value = word in _SOX.with_value
        if not (takes_value or word in _SOX.alone or _SOX_ATTACHED.fullmatch(word)):
            files += _positional('sox', [word], _SOX)
        index += 2 if takes_value else 1
    if len(files) != 2 or files[1] != STANDARD_STREAM and files[1] != '/dev/stdout':
        raise NotUnderstoodError('sox does not read one file and write to standard output')
    _require_header(_value(words[:words.index(files[0])], '-t'), files[0])
    return Recording(files[0], _channel_of_effects(words[index:]))


def _require_header(type_name: Optional[str], path: str) -> None:
    """Raises NotUnderstoodError if a file is said to be one that does not say itself what is in it."""
    if type_name and path != STANDARD_STREAM and _RAW.fullmatch(type_name):
        raise NotUnderstoodError(f'{path[:80]} is raw sound ({type_name}) without a header; make WAV files of it, and name '
                                 f'these')


def _channel_of_effects(words: List[str]) -> Optional[int]:
    """Returns which channel the effects of a sox command choose."""
    channel = None
    index = 0
    while index < len(words):
        effect, argument = words[index], words[index + 1] if index + 1 < len(words) else ''
        if effect == 'remix' and re.fullmatch(r'[12]|-|1,2|1-2', argument):
            channel = int(argument) - 1 if argument.isdigit() else None
            index += 2
        elif effect == 'channels' and argument == '1':
            index += 2
        elif effect == 'rate':
            index += 1
            while index < len(words) and words[index] in _SOX_RATE:
                index += 1
            index += index < len(words) and bool(re.fullmatch(r'[\d.]+k?', words[index]))
        elif effect == 'dither':
            index += 2 if argument.startswith('-') else 1
        else:
            raise NotUnderstoodError(f'{effect[:50]!r} of sox is not understood; apply it to the files, and name these')
    return channel


def _value(words: List[str], option: str) -> Optional[str]:
    """Returns what follows an option, None without it."""
    return next((after for word, after in zip(words, words[1:]) if word == option), None)


_PROGRAMS: Dict[str, Callable[[List[str]], Recording]] = {
    'cat': _cat, 'ffmpeg': _ffmpeg, 'flac': _flac, 'sox': _sox, 'sph2pipe': _sph2pipe}
