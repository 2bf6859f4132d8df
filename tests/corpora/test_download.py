"""Downloads from a real server on this machine that can break off, resume and refuse."""

import io
import os
import signal
import subprocess
import sys
import threading
import time
from http.server import BaseHTTPRequestHandler, HTTPServer

import pytest

from deepspeech_training.console import display
from deepspeech_training.console.log import Log
from deepspeech_training.corpora.fetching.download import download
from deepspeech_training.errors import DataError

CONTENT = bytes(range(256)) * 400
LONG = bytes(range(256)) * 12000  # three megabytes


class Handler(BaseHTTPRequestHandler):
    """Serves CONTENT, with ranges; breaks off `breaks` times after half of what was asked for."""

    breaks = 0
    served_from = []
    asked = []
    content, tag, has_ranges = CONTENT, '', True
    pages = {'/login': '<!DOCTYPE html><html>Sign in</html>', '/other-range': None, '/slow': None}

    def do_GET(self):
        self.asked.append(dict(self.headers.items()))
        if self.path in self.pages:
            getattr(self, self.path[1:].replace('-', '_'))()
            return
        if self.path == '/endless.wav':
            self.wfile.write(b'HTTP/1.0 200 OK\r\n\r\n' + LONG)
            return
        if self.path.startswith('/long.wav'):
            self.send_response(200)
            self.send_header('Content-Length', str(len(LONG)))
            self.end_headers()
            self.wfile.write(LONG)
            return
        if self.path not in ('/file', '/mirror'):
            self.send_error(404)
            return
        self.serve_file()

    def serve_file(self):
        start = int(self.headers.get('Range', 'bytes=0-')[len('bytes='):-1])
        if not self.has_ranges or self.headers.get('If-Range', self.tag) != self.tag:
            start = 0
        self.served_from.append(start)
        if start >= len(self.content):
            self.send_response(416)
            self.send_header('Content-Range', f'bytes */{len(self.content)}')
            self.send_header('Content-Length', '0')
            self.end_headers()
            return
        body = self.content[start:]
        self.send_response(206 if start else 200)
        self.send_header('Content-Length', str(len(body)))
        if self.tag:
            self.send_header('ETag', self.tag)
        self.end_headers()
        if type(self).breaks:
            type(self).breaks -= 1
            body = body[:len(body) // 2]
        self.wfile.write(body)

    def login(self):
        self.send_response(200)
        self.send_header('Content-Type', 'text/html')
        self.end_headers()
        self.wfile.write(self.pages['/login'].encode())

    def other_range(self):
        self.send_response(206)
        self.send_header('Content-Range', f'bytes 7-{len(CONTENT) - 1}/{len(CONTENT)}')
        self.end_headers()

    def slow(self):
        """Sends LONG in small pieces, from where it was asked for."""
        start = int(self.headers.get('Range', 'bytes=0-')[len('bytes='):-1])
        self.send_response(206 if start else 200)
        self.send_header('Content-Length', str(len(LONG) - start))
        self.end_headers()
        for place in range(start, len(LONG), 1 << 16):
            self.wfile.write(LONG[place:place + (1 << 16)])
            time.sleep(.01)

    def log_message(self, *_):
        pass


@pytest.fixture
def server(monkeypatch):
    monkeypatch.setenv('no_proxy', '*')
    Handler.breaks, Handler.served_from, Handler.asked = 0, [], []
    for name, value in {'content': CONTENT, 'tag': '', 'has_ranges': True}.items():
        monkeypatch.setattr(Handler, name, value)
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
    with pytest.raises(DataError, match=f'{len(CONTENT)} bytes are offered, expected 5'):
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
    assert len(lines) >= 5  # at the beginning, after each megabyte at the latest, in the end


def test_a_terminal_shows_a_moving_mark_if_nobody_knows_how_long_it_will_be(server, tmp_path, monkeypatch):
    lines = drawn(f'{server}/endless.wav', tmp_path, monkeypatch)
    assert all(line.startswith('Downloading endless.wav | ') and len(line) <= 80 for line in lines)
    assert '|#' in lines[0] or ' #' in lines[0] and 'left' not in ''.join(lines)
    assert (tmp_path / 'file').read_bytes() == LONG


def test_a_short_file_and_no_terminal_get_no_bar(server, tmp_path, monkeypatch, capsys):
    assert drawn(f'{server}/file', tmp_path, monkeypatch) == []
    download(f'{server}/long.wav', str(tmp_path / 'other'))
    assert capsys.readouterr().out == ''


PATIENT = 'import sys; from deepspeech_training.corpora.fetching.download import download; download(sys.argv[1], sys.argv[2])'


def test_a_kill_in_the_middle_costs_nothing_of_what_had_come(server, tmp_path):
    process = subprocess.Popen([sys.executable, '-c', PATIENT, f'{server}/slow', str(tmp_path / 'file')])
    part = tmp_path / 'file.part'
    while process.poll() is None and not (part.exists() and part.stat().st_size > 1 << 18):
        time.sleep(.001)
    process.send_signal(signal.SIGKILL)
    assert process.wait() == -signal.SIGKILL and not (tmp_path / 'file').exists()
    had = part.stat().st_size
    download(f'{server}/slow', str(tmp_path / 'file'))
    assert (tmp_path / 'file').read_bytes() == LONG and Handler.asked[-1]['Range'] == f'bytes={had}-'
    assert os.listdir(str(tmp_path)) == ['file']


def test_two_programs_do_not_download_into_the_same_file(server, tmp_path):
    process = subprocess.Popen([sys.executable, '-c', PATIENT, f'{server}/slow', str(tmp_path / 'file')])
    part = tmp_path / 'file.part'
    while not (part.exists() and part.stat().st_size):  # the first bytes come once it is locked
        time.sleep(.001)
    with pytest.raises(DataError, match='another program is downloading'):
        download(f'{server}/slow', str(tmp_path / 'file'))
    assert process.wait() == 0 and (tmp_path / 'file').read_bytes() == LONG


def test_a_file_that_was_replaced_on_the_server_is_not_put_together_of_both(server, tmp_path):
    Handler.breaks, Handler.tag = 3, '"first"'
    with pytest.raises(DataError):
        download(f'{server}/file', str(tmp_path / 'file'), pause_s=0)
    Handler.content, Handler.tag = CONTENT[::-1], '"second"'
    download(f'{server}/file', str(tmp_path / 'file'))
    assert (tmp_path / 'file').read_bytes() == CONTENT[::-1] and Handler.asked[-1]['If-Range'] == '"first"'


def test_the_part_of_another_address_is_taken_up_only_where_a_check_would_notice(server, tmp_path):
    for check, begins in ((None, 0), (lambda path: None, len(CONTENT) // 2)):
        Handler.breaks = 1
        (tmp_path / 'file.part').write_bytes(CONTENT[:len(CONTENT) // 2])
        (tmp_path / 'file.part.from').write_text('http://another/file\n', encoding='utf-8')
        download(f'{server}/mirror', str(tmp_path / 'file'), pause_s=0, check=check)
        assert (tmp_path / 'file').read_bytes() == CONTENT and begins in Handler.served_from[-2:]
        (tmp_path / 'file').unlink()


def test_a_part_of_another_file_is_dropped_and_the_file_fetched_whole(server, tmp_path):
    def check(path):
        with open(path, 'rb') as file:
            if file.read() != CONTENT:
                raise DataError('another file')
    (tmp_path / 'file.part').write_bytes(b'x' * 1000)
    download(f'{server}/file', str(tmp_path / 'file'), check=check)
    assert (tmp_path / 'file').read_bytes() == CONTENT and Handler.served_from == [1000, 0]


def test_a_server_without_ranges_starts_over(server, tmp_path):
    Handler.has_ranges, Handler.breaks = False, 1
    download(f'{server}/file', str(tmp_path / 'file'), pause_s=0)
    assert (tmp_path / 'file').read_bytes() == CONTENT


def test_long_work_survives_many_breaks(server, tmp_path):
    """Three attempts without progress are the end; any number of breaks with progress is not."""
    Handler.content, Handler.breaks = LONG * 20, 5
    download(f'{server}/file', str(tmp_path / 'file'), pause_s=0)
    assert (tmp_path / 'file').read_bytes() == LONG * 20 and len(Handler.served_from) == 6


def test_a_page_to_sign_in_is_no_file_and_costs_nothing_of_the_part(server, tmp_path):
    (tmp_path / 'file.part').write_bytes(CONTENT[:1000])
    with pytest.raises(DataError, match='answers with a web page'):
        download(f'{server}/login', str(tmp_path / 'file'))
    assert (tmp_path / 'file.part').read_bytes() == CONTENT[:1000]


def test_a_range_that_was_not_asked_for_is_refused(server, tmp_path):
    (tmp_path / 'file.part').write_bytes(CONTENT[:1000])
    with pytest.raises(DataError, match='begins at byte 7, not at 1000'):
        download(f'{server}/other-range', str(tmp_path / 'file'))


def test_no_room_is_said_before_the_transfer(server, tmp_path, monkeypatch):
    from deepspeech_training.corpora.fetching import download as module
    monkeypatch.setattr(module.shutil, 'disk_usage', lambda path: type('Usage', (), {'free': 1000}))
    with pytest.raises(DataError, match='make room'):
        download(f'{server}/file', str(tmp_path / 'file'))
    assert not (tmp_path / 'file').exists()
