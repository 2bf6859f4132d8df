"""Walks over all flags: each has its published kind and default and does what its row in `flag_table.py` says."""

import ast
import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from flag_table import PLACEHOLDER, TABLE

from deepspeech_training.settings.flags import TABLE as FLAGS

ROOT = Path(__file__).resolve().parents[2]
PACKAGE = ROOT / 'training' / 'deepspeech_training'

# Runs in a process of its own, as absl's flags are global. Reads {name: words}, prints {name: what came of them}.
ANSWERS = '''
import dataclasses, json, os, sys
from absl import app
app.define_help_flags()
from absl.flags import FLAGS as known
from deepspeech_training.settings import command_line
from deepspeech_training.errors import ConfigError
from deepspeech_training.settings.from_flags import asked_for

of_absl = set(known)
command_line.define()
described = {name: [known[name].flag_type(), known[name].default] for name in set(known) - of_absl}

def leaves(value, name=''):
    if not dataclasses.is_dataclass(value):
        return {name: value}
    parts = {}
    for field in dataclasses.fields(value):
        if field.name not in ('flags_text', 'alphabet', 'command'):
            parts.update(leaves(getattr(value, field.name), f'{name}.{field.name}' if name else field.name))
    return parts

def answer(words):
    for name in known:
        known[name].unparse()
    try:
        values = command_line.parse(['program'] + words)
        run = asked_for(values).of_new_model()
    except ConfigError as error:
        return {'error': str(error)}
    source = run.alphabet.source
    fields = dict(leaves(run), alphabet=os.path.relpath(source) if os.path.isabs(source) else source)
    return {'fields': fields, 'said': values.meanings + values.warnings, 'explicit': sorted(values.explicit),
            'text': run.flags_text}

asked = json.load(sys.stdin)
print(json.dumps({'described': described, 'answers': {name: answer(words) for name, words in asked.items()}},
                 default=str))
'''


@pytest.fixture(scope='module')
def parsed():
    """{'described': {flag: [kind, default]}, 'answers': {flag: what came of its row}}; '' is the empty command line."""
    asked = {name: row.words for name, row in TABLE.items()}
    output = subprocess.run([sys.executable, '-c', ANSWERS], input=json.dumps(dict(asked, **{'': []})), cwd=str(ROOT),
                            env=dict(os.environ, XDG_DATA_HOME='/data'), stdout=subprocess.PIPE, check=True,
                            universal_newlines=True).stdout
    return json.loads(output)


def test_every_flag_has_a_row_and_every_row_a_flag(parsed):
    assert set(parsed['described']) == set(TABLE)


@pytest.mark.parametrize('name', sorted(TABLE))
def test_kind_and_default(parsed, name):
    kind, default = parsed['described'][name]
    assert kind == TABLE[name].kind
    if TABLE[name].default == PLACEHOLDER:
        assert default.startswith('<') and default.endswith('>')
    else:
        assert default == TABLE[name].default and type(default) is type(TABLE[name].default)


@pytest.mark.parametrize('name', sorted(TABLE))
def test_a_flag_does_what_its_row_says_and_nothing_else(parsed, name):
    row, answer, base = TABLE[name], parsed['answers'][name], parsed['answers']['']['fields']
    if row.refused:
        assert row.said in answer['error'] and f'--{name}' in answer['error']
        return
    changes = {field: value for field, value in answer['fields'].items() if value != base[field]}
    assert changes == json.loads(json.dumps(row.changes))  # tuples are lists there, too
    assert row.said in ' '.join(answer['said']) and bool(row.said) == bool(answer['said'])
    assert name in answer['explicit']


@pytest.mark.parametrize('name', sorted(name for name in TABLE if name in FLAGS))
def test_a_flag_fills_the_fields_in_its_line(name):
    fields = set(FLAGS[name].fields.split())
    assert fields <= set(TABLE[name].changes) and (fields or TABLE[name].refused)


def test_every_setting_is_used_by_the_library():
    """A flag that arrives in a field nobody reads would have no effect."""
    nodes = [node for name in ('config', 'features', 'model')
             for node in ast.walk(tree(PACKAGE / 'settings' / f'{name}.py'))]
    fields = {node.target.id for node in nodes if isinstance(node, ast.AnnAssign)}
    used = {node.attr for path in PACKAGE.rglob('*.py') if path.parent.name != 'settings'
            for node in ast.walk(tree(path)) if isinstance(node, ast.Attribute)}
    computed = {node.attr for node in nodes if isinstance(node, ast.Attribute)}
    assert len(fields) > 80 and fields <= used | computed


def tree(path):
    return ast.parse(path.read_text(encoding='utf-8'))
