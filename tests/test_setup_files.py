"""Set-up files that nothing else runs in a test: the Dockerfile, the requirements, the scripts' syntax."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

TOP = Path(__file__).resolve().parents[1]
SCRIPTS = sorted(TOP.glob('bin/*.sh')) + [TOP / '.ci/run']


def made(directory, *words):
    """Runs make on a copy of its files; returns the process."""
    for name in ('Makefile', 'Dockerfile.train.tmpl'):
        (directory / name).write_text((TOP / name).read_text(encoding='utf-8'), encoding='utf-8')
    return subprocess.run(['make', '-s', '-C', str(directory), *words], stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                          universal_newlines=True)


@pytest.mark.parametrize('name, gpu', [('Dockerfile.train', 'no'), ('Dockerfile', 'yes')])
def test_dockerfiles_are_what_make_produces(tmp_path, name, gpu):
    assert made(tmp_path, name).returncode == 0
    text = (tmp_path / name).read_text(encoding='utf-8')
    assert text == (TOP / name).read_text(encoding='utf-8')
    assert f'\nARG GPU={gpu}\n' in text and '\nCOPY . .\n' in text and '@' not in text


def test_an_image_of_a_repository_needs_no_context(tmp_path):
    repository = 'https://example.org/speech.git'
    assert made(tmp_path, 'Dockerfile.train', f'DEEPSPEECH_REPO={repository}', 'DEEPSPEECH_SHA=v1').returncode == 0
    text = (tmp_path / 'Dockerfile.train').read_text(encoding='utf-8')
    assert f'git clone {repository} . && git checkout v1\n' in text and 'COPY' not in text


def test_a_revision_without_a_repository_is_refused(tmp_path):
    result = made(tmp_path, 'Dockerfile.train', 'DEEPSPEECH_SHA=abc')
    assert result.returncode != 0 and 'say which one with DEEPSPEECH_REPO=URL' in result.stdout


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


@pytest.mark.slow
@pytest.mark.parametrize('gpu', ['yes', 'no'])
def test_set_up_for_gpus_asks_pip_for_these_libraries(gpu, tmp_path):
    """An interpreter that only writes down what it is to install stands in for that of the environment."""
    asked, programs = tmp_path / 'asked', tmp_path / 'bin'
    programs.mkdir()
    for name in ('python', 'pip'):
        (programs / name).write_text(f'#!/bin/sh\ncase "$1" in -c|--version) exec {sys.executable} "$@";; esac\n'
                                     f'echo "$@" >>{asked}\n')
        (programs / name).chmod(0o755)
    command, said = ['bash', str(TOP / 'bin/setup.sh')], []
    for _ in range(2):  # the second time there is nothing left to do
        result = subprocess.run(command, env=dict(os.environ, VENV=str(tmp_path), GPU=gpu), stdout=subprocess.PIPE,
                                stderr=subprocess.STDOUT, universal_newlines=True)
        assert result.returncode == 0, result.stdout
        said.append(result.stdout)
    *_, last = asked.read_text().splitlines()
    expected = f'{tmp_path}/requirements-gpu.txt -c constraints-gpu.txt' if gpu == 'yes' else 'requirements.txt'
    assert last == f'-m pip install -r {expected}' and 'is up to date' in said[1]
    assert ('install CUDA 10.0 and cuDNN 7.6' in said[0]) == (gpu == 'yes' and sys.version_info < (3, 8))
    if gpu == 'yes':
        lines = (tmp_path / 'requirements-gpu.txt').read_text().splitlines()
        assert 'tensorflow-gpu==1.15.5; python_version < "3.8"' in lines
        assert any(line.startswith('tensorflow[and-cuda]>=2.') for line in lines)
