"""A self-contained HTML page: nothing is loaded from anywhere, and every number on it is in the JSON that it carries.

    page = Page('Data of train.csv', 'checked on 1 May')
    page.section('Durations')
    page.text('Most clips are short.')
    page.add('durations', figure(histogram(bins, ('duration in s', 'clips')), 'How long the clips are'))
    page.add('worst', table([Column('file', 'name'), Column('CER', 'percent')], rows))
    page.write('report.html')

What is added under a key is shown, and its data are under that key of `page.data`, of the JSON in the page
(`<script type="application/json" id="data">`), and in the attribute `data-key` of the markup.
"""

import json
import re
from typing import Any, Dict, List, Tuple, Type

from ..errors import ConfigError, DeepSpeechError
from ..paths import write_atomically
from .elements import Element, escaped
from .style import STYLE

# No script is run and nothing is loaded but what is in the page: the reader's browser sees to it.
_POLICY = "default-src 'none'; style-src 'unsafe-inline'; img-src data:; media-src data:"


class Page:
    """A page in the making.

    Args:
      title: of the page.
      lead: a sentence below it.
    """

    def __init__(self, title: str, lead: str = '') -> None:
        self.data: Dict[str, Any] = {'title': title}
        self._title, self._lead = title, lead
        self._sections: List[Tuple[str, str]] = []  # (anchor, title)
        self._parts: List[str] = []

    def section(self, title: str, text: str = '') -> None:
        """Begins a section, which the top of the page links to."""
        anchor = re.sub(r'\W+', '-', title.lower()).strip('-') or f'section-{len(self._sections)}'
        self._sections.append((anchor, title))
        self._parts.append(f'<h2 id="{escaped(anchor)}">{escaped(title)}</h2>')
        self.text(text)

    def heading(self, title: str) -> None:
        """Begins a part of a section."""
        self._parts.append(f'<h3>{escaped(title)}</h3>')

    def text(self, text: str) -> None:
        """Adds a paragraph. Numbers belong into what is added under a key."""
        if text:
            self._parts.append(f'<p>{escaped(text)}</p>')

    def warning(self, text: str) -> None:
        """Adds a paragraph that is not overlooked."""
        self._parts.append(f'<p class="warning">{escaped(text)}</p>')

    def add(self, key: str, element: Element) -> None:
        """Shows something and keeps its data under `key`, which must be new."""
        assert key not in self.data, key
        self.data[key] = element.data
        self._parts.append(f'<div data-key="{escaped(key)}">{element.html}</div>')

    def note(self, key: str, data: Any) -> None:
        """Keeps data that the page does not show."""
        assert key not in self.data, key
        self.data[key] = data

    def html(self) -> str:
        """Returns the whole page."""
        links = ''.join(f'<a href="#{escaped(anchor)}">{escaped(title)}</a>' for anchor, title in self._sections)
        lead = f'<p class="lead">{escaped(self._lead)}</p>' if self._lead else ''
        body = '\n'.join(self._parts)
        return (f'<!DOCTYPE html>\n<html lang="en"><head><meta charset="utf-8">\n'
                f'<meta http-equiv="Content-Security-Policy" content="{_POLICY}">\n'
                f'<meta name="viewport" content="width=device-width, initial-scale=1">\n'
                f'<title>{escaped(self._title)}</title>\n<style>{STYLE}</style></head>\n<body><main>\n'
                f'<h1>{escaped(self._title)}</h1>{lead}\n<nav>{links}</nav>\n{body}\n'
                f'<script type="application/json" id="data">{_embedded(self.data)}</script>\n</main></body></html>\n')

    def write(self, path: str, error: Type[DeepSpeechError] = ConfigError) -> None:
        """Writes the page, all at once. Raises `error`: it cannot be written."""
        write_atomically(path, self.html(), error)


def data_of(page: str) -> Any:
    """Returns the data that a page carries, given its text."""
    match = re.search(r'<script type="application/json" id="data">(.*?)</script>', page, re.DOTALL)
    return json.loads(match.group(1)) if match else None


def _embedded(data: Any) -> str:
    """Returns JSON that no browser takes for markup; it is ASCII, so names that are not UTF-8 do no harm."""
    written = json.dumps(data, allow_nan=False)
    return written.replace('&', '\\u0026').replace('<', '\\u003c').replace('>', '\\u003e')
