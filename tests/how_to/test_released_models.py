"""Released models come to models/ as how-tos say: `install.sh` or by name, from an address or by hand; training goes on."""

import http.server
import os
import shlex
import shutil
import subprocess
import sys
import tarfile
import threading
import zipfile
from pathlib import Path

import pytest

TOP = Path(__file__).resolve().parents[2]
GOLDEN = TOP / 'tests' / 'golden'
NAME = 'deepspeech-0.9.3-checkpoint'
FOREIGN = '/network/ds093/plain/'


def fetch(*words, script='bin/fetch_models.sh', **environment):
    return subprocess.run(['bash', script, *map(str, words)], cwd=str(TOP), timeout=120, universal_newlines=True,
                          env=dict(os.environ, VENV=sys.prefix, **environment), stdout=subprocess.PIPE, stderr=subprocess.PIPE)


def pack(path):
    """Packs the checkpoint that DeepSpeech 0.9.3 wrote, whose state files name paths of another machine."""
    source = GOLDEN / 'ds093-plain' / 'checkpoint'
    if path.suffix == '.zip':
        with zipfile.ZipFile(str(path), 'w', zipfile.ZIP_DEFLATED) as archive:
            for file in sorted(source.iterdir()):
                archive.write(str(file), f'{NAME}/{file.name}')
    else:
        with tarfile.open(str(path), f'w:{path.suffix[1:]}') as archive:
            archive.add(str(source), NAME)
    return path


@pytest.fixture
def models(tmp_path):
    """A directory with the files of a release, placed by hand."""
    directory = tmp_path / 'models'
    directory.mkdir()
    pack(directory / f'{NAME}.tar.gz')
    shutil.copy(str(GOLDEN / 'train.scorer'), str(directory / 'deepspeech-0.9.3-models.scorer'))
    return directory


def content_of(directory):
    """Returns {path: (content, time of the last change)} of all that lies in a directory."""
    return {path.relative_to(directory): (path.read_bytes(), path.stat().st_mtime_ns) for path in sorted(directory.rglob('*'))
            if path.is_file()}


def test_training_continues_from_a_released_checkpoint(models, deepspeech, one_clip, tmp_path):
    result = fetch('0.9.3', '--directory', models)
    assert result.returncode == 0, result.stderr
    assert 'deepspeech-0.9.3-models.pbmm is not there, and left out.' in result.stderr
    place = models / NAME / NAME
    for name in ('checkpoint', 'best_dev_checkpoint'):
        assert FOREIGN in (GOLDEN / 'ds093-plain' / 'checkpoint' / name).read_text()
        assert FOREIGN not in (place / name).read_text()
    (line,) = [line for line in result.stdout.splitlines() if line.startswith('Continue training:')]
    program, *flags = shlex.split(line.partition(' python ')[2].partition(' --train_files')[0])
    assert program == 'DeepSpeech.py' and str(models / 'deepspeech-0.9.3-models.scorer') in flags
    flags[flags.index('checkpoints')] = tmp_path / 'mine'
    before = content_of(place)
    run = deepspeech(*flags, '--train_files', one_clip, '--epochs', 1)
    assert run.returncode == 0, run.stdout
    assert f'{place}/best_dev-18' in run.stdout
    assert (tmp_path / 'mine' / 'train-19.index').exists() and content_of(place) == before


@pytest.mark.parametrize('ending', ['.tar.gz', '.tar.xz', '.zip'])
def test_what_is_done_stays_done(ending, tmp_path):
    archive, models = pack(tmp_path / f'{NAME}{ending}'), tmp_path / 'models'
    first = fetch(archive, '--directory', models)
    assert first.returncode == 0, first.stderr
    assert (models / NAME / NAME / 'best_dev_checkpoint').read_text().startswith('model_checkpoint_path: "best_dev-18"\n')
    before = content_of(models)
    again = fetch(archive, '--directory', models)
    assert (again.returncode, again.stdout, again.stderr) == (0, first.stdout, '')
    assert content_of(models) == before


def test_the_archive_may_go(models):
    assert fetch('v0.9.3', '--directory', models).returncode == 0
    (models / f'{NAME}.tar.gz').unlink()
    result = fetch('0.9.3', '--directory', models, '--offline', '--parts', 'checkpoint')
    assert result.returncode == 0 and 'Continue training:' in result.stdout, result.stderr


def test_what_a_kill_has_left_is_mended(models):
    """Killed while it unpacks, it leaves a directory of another name; killed afterwards, state files as they were."""
    half = models / f'{NAME}.unpacking' / 'content'
    half.mkdir(parents=True)
    (half / 'best_dev-18.index').write_bytes(b'half')
    assert fetch('0.9.3', '--directory', models).returncode == 0
    assert not half.parent.exists() and (models / NAME / NAME / 'best_dev-18.data-00000-of-00001').exists()
    state = models / NAME / NAME / 'checkpoint'
    shutil.copy(str(GOLDEN / 'ds093-plain' / 'checkpoint' / 'checkpoint'), str(state))
    assert fetch('0.9.3', '--directory', models).returncode == 0
    assert FOREIGN not in state.read_text()


def test_install_sh_takes_what_lies_there(models):
    shutil.copy(str(GOLDEN / 'ds093-plain' / 'output_graph.pb'), str(models))
    result = fetch('--directory', models, script='models/install.sh')
    assert result.returncode == 0, result.stderr
    graph, scorer = models / 'output_graph.pb', models / 'deepspeech-0.9.3-models.scorer'
    assert f'deepspeech --model {graph} --scorer {scorer}' in result.stdout


def test_from_an_address(models, tmp_path):
    class Handler(http.server.SimpleHTTPRequestHandler):
        def log_message(self, *words):
            pass

        def translate_path(self, path):
            return str(models / Path(path).name)

    with http.server.HTTPServer(('127.0.0.1', 0), Handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        address, target = f'http://127.0.0.1:{server.server_port}/v0.9.3', tmp_path / 'fetched'
        result = fetch('0.9.3', '--url', address, '--directory', target, '--parts', 'checkpoint', 'scorer', no_proxy='*')
        wrong = fetch(f'{address}/{NAME}.tar.gz', '--directory', tmp_path / 'other', '--digest', 'sha256:' + '0' * 64,
                      no_proxy='*')
        server.shutdown()
    assert result.returncode == 0, result.stderr
    assert (target / NAME / NAME / 'best_dev-18.index').exists() and (target / 'deepspeech-0.9.3-models.scorer').exists()
    assert wrong.returncode == 1 and 'its sha256 is ' in wrong.stderr and not list((tmp_path / 'other').iterdir())


def cut(path):
    path.write_bytes(path.read_bytes()[:path.stat().st_size // 2])


@pytest.mark.parametrize('make, sentence', [
    (lambda path: cut(pack(path / 'model.tar.gz')), 'nothing of it is kept'),
    (lambda path: (path / 'model.pb').write_bytes((GOLDEN / 'ds093-plain' / 'output_graph.pb').read_bytes()[:99999]),
     'get it again'),
    (lambda path: (path / 'model.scorer').write_bytes(b'<!DOCTYPE html><html>Not found</html>'), 'is a web page'),
    (lambda path: zipfile.ZipFile(str(path / 'x.zip'), 'w').writestr('readme.txt', 'none'), 'there is no checkpoint'),
    (lambda path: None, 'holds no archive and no model')], ids=['archive', 'graph', 'page', 'no-model', 'nothing'])
def test_what_is_no_model_is_one_sentence(make, sentence, tmp_path):
    make(tmp_path)
    result = fetch('--directory', tmp_path)
    assert result.returncode == 1 and sentence in result.stderr, result.stderr
    assert len(result.stderr.splitlines()) == 1 and not (tmp_path / 'model').exists()


def test_nothing_is_written_outside(tmp_path):
    archive = tmp_path / 'in' / f'{NAME}.tar.gz'
    archive.parent.mkdir()
    with tarfile.open(str(archive), 'w:gz') as tar:
        for name in ('../outside.index', f'{tmp_path}/absolute.index', 'inside/train-1.index'):
            tar.addfile(tarfile.TarInfo(name))
    result = fetch(archive, '--directory', tmp_path / 'models')
    assert result.returncode == 0, result.stderr
    assert {path.name for path in tmp_path.rglob('*.index')} == {'train-1.index'}


def test_a_release_whose_address_nobody_knows(tmp_path):
    result = fetch('0.9.3', '--directory', tmp_path)
    assert result.returncode == 1 and 'the address of the directory that they are published in with --url.' in result.stderr
