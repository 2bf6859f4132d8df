"""Parts of a page: markup together with the data that it shows, so that what is seen and what is stored cannot differ.

    number(0.1234, 'percent')   # <data value="0.1234">12.3 %</data>, and 0.1234 in the JSON
    text('<b>')                 # &lt;b&gt;, and "<b>" in the JSON
    table([Column('WER', 'percent'), Column('said', 'text')], [[0.5, 'hello']], 'The worst')

A cell of a table may be another `Element`, for instance a player or a chart.
"""

import html
import math
from typing import Any, List, NamedTuple, Optional, Sequence, Tuple

FORMS = ('count', 'percent', 'points', 'seconds', 'hours', 'number', 'exact')  # of numbers
KINDS = (*FORMS, 'text', 'name', 'path', 'code')  # of columns: running text, text that is not wrapped, or anywhere, or with
# all its spaces


class Element(NamedTuple):
    """A part of a page."""

    html: str
    data: Any  # what it shows, ready for JSON


class Column(NamedTuple):
    """A column of a table."""

    title: str
    kind: str = 'text'  # one of KINDS


class Tile(NamedTuple):
    """One figure, written large."""

    label: str
    value: Any  # a number or a text
    form: str = 'number'  # one of FORMS
    note: str = ''  # without numbers
    interval: Optional[Tuple[float, float]] = None  # in which the value lies


def escaped(value: Any) -> str:
    """Returns text as markup; what of a file name is not UTF-8 becomes a question mark."""
    return html.escape(str(value).encode('utf-8', 'replace').decode('utf-8'), quote=True)


def shown(value: Any, form: str) -> str:
    """Returns how a number is written; a dash where there is none.

    Args:
      value: int, float or None.
      form: one of FORMS: `percent` of 0.123 is 12.3 %, `points` +12.3 pp, `number` has four digits, `exact` all.
    """
    if value is None or not math.isfinite(value):
        return '–'
    if form == 'count':
        return f'{value:,.0f}'
    if form == 'percent':
        return f'{100 * value:.1f} %' if abs(value) >= 0.01 or not value else f'{100 * value:.2g} %'
    if form == 'points':
        return f'{100 * value:+.1f} pp'
    if form == 'seconds':
        return f'{value:,.1f} s' if abs(value) >= 1 or not value else f'{value:.2g} s'
    if form == 'hours':
        return f'{value:,.1f} h' if abs(value) >= 10 else f'{value:.2g} h'
    return f'{value:.4g}' if form == 'number' else f'{value}'


def plain(value: Any) -> Any:
    """Returns a number as JSON can hold it: of NumPy's numbers Python's, of what is not finite None."""
    value = value.item() if hasattr(value, 'item') else value
    return None if isinstance(value, float) and not math.isfinite(value) else value


def number(value: Any, form: str = 'number') -> Element:
    """Returns a number, which carries its exact value."""
    value = plain(value)
    written = '' if value is None else f'{value!r}'
    return Element(f'<data value="{written}">{escaped(shown(value, form))}</data>', value)


def interval(low: Any, high: Any, form: str = 'number') -> Element:
    """Returns from where to where something lies. Data: {low, high}."""
    begin, end = number(low, form), number(high, form)
    without_unit = begin.html.replace(f' {shown(low, form).partition(" ")[2]}<', '<')
    return Element(f'<span class="interval">{without_unit} to {end.html}</span>', {'low': begin.data, 'high': end.data})


def sentence(*parts: Any) -> Element:
    """Returns a paragraph of texts and Elements. Data: a list of that of the latter."""
    made = [part if isinstance(part, Element) else Element(escaped(part), None) for part in parts]
    return Element(f'<p>{"".join(part.html for part in made)}</p>', [part.data for part in parts if isinstance(part, Element)])


def text(value: Any) -> Element:
    """Returns text, escaped."""
    return Element(escaped(value), str(value))


def table(columns: Sequence[Column], rows: Sequence[Sequence[Any]], caption: str = '') -> Element:
    """Returns a table that scrolls sideways where it is too wide.

    Args:
      columns: what each cell of a row is.
      rows: of numbers, texts or Elements; None is a dash.
      caption: what the table says.
    Returns:
      data: a list of {title of the column: value}.
    """
    made = [[_cell(value, column.kind) for value, column in zip(row, columns)] for row in rows]
    head = ''.join(f'<th scope="col"{_class(column.kind)}>{escaped(column.title)}</th>' for column in columns)
    body = '\n'.join('<tr>' + ''.join(f'<td{_class(column.kind)}>{cell.html}</td>' for cell, column in zip(row, columns))
                     + '</tr>' for row in made)
    title = f'<caption>{escaped(caption)}</caption>' if caption else ''
    return Element(f'<div class="scroll"><table>{title}<thead><tr>{head}</tr></thead>\n<tbody>{body}</tbody></table></div>',
                   [{column.title: cell.data for cell, column in zip(row, columns)} for row in made])


def tiles(items: Sequence[Tile]) -> Element:
    """Returns a row of figures, written large. Data: {label: value}, or {label: {value, low, high}} with an interval."""
    markup, data = '', {}
    for item in items:
        cell = _cell(item.value, 'text' if isinstance(item.value, str) else item.form)
        below = interval(*item.interval, item.form) if item.interval else text(item.note)
        markup += f'<div class="tile"><span>{escaped(item.label)}</span><b>{cell.html}</b><span>{below.html}</span></div>'
        data[item.label] = dict(below.data, value=cell.data) if item.interval else cell.data
    return Element(f'<div class="tiles">{markup}</div>', data)


def figures(items: Sequence[Element], layout: str = '') -> Element:
    """Returns figures or tables side by side where there is room. Data: a list of theirs.

    Args:
      items: the figures.
      layout: '' for two beside each other, `narrow` for three or more, `beside` for a figure and a wider table.
    """
    name = f'figures {layout}'.strip()
    return Element(f'<div class="{name}">{"".join(item.html for item in items)}</div>', [item.data for item in items])


def figure(content: Element, caption: str = '', is_wide: bool = False) -> Element:
    """Returns a figure; a wide one takes the whole width, and scrolls sideways on a phone."""
    below = f'<figcaption>{escaped(caption)}</figcaption>' if caption else ''
    return Element(f'<figure{" class=wide" * is_wide}><div class="scroll">{content.html}</div>{below}</figure>', content.data)


def folded(title: str, parts: Sequence[Element]) -> Element:
    """Returns what is seen after a click on its title. Data: a list of that of its parts."""
    return Element(f'<details><summary>{escaped(title)}</summary>{"".join(part.html for part in parts)}</details>',
                   [part.data for part in parts])


def _cell(value: Any, kind: str) -> Element:
    if isinstance(value, Element):
        return value
    if value is None:
        return Element('–', None)
    if kind in FORMS:
        return number(value, kind)
    if not isinstance(value, str):
        return number(value)
    made = text(value)
    return Element(f'<code>{made.html}</code>', made.data) if kind == 'code' else made


def _class(kind: str) -> str:
    name: Optional[str] = 'number' if kind in FORMS else kind
    return f' class="{name}"'


def joined(parts: Sequence[Element]) -> Element:
    """Returns parts one below the other. Data: a list of theirs."""
    markup: List[str] = [part.html for part in parts]
    return Element('\n'.join(markup), [part.data for part in parts])
