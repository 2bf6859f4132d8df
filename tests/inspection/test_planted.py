"""Every kind of bad row is found, with its reason and its place; a training goes on with the others."""

import csv
import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
from bad_rows import plant

ROOT = Path(__file__).resolve().parents[2]
ALPHABET = str(ROOT / 'data' / 'alphabet.txt')
REJECTED = ('malformed', 'empty', 'alphabet', 'missing', 'unusable', 'too_short')


@pytest.fixture
def planted(tmp_path):
    """({(CSV, line): Planted}, number of rows without a fault) of train.csv and dev.csv in a directory."""
    (tmp_path / 'sets').mkdir()
    return plant(tmp_path / 'sets')


def check(home, directory, *arguments):
    return subprocess.run([sys.executable, 'bin/check_dataset.py', *map(str, arguments), '--output', str(directory)],
                          cwd=str(ROOT), env=home, stdout=subprocess.PIPE, stderr=subprocess.PIPE, universal_newlines=True)


def rows_of(path):
    with open(str(path), encoding='utf-8', newline='') as file:
        return list(csv.DictReader(file))


def test_each_planted_row_is_reported_with_its_reason_and_no_other(planted, home, tmp_path):
    places, n_good = planted
    sets = [tmp_path / 'sets' / name for name in ('train.csv', 'dev.csv')]
    result = check(home, tmp_path / 'report', *sets, '--alphabet', ALPHABET)
    assert result.returncode == 1 and '40 rows would be left out' in result.stderr
    assert len({(each.kind, each.reason) for each in places.values()}) >= 40
    found = {}
    for row in rows_of(tmp_path / 'report' / 'findings.csv'):
        found.setdefault(row['row'], []).append((row['kind'], row['reason']))
    wrong = []
    for (path, line), each in places.items():
        said = found.pop(f'{path}, line {line}', [])
        if [kind for kind, _ in said] != [each.kind] or not re.search(each.reason, said[0][1]):
            wrong.append(f'{each.name}: wanted {each.kind} ({each.reason}), found {said}')
    assert not wrong, '\n' + '\n'.join(wrong)
    assert not found, 'rows without a fault'
    numbers = json.loads((tmp_path / 'report' / 'data_report.json').read_text(encoding='utf-8'))
    n_rejected = sum(each.kind in REJECTED for each in places.values())
    assert sum(each['rejected'] for each in numbers['sets']) == n_rejected
    assert sum(each['rows'] for each in numbers['sets']) == len(places) + n_good
    assert sum(each['suspicious'] for each in numbers['sets']) == len(places) - n_rejected
    listed = rows_of(tmp_path / 'report' / 'rejected.csv')
    assert list(listed[0]) == ['set', 'wav_filename', 'reason', 'transcript'] and len(listed) == n_rejected


def test_training_goes_on_with_the_rest(planted, deepspeech, tmp_path):
    places, _ = planted
    result = deepspeech('--train_files', tmp_path / 'sets' / 'train.csv', '--dev_files', tmp_path / 'sets' / 'dev.csv',
                        '--alphabet_config_path', ALPHABET, '--text_policy', 'drop_clip', '--n_hidden', 16, '--epochs', 1,
                        '--checkpoint_dir', tmp_path / 'run', '--show_progressbar', 'false')
    assert result.returncode == 0, result.stdout + result.stderr
    assert 'FINISHED' in result.stdout
    listed = rows_of(tmp_path / 'run' / 'rejected.csv')
    assert {row['set'] for row in listed} == {'train'}
    assert 'rows of the data are worth a look' in result.stdout
    numbers = json.loads((tmp_path / 'run' / 'data_report.json').read_text(encoding='utf-8'))
    assert [each['name'] for each in numbers['sets']] == ['train', 'dev']
    assert {each['kind'] for each in numbers['findings']} == {each.kind for each in places.values()}
    left_out = [each for each in places.values() if each.kind in REJECTED]
    assert sorted(os.path.basename(row['wav_filename']) for row in listed) == sorted(each.name for each in left_out)
