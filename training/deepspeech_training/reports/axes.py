"""Axes of charts: where values come to lie, round ticks, grid lines and labels, as SVG.

A chart is drawn in units of which a page shows 440 in the width of half a page or of a phone (`NARROW`), 1000 in that of a
whole page (`WIDE`); text is 12 high.
"""

import math
from typing import List, NamedTuple, Optional, Sequence, Tuple

from .elements import escaped, plain, shown

NARROW, WIDE = 440, 1000  # width of a chart
HEIGHT = 260
_STEPS = (1, 2, 2.5, 5, 10)


class Scale(NamedTuple):
    """Takes values from `low` to `high` to places from `begin` to `end`."""

    low: float
    high: float
    begin: float
    end: float
    is_log: bool = False

    def place(self, value: float) -> float:
        """Returns where a value lies."""
        low, high, value = [math.log10(each) for each in (self.low, self.high, value)] if self.is_log else (
            self.low, self.high, value)
        share = (value - low) / (high - low) if high > low else 0.5
        return round(self.begin + share * (self.end - self.begin), 2)

    def ticks(self, n: int = 6) -> List[float]:
        """Returns about `n` round values within the scale."""
        return _log_ticks(self.low, self.high) if self.is_log else round_ticks(self.low, self.high, n)


class Axis(NamedTuple):
    """What an axis says of itself."""

    label: str
    form: str = 'number'  # of its ticks, see `elements.shown`
    low: Optional[float] = None  # where it begins; None: what the values want
    high: Optional[float] = None
    is_log: bool = False


class Area(NamedTuple):
    """The part of a chart within the axes."""

    width: float  # of the whole chart
    height: float
    x: Scale
    y: Scale


def ticks_of(scale: Scale, axis: Axis, n: int = 6) -> List[Tuple[float, str]]:
    """Returns (place, text) of about `n` ticks: round numbers without decimals, of what is counted whole ones only."""
    return [(scale.place(tick), shown(tick, axis.form).replace('.0 ', ' ')) for tick in scale.ticks(n)
            if axis.form != 'count' or float(tick).is_integer()]


def round_ticks(low: float, high: float, n: int = 6) -> List[float]:
    """Returns about `n` multiples of 1, 2, 2.5 or 5 times a power of ten from `low` to `high`."""
    if not high > low:
        return [low]
    rough = (high - low) / max(1, n)
    power = 10. ** math.floor(math.log10(rough))
    step = next(step * power for step in _STEPS if step * power >= rough * 0.999)
    first, last = math.ceil(low / step - 1e-9), math.floor(high / step + 1e-9)
    return [float(f'{index * step:.10g}') for index in range(first, last + 1)]


def _log_ticks(low: float, high: float) -> List[float]:
    powers = range(math.floor(math.log10(low)), math.ceil(math.log10(high)) + 1)
    factors = (1, 2, 5) if len(powers) < 4 else (1,)
    return [float(f'{factor * 10. ** power:.10g}') for power in powers for factor in factors
            if low * 0.999 <= factor * 10. ** power <= high * 1.001]


def span(values: Sequence[float], axis: Axis) -> Tuple[float, float]:
    """Returns where an axis of these finite values begins and ends; it has some length in any case."""
    low = axis.low if axis.low is not None else min(values, default=0.)
    high = axis.high if axis.high is not None else max(values, default=1.)
    if axis.is_log:
        return (low, high) if high > low else (low / 2, high * 2)
    if high <= low:
        return low - (axis.low is None) * 0.5, low + (abs(low) or 1.) * 0.5
    return low, high


def area(x: Axis, xs: Sequence[float], y: Axis, ys: Sequence[float], size: Tuple[float, float] = (NARROW, HEIGHT), *,
         top: float = 10) -> Area:
    """Returns the area for values, with room for what `frame` writes around it, and at the top."""
    width, height = size
    y_low, y_high = span(ys, y)
    labels = [text for _, text in ticks_of(Scale(y_low, y_high, 0, 1, y.is_log), y)]
    left = 30 + 6.7 * max([len(label) for label in labels] + [4 * (width == WIDE)])  # wide ones stand below each other
    x_low, x_high = span(xs, x)
    return Area(width, height, Scale(x_low, x_high, left, width - 14, x.is_log),
                Scale(y_low, y_high, height - 40, top, y.is_log))


def frame(inside: Area, x: Axis, y: Axis) -> str:
    """Returns grid lines, ticks and labels of both axes."""
    return y_axis(inside, y) + x_axis(inside, x)


def x_axis(inside: Area, x: Axis) -> str:
    """Returns the line below a chart, its ticks and its label."""
    left, right, bottom = inside.x.begin, inside.x.end, inside.y.begin
    ticks = ticks_of(inside.x, x, max(2, int((right - left) / 60)))
    marks = ''.join(f'<line class="axis" x1="{place}" x2="{place}" y1="{bottom:g}" y2="{bottom + 4:g}"/>'
                    f'<text class="tick" x="{place}" y="{bottom + 17:g}" text-anchor="middle">{told}</text>'
                    for place, told in ticks)
    return (f'<line class="axis" x1="{left:g}" x2="{right:g}" y1="{bottom:g}" y2="{bottom:g}"/>{marks}'
            f'<text x="{(left + right) / 2:g}" y="{inside.height - 5:g}" text-anchor="middle">{escaped(x.label)}</text>')


def y_axis(inside: Area, y: Axis) -> str:
    """Returns grid lines, the ticks to the left of them, and their label."""
    left, right = inside.x.begin, inside.x.end
    ticks = ticks_of(inside.y, y)
    marks = ''.join(f'<line class="grid" x1="{left:g}" x2="{right:g}" y1="{place}" y2="{place}"/>'
                    f'<text class="tick" x="{left - 5:g}" y="{place + 4:g}" text-anchor="end">{told}</text>'
                    for place, told in ticks)
    middle = (inside.y.end + inside.y.begin) / 2
    return (f'{marks}<text x="12" y="{middle:g}" text-anchor="middle" transform="rotate(-90 12 {middle:g})">'
            f'{escaped(y.label)}</text>')


def row_names(inside: Area, names: Sequence[str]) -> str:
    """Returns the names of rows that fill the area, the first at the bottom; where they are too close not all."""
    pitch = (inside.y.begin - inside.y.end) / max(1, len(names))
    every = max(1, math.ceil(11 / pitch))
    return ''.join(f'<text class="tick" x="{inside.x.begin - 5:g}" y="{inside.y.begin - (index + 0.5) * pitch + 4:.1f}" '
                   f'text-anchor="end">{escaped(name)}</text>' for index, name in enumerate(names) if index % every == 0)


def svg(inside: Area, content: str, label: str) -> str:
    """Returns a whole drawing; `label` is read to those who cannot see it."""
    return (f'<svg viewBox="0 0 {inside.width:g} {inside.height:g}" role="img" aria-label="{escaped(label)}" '
            f'xmlns="http://www.w3.org/2000/svg">{content}</svg>')


def finite(values: Sequence[float]) -> List[float]:
    """Returns the values that are numbers."""
    return [value for value in map(plain, values) if value is not None]
