"""French texts as they are spoken: signs, English in them, times and numbers become words."""

import re

_SIGNS = (('C0²', 'CO 2'), ('CO²', 'CO 2'), ('[end]', ' '), ('m²', 'mètres carrés'), ('¸c', ' ç'), ('%', ' pourcents '),
          ('/', ', '), ('-', ', '), ('+', ' plus '), ('€', ' euros '), ('°', ' degré '), ('B2B', 'B to B'), ('B2C', 'B to C'),
          ('#', ' hashtag '), ('@', ' at '), ('’', "'"))
_DOTS = re.compile(r'\.{2,}|…')
_GROUPS = re.compile('(?<![\\d,.])\\d{1,3}(?:[ \u00a0\u202f]\\d{3})+(?![\\d])')
_TIME = re.compile(r'(?<![\d:])(\d{1,2}) ?[:hH] ?(\d{2})(?::(\d{2}))?(?![\d:])')
_HOUR = re.compile(r'(?<![\d:])(\d{1,2}) ?[hH](?!\w)()')
_NUMBER = re.compile(r'(\d+)(?:[,.](\d+))?[^\w]*')
_ORDINAL = re.compile(r'(\d+)(er|ère|re|e|ème|eme|ième)s?([^\w]*)')
_UNITS = ('zéro', 'un', 'deux', 'trois', 'quatre', 'cinq', 'six', 'sept', 'huit', 'neuf', 'dix', 'onze', 'douze', 'treize',
          'quatorze', 'quinze', 'seize', 'dix-sept', 'dix-huit', 'dix-neuf')
_TENS = {2: 'vingt', 3: 'trente', 4: 'quarante', 5: 'cinquante', 6: 'soixante', 8: 'quatre-vingt'}
_POWERS = ((10 ** 9, 'milliard'), (10 ** 6, 'million'))
MOST_DIGITS = 12  # longer numbers are read digit by digit


def as_spoken(text: str) -> str:
    """Returns a text without digits, as far as they stand for numbers, times and names such as G20."""
    for sign, words in _SIGNS:
        text = text.replace(sign, words)
    text = _DOTS.sub('.', text).replace('., ', ', ')
    text = _GROUPS.sub(lambda match: re.sub(r'\D', '', match.group()), text)
    text = _HOUR.sub(_spoken_time, _TIME.sub(_spoken_time, text))
    return ' '.join(_spoken_word(word) if re.search(r'\d', word) else word for word in text.split())


def _spoken_time(match: 're.Match[str]') -> str:
    amounts = [(int(number), name) for number, name in zip(match.groups(), ('heure', 'minute', 'seconde')) if number]
    spoken = [f'{cardinal(number, is_feminine=True)} {name}{"s" if number > 1 else ""}' for number, name in amounts]
    return f' {" ".join(spoken[:-1])} et {spoken[-1]} ' if len(spoken) > 1 else f' {spoken[0]} '


def _spoken_word(word: str) -> str:
    """Returns a word with digits as it is spoken."""
    ordinal_of = _ORDINAL.fullmatch(word)
    if ordinal_of and len(ordinal_of.group(1)) <= MOST_DIGITS:
        return ordinal(int(ordinal_of.group(1)), is_feminine=ordinal_of.group(2) in ('ère', 're'))
    number = _NUMBER.fullmatch(word)
    if number and len(number.group(1)) <= MOST_DIGITS and not (number.group(1).startswith('0') and len(number.group(1)) > 1):
        whole, decimals = number.groups()
        return cardinal(int(whole)) + (f' virgule {_decimals(decimals)}' if decimals else '')
    return ' '.join(re.sub(r'\d', lambda digit: f' {_UNITS[int(digit.group())]} ', word).split())


def _decimals(digits: str) -> str:
    """Returns how the digits behind a decimal point are read: zeros first, then a number."""
    rest = digits.lstrip('0')
    words = ['zéro'] * (len(digits) - len(rest))
    return ' '.join(words + ([cardinal(int(rest))] if rest and len(rest) <= 3 else [_UNITS[int(digit)] for digit in rest]))


def cardinal(number: int, is_feminine: bool = False) -> str:
    """Returns a whole number from 0 to less than 10 ** MOST_DIGITS in words: 71 is `soixante et onze`."""
    words = []
    rest = number
    for power, name in _POWERS:
        if rest >= power:
            words.append(f'{_below_1000(rest // power)} {name}{"s" if rest // power > 1 else ""}')
            rest %= power
    if rest >= 1000:
        words.append('mille' if rest // 1000 == 1 else f'{_below_1000(rest // 1000, is_last=False)} mille')
        rest %= 1000
    if rest or not words:
        words.append(_below_1000(rest))
    spoken = ' '.join(words)
    return f'{spoken}e' if is_feminine and re.search(r'\bun$', spoken) else spoken


def ordinal(number: int, is_feminine: bool = False) -> str:
    """Returns a place in an order in words: 9 is `neuvième`."""
    if number == 1:
        return 'première' if is_feminine else 'premier'
    spoken = cardinal(number)
    if re.search(r'(vingt|cent|million|milliard)s$', spoken):
        spoken = spoken[:-1]
    endings = (('cinq', 'cinqu'), ('neuf', 'neuv'))
    spoken = next((spoken[:-len(end)] + stem for end, stem in endings if spoken.endswith(end)), spoken)
    return (spoken[:-1] if spoken.endswith('e') else spoken) + 'ième'


def _below_1000(number: int, is_last: bool = True) -> str:
    """Returns a number below 1000; `is_last`: no `mille` follows, before which `cent` and `vingt` never have an s."""
    hundreds, rest = divmod(number, 100)
    words = []
    if hundreds:
        words.append('cent' if hundreds == 1 else f'{_UNITS[hundreds]} cent{"" if rest or not is_last else "s"}')
    if rest or not hundreds:
        words.append(_below_100(rest, is_last))
    return ' '.join(words)


def _below_100(number: int, is_last: bool) -> str:
    if number < len(_UNITS):
        return _UNITS[number]
    tens, unit = divmod(number, 10)
    if tens in (7, 9):
        tens, unit = tens - 1, unit + 10
    if not unit:
        return _TENS[tens] + ('s' if tens == 8 and is_last else '')
    return f'{_TENS[tens]} et {_UNITS[unit]}' if unit in (1, 11) and tens != 8 else f'{_TENS[tens]}-{_UNITS[unit]}'
