"""How Sphinx makes the site of these pages; `bash bin/build-docs.sh` calls it.

The pages are plain Markdown that a code host shows, too, and lie in the site as they do here, so that the same links lead to
them. What only the site has is added as pages are read: the navigation, which is the list of links on index.md by its sections
(pages of doc/ that it does not name come last), and the tables of flags, which are those that the trainer parses.
"""

import re
import sys
from pathlib import Path

HERE = Path(__file__).resolve().parent
TOP = HERE.parent
sys.path[:0] = [str(TOP / 'training'), str(TOP / 'native_client' / 'python')]

project = 'DeepSpeech'
author = copyright = 'its contributors, MPL-2.0'
extensions = ['myst_parser']
root_doc = 'doc/index'
include_patterns = ['doc/*.md', '*.md', 'native_client/README.md', 'native_client/examples/README.md', 'data/*/README.md',
                    'tests/clips/README.md']
exclude_patterns = ['.*', 'build', 'bench', 'bin', 'models', 'training', 'native_client/third_party', '**/node_modules']
html_theme = 'furo'
html_title = 'DeepSpeech'
html_static_path = ['_static']
html_css_files = ['site.css']
html_show_sphinx = False
html_extra_path = ['_extra']
html_copy_source = html_show_sourcelink = False
myst_enable_extensions = ['attrs_block']
myst_heading_anchors = 4  # links name headings as code hosts do
pygments_style, pygments_dark_style = 'friendly', 'native'
nitpicky = True

LINK = re.compile(r'\]\(([\w./-]+)\.md\)')


def toctree(caption, names):
    """Returns what Sphinx makes a part of the navigation of."""
    return '\n'.join(['```{toctree}', ':hidden:', f':caption: {caption}', '', *names, '```', ''])


def navigation(text):
    """Returns the navigation that the sections of the front page stand for, and of all pages that are in none."""
    parts = re.split(r'^## (.+)$', text, flags=re.MULTILINE)
    sections = [(caption, LINK.findall(part)) for caption, part in zip(parts[1::2], parts[2::2])]
    listed = {'index', *(name for _, names in sections for name in names)}
    others = sorted(path.stem for path in HERE.glob('*.md') if path.stem not in listed)
    return '\n'.join(toctree(caption, names) for caption, names in sections + [('More', others)] if names)


def cell(text):
    """Returns a text as it stands in a table: without what Markdown would take for its own."""
    return re.sub(r'([|<>*_\[\]])', r'\\\1', ' '.join(str(text).split()))


def written(default):
    """Returns a default as it would be typed; nothing where there is none to type."""
    if default in ('', ()) or str(default).startswith('<'):
        return ''
    return f' Default: `{str(default).lower() if isinstance(default, bool) else default}`.'


def row(flag):
    names = f'`--{flag.name}`' + (f', `--{flag.alias}`' if flag.alias else '')
    choices = f' ({", ".join(f"`{choice}`" for choice in flag.choices)})' if flag.choices else ''
    return f'| {names} | {cell(flag.help)}{choices}.{written(flag.default)} |'


def flags():
    """Returns a table for each group of flags."""
    from deepspeech_training.settings.flags import GROUPS
    lines = []
    for group, members in GROUPS.items():
        lines += ['', f'## {group.capitalize()}', '', '{.flags}', '| flag | |', '|---|---|', *map(row, members)]
    return '\n'.join(lines) + '\n'


ADDED = {'doc/index': navigation, 'doc/flags': lambda text: flags()}


def add(app, name, source):
    """Adds to the text of a page what only the site has."""
    if name in ADDED:
        source[0] += '\n' + ADDED[name](source[0])


def setup(app):
    app.connect('source-read', add)
    return {'parallel_read_safe': True}
