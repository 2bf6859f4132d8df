"""The page on people's pains has a row for each of the thirty, and the tests that it names exist."""

import ast
import re
from pathlib import Path

import pytest

HERE = Path(__file__).resolve().parent
ROW = re.compile(r'^\| (\d+) \| (.+?) \| (answered|declined) \| (.+?) \| (.*?) ?\|$', re.MULTILINE)
ROWS = ROW.findall((HERE.parent / 'doc' / 'pains.md').read_text(encoding='utf-8'))


def functions_of(path):
    return {node.name for node in ast.parse(path.read_text(encoding='utf-8')).body if isinstance(node, ast.FunctionDef)}


def test_there_is_a_row_for_each():
    assert [int(number) for number, *_ in ROWS] == list(range(1, 31))


@pytest.mark.parametrize('number, status, how, tests', [(number, status, how, tests) for number, _, status, how, tests in ROWS],
                         ids=lambda value: value if value.isdigit() else '')
def test_what_a_row_claims_is_shown_by_tests_that_there_are(number, status, how, tests):
    named = re.findall(r'`([^`]+)`', tests)
    assert len(how) > 30 and (named or status == 'declined')
    assert re.sub(r'`[^`]+`(, )?', '', tests).strip() == ''  # nothing else stands there
    for name in named:
        path, _, function = name.partition('::')
        assert function in functions_of(HERE / path), f'{number}: no {name}'
