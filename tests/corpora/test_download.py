"""Downloads from a real server on this machine that can break off, resume and refuse."""

import io
import threading
from http.server import BaseHTTPRequestHandler, HTTPServer

import pytest

from deepspeech_training.console import display
from deepspeech_training.console.log import Log
from deepspeech_training.corpora.download import download
from deepspeech_training.errors import DataError

CONTENT = bytes(range(256)) * 400
LONG = bytes(range(256)) * 12000  # three megabytes


class Handler(BaseHTTPRequestHandler):
    """Serves CONTENT, with ranges; breaks off `breaks` times after half of what was asked for."""

    breaks = 0
    served_from = []

    def do_GET(self):
        if self.path == '/endless.wav':
            self.wfile.write(b'HTTP/1.0 200 OK\r\n\r\n' + LONG)
            return
        if self.path.startswith('/long.wav'):
            self.send_response(200)
            self.send_header('Content-Length', str(len(LONG)))
            self.end_headers()
            self.wfile.write(LONG)
            return
        if self.path != '/file':
            self.send_error(404)
            return
        start = int(self.headers.get('Range', 'bytes=0-')[len('bytes='):-1])
        self.served_from.append(start)
        if start >= len(CONTENT):
            self.send_response(416)
            self.send_header('Content-Range', f'bytes */{len(CONTENT)}')
            self.send_header('Content-Length', '0')
            self.end_headers()
            return
        body = CONTENT[start:]
        self.send_response(206 if start else 200)
        self.send_header('Content-Length', str(len(body)))
        self.end_headers()
        if type(self).breaks:
            type(self).breaks -= 1
            body = body[:len(body) // 2]
        self.wfile.write(body)

    def log_message(self, *_):
        pass


@pytest.fixture
def server(monkeypatch):
    monkeypatch.setenv('no_proxy', '*')
    Handler.breaks, Handler.served_from = 0, []
    with HTTPServer(('127.0.0.1', 0), Handler) as http:
        thread = threading.Thread(target=http.serve_forever)
        thread.start()
        yield f'http://127.0.0.1:{http.server_port}'
        http.shutdown()
        thread.join()


def test_broken_transfer_is_taken_up_where_it_stopped(server, tmp_path):
    Handler.breaks = 1
    download(f'{server}/file', str(tmp_path / 'file'), size_bytes=len(CONTENT), pause_s=0)
    assert (tmp_path / 'file').read_bytes() == CONTENT
    assert Handler.served_from == [0, len(CONTENT) // 2]


def test_transfer_that_keeps_breaking_leaves_its_part_for_the_next_call(server, tmp_path):
    Handler.breaks = 3
    with pytest.raises(DataError, match='the connection broke after'):
        download(f'{server}/file', str(tmp_path / 'file'), pause_s=0)
    assert not (tmp_path / 'file').exists()
    download(f'{server}/file', str(tmp_path / 'file'), pause_s=0)
    assert (tmp_path / 'file').read_bytes() == CONTENT


def test_whole_part_only_gets_its_name(server, tmp_path):
    (tmp_path / 'file.part').write_bytes(CONTENT)
    download(f'{server}/file', str(tmp_path / 'file'))
    assert (tmp_path / 'file').read_bytes() == CONTENT
    assert not (tmp_path / 'file.part').exists()


def test_file_that_is_there_is_not_fetched_again(server, tmp_path):
    (tmp_path / 'file').write_bytes(b'by hand')
    download(f'{server}/file', str(tmp_path / 'file'), size_bytes=len(CONTENT))
    assert (tmp_path / 'file').read_bytes() == b'by hand'
    assert Handler.served_from == []


def test_file_of_another_size_is_refused_and_removed(server, tmp_path):
    with pytest.raises(DataError, match=f'got {len(CONTENT)} bytes, expected 5'):
        download(f'{server}/file', str(tmp_path / 'file'), size_bytes=5)
    assert list(tmp_path.iterdir()) == []


def test_missing_page_is_not_asked_for_three_times_nor_saved(server, tmp_path):
    with pytest.raises(DataError, match='404'):
        download(f'{server}/other', str(tmp_path / 'file'), pause_s=60)
    assert list(tmp_path.iterdir()) == []


class Terminal(io.StringIO):
    def isatty(self):
        return True


def drawn(url, tmp_path, monkeypatch):
    """Returns what a terminal is asked to draw while a file is fetched."""
    monkeypatch.setenv('TERM', 'xterm')
    monkeypatch.setenv('COLUMNS', '80')
    monkeypatch.setattr(display, 'REDRAW_S', 0.)
    terminal = Terminal()
    download(url, str(tmp_path / 'file'), log=Log(stream=terminal))
    return [line for line in terminal.getvalue().replace('\x1b[J', '').split('\r') if line.strip()]


def test_a_terminal_shows_how_much_of_a_long_file_is_there(server, tmp_path, monkeypatch):
    lines = drawn(f'{server}/long.wav?key=1', tmp_path, monkeypatch)
    assert lines[0].startswith('Downloading long.wav | 0.00 of 3.07 MB |    ') and '| left -:--:--' in lines[0]
    assert lines[-2].startswith('Downloading long.wav | 3.07 of 3.07 MB |####') and '| left 0:00:00' in lines[-2]
    assert lines[-1].startswith('Downloading long.wav | 3.07 MB | ') and lines[-1].endswith(' MB/s\n')
    assert len(lines) == 5  # at the beginning, after each megabyte, in the end


def test_a_terminal_shows_a_moving_mark_if_nobody_knows_how_long_it_will_be(server, tmp_path, monkeypatch):
    lines = drawn(f'{server}/endless.wav', tmp_path, monkeypatch)
    assert all(line.startswith('Downloading endless.wav | ') and len(line) <= 80 for line in lines)
    assert '|#' in lines[0] or ' #' in lines[0] and 'left' not in ''.join(lines)
    assert (tmp_path / 'file').read_bytes() == LONG


def test_a_short_file_and_no_terminal_get_no_bar(server, tmp_path, monkeypatch, capsys):
    assert drawn(f'{server}/file', tmp_path, monkeypatch) == []
    download(f'{server}/long.wav', str(tmp_path / 'other'))
    assert capsys.readouterr().out == ''
