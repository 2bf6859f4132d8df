"""Places to write to. What a path names stays what it is, and only a regular file is replaced."""

import os
import shutil
import stat
import subprocess
from contextlib import suppress

import deepspeech_kenlm
import pytest
import targets
from ds_ctcdecoder import ctcdecode

from deepspeech_training.errors import CheckpointError, ConfigError
from deepspeech_training.paths import check_writable, ensure_writable, open_kept, put_in_place, write_atomically

CONTENT = b'the new content' * 10000


def put(path, content):
    made = os.path.join(os.path.dirname(path), 'made')
    with open(made, 'wb') as file:
        file.write(content)
    try:
        put_in_place(made, path)
    finally:
        with suppress(FileNotFoundError):
            os.unlink(made)  # where it was not moved


WRITERS = [write_atomically, put]


@pytest.fixture(params=WRITERS, ids=lambda writer: writer.__name__)
def write(request):
    return lambda path: request.param(str(path), CONTENT)


def test_a_directory_that_cannot_be_made_is_refused(tmp_path):
    (tmp_path / 'file').write_text('')
    with pytest.raises(CheckpointError, match='--checkpoint_dir'):
        ensure_writable(str(tmp_path / 'file' / 'below'), 'checkpoint_dir', CheckpointError)


@pytest.mark.parametrize('make', targets.LINKS, ids=lambda make: make.__name__)
def test_links_are_followed(write, tmp_path, make):
    link, target = make(tmp_path)
    before = targets.names(tmp_path)
    write(link)
    assert target.read_bytes() == CONTENT and link.is_symlink()
    assert targets.names(tmp_path) == before and targets.names(target.parent) == [target.name]


def test_a_link_into_another_file_system_is_followed(write, tmp_path):
    other = '/dev/shm'
    if not os.access(other, os.W_OK) or os.stat(other).st_dev == os.stat(str(tmp_path)).st_dev:
        pytest.skip('there is but one file system to write to')
    directory = os.path.join(other, f'targets-{os.getpid()}')
    os.mkdir(directory)
    try:
        (tmp_path / 'link').symlink_to(os.path.join(directory, 'file'))
        write(tmp_path / 'link')
        assert (tmp_path / 'link').is_symlink() and (tmp_path / 'link').read_bytes() == CONTENT
        assert os.listdir(directory) == ['file']
    finally:
        shutil.rmtree(directory)


@pytest.mark.parametrize('name', ['null', 'full'])
def test_a_device_stays_a_device(write, tmp_path, name):
    path = targets.device(tmp_path, name)
    kind = targets.kind(path)
    if name == 'null':
        write(path)
    else:
        with pytest.raises(ConfigError, match='full: cannot be written .No space left on device'):
            write(path)
    assert targets.kind(path) == kind and targets.names(tmp_path) == [name]


def test_a_pipe_that_is_read_gets_the_content(write, tmp_path):
    with targets.read_pipe(tmp_path) as (path, read):
        write(path)
    assert b''.join(read) == CONTENT and stat.S_ISFIFO(targets.kind(path)) and targets.names(tmp_path) == ['pipe']


@pytest.mark.parametrize('make', targets.REFUSED, ids=lambda make: make.__name__)
def test_what_cannot_be_written_is_refused_at_once_and_stays(write, tmp_path, make):
    path = make(tmp_path)
    kind = targets.kind(path)
    with pytest.raises(ConfigError, match=f'{path.name}: cannot be written') as raised:
        write(path)
    assert '\n' not in str(raised.value) and targets.kind(path) == kind and targets.names(tmp_path) == [path.name]


@pytest.mark.parametrize('make', [make for make in targets.REFUSED if make is not targets.pipe_without_reader],
                         ids=lambda make: make.__name__)
def test_what_cannot_be_written_is_known_before_the_work(tmp_path, make):
    with pytest.raises(ConfigError, match='cannot be written .* choose another name with --output'):
        check_writable(str(make(tmp_path)), 'output')


@pytest.mark.parametrize('mask', [0o022, 0o077, 0o002])
def test_a_new_file_has_the_permissions_of_any_new_file(write, tmp_path, mask):
    with targets.umask(mask):
        write(tmp_path / 'file')
    assert targets.permissions(tmp_path / 'file') == 0o666 & ~mask


def test_a_file_that_is_replaced_keeps_its_permissions(write, tmp_path):
    (tmp_path / 'file').write_bytes(targets.OLD)
    (tmp_path / 'file').chmod(0o640)
    write(tmp_path / 'file')
    assert targets.permissions(tmp_path / 'file') == 0o640 and (tmp_path / 'file').read_bytes() == CONTENT


def test_a_file_that_links_foresee_is_not_written(tmp_path):
    """What is kept between runs has a name that anybody knows, and may lie where others write, too."""
    victim = tmp_path / 'victim'
    victim.write_bytes(targets.VICTIM)
    (tmp_path / 'kept').symlink_to(victim)
    with pytest.raises(OSError, match='it is a link'):
        open_kept(str(tmp_path / 'kept'), begins_empty=True)
    assert victim.read_bytes() == targets.VICTIM
    with pytest.raises(OSError, match='no regular file'):
        open_kept(str(targets.pipe_without_reader(tmp_path)))


def test_a_name_that_ends_like_a_directory_is_no_file(tmp_path):
    with pytest.raises(ConfigError):
        write_atomically(f'{tmp_path}/new/', CONTENT)
    assert targets.names(tmp_path) == []


@pytest.fixture(scope='module')
def native_sources(tmp_path_factory):
    """(path of a KenLM binary, Alphabet)"""
    directory = tmp_path_factory.mktemp('lm')
    text, arpa, binary = (str(directory / name) for name in ('text', 'arpa', 'binary'))
    with open(text, 'w') as file:
        file.write('one two\ntwo one\none one two\n')
    subprocess.run([deepspeech_kenlm.program('lmplz'), '-o', '2', '-S', '100M', '--discount_fallback', '--text', text,
                    '--arpa', arpa], stderr=subprocess.DEVNULL, check=True)
    subprocess.run([deepspeech_kenlm.program('build_binary'), '-v', 'trie', arpa, binary], stdout=subprocess.DEVNULL,
                   stderr=subprocess.DEVNULL, check=True)
    return binary, ctcdecode.Alphabet([' '] + [chr(code) for code in range(ord('a'), ord('z') + 1)])


class TestNativeWriter:
    """The same of what the decoder's own library writes: packages and tries, by Python and by its programs."""

    @pytest.fixture
    def write(self, native_sources):
        binary, labels = native_sources

        def write(path):
            ctcdecode.write_package(str(path), binary, ['one', 'two'], labels, alpha=1, beta=1)
        return write

    @pytest.fixture
    def written(self, write, tmp_path):
        write(tmp_path / 'expected')
        content = (tmp_path / 'expected').read_bytes()
        (tmp_path / 'expected').unlink()
        return content

    @pytest.mark.parametrize('make', targets.LINKS, ids=lambda make: make.__name__)
    def test_links_are_followed(self, write, written, tmp_path, make):
        link, target = make(tmp_path)
        before = targets.names(tmp_path)
        write(link)
        assert target.read_bytes() == written and link.is_symlink()
        assert targets.names(tmp_path) == before and targets.names(target.parent) == [target.name]

    @pytest.mark.parametrize('name', ['null', 'full'])
    def test_a_device_stays_a_device(self, write, tmp_path, name):
        path = targets.device(tmp_path, name)
        kind = targets.kind(path)
        if name == 'null':
            write(path)
        else:
            with pytest.raises(ValueError, match='full: cannot be written .No space left on device'):
                write(path)
        assert targets.kind(path) == kind and targets.names(tmp_path) == [name]

    def test_a_pipe_that_is_read_gets_the_content(self, write, written, tmp_path):
        with targets.read_pipe(tmp_path) as (path, read):
            write(path)
        assert b''.join(read) == written and stat.S_ISFIFO(targets.kind(path)) and targets.names(tmp_path) == ['pipe']

    @pytest.mark.parametrize('make', targets.REFUSED, ids=lambda make: make.__name__)
    def test_what_cannot_be_written_is_refused_at_once_and_stays(self, write, tmp_path, make):
        path = make(tmp_path)
        kind = targets.kind(path)
        with pytest.raises(ValueError, match=f'{path.name}: cannot be written'):
            write(path)
        assert targets.kind(path) == kind and targets.names(tmp_path) == [path.name]

    @pytest.mark.parametrize('mask', [0o022, 0o077])
    def test_permissions_are_those_of_any_new_file_or_of_the_old_one(self, write, tmp_path, mask):
        with targets.umask(mask):
            write(tmp_path / 'file')
        assert targets.permissions(tmp_path / 'file') == 0o666 & ~mask
        (tmp_path / 'file').chmod(0o640)
        write(tmp_path / 'file')
        assert targets.permissions(tmp_path / 'file') == 0o640
