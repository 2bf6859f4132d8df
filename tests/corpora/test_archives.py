"""Archives as corpora have them: unpacked whole and once, by content, whoever made them; damage is never taken for the end."""

import gzip
import os
import shutil
import subprocess
import tarfile
import zipfile
from pathlib import Path

import pytest

from deepspeech_training.corpora.fetching.archives import MARKER, unpack, unpack_nested
from deepspeech_training.errors import DataError

CLIP = Path(__file__).resolve().parent.parent / 'clips'
COMPRESSIONS = {'': '.tar', 'gz': '.tgz', 'bz2': '.tar.bz2', 'xz': '.tar.xz'}


def files_of(directory):
    """Returns {path: content} of what a directory holds, without our own mark."""
    return {str(path.relative_to(directory)): path.read_bytes() for path in sorted(Path(directory).rglob('*'))
            if path.is_file() and path.name != MARKER}


@pytest.fixture
def corpus(tmp_path):
    """A directory of real audio, with names of all kinds."""
    top = tmp_path / 'corpus'
    (top / 'clips' / ('long' * 40) / ('name' * 40)).mkdir(parents=True)
    (top / 'empty').mkdir()
    for number, clip in enumerate(sorted(CLIP.rglob('*.wav'))[:5]):
        shutil.copy(str(clip), str(top / 'clips' / f'{number}.wav'))
    (top / 'clips' / ('long' * 40) / ('name' * 40) / 'caf\u00e9 \u8a9e.txt').write_text('one two', encoding='utf-8')
    (top / 'nothing.txt').write_bytes(b'')
    return top


def tar_of(corpus, path, compression='', **options):
    with tarfile.open(str(path), f'w:{compression}', **options) as tar:
        tar.add(str(corpus), 'corpus')
    return str(path)


def zip_of(corpus, path):
    with zipfile.ZipFile(str(path), 'w', zipfile.ZIP_DEFLATED) as archive:
        for name in files_of(corpus):
            archive.write(str(corpus / name), f'corpus/{name}')
    return str(path)


@pytest.mark.parametrize('compression', sorted(COMPRESSIONS))
@pytest.mark.parametrize('layout', [tarfile.GNU_FORMAT, tarfile.PAX_FORMAT], ids=['gnu', 'pax'])
def test_tar_archives_come_out_as_they_went_in(corpus, tmp_path, compression, layout):
    path = tar_of(corpus, tmp_path / 'misnamed.zip', compression, format=layout)
    assert unpack(path, str(tmp_path / 'out')) == str(tmp_path / 'out')
    assert files_of(tmp_path / 'out' / 'corpus') == files_of(corpus)
    assert (tmp_path / 'out' / 'corpus' / 'empty').is_dir()
    assert sorted(os.listdir(str(tmp_path))) == ['corpus', 'misnamed.zip', 'out']


@pytest.mark.parametrize('layout', ['v7', 'oldgnu', 'gnu', 'ustar', 'posix'])
def test_archives_of_the_tar_program_come_out_as_they_went_in(corpus, tmp_path, layout):
    shutil.rmtree(str(corpus / 'clips' / ('long' * 40)))  # too long for the oldest
    os.link(str(corpus / 'clips' / '1.wav'), str(corpus / 'clips' / 'again.wav'))
    subprocess.run(['tar', '-C', str(tmp_path), '--format', layout, '-czf', str(tmp_path / 'a.tgz'), 'corpus'], check=True)
    unpack(str(tmp_path / 'a.tgz'), str(tmp_path / 'out'))
    assert files_of(tmp_path / 'out' / 'corpus') == files_of(corpus)
    assert os.stat(str(tmp_path / 'out' / 'corpus' / 'clips' / 'again.wav')).st_nlink == 1


def test_zip_archives_also_in_parts_come_out_as_they_went_in(corpus, tmp_path):
    content = Path(zip_of(corpus, tmp_path / 'a.zip')).read_bytes()
    unpack(str(tmp_path / 'a.zip'), str(tmp_path / 'out'))
    assert files_of(tmp_path / 'out' / 'corpus') == files_of(corpus)
    step = len(content) // 3 + 1
    parts = [tmp_path / f'a.zip.00{number}' for number in range(3)]
    for number, part in enumerate(parts):
        part.write_bytes(content[number * step:(number + 1) * step])
    unpack([str(part) for part in parts], str(tmp_path / 'joined'))
    assert files_of(tmp_path / 'joined' / 'corpus') == files_of(corpus)
    with pytest.raises(DataError, match='cut short'):
        unpack([str(part) for part in parts[:2]], str(tmp_path / 'half'))


def test_a_single_compressed_file_keeps_its_name_without_the_ending(tmp_path):
    with gzip.open(str(tmp_path / 'words.txt.gz'), 'wb') as file:
        file.write(b'one two\n')
    unpack(str(tmp_path / 'words.txt.gz'), str(tmp_path / 'out'))
    assert files_of(tmp_path / 'out') == {'words.txt': b'one two\n'}


def test_the_importer_says_what_goes_where(corpus, tmp_path):
    path = tar_of(corpus, tmp_path / 'a.tar')
    unpack(path, str(tmp_path / 'out'), members=lambda name: os.path.basename(name) if name.endswith('.wav') else None)
    assert sorted(files_of(tmp_path / 'out')) == ['0.wav', '1.wav', '2.wav', '3.wav', '4.wav']


def test_a_second_run_touches_nothing_also_without_the_archive_or_with_a_copy(corpus, tmp_path):
    path = tar_of(corpus, tmp_path / 'a.tar')
    unpack(path, str(tmp_path / 'out'))
    (tmp_path / 'out' / 'mine.txt').write_text('kept', encoding='utf-8')
    before = files_of(tmp_path / 'out')
    unpack(path, str(tmp_path / 'out'))
    os.utime(path, (1, 1))  # as copies have
    unpack(path, str(tmp_path / 'out'))
    os.remove(path)
    unpack(path, str(tmp_path / 'out'))
    assert files_of(tmp_path / 'out') == before


def test_another_archive_is_not_unpacked_over_the_first(corpus, tmp_path):
    unpack(tar_of(corpus, tmp_path / 'a.tar'), str(tmp_path / 'out'))
    (corpus / 'nothing.txt').write_bytes(b'x' * 9999)
    with pytest.raises(DataError, match='another archive .* remove it'):
        unpack(tar_of(corpus, tmp_path / 'a.tar'), str(tmp_path / 'out'))


def test_what_was_unpacked_by_hand_is_used_as_it_is(corpus, tmp_path, capsys):
    (tmp_path / 'out').mkdir()
    (tmp_path / 'out' / 'mine.txt').write_text('kept', encoding='utf-8')
    unpack(tar_of(corpus, tmp_path / 'a.tar'), str(tmp_path / 'out'))
    assert files_of(tmp_path / 'out') == {'mine.txt': b'kept'} and 'used as it is' in capsys.readouterr().out


def test_an_empty_directory_and_a_link_to_one_are_filled(corpus, tmp_path):
    path = tar_of(corpus, tmp_path / 'a.tar')
    (tmp_path / 'disk').mkdir()
    (tmp_path / 'out').symlink_to(tmp_path / 'disk')
    unpack(path, str(tmp_path / 'out'))
    assert files_of(tmp_path / 'disk' / 'corpus') == files_of(corpus)


def test_archives_within_are_unpacked_beside_themselves_once(corpus, tmp_path):
    for name in ('S0002', 'S0003'):
        tar_of(corpus, corpus / f'{name}.tar.gz', 'gz')
    made = unpack_nested(str(tmp_path), 'corpus/*.tar.gz')
    assert made == [str(corpus / 'S0002'), str(corpus / 'S0003')]
    assert (corpus / 'S0003' / 'corpus' / 'clips' / '1.wav').exists()
    stamp = os.stat(made[0]).st_mtime_ns
    assert unpack_nested(str(tmp_path), 'corpus/*.tar.gz') == made and os.stat(made[0]).st_mtime_ns == stamp


def refusal(path, tmp_path, **options):
    """Returns the sentence with which an archive is refused; nothing is left of it."""
    with pytest.raises(DataError) as refused:
        unpack(str(path), str(tmp_path / 'refused' / 'out'), **options)
    assert os.listdir(str(tmp_path / 'refused')) == []
    return str(refused.value)


@pytest.mark.parametrize('kind', ['', 'gz', 'bz2', 'xz', 'zip'])
def test_an_archive_that_is_cut_off_anywhere_is_said_to_be(tmp_path, kind):
    (tmp_path / 'small').mkdir()
    for number in range(3):
        (tmp_path / 'small' / f'{number}.txt').write_bytes(os.urandom(600))
    whole = tmp_path / 'whole'
    zip_of(tmp_path / 'small', whole) if kind == 'zip' else tar_of(
        tmp_path / 'small', whole, kind, format=tarfile.GNU_FORMAT)
    content = whole.read_bytes()
    if kind == '':
        content = content[:6144]  # three headers and a directory's, six blocks of data, two of the end: without the filling
        assert not content[-1024:].strip(b'\0') and content[-1536:-1024].strip(b'\0')
        ends = range(512, 5632, 128)  # one block of zeros is an end
    else:
        ends = sorted({*range(6, len(content), 61), len(content) - 1})
    for end in ends:
        (tmp_path / 'cut').write_bytes(content[:end])
        assert 'cut short' in refusal(tmp_path / 'cut', tmp_path), end
    (tmp_path / 'cut').write_bytes(content)
    unpack(str(tmp_path / 'cut'), str(tmp_path / 'out'))
    assert files_of(tmp_path / 'out' / 'corpus') == files_of(tmp_path / 'small')


@pytest.mark.parametrize('kind', ['gz', 'bz2', 'xz', 'zip'])
def test_a_flipped_bit_is_damage(corpus, tmp_path, kind):
    whole = tmp_path / 'whole'
    zip_of(corpus, whole) if kind == 'zip' else tar_of(corpus, whole, kind)
    content = bytearray(whole.read_bytes())
    content[len(content) // 2] ^= 1
    whole.write_bytes(content)
    assert 'damaged' in refusal(whole, tmp_path)
