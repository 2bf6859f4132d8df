"""Every flag with values that nobody means: taken, or refused in one sentence; no traceback, no number without end."""

import json
import os
import subprocess
import sys
import unicodedata
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
LARGE = ['2147483648', '-2147483649', '9223372036854775808', '1' + '0' * 30, '1' + '0' * 5000]
ENDLESS = ['inf', '-inf', 'nan', '1e400', '-1e400', '1e39']
VALUES = {
    'int': LARGE + ['2147483647', '-2147483648', '-1', '0', '1e20', 'nan', '0x10', '', '1.5', '\u0663', 'x'],
    'float': ENDLESS + ['', 'x', '1e-400', '-1', '0', '1e30', '0.99999999999'],
    'bool': ['maybe', '2', '', 'TRUE', 'yes', 'nan'],
    'string': ['', '/dev/zero', '/', 'a\nb', 'a\x1b[31mb', 'a\u2028b', 'x' * 100000, '\u202e', '-', '--', '/nonexistent/x',
               '\U0001f642', ' ', 'a\0b', '%s', '{}', ',', '~']}
# Runs in a process of its own, as absl's flags are global. Prints [flag, kind, value, its error or '', what went to stderr].
ANSWERS = '''
import contextlib, io, json, sys
from absl.flags import FLAGS as known
from deepspeech_training.errors import DeepSpeechError
from deepspeech_training.settings import command_line, flags, legacy_flags
from deepspeech_training.settings.from_flags import asked_for

command_line.define()
given = json.load(sys.stdin)

def answer(words):
    for name in known:
        known[name].unparse()
    try:
        asked_for(command_line.parse(['program', *words])).of_new_model()
    except DeepSpeechError as error:
        return str(error)
    return ''

rows = []
for name in sorted(set(flags.TABLE) | set(legacy_flags.TABLE) | {'lm', 'trie', 'scorer'}):
    kind = known[name].flag_type().split()[-1].replace('enum', 'string')
    for value in given[kind]:
        for words in ([f'--{name}={value}'], [f'--{name}', value]):
            said = io.StringIO()
            with contextlib.redirect_stderr(said):
                rows.append([name, kind, value, answer(words), said.getvalue()])
print(json.dumps(rows))
'''


@pytest.fixture(scope='module')
def rows():
    run = subprocess.run([sys.executable, '-c', ANSWERS], input=json.dumps(VALUES), cwd=str(ROOT), stdout=subprocess.PIPE,
                         check=True, universal_newlines=True, env=dict(os.environ, XDG_DATA_HOME='/data'))
    return json.loads(run.stdout)


def test_whatever_is_said_is_one_sentence(rows):
    assert len(rows) > 3000
    breaking = {chr(code) for code in range(0x110000) if unicodedata.category(chr(code)) in ('Cc', 'Zl', 'Zp')}
    assert not [(name, value[:20]) for name, _, value, error, said in rows if said or breaking.intersection(error)]


def test_whole_numbers_and_decimal_ones_have_ends(rows):
    taken = [(name, value) for name, kind, value, error, _ in rows
             if value in {'int': LARGE, 'float': ENDLESS}.get(kind, []) and not error]
    assert not taken


def test_words_that_are_no_numbers_are_called_that_in_plain_words(rows):
    for name, kind, value, error, _ in rows:
        if kind in ('int', 'float') and value == 'x':
            assert f'--{name}' in error and 'not a' in error and 'number' in error and 'base 10' not in error


@pytest.mark.parametrize('words, part', [
    (['--export_model_name', b'caf\xe9'], 'caf\\udce9: it goes into files of UTF-8 text and is none (character 4 is'),
    ([b'--alphabet_config_path=/caf\xe9'], 'caf\\udce9: cannot be read as'), ([b'\xff'], 'belongs to no flag'),
    ([b'--flagfile=/caf\xe9'], 'caf\\udce9: cannot be read as a file of flags'), ([b'--caf\xe9=1'], 'caf\\udce9'),
    (['--one_shot_infer', '/dev/zero'], 'it is a device, not a file'),
    (['--initialize_from_frozen_model', '/'], 'it is a directory, not a file'),
    (['--n_steps', '300', '--export_batch_size', '200'], '--n_steps 300 and --export_batch_size 200: at most 33900 frames'),
    (['--n_steps', '3000', '--export_tflite'], 'at most 2500 frames in a call of a TensorFlow Lite model')])
def test_the_program_ends_in_one_line(words, part):
    run = subprocess.run([sys.executable, 'DeepSpeech.py', *words], cwd=str(ROOT), stdout=subprocess.PIPE,
                         stderr=subprocess.PIPE)
    lines = run.stdout.decode('utf-8').splitlines()
    assert run.returncode == 1 and not run.stderr and len(lines) == 1 and part in lines[0]


@pytest.mark.parametrize('content, part', [
    (b'\x7fELF' + bytes(100), 'this is a program, not a file of flags'),
    (b'--epochs=3\n\xff\n', 'belongs to no flag'),
    (b'--epochs=3\n--train_files=a\0b\n', 'line 2: a zero byte'), (b'--epochs\n', 'Missing value for flag --epochs'),
    (b'epochs=3\n', "'epochs=3' belongs to no flag"), (b'x' * (2 << 20), 'too long for a file of flags'),
    (b'--noepochs=3\n', 'noepochs'), (b'--notrain=3\n', '--notrain=3 does not take an argument'),
    (b'--=3\n', 'belongs to no flag')])
def test_a_flagfile_that_is_none_is_called_what_it_is(tmp_path, content, part):
    (tmp_path / 'flags').write_bytes(content)
    run = subprocess.run([sys.executable, 'DeepSpeech.py', '--flagfile', str(tmp_path / 'flags')], cwd=str(ROOT),
                         stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    lines = run.stdout.decode('utf-8').splitlines()
    assert run.returncode == 1 and not run.stderr and len(lines) == 1 and part in lines[0], run


def test_flagfiles_that_name_each_other_are_read_once(tmp_path):
    from deepspeech_training.settings.flagfiles import expanded
    (tmp_path / 'a').write_text(f'# first\n--epochs 3\n--flagfile={tmp_path / "b"}\n\n// third\n--augment=x\r\n')
    (tmp_path / 'b').write_text(f'--early_stop true\n--flagfile {tmp_path / "a"}\n--flagfile={tmp_path}/../{tmp_path.name}/b\n')
    found = expanded(['--flagfile', str(tmp_path / 'a'), '--', f'--flagfile={tmp_path / "a"}'])
    assert found == ['--epochs=3', '--early_stop=true', '--augment=x', '--', f'--flagfile={tmp_path / "a"}']


def test_flagfiles_that_multiply_are_refused(tmp_path):
    from deepspeech_training.errors import ConfigError
    from deepspeech_training.settings.flagfiles import expanded
    for level in range(30):
        (tmp_path / str(level)).write_text(f'--flagfile={tmp_path / str(level + 1)}\n' * 2)
    (tmp_path / '30').write_text('--epochs=3\n')
    with pytest.raises(ConfigError, match='more than 10000 words'):
        expanded([f'--flagfile={tmp_path / "0"}'])
