"""`pip install -e .` alone gives a trainer that trains; what it lacks for more is a sentence with the command."""

import os
import shutil
import subprocess
import sys
import sysconfig
from pathlib import Path

import pip
import pytest

from deepspeech_training import incomplete

TOP = Path(__file__).resolve().parents[2]
IMPORTERS = sorted(TOP.glob('bin/import_*.py'))  # all of them the same lines
PROGRAMS = [TOP / 'DeepSpeech.py', *sorted(path for path in TOP.glob('bin/*.py') if path not in IMPORTERS[1:])]
OURS = ('deepspeech', 'ds_ctcdecoder', '__editable__', '_deepspeech', '__pycache__')
INSTALLING = 'pip install ./native_client/python ./native_client/ctcdecode ./native_client/layers'
# Without site, whose .pth files name more packages; TensorFlow 1.15 asks it for this directory.
PROGRAM = """
import runpy, site, sys
site.getusersitepackages()
del sys.argv[0]
runpy.run_path(sys.argv[0], run_name='__main__')
"""


def run_with(paths, environment, words):
    """Runs a program with the packages in `paths` alone."""
    return subprocess.run([sys.executable, '-S', '-c', PROGRAM, *map(str, words)], cwd=str(TOP), timeout=200,
                          env=dict(environment, PYTHONPATH=os.pathsep.join(map(str, paths)), PYTHONDONTWRITEBYTECODE='1'),
                          stdout=subprocess.PIPE, stderr=subprocess.PIPE, universal_newlines=True, encoding='utf-8')


@pytest.fixture(scope='module')
def packages(tmp_path_factory):
    """A directory with links to all installed packages but ours."""
    directory = tmp_path_factory.mktemp('packages')
    for place in {sysconfig.get_path('purelib'), sysconfig.get_path('platlib')}:
        for name in os.listdir(place):
            if not name.startswith(OURS) and not name.endswith(('.pth', '.egg-link')):
                (directory / name).symlink_to(os.path.join(place, name))
    return directory


@pytest.fixture
def run(packages, home):
    """run(program, *words, training=..., before=()) runs it with these packages and the trainer alone."""
    def run_(program, *words, training=TOP / 'training', before=(), **variables):
        environment = dict(home, **{name: str(value) for name, value in variables.items()})
        return run_with([*before, packages, training], environment, [program, *words])
    return run_


@pytest.fixture
def elsewhere(tmp_path):
    """A directory with the trainer's package as `pip install .` leaves it: no checkout around it."""
    shutil.copytree(str(TOP / 'training' / 'deepspeech_training'), str(tmp_path / 'site' / 'deepspeech_training'))
    return tmp_path / 'site'


def test_an_editable_installation_trains(run, one_clip, tmp_path):
    result = run('DeepSpeech.py', '--train_files', one_clip, '--n_hidden', 8, '--epochs', 1, '--checkpoint_dir', tmp_path / 'd')
    assert result.returncode == 0, result.stdout + result.stderr
    assert (tmp_path / 'd' / 'train-1.index').exists()


@pytest.mark.parametrize('flag, package', [('--test_files', 'ctcdecode'), ('--export_dir', 'python')])
def test_what_a_later_phase_lacks_is_told_before_the_training(run, one_clip, tmp_path, flag, package):
    result = run('DeepSpeech.py', '--train_files', one_clip, flag, one_clip if flag == '--test_files' else tmp_path / 'export',
                 '--n_hidden', 8, '--epochs', 1, '--checkpoint_dir', tmp_path / 'd', DS_LIBRARY=tmp_path / 'none')
    assert result.returncode == 1 and f'pip install ./native_client/{package}' in result.stdout, result.stdout + result.stderr
    assert 'Traceback' not in result.stderr and 'Optimization' not in result.stdout
    assert not list(tmp_path.glob('d/*.index'))


@pytest.mark.parametrize('program', PROGRAMS, ids=lambda path: path.name)
def test_without_a_checkout_every_program_says_what_is_missing(run, elsewhere, program):
    result = run(program, '--help', training=elsewhere)
    assert 'Traceback' not in result.stderr
    if program.name == 'convert_graphdef_memmapped_format.py':  # of the client alone
        assert 'E the client cannot be loaded' in result.stderr
    elif program.name == 'doctor.py':  # for whom this is a finding
        assert result.returncode == 0
    else:
        (line,) = result.stderr.splitlines()
        assert result.returncode == 1 and line.startswith('E ') and INSTALLING in line


def test_the_published_client_cannot_stand_in(run, elsewhere, tmp_path):
    (tmp_path / 'published' / 'deepspeech').mkdir(parents=True)
    (tmp_path / 'published' / 'deepspeech' / '__init__.py').write_text('')
    for training in (elsewhere, TOP / 'training'):
        result = run('bin/stats.py', '--help', training=training, before=[tmp_path / 'published'])
        (line,) = result.stderr.splitlines()
        assert result.returncode == 1 and 'is not the one of this project' in line and 'pip uninstall deepspeech' in line


def test_a_missing_tensorflow_is_a_sentence(packages, home, one_clip, tmp_path):
    bare = tmp_path / 'bare'
    bare.mkdir()
    for path in packages.iterdir():
        if path.name != 'tensorflow':
            (bare / path.name).symlink_to(path)
    result = run_with([bare, TOP / 'training'], home,
                      ['DeepSpeech.py', '--train_files', one_clip, '--n_hidden', 8, '--checkpoint_dir', tmp_path / 'd'])
    assert result.returncode == 1
    assert result.stderr.startswith('E TensorFlow is not installed; run pip install "tensorflow'), result.stderr


def test_a_missing_library_of_the_client_is_a_sentence(run, tmp_path):
    shutil.copy(str(TOP / 'tests' / 'golden' / 'ds093-plain' / 'output_graph.pb'), str(tmp_path))
    result = run('transcribe.py', '--src', TOP / 'tests' / 'clips' / 'digits_yesterday.wav', '--dst', tmp_path / 'out',
                 '--model', tmp_path / 'output_graph.pb', DS_LIBRARY=tmp_path / 'none')
    assert result.returncode == 1 and 'Traceback' not in result.stderr
    assert f'{tmp_path / "none"} is missing, the native library' in result.stdout + result.stderr


@pytest.mark.parametrize('version, is_old', [('20.2.2', True), ('21.2', True), ('21.3', False), ('26.0.dev1', False)])
def test_an_old_pip_is_to_be_upgraded_first(version, is_old, monkeypatch):
    monkeypatch.setattr(pip, '__version__', version)
    command = incomplete.installing(['ds_ctcdecoder'])
    assert ('python -m pip install --upgrade pip && ' in command) == is_old
    assert command.endswith('pip install ./native_client/ctcdecode')
