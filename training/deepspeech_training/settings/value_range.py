"""A value of an augmentation that may wander over the training and scatter from utterance to utterance.

    v        always v
    v~r      uniform from v - r to v + r
    a:b      from a when the training begins to b when it ends
    a:b~r    the same, uniform within r around it
"""

from typing import Callable, NamedTuple, Optional, Union

from ..errors import ConfigError

Number = Union[int, float]
INFINITE = float('inf')


class Range(NamedTuple):
    """Values that an augmentation picks from. What is picked lies within the limits, whatever the radius."""

    start: Number
    end: Number
    radius: Number = 0
    is_whole: bool = False
    least: float = -INFINITE
    most: float = INFINITE

    def pick(self, clock: float, uniform: float) -> Number:
        """Returns a value; whole ones are rounded, halves to even.

        Args:
          clock: how far the training is, from 0 to 1; beyond that, as the nearer end.
          uniform: what chance gives, in [0, 1).
        """
        centre = self.start + min(1., max(0., clock)) * (self.end - self.start)
        value = min(self.most, max(self.least, centre + self.radius * (2 * uniform - 1)))
        return round(value) if self.is_whole else value

    @property
    def lowest(self) -> float:
        """Nothing lower is ever picked."""
        return max(self.least, min(self.start, self.end) - self.radius)

    @property
    def highest(self) -> float:
        """Nothing higher is ever picked."""
        return min(self.most, max(self.start, self.end) + self.radius)

    def __str__(self) -> str:
        centre = f'{self.start:g}' if self.start == self.end else f'{self.start:g}:{self.end:g}'
        return centre + (f'~{self.radius:g}' if self.radius else '')


def parse_range(text: str, is_whole: bool, least: float = -INFINITE, most: float = INFINITE) -> Range:
    """Returns the Range that a text says.

    Args:
      text: in one of the forms above.
      is_whole: whether its values are whole numbers; then so are those in the text.
      least, most: limits of start and end; a radius may reach beyond them, what is picked does not.
    Raises:
      ConfigError: it is no range or leaves the limits; the rest of a sentence, for whoever knows what the text belongs to.
    """
    centre, has_radius, radius = text.partition('~')
    start, has_end, end = centre.partition(':')
    if '~' in radius or ':' in radius or ':' in end:
        raise ConfigError('a value is v, v~radius, start:end or start:end~radius')
    parse = whole_number if is_whole else number
    first = parse(start)
    last = parse(end) if has_end else first
    for value in (first, last):
        if not least <= value <= most:
            raise ConfigError(f'it lies {limits(least, most)}')
    around = parse(radius) if has_radius else 0
    if around < 0:
        raise ConfigError('a radius is not below 0')
    return Range(first, last, around, is_whole=is_whole, least=least, most=most)


def limits(least: float, most: float) -> str:
    """Returns e.g. `from 0 to 1`."""
    if most == INFINITE:
        return f'at {least:g} or above'
    return f'from {least:g} to {most:g}'


def number(text: str) -> float:
    """Returns the finite number in a text. Raises ConfigError, see `parse_range`."""
    value = _converted(float, text)
    if value is None or value != value or value in (INFINITE, -INFINITE):
        raise ConfigError('a number is needed' if text.strip() else 'a number is missing')
    return value


def whole_number(text: str) -> int:
    """Returns the whole number in a text. Raises ConfigError, see `parse_range`."""
    value = _converted(int, text)
    if value is None or abs(value) >= 2 ** 31:
        raise ConfigError('a whole number is needed' if text.strip() else 'a number is missing')
    return int(value)


def _converted(convert: Callable[[str], Number], text: str) -> Optional[Number]:
    try:
        return convert(text) if '_' not in text else None  # Python takes 1_000
    except ValueError:
        return None
