"""Ways to send a message. Each raises SendError with a reason in which no address and no secret is.

Used by the watchdog only, so without anything of the trainer.
"""

import base64
import http.client
import json
import socket
import ssl
import urllib.error
import urllib.request
import uuid
from typing import Any, Dict, Mapping, Optional
from urllib.parse import unquote, urlsplit, urlunsplit

from .message import IN_LOG, SORTS, Message

TIMEOUT_S = 10.  # for each answer of the network
TELEGRAM = 'https://api.telegram.org'
MOST_CHARACTERS = 500  # a longer text goes to Telegram as a file, as the Russian fork sent it
MOST_REASON = 100  # characters
TOO_MANY = 429  # status of HTTP


class SendError(Exception):
    """A message was not taken.

    Attributes:
      again_s: after how many seconds to try again; None: that is of no use.
      is_usual: whether only too much was sent at a time.
    """

    def __init__(self, reason: str, again_s: Optional[float] = None, is_usual: bool = False):
        super().__init__(reason)
        self.again_s, self.is_usual = again_s, is_usual


class Sender:
    """A way to send."""

    def probe(self) -> None:
        """Finds out what can be found out without sending anything. Raises SendError."""

    def send(self, message: Message) -> None:
        """Raises SendError."""

    def send_line(self, text: str) -> None:
        """Sends what the log says. Raises SendError."""

    def send_file(self, name: str, text: str) -> None:
        """Sends a text as a file. Raises SendError."""


class JsonSender(Sender):
    """Posts the message as a JSON object, `title`, `text`, `event` and what is known of the run, to an http(s) address."""

    def __init__(self, url: str):
        parts = urlsplit(url)
        self._host, self._port, self._scheme = parts.hostname or '', parts.port, parts.scheme
        self._url = urlunsplit(parts._replace(netloc=parts.netloc.rpartition('@')[2], fragment=''))
        self._headers = {'Content-Type': 'application/json'}
        if parts.username is not None:
            user = f'{unquote(parts.username)}:{unquote(parts.password or "")}'.encode('utf-8')
            self._headers['Authorization'] = f'Basic {base64.b64encode(user).decode("ascii")}'

    def probe(self) -> None:
        if self._scheme in urllib.request.getproxies() and not urllib.request.proxy_bypass(self._host):
            return
        try:
            socket.create_connection((self._host, self._port or {'http': 80}.get(self._scheme, 443)), TIMEOUT_S).close()
        except (OSError, UnicodeError) as error:
            raise SendError(_reason(error)) from None

    def send(self, message: Message) -> None:
        _post(self._url, json.dumps(message.as_json()).encode('ascii'), self._headers)


class TelegramSender(Sender):
    """Sends through a bot of Telegram: https://core.telegram.org/bots/api.

    Args:
      token: of the bot.
      chat: number or name.
      api: where the interface is; what runs inside an organisation has its own.
    """

    def __init__(self, token: str, chat: str, api: str = TELEGRAM):
        self._chat, self._address = chat, f'{api.rstrip("/")}/bot{token}'

    def send(self, message: Message) -> None:
        if message.event not in IN_LOG:
            self.send_line(f'{message.title}\n{message.text}')

    def send_line(self, text: str) -> None:
        if len(text) > MOST_CHARACTERS:
            self.send_file('message.txt', text)
            return
        body = json.dumps({'chat_id': self._chat, 'text': text}).encode('ascii')
        _post(f'{self._address}/sendMessage', body, {'Content-Type': 'application/json'})

    def send_file(self, name: str, text: str) -> None:
        boundary = uuid.uuid4().hex
        parts = ['Content-Disposition: form-data; name="chat_id"', '', self._chat, f'--{boundary}',
                 f'Content-Disposition: form-data; name="document"; filename="{name}"',
                 'Content-Type: text/plain; charset=utf-8', '', text, f'--{boundary}--', '']
        body = '\r\n'.join([f'--{boundary}', *parts]).encode('utf-8', 'backslashreplace')
        _post(f'{self._address}/sendDocument', body, {'Content-Type': f'multipart/form-data; boundary={boundary}'})


class AppriseSender(Sender):
    """Sends through the package apprise, which knows a hundred services by the schemes of their addresses."""

    def __init__(self, url: str):
        self._url = url
        self._apprise: Any = None

    def probe(self) -> None:
        try:
            import apprise  # here, as it need not be installed
            service = apprise.Apprise()
            is_known = service.add(self._url)
        except Exception as error:  # the words of a library may hold the address
            raise SendError(f'apprise cannot be used, {type(error).__name__}') from None
        if not is_known:
            raise SendError('apprise knows no such address')
        self._apprise = service

    def send(self, message: Message) -> None:
        if self._apprise is None:
            return  # probe has said why
        try:
            is_sent = bool(self._apprise.notify(body=message.text, title=message.title, notify_type=SORTS[message.event]))
        except Exception as error:
            raise SendError(f'apprise failed, {type(error).__name__}', again_s=5.) from None
        if not is_sent:
            raise SendError('the service did not take the message', again_s=5.)


SENDERS = {'json': JsonSender, 'telegram': TelegramSender, 'apprise': AppriseSender}


def sender_of(kind: str, values: Mapping[str, str]) -> Sender:
    """Returns the sender of a Target, see `targets.py`."""
    return SENDERS[kind](**values)


class _NoRedirect(urllib.request.HTTPRedirectHandler):
    """Follows nowhere: a password must not go to another host."""

    def redirect_request(self, *_: Any) -> None:
        return None


def _post(url: str, body: bytes, headers: Dict[str, str]) -> None:
    """Raises SendError unless the answer is that all is well."""
    request = urllib.request.Request(url, body, dict(headers, **{'User-Agent': 'deepspeech-training'}), method='POST')
    try:
        with urllib.request.build_opener(_NoRedirect).open(request, timeout=TIMEOUT_S) as answer:
            answer.read(1 << 16)
    except urllib.error.HTTPError as error:
        with error:
            raise SendError(f'the answer is {error.code} {http.client.responses.get(error.code, "")}'.strip(),
                            again_s=_pause_s(error), is_usual=error.code == TOO_MANY) from None
    except (OSError, http.client.HTTPException, ValueError) as error:
        raise SendError(_reason(error), again_s=5.) from None


def _pause_s(error: urllib.error.HTTPError) -> Optional[float]:
    """Returns when to try again: where too much was asked at a time the answer says so, as Telegram's does."""
    if error.code >= 500:
        return 5.
    if error.code != TOO_MANY:
        return None
    try:
        return min(60., float(error.headers.get('Retry-After') or json.loads(error.read(1 << 16))['parameters']['retry_after']))
    except (ValueError, KeyError, TypeError, OSError):
        return 5.


def _reason(error: Exception) -> str:
    """Returns what the system says of an error; the words of others may hold the address."""
    cause = getattr(error, 'reason', None)
    cause = cause if isinstance(cause, Exception) else error
    if isinstance(cause, socket.timeout):
        return f'no answer within {TIMEOUT_S:g} s'
    if isinstance(cause, ssl.SSLError):
        return f'no trusted connection, {cause.reason or type(cause).__name__}'
    if isinstance(cause, OSError) and cause.strerror:
        return cause.strerror[:MOST_REASON]
    return type(cause).__name__
