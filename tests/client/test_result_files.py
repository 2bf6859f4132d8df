"""Results of the command `deepspeech` go where their paths lead, and what is no file stays what it is."""

import os
import stat

import pytest
import targets
from deepspeech.client import main
from deepspeech.result_files import write_result

TEXT = 'please wait ' * 30000 + '\u017eivot'


def test_a_device_stays_a_device_and_is_sent_the_text(tmp_path):
    path = targets.device(tmp_path)
    kind = targets.kind(path)
    write_result(str(path), TEXT)
    assert targets.kind(path) == kind and targets.names(tmp_path) == ['null']


@pytest.mark.parametrize('make', targets.LINKS, ids=lambda make: make.__name__)
def test_links_are_followed(tmp_path, make):
    link, target = make(tmp_path)
    before = targets.names(tmp_path)
    write_result(str(link), TEXT)
    assert target.read_text(encoding='utf-8') == TEXT and link.is_symlink()
    assert targets.names(tmp_path) == before and targets.names(target.parent) == [target.name]


def test_a_pipe_that_is_read_gets_the_text(tmp_path):
    with targets.read_pipe(tmp_path) as (path, read):
        write_result(str(path), TEXT)
    assert b''.join(read).decode('utf-8') == TEXT and stat.S_ISFIFO(targets.kind(path))


@pytest.mark.parametrize('make', targets.REFUSED, ids=lambda make: make.__name__)
def test_what_cannot_be_written_is_refused_at_once_and_stays(tmp_path, make):
    path = make(tmp_path)
    kind = targets.kind(path)
    with pytest.raises(OSError):
        write_result(str(path), TEXT)
    assert targets.kind(path) == kind and targets.names(tmp_path) == [path.name]


@pytest.mark.parametrize('mask', [0o022, 0o077])
def test_permissions_are_those_of_any_new_file_or_of_the_old_one(tmp_path, mask):
    path = tmp_path / 'result.txt'
    with targets.umask(mask):
        write_result(str(path), TEXT)
    assert targets.permissions(path) == 0o666 & ~mask
    path.chmod(0o640)
    write_result(str(path), TEXT)
    assert targets.permissions(path) == 0o640


def test_no_name_can_be_laid_in_wait_for(model_path, clip_path, tmp_path):
    """A link under the name that the command once wrote under meanwhile: what it leads to is not touched."""
    victim, results = tmp_path / 'victim', tmp_path / 'results'
    victim.write_bytes(targets.VICTIM)
    results.mkdir()
    name = os.path.splitext(os.path.basename(clip_path))[0] + '.txt'
    (results / f'{name}.part').symlink_to(victim)
    assert main(['--model', model_path, '--audio', clip_path, '--output_dir', str(results)]) == 0
    assert victim.read_bytes() == targets.VICTIM
    assert targets.names(results) == [name, f'{name}.part'] and (results / name).stat().st_size


def test_a_pipe_in_the_place_of_a_result_is_one_sentence(model_path, clip_path, tmp_path, capsys):
    name = os.path.splitext(os.path.basename(clip_path))[0] + '.txt'
    os.mkfifo(str(tmp_path / name))
    assert main(['--model', model_path, '--audio', clip_path, '--output_dir', str(tmp_path)]) == 1
    assert 'it is a pipe that nobody reads' in capsys.readouterr().err.splitlines()[-1]
    assert stat.S_ISFIFO(targets.kind(tmp_path / name))
