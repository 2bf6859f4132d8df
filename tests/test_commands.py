"""Programs that pip installs as commands, called as such commands are."""

import subprocess
import sys
from pathlib import Path

import pytest

from deepspeech_training.commands import importing

ROOT = Path(__file__).resolve().parent.parent


def command(module, *words, cwd=ROOT):
    """Runs a command as pip's script does."""
    name = f'deepspeech-{module.replace("_", "-").replace("importing", "import")}'
    code = f'import sys; sys.argv[0] = {name!r}; from deepspeech_training.commands.{module} import run; sys.exit(run())'
    return subprocess.run([sys.executable, '-c', code, *map(str, words)], cwd=str(cwd), stdout=subprocess.PIPE,
                          stderr=subprocess.PIPE, universal_newlines=True, encoding='utf-8')


def test_all_importers_are_listed_with_what_they_import():
    result = command('importing')
    assert result.returncode == 0 and 'usage: deepspeech-import NAME ARGUMENT ...' in result.stdout
    assert importing.names() == sorted(path.stem[len('import_'):] for path in ROOT.glob('bin/import_*.py'))
    for name in importing.names():
        assert f'\n  {name} ' in result.stdout


@pytest.mark.parametrize('name', ['folder', 'import_folder'])
def test_an_importer_does_what_its_program_does(name, tmp_path):
    clips = tmp_path / 'clips'
    clips.mkdir()
    for source in ('digits_yesterday', 'letters_k'):
        (clips / f'{source}.wav').write_bytes((ROOT / 'tests' / 'clips' / f'{source}.wav').read_bytes())
        (clips / f'{source}.txt').write_text('some words\n')
    result = command('importing', name, clips, tmp_path / 'ours', '--relative_paths')
    assert result.returncode == 0, result.stdout + result.stderr
    program = subprocess.run([sys.executable, str(ROOT / 'bin' / 'import_folder.py'), str(clips), str(tmp_path / 'theirs'),
                              '--relative_paths'], stdout=subprocess.PIPE)
    assert program.returncode == 0
    ours, theirs = ({path.name: path.read_bytes() for path in (tmp_path / name).glob('*.csv')} for name in ('ours', 'theirs'))
    assert ours == theirs and 'train.csv' in ours


def test_an_importer_that_there_is_not_is_one_sentence():
    result = command('importing', 'cv22', 'x')
    assert result.returncode == 2 and not result.stdout
    assert result.stderr == 'E cv22: there is no importer for that; did you mean cv2? deepspeech-import alone lists all.\n'


def test_a_scorer_is_made(tmp_path):
    (tmp_path / 'text.txt').write_text('one two\ntwo three\n')
    result = command('make_scorer', 'text.txt', '--alphabet', ROOT / 'data' / 'alphabet.txt', '--output', 'my.scorer',
                     cwd=tmp_path)
    assert result.returncode == 0 and 'Wrote my.scorer: 3 words' in result.stdout and (tmp_path / 'my.scorer').exists()


def test_the_doctor_examines_from_anywhere(tmp_path):
    result = command('doctor', '--csv', ROOT / 'tests' / 'clips' / 'clips.csv', cwd=tmp_path)
    assert 'Software' in result.stdout and 'Data set' in result.stdout and not result.stderr
