"""The commands that build language models and scorers, run as a person runs them."""

import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from deepspeech_training.config import DecoderConfig
from deepspeech_training.decode.interface import make_decoder
from deepspeech_training.decode.scorer import load_scorer
from deepspeech_training.text.alphabet import Alphabet

ROOT = Path(__file__).resolve().parent.parent.parent
TEXT = 'turn on the light\nturn off the light\nturn on the fan\ncaf\u00e9 au lait\n'


def run(script, *arguments):
    paths = [str(ROOT / 'training')] + os.environ.get('PYTHONPATH', '').split(os.pathsep)
    environment = dict(os.environ, PYTHONPATH=os.pathsep.join(filter(None, paths)), PYTHONIOENCODING='utf-8')
    return subprocess.run([sys.executable, str(ROOT / script), *map(str, arguments)], env=environment, timeout=120,
                          stdout=subprocess.PIPE, stderr=subprocess.PIPE, universal_newlines=True, encoding='utf-8')


@pytest.fixture
def files(tmp_path):
    """A directory with text.txt and alphabet.txt."""
    (tmp_path / 'text.txt').write_text(TEXT, encoding='utf-8')
    (tmp_path / 'alphabet.txt').write_text('\n'.join(' abcdefghijklmnopqrstuvwxyz') + '\n', encoding='utf-8')
    return tmp_path


def generate_lm_arguments(files, **changes):
    options = dict(dict(input_txt=files / 'text.txt', output_dir=files, top_k=4, arpa_order=3, max_arpa_memory='100M',
                        arpa_prune='0|0|1', binary_a_bits=255, binary_q_bits=8, binary_type='trie'), **changes)
    return [part for name, value in options.items() for part in (f'--{name}', value)]


def test_make_scorer_goes_from_text_to_scorer_in_one_go(files):
    result = run('bin/make_scorer.py', files / 'text.txt', '--alphabet', files / 'alphabet.txt', '--output',
                 files / 'my.scorer', '--default_alpha', '0.5')
    assert result.returncode == 0, result.stderr
    assert '1 of 9 words' in result.stdout and 'café' in result.stdout
    alphabet = Alphabet.from_file(str(files / 'alphabet.txt'))
    assert load_scorer(str(files / 'my.scorer'), alphabet).alpha == 0.5
    rows = np.full((32, 28), 0.01)
    rows[np.arange(0, 32, 2)[:len('turn xn the ligt')], alphabet.encode('turn xn the ligt')] = 0.8
    rows[np.arange(1, 32, 2), alphabet.blank] = 0.8
    rows /= rows.sum(axis=1, keepdims=True)
    config = DecoderConfig(scorer_path=str(files / 'my.scorer'))
    assert make_decoder(config, alphabet).decode(rows)[0].text == 'turn on the light'
    assert sorted(path.name for path in files.iterdir()) == ['alphabet.txt', 'my.scorer', 'text.txt']


def test_make_scorer_says_in_one_line_what_is_wrong(files):
    for arguments, message in (
            (('none.txt', '--alphabet', files / 'alphabet.txt', '--output', files / 'x.scorer'), 'none.txt'),
            ((files / 'text.txt', '--alphabet', files / 'none', '--output', files / 'x.scorer'), 'none'),
            ((files / 'text.txt', '--alphabet', files / 'alphabet.txt', '--output', files / 'no' / 'x'), 'no'),
            ((files / 'text.txt', '--alphabet', files / 'alphabet.txt', '--output', files / 'x', '--order', 9), '9')):
        result = run('bin/make_scorer.py', *arguments)
        assert result.returncode == 1
        assert result.stderr.startswith('E ') and result.stderr.count('\n') == 1 and message in result.stderr
    assert not (files / 'x.scorer').exists()


def test_generate_lm_takes_the_published_arguments(files):
    result = run('data/lm/generate_lm.py', *generate_lm_arguments(files))
    assert result.returncode == 0, result.stderr
    assert '15 words in total, 9 of them different' in result.stdout
    assert (files / 'vocab-4.txt').read_text(encoding='utf-8') == 'turn\nthe\non\nlight'
    assert sorted(path.name for path in files.iterdir()) == ['alphabet.txt', 'lm.binary', 'text.txt', 'vocab-4.txt']


def test_generate_lm_fails_with_one_line(files):
    for changes in (dict(output_dir=files / 'none'), dict(kenlm_bins=files), dict(arpa_prune='2|1'), dict(top_k=0)):
        result = run('data/lm/generate_lm.py', *generate_lm_arguments(files, **changes))
        assert result.returncode == 1
        assert result.stderr.startswith('E ') and result.stderr.count('\n') == 1
    assert not (files / 'lm.binary').exists()
