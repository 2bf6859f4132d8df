"""Recipes for corpora: each command in them is one that its program takes, and the sets trained on are those imported."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from corpora import make_tar, speech

from deepspeech_training.corpora import door

TOP = Path(__file__).resolve().parents[1]
RECIPES = ['run-librivox.sh', 'run-ted.sh', 'run-timit.sh', 'run-swb.sh', 'run-fisher.sh', 'run-voxforge_ru.sh', 'run-cv2.sh',
           'run-tiny-russian.sh']
PARSE = """
import json, sys
from deepspeech_training.settings import command_line
command_line.define()
values = command_line.parse(['DeepSpeech.py', *sys.argv[1:]])
print(json.dumps({name: getattr(values, name) for name in
                  ('train_files', 'dev_files', 'test_files', 'alphabet_config_path', 'scorer_path', 'n_hidden')}))
"""


def commands_of(recipe, tmp_path, *words, **environment):
    """Returns the commands that a recipe would run, but for the set-up: lists of words, the interpreter left out."""
    venv, record = tmp_path / 'venv', tmp_path / 'commands'
    (venv / 'bin').mkdir(parents=True, exist_ok=True)
    program = venv / 'bin' / 'python'
    program.write_text(f'#!{sys.executable}\nimport json, sys\n'
                       f'open({str(record)!r}, "a").write(json.dumps(sys.argv[1:]) + "\\n")\n')
    program.chmod(0o755)
    (tmp_path / 'home').mkdir(exist_ok=True)
    environment = dict(os.environ, VENV=str(venv), FROM_STAGE='2', HOME=str(tmp_path / 'home'), **environment)
    environment.setdefault('COMPUTE_DATA_DIR', str(tmp_path / 'data'))
    result = subprocess.run(['bash', str(TOP / 'bin' / recipe), *words], env=environment, stdout=subprocess.PIPE,
                            stderr=subprocess.PIPE, universal_newlines=True)
    assert result.returncode == 0, result.stderr
    return [json.loads(line) for line in record.read_text().splitlines()]


def importer_of(words):
    """Returns the importer that a command makes: an error of its options ends the test."""
    return door.importer_of(Path(words[0]).stem[len('import_'):])(words[1:])


@pytest.mark.parametrize('recipe', RECIPES)
def test_every_command_is_one_that_its_program_takes(recipe, tmp_path):
    first = ['cv-corpus-1.tar.gz'] if recipe == 'run-cv2.sh' else []
    commands = commands_of(recipe, tmp_path, *first, '--n_hidden', '77')
    assert commands[0][0].startswith('bin/import_') and commands[-1][:2] == ['-u', 'DeepSpeech.py']
    importer = importer_of(commands[0])
    parsed = subprocess.run([sys.executable, '-c', PARSE, *commands[-1][2:]], stdout=subprocess.PIPE, check=True, cwd=str(TOP))
    flags = json.loads(parsed.stdout.decode())
    assert flags['n_hidden'] == 77  # what is given to the recipe wins
    assert (TOP / flags['alphabet_config_path']).exists() or recipe == 'run-cv2.sh'
    prefix, suffix = importer.csv_name.split('{set}')
    for files in (flags['train_files'], flags['dev_files'], flags['test_files']):
        for path in ([files] if isinstance(files, str) else files):
            for each in path.split(','):
                name = os.path.basename(each)
                assert name.startswith(prefix) and name.endswith(suffix)
                assert not importer.expected_sets or name[len(prefix):-len(suffix)] in {*importer.expected_sets, 'dev', 'test'}
                assert recipe == 'run-cv2.sh' or os.path.dirname(each) == importer.directory


def test_some_sets_of_librispeech_are_enough(tmp_path):
    commands = commands_of('run-librivox.sh', tmp_path, SETS='train-clean-100,dev-clean,test-other')
    line = ' '.join(commands[-1])
    data = tmp_path / 'data' / 'librivox'
    assert (f'--train_files {data}/librivox-train-clean-100.csv --dev_files {data}/librivox-dev-clean.csv '
            f'--test_files {data}/librivox-test-other.csv') in line


def test_a_stage_to_begin_with_has_to_be_a_number(tmp_path):
    result = subprocess.run(['bash', str(TOP / 'bin' / 'run-ted.sh')], env=dict(os.environ, FROM_STAGE='two'),
                            stdout=subprocess.PIPE, stderr=subprocess.PIPE, universal_newlines=True)
    assert result.returncode == 1 and result.stderr == 'E FROM_STAGE=two: expected the number of a stage.\n'


def test_librispeech_is_imported_trained_tested_and_exported(home, tmp_path):
    """The whole recipe on archives of a few clips; a second run has nothing to import."""
    for name, speaker, n_clips in (('train-clean-100', 1, 6), ('dev-clean', 2, 3), ('test-clean', 3, 3)):
        part = f'LibriSpeech/{name}/{speaker}/1'
        files = {f'{part}/{speaker}-1-{number:04}.flac': speech(number, 'flac') for number in range(n_clips)}
        names = [f'{speaker}-1-{number:04}' for number in range(n_clips)]
        files[f'{part}/{speaker}-1.trans.txt'] = ''.join(f'{name} OPEN THE DOOR\n' for name in names)
        make_tar(tmp_path / 'data' / 'librivox' / f'{name}.tar.gz', files)
    environment = dict(home, VENV=str(Path(sys.executable).parents[1]), FROM_STAGE='2', COMPUTE_DATA_DIR=str(tmp_path / 'data'),
                       SETS='train-clean-100,dev-clean,test-clean', COMPUTE_KEEP_DIR=str(tmp_path / 'kept'))
    (tmp_path / 'kept').mkdir()
    command = ['bash', str(TOP / 'bin' / 'run-librivox.sh'), '--n_hidden', '16', '--epochs', '1', '--train_batch_size', '3',
               '--export_dir', str(tmp_path / 'export'), '--scorer_path', '']
    run = subprocess.run(command, env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, universal_newlines=True)
    assert run.returncode == 0, run.stdout
    assert 'librivox-test-clean.csv - WER' in run.stdout and (tmp_path / 'export' / 'output_graph.pb').exists()
    assert list((tmp_path / 'kept').glob('best_dev-*'))
    again = subprocess.run(command[:2] + ['--help'], env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                           universal_newlines=True)
    assert 'everything is imported already' in again.stdout


@pytest.mark.parametrize('words, expected', [([], ['--total_epochs=10']), (['--epochs', '3'], ['--epochs']),
                                             (['--total_epochs=4'], ['--total_epochs=4'])])
def test_a_recipe_started_again_does_not_train_on_and_on(words, expected, tmp_path):
    line = commands_of('run-ted.sh', tmp_path, *words)[-1]
    assert [word for word in line if 'epochs' in word] == expected
