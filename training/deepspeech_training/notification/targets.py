"""Who is to be told: from `--notify`, and from the credentials of `--log_telegram`. What is secret is in no text made here."""

import importlib.util
import json
import os
import re
from dataclasses import dataclass, field
from typing import Any, Dict, List, Optional
from urllib.parse import SplitResult, unquote, urlsplit

from deepspeech.formats.content import open_regular

from ..console.log import Log
from ..errors import ConfigError
from ..settings.config import NotifyConfig

PLAIN = ('http', 'https')  # posted to by ourselves
SHORTEST_PASSWORD, SHORTEST_TOKEN = 4, 12  # characters; shorter ones would be found in any text
MAX_CREDENTIALS_BYTES = 1 << 16
_SCHEME = re.compile(r'([a-z][a-z0-9+.-]*)://.', re.IGNORECASE)


@dataclass(frozen=True)
class Target:
    """Where messages go to.

    Attributes:
      kind: a key of `senders.SENDERS`.
      name: what warnings call it.
      values: the arguments of its sender; secret.
      secrets: the words that must be in no text.
    """

    kind: str
    name: str
    values: Dict[str, str] = field(repr=False)
    secrets: List[str] = field(repr=False)


def targets_of(config: NotifyConfig, log: Log) -> List[Target]:
    """Returns who is to be told of a run.

    Raises:
      ConfigError: an address is none, or the credentials cannot be used.
    """
    telegram = _telegram(config, log) if config.telegram else None
    return [_target(number, url) for number, url in enumerate(config.urls, 1)] + ([telegram] if telegram else [])


def _target(number: int, url: str) -> Target:
    """Returns the target of the address that the flag `--notify` was given as its `number`-th one."""
    url = url.strip()
    match, which = _SCHEME.match(url), f'--notify, address {number}'
    if not match:
        raise ConfigError(f'{which}: it begins with no scheme; write https://HOST/PATH, or what apprise knows, such as '
                          f'mailto://USER:PASSWORD@HOST.')
    scheme = match[1].lower()
    if scheme in PLAIN:
        parts = _parts(url, which)
        port = f':{parts.port}' if parts.port else ''
        return Target('json', f'{scheme}://{parts.hostname}{port}', {'url': url}, _secrets(url, parts))
    if importlib.util.find_spec('apprise') is None:
        raise ConfigError(f'{which}, {scheme}://: that needs the package apprise; install it with "pip install apprise", or '
                          f'give an http:// or https:// address.')
    return Target('apprise', f'{scheme}://', {'url': url}, _secrets(url))


def _parts(url: str, which: str) -> SplitResult:
    try:
        parts = urlsplit(url)
        has_host = bool(parts.hostname) and parts.port != 0
    except ValueError:  # its words hold a part of the address
        has_host = False
    if not has_host or not url.isprintable() or ' ' in url:
        raise ConfigError(f'{which}: it is no address of the form https://HOST:PORT/PATH.')
    return parts


def _secrets(url: str, parts: Optional[SplitResult] = None) -> List[str]:
    """Returns the password of an address, and what may be a token in it: its path, its query, or any part of it."""
    rest = url.partition('://')[2]
    password = parts.password if parts else None
    words = [url, rest, *(re.split('[/?&@]', rest) if parts is None else [parts.path.strip('/'), parts.query])]
    passwords = [password, unquote(password)] if password else []
    return ([word for word in words if len(word) >= SHORTEST_TOKEN]
            + [word for word in passwords if len(word) >= SHORTEST_PASSWORD])


def _telegram(config: NotifyConfig, log: Log) -> Optional[Target]:
    """Returns the chat of the credentials; None, after a warning, where a script of the fork brings none along."""
    path = config.credentials_path
    if not config.credentials_are_given and not os.path.exists(path):
        log.warn(f'{path}: no such file, so nothing is sent to Telegram; --telegram_cred_path names a JSON file with '
                 f'"accessToken" and "chatId".')
        return None
    values = _credentials(path)
    api = values.get('api')
    if api is not None and not (isinstance(api, str) and _SCHEME.match(api) and api.split('://')[0] in PLAIN):
        raise ConfigError(f'{path}: "api" is the address of Telegram\'s interface, such as https://api.telegram.org.')
    sent = {'token': values['accessToken'].strip(), 'chat': str(values['chatId']), **({'api': api} if api else {})}
    return Target('telegram', 'Telegram', sent, [sent['token']])


def _credentials(path: str) -> Dict[str, Any]:
    try:
        with open_regular(path) as file:
            values = json.loads(file.read(MAX_CREDENTIALS_BYTES).decode('utf-8-sig'))
    except OSError as error:
        raise ConfigError(f'--telegram_cred_path {path}: cannot be read ({error.strerror}).') from error
    except ValueError:  # whose words would show what is in the file
        raise ConfigError(f'--telegram_cred_path {path}: it is no JSON file with "accessToken" and "chatId".') from None
    token = values.get('accessToken') if isinstance(values, dict) else None
    has_chat = isinstance(values, dict) and type(values.get('chatId')) in (int, str) and values['chatId'] != ''
    if not isinstance(token, str) or not re.fullmatch(r'[\w:-]+', token.strip(), re.ASCII) or not has_chat:
        raise ConfigError(f'--telegram_cred_path {path}: a JSON object with "accessToken", a text, and "chatId", a number or a '
                          f'text, is needed.')
    return values
