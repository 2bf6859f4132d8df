"""An HTTP endpoint on this machine that takes what is sent, as Telegram's interface or anybody's would.

    endpoint = Endpoint()
    ... what posts to f'http://{endpoint.address}/hook'
    wait_for(lambda: endpoint.posted('end'))
    endpoint.close()
"""

import json
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

PATIENCE_S = 60  # a machine with much to do is no failure


def wait_for(condition):
    """Returns what `condition()` does as soon as that is true."""
    end_s = time.monotonic() + PATIENCE_S
    while time.monotonic() < end_s:
        found = condition()
        if found:
            return found
        time.sleep(0.05)
    raise AssertionError('waited in vain')


def _refuse(word):
    raise AssertionError(f'{word} is not JSON')


class Endpoint:
    """The endpoint.

    Attributes:
      requests: (path, headers, body) of each request, in the order in which they came.
      answers: (status, headers, body) for the requests to come; then and without any: 200.
      released: cleared, it lets requests wait for their answers.
    """

    def __init__(self):
        self.requests, self.answers, self.released = [], [], threading.Event()
        self.released.set()
        endpoint = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self):
                endpoint.requests.append((self.path, self.headers, self.rfile.read(int(self.headers['Content-Length']))))
                endpoint.released.wait()
                status, headers, body = endpoint.answers.pop(0) if endpoint.answers else (200, {}, b'{"ok": true}')
                self.send_response(status)
                for name, value in dict(headers, **{'Content-Length': str(len(body))}).items():
                    self.send_header(name, value)
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *_):
                """Says nothing."""

        self._server = ThreadingHTTPServer(('127.0.0.1', 0), Handler)
        self._server.daemon_threads = True
        threading.Thread(target=self._server.serve_forever, args=(0.05,), daemon=True).start()

    @property
    def address(self):
        return f'127.0.0.1:{self._server.server_address[1]}'

    def posted(self, event=None):
        """Returns the JSON objects that were posted to /hook..., of one kind of event or all."""
        values = [json.loads(body, parse_constant=_refuse) for path, _, body in list(self.requests) if path.startswith('/hook')]
        return [value for value in values if event in (None, value['event'])]

    def texts(self):
        """Returns what Telegram's interface was sent, in order: texts, and the content of files."""
        return [json.loads(body)['text'] if path.endswith('/sendMessage') else body.decode('utf-8')
                for path, _, body in list(self.requests) if path.startswith('/bot')]

    def close(self):
        self.released.set()
        self._server.shutdown()
        self._server.server_close()
