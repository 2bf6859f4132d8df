"""Programs, files and recipes that how-tos name, called as they are called there."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

TOP = Path(__file__).resolve().parents[2]
TEXT = 'the number is not answering\nyesterday was monday\n' * 20
PROGRAM_OF_TRAINING = 'import sys; open({record!r}, "w").write("\\n".join(sys.argv[2:]))'
EPOCHS = """
import sys
from deepspeech_training.settings import command_line
command_line.define()
print(command_line.parse(['DeepSpeech.py', *sys.argv[1:]]).epochs)
"""


def run(*words, **environment):
    return subprocess.run(list(map(str, words)), cwd=str(TOP), env=dict(os.environ, **environment), stdout=subprocess.PIPE,
                          stderr=subprocess.PIPE, universal_newlines=True, encoding='utf-8', timeout=300)


@pytest.fixture
def text(tmp_path):
    path = tmp_path / 'text.txt'
    path.write_text(TEXT, encoding='utf-8')
    return path


def test_the_trainer_is_a_program():
    """With the environment active, as `#!/usr/bin/env python` finds the first interpreter of the PATH."""
    result = run('./DeepSpeech.py', '--help', PATH=f'{Path(sys.executable).parent}:{os.environ["PATH"]}')
    assert result.returncode == 0 and '--train_files' in result.stdout


@pytest.mark.parametrize('words, epochs', [((), '200'), (('--epoch', '10'), '10'), (('--epochs', '3'), '3'),
                                           (('--epoch', '10', '--epochs', '3'), '3')])
def test_what_a_person_gives_overrides_what_a_recipe_says(tmp_path, words, epochs):
    record, venv = tmp_path / 'words', tmp_path / 'venv'
    (venv / 'bin').mkdir(parents=True)
    (venv / 'bin' / 'python').write_text(f'#!{sys.executable}\n{PROGRAM_OF_TRAINING.format(record=str(record))}\n')
    (venv / 'bin' / 'python').chmod(0o755)
    result = run('bash', 'bin/run-ldc93s1.sh', *words, VENV=str(venv), FROM_STAGE='3', HOME=str(tmp_path))
    assert result.returncode == 0, result.stderr
    program, *flags = record.read_text().split('\n')
    assert program == 'DeepSpeech.py'
    assert run(sys.executable, '-c', EPOCHS, *flags).stdout == f'{epochs}\n'


def test_the_language_model_program_of_the_russian_fork(text, tmp_path):
    result = run(sys.executable, 'maintenance/create_language_model.py', text, 3, 2, '--output_dir', tmp_path / 'lm')
    assert result.returncode == 0, result.stderr
    assert {'words.arpa', 'lm.binary', 'trie', 'lm.scorer'} <= {path.name for path in (tmp_path / 'lm').iterdir()}


def test_directories_of_an_image_are_replaced_by_what_is_installed(text, tmp_path):
    result = run(sys.executable, 'data/lm/generate_lm.py', '--input_txt', text, '--output_dir', tmp_path, '--top_k', 500,
                 '--kenlm_bins', '/DeepSpeech/native_client/kenlm/build/bin/', '--arpa_order', 3, '--max_arpa_memory', '85%',
                 '--arpa_prune', '0|0|1', '--binary_a_bits', 255, '--binary_q_bits', 8, '--binary_type', 'trie',
                 '--discount_fallback')
    assert result.returncode == 0, result.stderr
    assert '--kenlm_bins /DeepSpeech/native_client/kenlm/build/bin/: there is no such directory' in result.stdout
    assert result.stderr.endswith('SUCCESS\n') and (tmp_path / 'lm.binary').exists() and (tmp_path / 'vocab-500.txt').exists()


def test_a_learning_rate_is_not_raised_on_a_plateau(deepspeech, one_clip):
    result = deepspeech('--train_files', one_clip, '--reduce_lr_on_plateau', '--plateau_reduction', 1.5)
    assert result.returncode == 1
    assert '--plateau_reduction 1.5: the learning rate is multiplied by it, so it must be below 1.' in result.stdout


@pytest.mark.parametrize('name', ['native_client/README.md', 'data/alphabet_ru.txt', 'bin/run-tiny-russian.sh', 'Dockerfile'])
def test_files_are_where_how_tos_say(name):
    assert (TOP / name).stat().st_size > 0


def test_the_readme_of_the_native_client_names_programs_and_files_that_are_there():
    page = (TOP / 'native_client' / 'README.md').read_text(encoding='utf-8')
    for target in re.findall(r'\]\((.*?)\)|`(include/.*?)`', page):
        assert (TOP / 'native_client' / (target[0] or target[1])).exists(), target
    for package in re.findall(r'pip install (\./[\w/]+)', page):
        assert (TOP / package / 'pyproject.toml').exists(), package
