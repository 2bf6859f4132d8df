"""Files of flags: one per line as `--name=value` or `--name value`, `#` and `//` begin comments, `--flagfile` names another."""

import os
from typing import FrozenSet, Iterator, List, Sequence

from ..errors import ConfigError, DataError
from ..text.files import LINE_END, read_text

FLAG = '--flagfile'
MAX_BYTES = 1 << 20  # of a file; all flags with their comments take a hundredth of that
MAX_WORDS = 10000  # of a command line with all its files: files that name each other twice would fill the memory
_NAMES = (FLAG, FLAG[1:])


def expanded(words: Sequence[str]) -> List[str]:
    """Returns the words of a command line, without the program's name, with those of its flagfiles in their place.

    A flagfile that names itself, directly or through others, is read once.

    Raises:
      ConfigError: a file cannot be read or is no text, or there are more than `MAX_WORDS` words.
    """
    result = []
    for word in _expanded(list(words), frozenset()):
        result.append(word)
        if len(result) > MAX_WORDS:
            raise ConfigError(f'more than {MAX_WORDS} words on the command line and in its flagfiles; name each flagfile once.')
    return result


def _expanded(words: List[str], opened: FrozenSet[str]) -> Iterator[str]:
    place = 0
    while place < len(words):
        word, place = words[place], place + 1
        name, has_value, path = word.partition('=')
        if word == '--':
            yield from words[place - 1:]
            return
        if name not in _NAMES:
            yield word
            continue
        if not has_value:
            if place == len(words):
                raise ConfigError(f'{FLAG} stands without a file; write {FLAG}=PATH.')
            path, place = words[place], place + 1
        path = os.path.expanduser(path.strip())
        if path and os.path.realpath(path) not in opened:
            yield from _expanded(_lines(path), opened | {os.path.realpath(path)})


def _lines(path: str) -> List[str]:
    """Returns the words of a flagfile, one for each line that is no comment."""
    try:
        # Names of files in it may be of any bytes.
        text = read_text(path, 'a file of flags', MAX_BYTES, FLAG, errors='surrogateescape').text
    except DataError as error:
        raise ConfigError(str(error)) from error
    lines = [line.strip() for line in LINE_END.split(text)]
    return [_one_word(line) for line in lines if line and not line.startswith(('#', '//'))]


def _one_word(line: str) -> str:
    """Returns a line as one word: `--name value` is written with an equals sign."""
    name, _, value = line.partition(' ')
    return f'{name}={value.strip()}' if line.startswith('-') and value and '=' not in name else line
