"""A new model whose text the default alphabet cannot write: the run says so, over all sets, with the commands that help."""

import re
import shlex
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
SMALL = ('--n_hidden', 8, '--epochs', 1, '--train_batch_size', 2, '--noshow_progressbar')


@pytest.fixture
def sets(tmp_path):
    """CSV files of a training and a validation set in Russian; the voice is an English one, which does not matter here."""
    wav = ROOT / 'tests' / 'clips' / 'digits_yesterday.wav'
    texts = {'train': ('\u0432\u0447\u0435\u0440\u0430', 'yesterday'),
             'dev': ('\u0432\u0435\u0447\u0435\u0440', '\u0435\u0436')}
    for name, lines in texts.items():
        rows = ''.join(f'{wav},1,{text}\n' for text in lines)
        (tmp_path / f'{name}.csv').write_text(f'wav_filename,wav_filesize,transcript\n{rows}', encoding='utf-8')
    return tmp_path / 'train.csv', tmp_path / 'dev.csv'


def test_the_run_stops_with_all_characters_of_all_sets_and_the_commands_that_help_do(deepspeech, sets, tmp_path):
    train, dev = sets
    command = (*SMALL, '--train_files', train, '--dev_files', dev, '--checkpoint_dir', tmp_path / 'ckpt')
    run = deepspeech(*command)
    said = run.stdout.strip().split('\n')[-1]
    assert run.returncode == 1 and f"E {train}, line 2: character '\u0432' (U+0432, CYRILLIC SMALL LETTER VE)" in said
    assert '(and 2 other rows)' in said  # those of the validation set, too
    for counted in ("'\u0430' (1)", "'\u0432' (2)", "'\u0435' (3)", "'\u0436' (1)", "'\u0440' (2)", "'\u0447' (2)"):
        assert counted in said
    assert not (tmp_path / 'ckpt' / 'checkpoint').exists()
    make = re.search(r'bin/make_alphabet\.py .*? -o alphabet\.txt', said).group()
    make = make.replace('alphabet.txt', str(tmp_path / 'a.txt'))
    subprocess.run([sys.executable, *shlex.split(make)], cwd=str(ROOT), check=True)
    again = deepspeech(*command, '--alphabet_config_path', tmp_path / 'a.txt')
    assert again.returncode == 0, again.stdout + again.stderr


def test_rows_that_are_left_out_for_it_are_told_with_the_same_commands(deepspeech, sets, tmp_path):
    train, _ = sets
    run = deepspeech(*SMALL, '--train_files', train, '--checkpoint_dir', tmp_path / 'ckpt', '--text_policy', 'drop_clip')
    assert run.returncode == 0, run.stdout + run.stderr
    (said,) = [line for line in run.stdout.split('\n') if line.startswith('W 5 characters are not in ')]
    assert f'bin/make_alphabet.py {train} -o alphabet.txt' in said


def test_who_has_named_the_alphabet_is_not_told_to_make_one(deepspeech, sets, tmp_path):
    run = deepspeech(*SMALL, '--train_files', sets[0], '--checkpoint_dir', tmp_path / 'ckpt',
                     '--alphabet_config_path', ROOT / 'data' / 'alphabet.txt')
    assert run.returncode == 1 and 'add it to the alphabet' in run.stdout and 'make_alphabet' not in run.stdout
