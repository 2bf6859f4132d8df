"""The decoder's programs: generate_scorer_package, generate_trie, enumerate_kenlm_vocabulary."""

import subprocess
import sys
from pathlib import Path

ALPHABET = str(Path(__file__).resolve().parents[2] / 'data' / 'alphabet.txt')
WEIGHTS = ['--default_alpha', '1', '--default_beta', '1']


def command(name, *arguments):
    """Returns the words that start a program as a command of the Python environment."""
    return [sys.executable, '-c', f'from ds_ctcdecoder import commands; commands.{name}()', *map(str, arguments)]


def test_no_program_writes_over_what_it_reads(tmp_path, language_model):
    binary, words = language_model('the cat sat\nthe cat\n', 2), tmp_path / 'words.txt'
    words.write_text('the cat sat\n')
    (tmp_path / 'link').symlink_to(words)
    before = (words.read_bytes(), open(binary, 'rb').read())
    for name, arguments in (
            ('generate_scorer_package', ['--lm', binary, '--vocab', words, '--alphabet', ALPHABET, '--package',
                                         words, *WEIGHTS]),
            ('generate_scorer_package', ['--lm', binary, '--vocab', words, '--alphabet', ALPHABET, '--package',
                                         tmp_path / 'link', *WEIGHTS]),
            ('generate_trie', [ALPHABET, binary, words, words]), ('generate_trie', [ALPHABET, binary, words, binary]),
            ('enumerate_kenlm_vocabulary', [binary, binary])):
        result = subprocess.run(command(name, *arguments), stderr=subprocess.PIPE, universal_newlines=True)
        assert result.returncode == 1 and result.stderr.count('\n') == 1
        assert 'would be written over' in result.stderr or 'would replace' in result.stderr
    assert (words.read_bytes(), open(binary, 'rb').read()) == before
