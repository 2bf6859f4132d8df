"""Archives made to do harm, or by accident: nothing is written outside the target, no disk is filled, a kill is mended."""

import io
import os
import signal
import stat
import struct
import subprocess
import sys
import tarfile
import time
import zipfile
import zlib
from pathlib import Path

import pytest

from deepspeech_training.corpora import unpacking
from deepspeech_training.corpora.archives import MARKER, unpack
from deepspeech_training.errors import DataError


def member(name, content=b'one', kind=tarfile.REGTYPE, link='', mode=0o644):
    info = tarfile.TarInfo(name)
    info.type, info.linkname, info.mode, info.size = kind, link, mode, len(content) if kind == tarfile.REGTYPE else 0
    return info, content


def tar_with(path, *members, compression='gz', layout=tarfile.PAX_FORMAT):
    with tarfile.open(str(path), f'w:{compression}', format=layout, errors='surrogateescape') as tar:
        for info, content in members:
            tar.addfile(info, io.BytesIO(content))
    return str(path)


def tree(directory):
    """Returns {path: kind and content} of all below a directory."""
    return {str(path.relative_to(directory)): (stat.S_IFMT(os.lstat(str(path)).st_mode),
                                               path.read_bytes() if path.is_file() else b'')
            for path in sorted(Path(directory).rglob('*'))}


@pytest.fixture
def place(tmp_path):
    """A directory for a target, with others beside it."""
    for name in ('in/side', 'secret'):
        (tmp_path / name).mkdir(parents=True)
    (tmp_path / 'secret' / 'file').write_bytes(b'mine')
    return tmp_path


HARMFUL = {
    'absolute names': lambda place: member(str(place / 'secret' / 'file')),
    'names that lead out': lambda place: member('a/../../secret/file'),
    'names that lead out of': lambda place: member('..\\..\\secret\\file'),
    'absolute': lambda place: member('C:\\windows\\file'),
    'absolute name': lambda place: member('\\\\server\\file'),
    'symbolic links': lambda place: member('way', kind=tarfile.SYMTYPE, link=str(place / 'secret')),
    'hard links that lead out': lambda place: member('hard', kind=tarfile.LNKTYPE, link='../../secret/file'),
    'hard links to what is not in the archive': lambda place: member('hard', kind=tarfile.LNKTYPE, link='none'),
    'devices and pipes': lambda place: member('null', kind=tarfile.CHRTYPE),
    'devices': lambda place: member('pipe', kind=tarfile.FIFOTYPE),
    'names with control': lambda place: member('new\nline'),
    'too long': lambda place: member('n' * 256),
    'too long names': lambda place: member('/'.join(['n' * 200] * 20)),
    'more than 100 directories': lambda place: member('a/' * 150 + 'a'),
    'marks of our own': lambda place: member(MARKER),
    'notes of macOS': lambda place: member('clips/._1.wav'),
}


@pytest.mark.parametrize('what', sorted(HARMFUL))
def test_a_harmful_member_is_left_out_counted_and_named_and_the_rest_is_there(place, what, capsys):
    before = tree(place)
    info, content = HARMFUL[what](place)
    path = tar_with(place / 'a.tgz', member('first', b'1'), (info, content), (info, content), member('last', b'2'))
    target = place / 'in' / 'side' / 'out'
    unpack(path, str(target))
    warning, = [line for line in capsys.readouterr().out.split('\n') if line]
    assert warning.startswith(f'W {path}: 2 ') and what.split(' name')[0] in warning and 'the first: ' in warning
    assert sorted(os.listdir(str(target))) == [MARKER, 'first', 'last']
    assert {name: value for name, value in tree(place).items() if not name.startswith(('in/side/out', 'a.tgz'))} == before


def test_a_link_that_is_used_as_a_directory_later_becomes_a_plain_one(place):
    path = tar_with(place / 'a.tar', member('way', kind=tarfile.SYMTYPE, link=str(place / 'secret')),
                    member('way/file', b'yours'))
    unpack(path, str(place / 'out'))
    assert (place / 'secret' / 'file').read_bytes() == b'mine' and (place / 'out' / 'way' / 'file').read_bytes() == b'yours'


@pytest.mark.parametrize('name', ['out', 'out.unpacking'])
def test_a_link_laid_where_the_target_is_made_is_not_followed(place, name):
    path = tar_with(place / 'a.tar', member('file', b'yours'))
    os.symlink(str(place / 'secret'), str(place / name))
    before = tree(place / 'secret')
    if name == 'out':  # somebody's own directory elsewhere: used as it is
        unpack(path, str(place / 'out'))
    else:
        with pytest.raises(DataError, match='remove it'):
            unpack(path, str(place / 'out'))
    assert tree(place / 'secret') == before


def test_links_left_in_a_directory_of_an_earlier_run_are_removed_not_followed(place):
    (place / 'out.unpacking' / 'content').mkdir(parents=True)
    os.symlink(str(place / 'secret'), str(place / 'out.unpacking' / 'content' / 'way'))
    unpack(tar_with(place / 'a.tar', member('way/file', b'yours')), str(place / 'out'))
    assert (place / 'secret' / 'file').read_bytes() == b'mine' and not (place / 'out.unpacking').exists()


def test_permissions_come_from_the_umask(place):
    path = tar_with(place / 'a.tar', member('program', mode=0o6777), member('hidden', mode=0))
    unpack(path, str(place / 'out'))
    umask = os.umask(0)
    os.umask(umask)
    for name in ('program', 'hidden'):
        assert stat.S_IMODE(os.stat(str(place / 'out' / name)).st_mode) == 0o666 & ~umask
    assert stat.S_IMODE(os.stat(str(place / 'out')).st_mode) == 0o777 & ~umask


def test_a_member_that_comes_twice_counts_as_it_was_last_and_conflicts_are_named(place, capsys):
    path = tar_with(place / 'a.tar', member('a', b'1'), member('a', b'22'), member('a/b', b'3'), member('c/d', b'4'),
                    member('c', b'5'))
    unpack(path, str(place / 'out'))
    assert (place / 'out' / 'a').read_bytes() == b'22' and (place / 'out' / 'c' / 'd').read_bytes() == b'4'
    said = capsys.readouterr().out
    assert '1 files have replaced earlier ones' in said and '2 names of both a file and a directory' in said


def test_names_of_old_systems_are_guessed(place, capsys):
    path = tar_with(place / 'a.tar', member('caf\udce9.wav'), layout=tarfile.GNU_FORMAT)
    unpack(path, str(place / 'out'))
    assert (place / 'out' / 'caf\u00e9.wav').exists() and '1 names that are not UTF-8 were guessed' in capsys.readouterr().out


def test_hard_links_to_earlier_members_become_copies(place):
    path = tar_with(place / 'a.tar', member('a', b'1'), member('b', kind=tarfile.LNKTYPE, link='a'),
                    member('a', kind=tarfile.LNKTYPE, link='a'))
    unpack(path, str(place / 'out'))
    assert (place / 'out' / 'a').read_bytes() == (place / 'out' / 'b').read_bytes() == b'1'
    assert not os.path.samefile(str(place / 'out' / 'a'), str(place / 'out' / 'b'))


def refusal(path, place, **options):
    with pytest.raises(DataError) as refused:
        unpack(str(path), str(place / 'in' / 'side' / 'out'), **options)
    assert os.listdir(str(place / 'in' / 'side')) == [] and len(str(refused.value).split('\n')) == 1
    return str(refused.value)


def test_bombs_are_refused(place, monkeypatch):
    monkeypatch.setattr(unpacking, 'RATIO_FREE_BYTES', 1 << 20)
    zeros = member('zeros', bytes(20 << 20))
    assert 'more than 200 times' in refusal(tar_with(place / 'a.tgz', zeros), place)
    assert 'more than 200 times' in refusal(tar_with(place / 'a.txz', zeros, compression='xz'), place)
    with zipfile.ZipFile(str(place / 'a.zip'), 'w', zipfile.ZIP_DEFLATED) as archive:
        archive.writestr('zeros', bytes(20 << 20))
    assert 'more than 200 times' in refusal(place / 'a.zip', place)
    monkeypatch.setattr(unpacking, 'MOST_RATIO', 10 ** 9)
    assert 'are allowed' in refusal(place / 'a.zip', place, most_bytes=1 << 20)
    assert 'are allowed' in refusal(place / 'a.tgz', place, most_bytes=1 << 20)
    links = [member(f'link{number}', kind=tarfile.LNKTYPE, link='first') for number in range(50)]
    path = tar_with(place / 'b.tgz', member('first', os.urandom(1 << 18)), *links)
    assert 'are allowed' in refusal(path, place, most_bytes=8 << 20)


def test_a_zip_archive_with_lies_is_refused(place):
    path = place / 'a.zip'
    with zipfile.ZipFile(str(path), 'w') as archive:
        archive.writestr('one', b'1' * 100)
        archive.writestr('two', b'2' * 100)
    whole = path.read_bytes()
    lists = [place_ for place_ in range(len(whole)) if whole.startswith(b'PK\x01\x02', place_)]
    lies = {'overlap': (lists[1] + 42, struct.pack('<I', 0)), 'encrypted': (lists[0] + 8, b'\x01'),
            'a way that Python cannot read': (lists[0] + 10, b'\x63'), 'CRC': (lists[0] + 16, b'\0\0\0\0'),
            'bytes that are stated|CRC|EOF|damaged': (lists[0] + 24, struct.pack('<I', 5000))}
    for what, (at, lie) in lies.items():
        path.write_bytes(whole[:at] + lie + whole[at + len(lie):])
        assert any(word in refusal(path, place) for word in what.split('|')), what


def test_what_windows_writes_beyond_two_gigabytes_needs_a_package_that_is_named(place, monkeypatch):
    monkeypatch.setitem(sys.modules, 'inflate64', None)  # cannot be imported
    with zipfile.ZipFile(str(place / 'a.zip'), 'w') as archive:
        archive.writestr('one', b'1' * 100)
    content = bytearray((place / 'a.zip').read_bytes())
    content[content.index(b'PK\x01\x02') + 10] = 9  # Deflate64
    (place / 'a.zip').write_bytes(content)
    assert 'pip install inflate64' in refusal(place / 'a.zip', place)


def test_links_and_pipes_in_zip_archives_are_left_out(place, capsys):
    with zipfile.ZipFile(str(place / 'a.zip'), 'w') as archive:
        for name, kind in (('link', stat.S_IFLNK), ('pipe', stat.S_IFIFO), ('file', stat.S_IFREG)):
            info = zipfile.ZipInfo(name)
            info.create_system, info.external_attr = 3, (kind | 0o777) << 16
            archive.writestr(info, str(place / 'secret'))
    unpack(str(place / 'a.zip'), str(place / 'out'))
    assert sorted(os.listdir(str(place / 'out'))) == [MARKER, 'file']
    assert '1 symbolic links were left out' in capsys.readouterr().out


@pytest.mark.parametrize('content, what', [
    (b'<!DOCTYPE html><html>Sign in</html>', 'is a web page, not a tar or zip archive; the download failed'),
    (b'', 'is an empty file'), (b'version https://git-lfs.github.com/spec/v1\noid sha256:0\n', 'git lfs pull'),
    (b'7z\xbc\xaf\x27\x1c' + bytes(600), 'is a 7-Zip archive'), (bytes(10240), 'holds no file'),
    (zlib.compress(b'x'), 'is something unknown')], ids=['page', 'empty', 'lfs', '7z', 'zeros', 'unknown'])
def test_what_is_no_archive_is_named(place, content, what):
    (place / 'a.tar.gz').write_bytes(content)
    assert what in refusal(place / 'a.tar.gz', place)


def test_zeros_in_place_of_the_rest_are_no_end(place):
    path = tar_with(place / 'a.tar', *[member(f'{number}', os.urandom(3000)) for number in range(9)], compression='')
    content = bytearray(Path(path).read_bytes())
    content[8192:16384] = bytes(8192)
    Path(path).write_bytes(content)
    assert 'damaged' in refusal(path, place)


def test_one_archive_behind_another_and_garbage_behind_a_compressed_one(place, capsys):
    one = tar_with(place / '1.tar', member('one'), compression='')
    two = tar_with(place / '2.tar', member('two'), compression='')
    (place / 'both.tar').write_bytes(Path(one).read_bytes() + Path(two).read_bytes())
    unpack(str(place / 'both.tar'), str(place / 'both'))
    assert sorted(os.listdir(str(place / 'both'))) == [MARKER, 'one', 'two']
    (place / 'more.tgz').write_bytes(Path(tar_with(place / '3.tgz', member('one'))).read_bytes() + b'garbage')
    unpack(str(place / 'more.tgz'), str(place / 'more'))
    assert '7 bytes behind its end were ignored' in capsys.readouterr().out


def test_a_full_disk_is_one_sentence_and_nothing_looks_finished(place):
    path = tar_with(place / 'a.tar', *[member(f'{number}', os.urandom(30000)) for number in range(9)])
    code = (f'import resource; resource.setrlimit(resource.RLIMIT_FSIZE, (20000, 20000))\nimport signal\n'
            f'signal.signal(signal.SIGXFSZ, signal.SIG_IGN)\nfrom deepspeech_training.corpora.archives import unpack\n'
            f'unpack({path!r}, {str(place / "out")!r})')
    result = subprocess.run([sys.executable, '-c', code], stderr=subprocess.PIPE, universal_newlines=True)
    assert 'DataError' in result.stderr and 'File too large' in result.stderr
    assert not (place / 'out').exists() and not (place / 'out.unpacking').exists()


UNPACK = 'import sys; from deepspeech_training.corpora.archives import unpack; unpack(sys.argv[1], sys.argv[2])'


def test_a_kill_at_any_moment_costs_another_run(place):
    """The directory never shows up unfinished, and comes out equal."""
    path = tar_with(place / 'a.tgz', *[member(f'{number // 100}/{number}', os.urandom(2000)) for number in range(1200)])
    unpack(path, str(place / 'whole'))
    n_killed = 0
    for number in range(3):
        process = subprocess.Popen([sys.executable, '-c', UNPACK, path, str(place / 'out')])
        while process.poll() is None and not (place / 'out.unpacking' / 'content' / f'{number * 4}').exists():
            time.sleep(.001)
        process.send_signal(signal.SIGKILL)
        n_killed += process.wait() == -signal.SIGKILL
        assert not (place / 'out').exists() or process.returncode == 0
        if (place / 'out').exists():
            break
    assert n_killed
    unpack(path, str(place / 'out'))
    assert {name: value for name, value in tree(place / 'out').items()} == tree(place / 'whole')
    assert not (place / 'out.unpacking').exists()


def test_two_programs_do_not_unpack_the_same(place):
    path = tar_with(place / 'a.tgz', *[member(f'{number}', os.urandom(100)) for number in range(2000)])
    processes = [subprocess.Popen([sys.executable, '-c', UNPACK, path, str(place / 'out')], stderr=subprocess.PIPE,
                                  universal_newlines=True) for _ in range(3)]
    ends = [(process.communicate()[1], process.returncode) for process in processes]
    assert any(code == 0 for _, code in ends)
    assert all(code == 0 or 'another program is unpacking' in said for said, code in ends)
    assert len(tree(place / 'out')) == 2001
