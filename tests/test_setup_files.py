"""Set-up files that nothing else runs in a test: the requirements, the scripts' syntax, what set-up asks pip for."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

TOP = Path(__file__).resolve().parents[1]
SCRIPTS = sorted(TOP.glob('bin/*.sh')) + [TOP / 'bench/image.sh', TOP / '.ci/run']


def test_requirements_name_what_the_trainer_uses_for_both_tensorflows():
    lines = (TOP / 'requirements.txt').read_text(encoding='utf-8').splitlines()
    named = {re.match(r'[\w-]+', line).group() for line in lines if re.match(r'\w', line)}
    assert named >= {'tensorflow', 'numpy', 'pandas', 'sox', 'pyxdg', 'progressbar2', 'kenlm', 'absl-py'}
    assert '-e .' in lines
    assert './native_client/kenlm' in lines
    assert 'tensorflow==1.15.5; python_version < "3.8"' in lines


@pytest.mark.parametrize('script', SCRIPTS, ids=lambda path: path.name)
def test_shell_script_parses(script):
    subprocess.run(['bash', '-n', str(script)], check=True)


def test_unknown_language_is_refused_before_anything_is_installed(tmp_path):
    result = subprocess.run(['bash', str(TOP / 'bin/run-asterisk.sh'), 'xx'], cwd=str(tmp_path), stdout=subprocess.PIPE,
                            stderr=subprocess.PIPE, universal_newlines=True)
    assert (result.returncode, result.stdout) == (1, '')
    assert result.stderr.startswith('E xx: ')


def test_a_commit_is_checked_by_the_ruff_of_ci():
    pinned = dict(re.findall(r'^([\w-]+)==(.+)$', (TOP / 'requirements_lint.txt').read_text(encoding='utf-8'), re.MULTILINE))
    hook = re.search(r'rev: v(.+)', (TOP / '.pre-commit-config.yaml').read_text(encoding='utf-8')).group(1)
    assert hook == pinned['ruff']


def pinned_cuda():
    return dict(re.findall(r'^([\w-]+)==(.+)$', (TOP / 'constraints-gpu.txt').read_text(encoding='utf-8'), re.MULTILINE))


def test_cuda_libraries_are_those_that_tensorflow_was_built_with():
    metadata = pytest.importorskip('importlib.metadata', reason='Python 3.7 has TensorFlow 1.15, which brings none')
    wanted = [each for each in metadata.requires('tensorflow') if 'and-cuda' in each]
    if '2.21' not in metadata.version('tensorflow'):
        pytest.skip('the pins are those of TensorFlow 2.21')
    lowest = {re.match(r'[\w-]+', each).group(): re.search(r'>=([\w.]+)', each).group(1) for each in wanted}
    assert pinned_cuda() == lowest and len(lowest) > 8


@pytest.fixture
def set_up(tmp_path):
    """Function that runs bin/setup.sh on an environment whose interpreter only writes down what it is to install.

    Returns what the script says, and what pip was asked for in the end.
    """
    asked, programs = tmp_path / 'asked', tmp_path / 'bin'
    programs.mkdir()
    for name in ('python', 'pip'):
        (programs / name).write_text(f'#!/bin/sh\ncase "$1" in -c|--version) exec {sys.executable} "$@";; esac\n'
                                     f'echo "$@" >>{asked}\n')
        (programs / name).chmod(0o755)

    def set_up(**variables):
        result = subprocess.run(['bash', str(TOP / 'bin/setup.sh')], env=dict(os.environ, VENV=str(tmp_path), **variables),
                                stdout=subprocess.PIPE, stderr=subprocess.STDOUT, universal_newlines=True)
        assert result.returncode == 0, result.stdout
        return result.stdout, asked.read_text().splitlines()[-1] if asked.exists() else ''
    return set_up


@pytest.mark.slow
@pytest.mark.parametrize('gpu', ['yes', 'no'])
def test_set_up_for_gpus_asks_pip_for_these_libraries(gpu, tmp_path, set_up):
    said, _ = set_up(GPU=gpu)
    again, last = set_up(GPU=gpu)  # the second time there is nothing left to do
    expected = f'{tmp_path}/requirements.txt -c constraints-gpu.txt' if gpu == 'yes' else 'requirements.txt'
    assert last == f'-m pip install --find-links {tmp_path}/wheels -r {expected}' and 'is up to date' in again
    assert ('install CUDA 10.0 and cuDNN 7.6' in said) == (gpu == 'yes' and sys.version_info < (3, 8))
    if gpu == 'yes':
        lines = (tmp_path / 'requirements.txt').read_text().splitlines()
        assert 'tensorflow-gpu==1.15.5; python_version < "3.8"' in lines
        assert any(line.startswith('tensorflow[and-cuda]>=2.') for line in lines)
        assert '-e .' in lines


@pytest.mark.parametrize('gpu, tensorflow', [('yes', 'tensorflow[and-cuda]'), ('no', 'tensorflow')])
def test_packages_alone_need_nothing_of_the_checkout(gpu, tensorflow, tmp_path, set_up):
    _, last = set_up(GPU=gpu, ONLY='packages')
    constraints = ' -c constraints-gpu.txt' if gpu == 'yes' else ''
    assert last == f'-m pip install --find-links {tmp_path}/wheels -r {tmp_path}/requirements.txt' + constraints
    lines = (tmp_path / 'requirements.txt').read_text().splitlines()
    assert [line for line in lines if line and line[0] in '.-'] == []
    assert any(line.startswith(f'{tensorflow}>=2') for line in lines) and not (tmp_path / 'setup.stamp').exists()


def test_the_environment_of_an_image_is_used_as_it_is(tmp_path, set_up):
    (tmp_path / 'setup.stamp').write_text('image\n')
    said, asked = set_up(GPU='yes')
    assert 'came with the image' in said and asked == ''
