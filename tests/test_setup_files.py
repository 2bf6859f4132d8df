"""Set-up files that nothing else runs in a test: the Dockerfile, the requirements, the scripts' syntax."""

import re
import subprocess
from pathlib import Path

import pytest

TOP = Path(__file__).resolve().parents[1]
SCRIPTS = sorted(TOP.glob('bin/*.sh')) + [TOP / '.ci/run']


def test_dockerfile_is_what_make_produces(tmp_path):
    for name in ('Makefile', 'Dockerfile.train.tmpl'):
        (tmp_path / name).write_text((TOP / name).read_text(encoding='utf-8'), encoding='utf-8')
    subprocess.run(['make', '-s', '-C', str(tmp_path), 'Dockerfile.train'], check=True)
    made, committed = tmp_path / 'Dockerfile.train', TOP / 'Dockerfile.train'
    assert made.read_text(encoding='utf-8') == committed.read_text(encoding='utf-8')


def test_cloning_variables_of_older_makefiles_are_refused():
    result = subprocess.run(['make', '-C', str(TOP), 'Dockerfile.train', 'DEEPSPEECH_SHA=abc'], stdout=subprocess.PIPE,
                            stderr=subprocess.STDOUT, universal_newlines=True)
    assert result.returncode != 0
    assert 'the image holds this checkout' in result.stdout


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
