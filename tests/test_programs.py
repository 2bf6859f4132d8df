"""Every program says what it does, and what it lacks, without TensorFlow and without our decoder installed."""

import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
PROGRAMS = sorted([*ROOT.glob('bin/*.py'), *ROOT.glob('data/lm/*.py')])
WITHOUT = '''
import runpy, sys
sys.modules.update(dict.fromkeys(['ds_ctcdecoder', 'ds_ctcdecoder.ctcdecode', 'tensorflow']))  # None: cannot be imported
sys.argv = sys.argv[1:]
runpy.run_path(sys.argv[0], run_name='__main__')
'''


def run_bare(*arguments):
    return subprocess.run([sys.executable, '-c', WITHOUT, *map(str, arguments)], stdout=subprocess.PIPE,
                          stderr=subprocess.PIPE, universal_newlines=True)


@pytest.mark.parametrize('program', PROGRAMS, ids=lambda path: path.name)
def test_help_needs_neither_tensorflow_nor_the_decoder(program):
    result = run_bare(program, '--help')
    assert 'Traceback' not in result.stderr
    assert program.name.split('.')[0] in result.stdout and '--' in result.stdout
    assert result.returncode in (0, 1)  # 1: that of the flags' own library


@pytest.mark.parametrize('program, arguments', [
    ('make_scorer.py', ['--alphabet', ROOT / 'data' / 'alphabet.txt', '--output', 'my.scorer']),
    ('create_language_model.py', ['--output_dir', '.'])])
def test_a_missing_decoder_is_one_sentence_before_any_work(program, arguments, tmp_path):
    (tmp_path / 'text.txt').write_text('one two\n', encoding='utf-8')
    result = run_bare(ROOT / 'bin' / program, tmp_path / 'text.txt', *arguments)
    assert result.returncode not in (0, None) and result.stdout == ''
    (line,) = result.stderr.strip().split('\n')
    assert line.startswith('E the decoder cannot be loaded') and 'pip install ./native_client/ctcdecode' in line


def test_readers_of_formats_need_no_decoder_and_no_numpy():
    """The trainer asks them what a file is, before it has anything to decode."""
    code = 'import deepspeech.formats.content, sys; sys.exit("numpy" in sys.modules or "deepspeech.model" in sys.modules)'
    assert subprocess.run([sys.executable, '-c', code]).returncode == 0
