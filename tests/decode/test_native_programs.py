"""The decoder's programs: generate_scorer_package, generate_trie, enumerate_kenlm_vocabulary."""

import os
import subprocess
import sys
import threading
from pathlib import Path

import pytest

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


def package_of(tmp_path, binary, words, *more, name='made.scorer'):
    """Runs generate_scorer_package; returns (exit code, what it said, the package's bytes or None)."""
    package = tmp_path / name
    result = subprocess.run(command('generate_scorer_package', '--lm', binary, '--vocab', words, '--package', package, *WEIGHTS,
                                    *more), stdout=subprocess.PIPE, stderr=subprocess.STDOUT, timeout=60,
                            universal_newlines=True)
    return result.returncode, result.stdout, package.read_bytes() if package.exists() else None


@pytest.mark.parametrize('word, is_bytes', [
    ('true', True), ('True', True), ('TRUE', True), ('1', True), ('Yes', True), ('t', True), ('false', False), ('False', False),
    ('FALSE', False), ('0', False), ('No', False), ('F', False)])
def test_booleans_are_taken_as_public_recipes_write_them(tmp_path, language_model, word, is_bytes):
    binary, words = language_model('a b c\nb a\n', 2), tmp_path / 'words.txt'
    words.write_text('a b c\n')
    code, said, _ = package_of(tmp_path, binary, words, '--alphabet', ALPHABET, '--force_bytes_output_mode', word)
    assert code == 0 and ('Bytes mode' in said) is is_bytes, said


def test_another_word_than_a_boolean_is_refused(tmp_path, language_model):
    binary, words = language_model('a b c\nb a\n', 2), tmp_path / 'words.txt'
    words.write_text('a b c\n')
    assert package_of(tmp_path, binary, words, '--alphabet', ALPHABET, '--force_bytes_output_mode', 'maybe') == (
        1, 'E --force_bytes_output_mode is "maybe"; it must be true or false.\n', None)


@pytest.mark.parametrize('content, cause', [
    (b'version https://git-lfs.github.com/spec/v1\noid\n', 'this is a pointer of Git LFS; fetch the file'),
    (b'\x1f\x8b\x08' + bytes(20), 'this is a gzip archive; unpack it'), (b'<html><body>', 'this is a web page'),
    (b'\xff\xfet\0h\0e\0', 'this is text in UTF-16'), (b't\0h\0e\0', 'this is no text, it holds zero bytes'),
    (b'the\ncat\n' + b'x' * 10000000 + b'\n', 'a word of 10000000 bytes in line 3, at most 10000 are taken'),
    (b'', 'the vocabulary is empty'), (b' \n\xef\xbb\xbf', None)])
def test_a_vocabulary_that_is_none_is_called_what_it_is(tmp_path, language_model, content, cause):
    binary, words = language_model('the cat sat\nthe cat\n', 2), tmp_path / 'words.txt'
    words.write_bytes(content)
    code, said, package = package_of(tmp_path, binary, words, '--alphabet', ALPHABET)
    assert code == 1 and package is None
    assert said.splitlines()[-1].startswith('E ') and (cause is None or f'E {words}: {cause}' in said), said


def test_a_byte_order_mark_is_no_part_of_the_first_word(tmp_path, language_model):
    binary = language_model('the cat sat\nthe cat\n', 2)
    packages = []
    for content in (b'the cat', b'\xef\xbb\xbfthe\r\ncat\r\n'):
        (tmp_path / 'words.txt').write_bytes(content)
        packages.append(package_of(tmp_path, binary, tmp_path / 'words.txt', '--alphabet', ALPHABET))
    assert packages[0] == packages[1] and packages[0][0] == 0


def test_a_vocabulary_without_an_end_is_not_read(tmp_path, language_model):
    binary = language_model('the cat sat\nthe cat\n', 2)
    for path, what in (('/dev/zero', 'a device or a socket'), (tmp_path, 'a directory')):
        code, said, _ = package_of(tmp_path, binary, path, '--alphabet', ALPHABET)
        assert code == 1 and said.startswith(f'E {path}: this is {what}') and said.count('\n') == 1


def test_a_vocabulary_may_come_through_a_pipe_and_nobody_is_waited_for_without_end(tmp_path, language_model):
    binary, pipe = language_model('the cat sat\nthe cat\n', 2), tmp_path / 'pipe'
    os.mkfifo(str(pipe))
    writer = threading.Thread(target=pipe.write_text, args=('the cat\n',))
    writer.start()
    code, said, _ = package_of(tmp_path, binary, pipe, '--alphabet', ALPHABET)
    writer.join()
    assert code == 0 and '2 words in the dictionary' in said
    code, said, _ = package_of(tmp_path, binary, pipe, '--alphabet', ALPHABET)
    assert code == 1 and 'a named pipe to which nobody writes' in said
