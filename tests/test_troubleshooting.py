"""The page on troubleshooting quotes messages that the programs have."""

import ast
import re
from pathlib import Path

import pytest

TOP = Path(__file__).resolve().parents[1]
PAGE = TOP / 'doc' / 'troubleshooting.md'
SOURCES = ('training/deepspeech_training', 'native_client/python/deepspeech', 'native_client/ctcdecode', 'bin')
NATIVE = ('native_client/ctcdecode', 'native_client/runtime')
FROM_THE_SYSTEM = {'Killed'}
GAP = '\0'  # what an f-string fills in


def template_of(node):
    """Returns the text of a string or f-string, with a GAP for each value in it; None for anything else."""
    if isinstance(node, ast.JoinedStr):
        return ''.join(template_of(part) or GAP for part in node.values)
    text = getattr(node, 'value', None) or getattr(node, 's', None)  # the latter on Python 3.7
    return text if isinstance(text, str) else None


@pytest.fixture(scope='module')
def texts():
    """All texts in the sources: of Python as templates, of C++ as they stand."""
    found = set()
    for path in (path for folder in SOURCES for path in TOP.glob(f'{folder}/**/*.py')):
        found.update(filter(None, map(template_of, ast.walk(ast.parse(path.read_text(encoding='utf-8'))))))
    found.update(path.read_text(encoding='utf-8') for folder in NATIVE for path in TOP.glob(f'{folder}/**/*.cc'))
    return '\n'.join(sorted(found))


def messages():
    rows = re.findall(r'^\| `([^`]+)`.*\|$', PAGE.read_text(encoding='utf-8'), re.MULTILINE)
    assert len(rows) > 30
    return [row for row in rows if row not in FROM_THE_SYSTEM]


@pytest.mark.parametrize('message', messages())
def test_a_message_on_the_page_is_one_that_programs_have(message, texts):
    parts = [re.escape(part).replace(r'\ ', ' ') for part in message.split('...')]
    assert re.search(r'[^\n]{0,200}?'.join(parts), texts), message
