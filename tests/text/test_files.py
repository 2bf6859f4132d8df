"""Text files: which encodings are read, what is refused as something else, and that nothing is waited for."""

import os
import threading

import pytest

from deepspeech_training.errors import DataError
from deepspeech_training.text.alphabet import Alphabet
from deepspeech_training.text.files import foreign_content, open_pipe, read_text

ALPHABET = ' \na\nb\n\u00e9\n'


@pytest.mark.parametrize('encoding', ['utf-8', 'utf-8-sig', 'utf-16', 'utf-32'])
@pytest.mark.parametrize('line_end', ['\n', '\r', '\r\n'])
def test_an_alphabet_is_read_in_every_encoding_that_says_which_it_is(tmp_path, encoding, line_end):
    path = tmp_path / 'alphabet.txt'
    path.write_bytes(ALPHABET.replace('\n', line_end).encode(encoding))
    alphabet = Alphabet.from_file(str(path))
    assert alphabet.labels == (' ', 'a', 'b', '\u00e9') and alphabet.warnings() == []


@pytest.mark.parametrize('content, line, parts', [
    (' \na\ne\u0301\n', 3, ['U+0065 U+0301, LATIN SMALL LETTER E, COMBINING ACUTE ACCENT', 'form NFC', 'U+00E9']),
    ('  \na\n', 1, ['U+0020 U+0020', 'The space is a line with exactly one blank']),
    ('# c\n\n \na\nch\n', 5, ['U+0063 U+0068', 'write one on each line']), (' \na \n', 2, ['a blank too many in the line?']),
    (' abcdefghijklmnopqrstuvwxyz\n', 1, ["' abc' ...", 'write one on each line']),
    (' \na\nb\na\n', 2, ["label 'a' stands on more than one line"])])
def test_labels_that_cannot_match_are_named_with_line_and_code_points(tmp_path, content, line, parts):
    path = tmp_path / 'alphabet.txt'
    path.write_text(content, encoding='utf-8')
    (warning,) = Alphabet.from_file(str(path)).warnings()
    assert warning.startswith(f'{path}, line {line}: ') and all(part in warning for part in parts), warning


@pytest.mark.parametrize('content, cause', [
    (b'version https://git-lfs.github.com/spec/v1\n', 'a pointer of Git LFS, not an alphabet; fetch'),
    (b'<html>', 'a web page'), (b'PK\x03\x04..', 'a zip archive'), (b'\x1f\x8b\x08..', 'a gzip archive'),
    (b'mmap lm http://kheafield.com/code format version 5\n\0', 'a binary language model of KenLM'),
    (b'a\nb\n\xe9\n', "line 3: not UTF-8 (byte 0xE9, '\u00e9' in Windows-1252)"), (b'a\n\0\nb\n', 'line 2: a zero byte'),
    (b'\x00a\x00\n' * 2, 'a zero byte, as UTF-16 without'), (b'a' * (17 << 20), 'too long for an alphabet')])
def test_what_is_no_alphabet_is_called_what_it_is(tmp_path, content, cause):
    path = tmp_path / 'alphabet.txt'
    path.write_bytes(content)
    with pytest.raises(DataError) as caught:
        Alphabet.from_file(str(path))
    assert str(path) in str(caught.value) and cause in str(caught.value), caught.value


def test_directories_pipes_and_devices_are_called_that(tmp_path):
    os.mkfifo(str(tmp_path / 'pipe'))
    for path, kind in ((tmp_path / 'pipe', 'a named pipe'), (tmp_path, 'a directory'), ('/dev/zero', 'a device')):
        with pytest.raises(DataError, match=f'{path}: cannot be read as an alphabet .it is {kind}, not a file'):
            Alphabet.from_file(str(path))


@pytest.mark.parametrize('start', [b'MZ und BZh\n', b'ID3 is a tag\n', b'Rar!\n', 'caf\u00e9'.encode(), b''])
def test_words_that_begin_other_files_are_text(start):
    assert foreign_content(start) is None


def test_a_file_without_access_is_named(tmp_path):
    with pytest.raises(DataError, match='name holds a zero byte'):
        read_text(str(tmp_path / 'a\0b'), 'a text')


def test_a_pipe_to_which_nobody_writes_is_not_waited_for(tmp_path):
    path = str(tmp_path / 'pipe')
    os.mkfifo(path)
    with pytest.raises(OSError, match='a named pipe to which nobody writes'):
        open_pipe(path, 0.1)


def test_a_writer_that_has_a_pipe_open_may_take_its_time(tmp_path):
    path = str(tmp_path / 'pipe')
    os.mkfifo(path)
    keep = os.open(path, os.O_RDWR)  # somebody may write
    writer = threading.Timer(0.5, lambda: (os.write(keep, b'late'), os.close(keep)))
    writer.start()
    with open_pipe(path, 0.1) as file:
        assert file.read() == b'late'
    writer.join()
