"""Looks into pages as a reader does: what is written where, and whether a browser opens them without complaint."""

import re
import shutil
import subprocess
from html.parser import HTMLParser

CHROMIUM = shutil.which('chromium') or shutil.which('chromium-browser')


class Markup(HTMLParser):
    """What a page is made of.

    Attributes:
      tags: all names, in order.
      values: (key of the part of the page, value) of each number.
      texts: (key of the part of the page, text) of what else is written, apart from drawings, style and data.
      drawn: (key, text) of what is written beside bars of drawings.
      addresses: of links, pictures and sounds.
    """

    def __init__(self):
        super().__init__()
        self.open, self.tags, self.values, self.texts, self.drawn, self.addresses = [], [], [], [], [], []

    @property
    def key(self):
        return next((key for _, key, _ in reversed(self.open) if key), None)

    def handle_starttag(self, tag, attrs):
        self.tags.append(tag)
        attributes = dict(attrs)
        if tag == 'data':
            self.values.append((self.key, attributes['value']))
        self.addresses += [attributes[name] for name in ('src', 'href') if name in attributes]
        if tag != 'meta':
            self.open.append((tag, attributes.get('data-key'), attributes.get('class')))

    def handle_startendtag(self, tag, attrs):
        self.handle_starttag(tag, attrs)
        self.open.pop()

    def handle_endtag(self, tag):
        assert self.open.pop()[0] == tag

    def handle_data(self, data):
        tags = [tag for tag, _, _ in self.open]
        if 'svg' in tags:
            if self.open[-1][2] == 'halo':
                self.drawn.append((self.key, data))
        elif not {'data', 'style', 'script'} & set(tags) and data.strip():
            self.texts.append((self.key, data.strip()))


def parsed(html):
    """Returns the Markup of a page that is well formed."""
    markup = Markup()
    markup.feed(html)
    markup.close()
    assert markup.open == []
    return markup


def leaves(data, kinds):
    """Returns all values of some types within JSON data."""
    if isinstance(data, dict):
        return [each for value in data.values() for each in leaves(value, kinds)]
    if isinstance(data, list):
        return [each for value in data for each in leaves(value, kinds)]
    return [data] if isinstance(data, kinds) and not isinstance(data, bool) else []


def keys(data):
    """Returns all keys within JSON data."""
    if isinstance(data, dict):
        return [*data, *(each for value in data.values() for each in keys(value))]
    return [each for value in data for each in keys(value)] if isinstance(data, list) else []


def check_numbers(html, data, forms):
    """Checks that every number on a page is in the data under the key of its part.

    Args:
      html: the page.
      data: what it carries.
      forms: function that gives all ways in which a number may be written.
    Returns:
      how many numbers there are.
    """
    markup = parsed(html)
    for key, value in markup.values:
        assert value == '' or float(value) in map(float, leaves(data[key], (int, float))), (key, value)
    for key, text in markup.drawn:
        known = {written for number in leaves(data[key], (int, float)) for written in forms(number)}
        assert text in known or text in leaves(data[key], str), (key, text)
    for key, text in markup.texts:
        if key and re.search(r'\d', text):
            known = [*leaves(data[key], str), *keys(data[key])]
            known = [each.encode('utf-8', 'replace').decode('utf-8') for each in known]  # as pages write names of files
            assert any(text in each or each in text for each in known) or '95 %' in text, (key, text)
    return len(markup.values) + len(markup.drawn)


def complaints(path, scratch, scheme='light', width_px=1280):
    """Returns what a browser says on its console about a page; it must have drawn something."""
    run = subprocess.run(
        [CHROMIUM, '--headless', '--no-sandbox', '--disable-gpu', '--enable-logging=stderr', f'--user-data-dir={scratch}/user',
         f'--blink-settings=preferredColorScheme={int(scheme == "light")}', f'--screenshot={scratch}/seen.png',
         f'--window-size={width_px},900', str(path)], stdout=subprocess.PIPE, stderr=subprocess.PIPE, timeout=120)
    assert (scratch / 'seen.png').stat().st_size > 10000
    return [line for line in run.stderr.decode('utf-8', 'replace').splitlines() if 'CONSOLE' in line]
