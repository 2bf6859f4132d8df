"""Charts as inline SVG, legible on light and dark paper, with the values they show; nothing is drawn by a script.

    line_chart([Series('train', epochs, losses)], Axis('epoch', 'count'), Axis('loss'))
    histogram(Bins([0., 1., 2.], [5, 3]), Axis('duration in s'), Axis('clips', 'count'))
    bar_chart(['a', 'b'], [0.1, 0.2], Axis('CER', 'percent'))
    heat_map(posteriors, Axis('s', low=0, high=2.4), ['a', 'b', 'blank'], 'probability')

A pointer that rests on a point or a bar is told its value.
"""

from typing import Any, Dict, List, NamedTuple, Optional, Sequence, Tuple, Union

import numpy as np

from .axes import HEIGHT, NARROW, WIDE, Area, Axis, Scale, area, finite, frame, row_names, svg, ticks_of, x_axis
from .elements import Element, escaped, plain, shown
from .raster import png_data_uri, shades

N_COLOURS = 6
MAX_MARKED = 60  # points of a line that are drawn as dots, too
BAR_HEIGHT = 22
MAX_NAME = 24  # characters of a bar's name


class Series(NamedTuple):
    """A line of a chart; where `ys` is None or not finite, it has a gap."""

    name: str
    xs: Sequence[float]
    ys: Sequence[Optional[float]]


class Bins(NamedTuple):
    """How many values are within each of neighbouring ranges."""

    edges: Sequence[float]  # one more than counts
    counts: Sequence[int]


def line_chart(series: Sequence[Series], x: Axis, y: Axis, is_wide: bool = False,
               marks: Sequence[Tuple[float, str]] = ()) -> Element:
    """Returns lines over a common axis, with a legend if there are several.

    Args:
      series: the lines.
      x, y: axes.
      is_wide: whether it takes the width of the page.
      marks: (x, text) of what stands at the upper edge.
    Returns:
      data: {name: {x: [...], y: [...]}}, and {marks: [[x, text], ...]} if there are any.
    """
    data: Dict[str, Any] = {one.name: {'x': list(map(plain, one.xs)), 'y': list(map(plain, one.ys))} for one in series}
    xs = [value for one in series for value in finite(one.xs)]
    ys = [value for one in series for value in finite([each for each in one.ys if each is not None])]
    inside = area(x, xs, y, ys, (WIDE if is_wide else NARROW, HEIGHT), top=26 if marks else 10)
    written = ''.join(f'<text class="halo" x="{inside.x.place(at)}" y="14" text-anchor="middle">{escaped(name)}</text>'
                      for at, name in marks)
    lines = ''.join(_line(one, index % N_COLOURS, inside, x, y) for index, one in enumerate(series))
    markup = svg(inside, frame(inside, x, y) + lines + written, f'{y.label} over {x.label}')
    more = {'marks': [[plain(at), name] for at, name in marks]} if marks else {}
    return Element(markup + (_legend([one.name for one in series]) if len(series) > 1 else ''), dict(data, **more))


def _line(series: Series, colour: int, inside: Area, x: Axis, y: Axis) -> str:
    """Returns a line, in as many parts as gaps leave, and a dot at each value, if they are few."""
    pieces: List[List[Tuple[float, float, str]]] = [[]]
    for at, value in zip(series.xs, series.ys):
        known = plain(value)
        if known is None:
            pieces.append([])
            continue
        told = f'{series.name}, {x.label} {shown(at, x.form)}: {shown(known, y.form)}'
        pieces[-1].append((inside.x.place(at), inside.y.place(known), told))
    n_points = sum(map(len, pieces))
    parts = []
    for piece in filter(None, pieces):
        path = ' '.join(f'{left},{top}' for left, top, _ in piece)
        parts.append(f'<polyline points="{path}" fill="none" stroke="var(--c{colour})" stroke-width="1.8"/>')
        if n_points <= MAX_MARKED or len(piece) == 1:
            parts += [f'<circle cx="{left}" cy="{top}" r="2.6" fill="var(--c{colour})"><title>{escaped(told)}</title></circle>'
                      for left, top, told in piece]
    return ''.join(parts)


def _legend(names: Sequence[str]) -> str:
    marks = ' '.join(f'<span style="white-space:nowrap"><span style="color:var(--c{index % N_COLOURS})">■</span> '
                     f'{escaped(name)}</span>' for index, name in enumerate(names))
    return f'<p class="note">{marks}</p>'


def histogram(bins: Bins, x: Axis, y: Axis) -> Element:
    """Returns a histogram. Data: {edges, counts}."""
    edges, counts = [plain(edge) for edge in bins.edges], [plain(count) for count in bins.counts]
    inside = area(x, edges, y._replace(low=0.), counts)
    parts = []
    for begin, end, count in zip(edges, edges[1:], counts):
        left, right, top = inside.x.place(begin), inside.x.place(end), inside.y.place(count)
        told = f'{shown(begin, x.form)} to {shown(end, x.form)}: {shown(count, y.form)}'
        parts.append(f'<rect x="{left}" y="{top}" width="{max(0.5, right - left - 0.8):.2f}" '
                     f'height="{inside.y.begin - top:.2f}" fill="var(--c0)"><title>{escaped(told)}</title></rect>')
    markup = svg(inside, frame(inside, x, y) + ''.join(parts), f'{y.label} by {x.label}')
    return Element(markup, {'edges': edges, 'counts': counts})


def bar_chart(names: Sequence[str], values: Sequence[float], axis: Axis,
              intervals: Optional[Sequence[Tuple[float, float]]] = None) -> Element:
    """Returns bars from left to right, one below the other, each with its name and value.

    Args:
      names, values: of the bars.
      axis: of the values; it begins at 0.
      intervals: (low, high) of each value, drawn as a whisker.
    Returns:
      data: a list of {name, value} or {name, value, low, high}.
    """
    data = [{'name': name, 'value': plain(value)} for name, value in zip(names, values)]
    for item, interval in zip(data, intervals or ()):
        item.update(low=plain(interval[0]), high=plain(interval[1]))
    numbers = [item.get(key) or 0. for item in data for key in ('value', 'high')]
    left = 12 + 6.8 * min(MAX_NAME, max((len(name) for name in names), default=1))
    bottom = 8 + BAR_HEIGHT * len(data)
    high = axis.high if axis.high is not None else max(numbers, default=0.) or 1.
    inside = Area(NARROW, bottom + 42, Scale(0., high, left, NARROW - 62), Scale(0., 1., bottom, 6))
    bars = ''.join(_bar(item, 8 + BAR_HEIGHT * index, inside, axis) for index, item in enumerate(data))
    return Element(svg(inside, _ruler(inside, axis) + bars, axis.label), data)


def _ruler(inside: Area, axis: Axis) -> str:
    bottom, middle = inside.y.begin, (inside.x.begin + inside.x.end) / 2
    ticks = ticks_of(inside.x, axis, 4)
    return ''.join(f'<line class="grid" x1="{place}" x2="{place}" y1="6" y2="{bottom}"/>'
                   f'<text class="tick" x="{place}" y="{bottom + 15}" text-anchor="middle">{told}</text>'
                   for place, told in ticks) + (
        f'<text x="{middle:g}" y="{bottom + 34}" text-anchor="middle">{escaped(axis.label)}</text>')


def _bar(item: Any, top: float, inside: Area, axis: Axis) -> str:
    begin, middle = inside.x.begin, top + BAR_HEIGHT / 2
    name = item['name']
    if len(name) > MAX_NAME:  # of a path the end tells more
        name = f'…{name[-MAX_NAME + 1:]}' if '/' in name else f'{name[:MAX_NAME - 1]}…'
    end = inside.x.place(min(item['value'] or 0., inside.x.high))
    told = f'{item["name"]}: {shown(item["value"], axis.form)}'
    parts = [f'<text x="{begin - 6:g}" y="{middle + 4:g}" text-anchor="end">{escaped(name)}</text>'
             f'<rect x="{begin:g}" y="{top + 3:g}" width="{max(0.5, end - begin):.2f}" height="{BAR_HEIGHT - 7}" '
             f'fill="var(--c0)" opacity="0.85"><title>{escaped(told)}</title></rect>']
    place = end
    if item.get('low') is not None and item.get('high') is not None:
        low, place = [inside.x.place(min(item[key], inside.x.high)) for key in ('low', 'high')]
        parts.append(f'<path class="whisker" d="M{low} {middle - 4:g}v8m0 -4H{place}m0 -4v8"/>')
    parts.append(f'<text class="halo" x="{max(end, place) + 5:g}" y="{middle + 4:g}">{shown(item["value"], axis.form)}</text>')
    return ''.join(parts)


def heat_map(values: np.ndarray, x: Axis, rows: Union[Axis, Sequence[str]], label: str, height: float = HEIGHT) -> Element:
    """Returns a picture of a matrix over the whole width; dark is low, bright is high.

    Args:
      values: float [n_columns, n_rows], the first row is drawn at the bottom; finite.
      x: of the columns; needs `low` and `high`.
      rows: an axis with `low` and `high`, or the name of each row.
      label: what the values are.
      height: of the chart.
    Returns:
      data: {what, columns, rows, low, high}: the pixels are in the picture alone.
    """
    low, high = (float(values.min()), float(values.max())) if values.size else (0., 0.)
    names = None if isinstance(rows, Axis) else list(rows)
    y = rows if isinstance(rows, Axis) else Axis('', low=0., high=float(len(rows)))
    inside = area(x, [], y, [], (WIDE, height))
    width, tall = inside.x.end - inside.x.begin, inside.y.begin - inside.y.end
    image = (f'<image x="{inside.x.begin:g}" y="{inside.y.end:g}" width="{width:g}" height="{tall:g}" '
             f'preserveAspectRatio="none" href="{png_data_uri(shades(values.T[::-1], low, high))}"/>')
    around = frame(inside, x, y) if names is None else x_axis(inside, x) + row_names(inside, names)
    data = {'what': label, 'columns': values.shape[0], 'rows': names or values.shape[1], 'low': plain(low), 'high': plain(high)}
    return Element(svg(inside, around + image, label), data)
