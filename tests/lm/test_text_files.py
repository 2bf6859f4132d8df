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
        ['turn on', 'the caf\u00e9 light\r', '', 'last', 'one', 'two']


def test_a_pipe_is_read(tmp_path):
    path = tmp_path / 'pipe'
    os.mkfifo(str(path))
    writer = threading.Thread(target=path.write_text, args=('turn on\n',))
    writer.start()
    assert lines_of(path) == ['turn on']
    writer.join()


@pytest.mark.parametrize('content, message', [
    (b'good\ncaf\xe9\n', r'line 2, byte 0xe9'), ('na\u00efve'.encode('utf-16'), 'line 1, byte 0xff')])
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
