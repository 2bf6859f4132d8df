"""Who is to be told: what is refused, and that no refusal shows what is secret."""

import dataclasses
import json

import pytest

from deepspeech_training.errors import ConfigError
from deepspeech_training.notification import targets
from deepspeech_training.notification.targets import targets_of
from deepspeech_training.settings.config import NotifyConfig

TOKEN = '123456:AAtoken-Of-a-b0t'


@pytest.fixture
def credentials(tmp_path):
    """Function that writes a file and returns the config that asks for it."""
    def write(content):
        path = tmp_path / 'credentials.json'
        path.write_text(content if isinstance(content, str) else json.dumps(content), encoding='utf-8')
        return NotifyConfig(telegram=True, credentials_path=str(path), credentials_are_given=True)
    return write


@pytest.mark.parametrize('url', ['pa55word', 'example.com/pa55word', '://pa55word', 'https://', 'https://me:pa55word@',
                                 'https://me:pa55word@host:port/', 'https://[pa55word', 'http://host/a pa55word',
                                 'https://host/\npa55word', 'https://me:pa55word@host:0/', '-h pa55word'])
def test_what_is_no_address_is_refused_without_being_shown(url, log):
    with pytest.raises(ConfigError, match='--notify, address 2: it ') as refused:
        targets_of(NotifyConfig(urls=('https://example.com', url)), log)
    assert 'pa55word' not in str(refused.value)
    assert refused.value.__cause__ is None


def test_an_address_is_called_by_its_host(log):
    target, = targets_of(NotifyConfig(urls=('https://me:pa55word@example.com:8443/T0/B0?key=value#part',)), log)
    assert (target.kind, target.name) == ('json', 'https://example.com:8443')
    for shown in (repr(target), str(target), repr(NotifyConfig(urls=('https://me:pa55word@example.com/',)))):
        assert 'pa55word' not in shown and 'value' not in shown


def test_a_missing_library_is_one_sentence(log, monkeypatch):
    monkeypatch.setattr(targets.importlib.util, 'find_spec', lambda name: None)
    with pytest.raises(ConfigError) as refused:
        targets_of(NotifyConfig(urls=('slack://tokenA/tokenB/tokenC',)), log)
    assert str(refused.value) == ('--notify, address 1, slack://: that needs the package apprise; install it with "pip install '
                                  'apprise", or give an http:// or https:// address.')


@pytest.mark.parametrize('chat, sent', [(-100123, '-100123'), ('@channel', '@channel')])
def test_credentials_are_those_of_the_fork(credentials, log, chat, sent):
    target, = targets_of(credentials({'accessToken': TOKEN, 'chatId': chat}), log)
    assert target.values == {'token': TOKEN, 'chat': sent}
    assert TOKEN not in repr(target)


@pytest.mark.parametrize('content', [
    '', '{', '[]', '"x"', {}, {'accessToken': TOKEN}, {'accessToken': 5, 'chatId': 1}, {'accessToken': TOKEN, 'chatId': True},
    {'accessToken': f'{TOKEN}/../x', 'chatId': 1}, {'accessToken': TOKEN, 'chatId': ''},
    {'accessToken': TOKEN, 'chatId': 1, 'api': 'ftp://host'}, {'accessToken': TOKEN, 'chatId': 1, 'api': 5},
    f'{{"accessToken": "{TOKEN}", "chatId": 1'])
def test_credentials_that_cannot_be_used_are_refused_without_being_shown(credentials, log, content):
    config = credentials(content)
    with pytest.raises(ConfigError) as refused:
        targets_of(config, log)
    assert config.credentials_path in str(refused.value) and 'AAtoken' not in str(refused.value)


def test_credentials_that_are_asked_for_have_to_be_there(log, output):
    config = NotifyConfig(telegram=True, credentials_path='/nowhere/x.json', credentials_are_given=True)
    with pytest.raises(ConfigError, match='/nowhere/x.json: cannot be read'):
        targets_of(config, log)
    assert targets_of(dataclasses.replace(config, credentials_are_given=False), log) == []
    assert output.getvalue().startswith('W /nowhere/x.json: no such file, so nothing is sent')
