"""Files whose names anybody can foretell, because later runs take them up: no link is followed there, no pipe waited for.

In a directory where others may write, such a link would let us overwrite what it leads to.
"""

import http.server
import os
import threading

import pytest
import targets

from deepspeech_training.checkpoints import files
from deepspeech_training.checkpoints.lock import LOCK_FILE, locked
from deepspeech_training.console.log import Log
from deepspeech_training.corpora.fetching.download import download
from deepspeech_training.errors import CheckpointError, DataError
from deepspeech_training.evaluate.partial import NAME, PartialResults, UtteranceHypothesis, partial_path

MAKERS = ['link', 'pipe']


@pytest.fixture
def lay(tmp_path):
    """Function that lays a link to a victim, or a pipe, where a file is to go."""
    def lay(kind, path):
        if kind == 'pipe':
            os.mkfifo(str(path))
        else:
            (tmp_path / 'victim').write_bytes(targets.VICTIM)
            path.symlink_to(tmp_path / 'victim')
    yield lay
    if (tmp_path / 'victim').exists():
        assert (tmp_path / 'victim').read_bytes() == targets.VICTIM


@pytest.mark.parametrize('kind', MAKERS)
def test_lock_of_a_directory(lay, kind, tmp_path, log):
    lay(kind, tmp_path / LOCK_FILE)
    with pytest.raises(CheckpointError, match='cannot be written'):
        with locked(str(tmp_path), log):
            pass


@pytest.mark.parametrize('kind', MAKERS)
def test_note_of_what_is_being_saved(lay, kind, tmp_path):
    lay(kind, tmp_path / files.JOURNAL)
    with pytest.raises(OSError):
        files.announce(str(tmp_path), ['train-1'])


@pytest.mark.parametrize('kind', MAKERS)
def test_results_of_an_interrupted_test(lay, kind, tmp_path):
    lay(kind, tmp_path / NAME)
    with PartialResults(str(tmp_path / NAME), {'checkpoint': 'abc'}, [2], Log(level=3)) as partial:
        partial.add(0, [UtteranceHypothesis('one', 'one', 1., confidence=0.9)])
        assert partial.of_set(0)


def test_results_of_an_interrupted_test_are_not_laid_beside_a_device(tmp_path):
    assert partial_path('/dev/null', str(tmp_path)) == str(tmp_path / NAME)
    link, target = targets.link_to_file(tmp_path)
    assert partial_path(str(link), '/checkpoints') == f'{target}.partial'


@pytest.fixture
def address(monkeypatch):
    """Address of a file of 1,000 bytes."""
    class Handler(http.server.BaseHTTPRequestHandler):
        def do_GET(self):
            self.send_response(200)
            self.send_header('Content-Length', '1000')
            self.end_headers()
            self.wfile.write(b'x' * 1000)

        def log_message(self, *_):
            pass

    monkeypatch.setenv('no_proxy', '*')
    server = http.server.HTTPServer(('127.0.0.1', 0), Handler)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield f'http://127.0.0.1:{server.server_port}/file'
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.mark.parametrize('kind', MAKERS)
def test_part_of_a_download(lay, kind, tmp_path, address):
    lay(kind, tmp_path / 'file.part')
    with pytest.raises(DataError, match='cannot be downloaded .*(it is a link|no regular file)'):
        download(address, str(tmp_path / 'file'), pause_s=0)
    assert not (tmp_path / 'file').exists()


def test_a_download_goes_where_a_link_leads(tmp_path, address):
    link, target = targets.link_to_nothing(tmp_path)
    download(address, str(link))
    assert link.is_symlink() and target.read_bytes() == b'x' * 1000
