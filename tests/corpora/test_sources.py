"""Files of corpora: those that people put there, those that are fetched, and those that are not what they should be."""

import gzip
import hashlib
import os
import threading
from http.server import HTTPServer, SimpleHTTPRequestHandler

import pytest

from deepspeech_training.corpora import sources
from deepspeech_training.corpora.sources import VERIFIED, Source, fetch
from deepspeech_training.errors import DataError

CONTENT = gzip.compress(bytes(range(256)) * 40)
SHA256 = f'sha256:{hashlib.sha256(CONTENT).hexdigest()}'


@pytest.fixture
def server(monkeypatch, tmp_path):
    """Address of a server with good/a.tar.gz, bad/a.tar.gz (another file) and half/a.tar.gz, and the list of what was asked."""
    monkeypatch.setenv('no_proxy', '*')
    top, asked = tmp_path / 'served', []
    for name, content in {'good': CONTENT, 'bad': CONTENT[::-1], 'half': CONTENT[:50]}.items():
        (top / name).mkdir(parents=True)
        (top / name / 'a.tar.gz').write_bytes(content)

    class Handler(SimpleHTTPRequestHandler):
        def translate_path(self, path):
            asked.append(path)
            return str(top) + path

        def log_message(self, *_):
            pass

    with HTTPServer(('127.0.0.1', 0), Handler) as http:
        thread = threading.Thread(target=http.serve_forever)
        thread.start()
        yield f'http://127.0.0.1:{http.server_port}', asked
        http.shutdown()
        thread.join()


@pytest.fixture
def data(tmp_path):
    (tmp_path / 'data').mkdir()
    return tmp_path / 'data'


def sentence(source, directory, **options):
    with pytest.raises(DataError) as refused:
        fetch(source, str(directory), **options)
    assert len(str(refused.value).split('\n')) == 1
    return str(refused.value)


@pytest.fixture
def digests(monkeypatch):
    """The kinds of digests that were computed."""
    made, new = [], hashlib.new
    monkeypatch.setattr(sources.hashlib, 'new', lambda kind: made.append(kind) or new(kind))
    return made


def test_a_file_is_fetched_and_verified_once(server, data, digests):
    source = Source('a.tar.gz', (f'{server[0]}/good/a.tar.gz',), len(CONTENT), SHA256)
    for _ in range(2):
        assert fetch(source, str(data)) == str(data / 'a.tar.gz')
    assert (data / 'a.tar.gz').read_bytes() == CONTENT and len(server[1]) == len(digests) == 1
    assert sorted(os.listdir(str(data))) == [VERIFIED, 'a.tar.gz']


@pytest.mark.parametrize('first', ['bad', 'half', 'none'])
@pytest.mark.parametrize('kind', ['md5', 'sha1', 'sha256'])
def test_the_next_address_helps_where_one_does_not(server, data, first, kind):
    digest = f'{kind}:{hashlib.new(kind, CONTENT).hexdigest().upper()}'
    source = Source('a.tar.gz', (f'{server[0]}/{first}/a.tar.gz', f'{server[0]}/good/a.tar.gz'), digest=digest)
    fetch(source, str(data))
    assert (data / 'a.tar.gz').read_bytes() == CONTENT


def test_all_addresses_are_named_where_none_helps(server, data):
    said = sentence(Source('a.tar.gz', (f'{server[0]}/half/a.tar.gz', f'{server[0]}/none'), len(CONTENT)), data)
    assert f'{server[0]}/half/a.tar.gz: 50 bytes are offered, expected {len(CONTENT)}' in said
    assert f'{server[0]}/none cannot be downloaded (HTTP Error 404' in said and f'put it into {data}' in said
    assert not (data / 'a.tar.gz').exists()


@pytest.mark.parametrize('name', ['a.tar.gz', 'a.tgz', 'link.tgz'])
def test_what_was_put_there_by_hand_is_taken_under_any_of_its_names(server, data, name):
    path = data / name
    if name == 'link.tgz':
        path.symlink_to(data.parent / 'served' / 'good' / 'a.tar.gz')
    else:
        path.write_bytes(CONTENT)
    source = Source('a.tar.gz', (f'{server[0]}/good/a.tar.gz',), len(CONTENT), SHA256, ('a.tgz', 'link.tgz'))
    assert fetch(source, str(data)) == str(path) and server[1] == []


def test_a_good_file_helps_where_another_is_bad(data):
    (data / 'a.tar.gz').write_bytes(CONTENT[:50])
    (data / 'a.tgz').write_bytes(CONTENT)
    assert fetch(Source('a.tar.gz', (), len(CONTENT), other_names=('a.tgz',)), str(data)) == str(data / 'a.tgz')


@pytest.mark.parametrize('content, what', [
    (CONTENT[:50], 'has 50 bytes instead of .*a part of it'), (CONTENT + b'x', 'another file'),
    (CONTENT[::-1], 'is .* not the archive|its sha256 is'), (b'<html>' + bytes(200), 'a web page'), (b'', 'an empty file'),
    (b'version https://git-lfs.github.com/spec/v1\n', 'git lfs pull'), (bytes(len(CONTENT)), 'nothing but zero bytes'),
    (CONTENT[:-1] + b'?', 'its sha256 is')])
@pytest.mark.parametrize('offline', [True, False])
def test_what_is_not_the_file_is_named_and_never_overwritten(server, data, content, what, offline):
    (data / 'a.tar.gz').write_bytes(content)
    source = Source('a.tar.gz', (f'{server[0]}/good/a.tar.gz',), len(CONTENT), SHA256)
    with pytest.raises(DataError, match=what) as refused:
        fetch(source, str(data), offline=offline)
    assert str(data / 'a.tar.gz') in str(refused.value) and ' Remove it' in str(refused.value)
    assert (data / 'a.tar.gz').read_bytes() == content and server[1] == []


def test_offline_nothing_is_asked_for_and_the_sentence_says_what_to_put_where(server, data):
    source = Source('a.tar.gz', (f'{server[0]}/good/a.tar.gz',), 77, other_names=('a.tgz',))
    said = sentence(source, data, offline=True)
    assert server[1] == [] and f'get a.tar.gz or a.tgz (77 bytes) from {server[0]}/good/a.tar.gz' in said
    assert f'put it into {data}.' in said
    assert 'is missing; get a.tar.gz with a browser' in sentence(Source('a.tar.gz'), data)


def test_a_digest_is_computed_once_until_the_file_changes(data, digests):
    (data / 'a.tar.gz').write_bytes(CONTENT)
    source = Source('a.tar.gz', digest=SHA256)
    for _ in range(3):
        fetch(source, str(data))
    assert digests == ['sha256']
    (data / 'a.tar.gz').write_bytes(CONTENT[:-1] + b'?')
    os.utime(str(data / 'a.tar.gz'), (1, 1))
    assert 'its sha256 is' in sentence(source, data) and len(digests) == 2


def test_the_note_of_what_was_verified_may_be_a_link_or_damaged(data, tmp_path):
    (tmp_path / 'victim').write_bytes(b'mine')
    (data / VERIFIED).symlink_to(tmp_path / 'victim')
    (data / 'a.tar.gz').write_bytes(CONTENT)
    fetch(Source('a.tar.gz', digest=SHA256), str(data))
    assert (tmp_path / 'victim').read_bytes() == b'mine'
    (data / VERIFIED).unlink()
    (data / VERIFIED).write_bytes(b'{"a.tar.gz": [')
    fetch(Source('a.tar.gz', digest=SHA256), str(data))
    assert SHA256 in (data / VERIFIED).read_text(encoding='utf-8')


@pytest.mark.parametrize('name', ['../a.tgz', '/a.tgz', 'b/a.tgz', '..'])
def test_a_name_from_a_list_of_links_leads_nowhere_else(server, data, name):
    assert 'is no name for a file' in sentence(Source(name, (f'{server[0]}/good/a.tar.gz',)), data)
