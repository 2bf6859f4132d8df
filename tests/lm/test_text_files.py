"""Text files as people have them: compressed, damaged, in another encoding, endless."""

import gzip
import io
import os
import threading

import pytest

from deepspeech_training.console import display
from deepspeech_training.errors import DataError
from deepspeech_training.lm import text_files
from deepspeech_training.lm.text_files import read_lines

TEXT = 'turn on\nthe caf\u00e9 light\r\n\nlast'


class Terminal(io.StringIO):
    def isatty(self):
        return True


def lines_of(*paths):
    return [line for _, _, line in read_lines([str(path) for path in paths], 'Reading')]


def test_plain_and_compressed_files_follow_each_other(tmp_path):
    (tmp_path / 'a.txt').write_bytes(b'\xef\xbb\xbf' + TEXT.encode('utf-8'))
    # Two compressed files in one, as `cat` makes them.
    (tmp_path / 'b.gz').write_bytes(gzip.compress(b'one\n') + gzip.compress(b'two\n'))
    assert lines_of(tmp_path / 'a.txt', tmp_path / 'b.gz') == \
        ['turn on', 'the caf\u00e9 light', '', 'last', 'one', 'two']


def test_a_pipe_is_read(tmp_path):
    path = tmp_path / 'pipe'
    os.mkfifo(str(path))
    writer = threading.Thread(target=path.write_text, args=('turn on\n',))
    writer.start()
    assert lines_of(path) == ['turn on']
    writer.join()


@pytest.mark.parametrize('content, message', [
    (b'good\ncaf\xe9\n', r'line 2: not UTF-8 .byte 0xE9'), ('na\u00efve'.encode('utf-16'), 'text in UTF-16')])
def test_the_line_of_another_encoding_is_named(tmp_path, content, message):
    (tmp_path / 'text.txt').write_bytes(content)
    with pytest.raises(DataError, match=message):
        lines_of(tmp_path / 'text.txt')


def test_missing_and_damaged_files_are_named(tmp_path):
    with pytest.raises(DataError, match='none.txt.*No such file'):
        lines_of(tmp_path / 'none.txt')
    with pytest.raises(DataError, match='directory'):
        lines_of(tmp_path)
    packed = gzip.compress(os.urandom(1000).hex().encode('ascii') * 10)
    flipped = packed[:50] + bytes(byte ^ 0xff for byte in packed[50:70]) + packed[70:]
    for name, content in (('plain.gz', b'not compressed'), ('cut.gz', packed[:50]), ('flipped.gz', flipped)):
        (tmp_path / name).write_bytes(content)
        with pytest.raises(DataError, match=name):
            lines_of(tmp_path / name)


def test_a_file_without_line_ends_does_not_fill_the_memory(tmp_path, monkeypatch):
    monkeypatch.setattr(text_files, 'MAX_LINE_BYTES', 100)
    (tmp_path / 'text.txt').write_text('short\n' + 'endless ' * 1000)
    with pytest.raises(DataError, match='line 2 is longer than 100 bytes'):
        lines_of(tmp_path / 'text.txt')


def test_a_long_text_shows_a_bar_on_a_terminal_only(tmp_path, monkeypatch):
    monkeypatch.setenv('TERM', 'xterm')
    monkeypatch.setenv('COLUMNS', '60')
    monkeypatch.setattr(display, 'REDRAW_S', 0.)
    (tmp_path / 'text.txt').write_text('turn on the light\n' * 25000)
    path = str(tmp_path / 'text.txt')

    def shown(stream):
        assert sum(1 for _ in read_lines([path, path], 'Counting words', stream)) == 50000
        return stream.getvalue()
    assert shown(Terminal()) == ''  # short
    monkeypatch.setattr(text_files, 'SHORT_BYTES', 1000)
    assert shown(io.StringIO()) == ''
    drawn = [line for line in shown(Terminal()).replace('\x1b[J', '').split('\r') if 'Counting words' in line]
    assert '0.00 of 0.90 MB |       ' in drawn[0] and '0.90 of 0.90 MB |####' in drawn[-2]
    assert drawn[-1].startswith('Counting words | 0.90 MB | ') and drawn[-1].endswith(' MB/s\n')
    assert len(drawn) > 4 and all(len(line) <= 60 for line in drawn)


@pytest.mark.parametrize('content', [
    b'turn on\rturn off\rlast', b'turn on\rturn off\r\nlast\r', b'turn on\nturn off\rlast\r\n'])
def test_every_line_end_ends_a_line(tmp_path, content):
    (tmp_path / 'text.txt').write_bytes(content)
    assert lines_of(tmp_path / 'text.txt') == ['turn on', 'turn off', 'last']


@pytest.mark.parametrize('line_end', ['\n', '\r', '\r\n'])
def test_the_limit_of_a_line_is_no_limit_of_a_text(tmp_path, monkeypatch, line_end):
    """Wherever the reading in pieces cuts a text whose lines end with CR, the lines are the same."""
    lines = [str(number) * (number % 7) for number in range(60)] + ['end']
    (tmp_path / 'text.txt').write_bytes(line_end.join(lines).encode())
    for limit in range(15, 60):
        monkeypatch.setattr(text_files, 'MAX_LINE_BYTES', limit)
        assert lines_of(tmp_path / 'text.txt') == lines, limit


def test_compressed_text_is_known_by_its_content(tmp_path):
    (tmp_path / 'text.txt').write_bytes(gzip.compress(TEXT.encode('utf-8')))
    assert lines_of(tmp_path / 'text.txt')[-1] == 'last'
    (tmp_path / 'plain.gz').write_bytes(b'plain\n')
    with pytest.raises(DataError, match='plain.gz: no gzip archive in spite of its name'):
        lines_of(tmp_path / 'plain.gz')


@pytest.mark.parametrize('content, cause', [
    (b'<html><body>', 'this is a web page, not a text'), (b'PK\x03\x04' + bytes(40), 'a zip archive'),
    (b'version https://git-lfs.github.com/spec/v1\n', 'a pointer of Git LFS'), (b'\\data\\\nngram 1=3\n', 'in ARPA format'),
    (b'mmap lm http://kheafield.com/code format version 5\n\0', 'a binary language model of KenLM')])
def test_what_is_no_text_is_called_what_it_is(tmp_path, content, cause):
    for name, stored in (('text.txt', content), ('text.gz', gzip.compress(content))):
        (tmp_path / name).write_bytes(stored)
        with pytest.raises(DataError, match=cause):
            lines_of(tmp_path / name)


def test_devices_and_pipes_without_a_writer_are_called_that(tmp_path, monkeypatch):
    monkeypatch.setattr(text_files, '_PIPE_WAIT_S', 0.1)
    os.mkfifo(str(tmp_path / 'pipe'))
    for path, kind in ((tmp_path / 'pipe', 'a named pipe to which nobody writes'), ('/dev/zero', 'a device, not a file')):
        with pytest.raises(DataError, match=kind):
            lines_of(path)
