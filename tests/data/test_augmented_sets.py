"""`bin/data_set_tool.py --augment`: sets of augmented samples, the same in every run."""

import subprocess
import sys

import numpy as np
import pytest
from sounds import TESTS

from deepspeech_training.data.csv_source import read_csv
from deepspeech_training.data.sdb_source import read_sdb

PROGRAM = TESTS.parent / 'bin' / 'data_set_tool.py'


def made(*words):
    """Runs the tool, which has to succeed; returns what it said."""
    result = subprocess.run([sys.executable, str(PROGRAM), *map(str, words)], stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                            universal_newlines=True, encoding='utf-8')
    assert result.returncode == 0 and not result.stderr, result.stderr
    return result.stdout


def test_samples_are_augmented_as_in_training_the_same_in_every_run(clips, tmp_path):
    words = ('--augment', 'volume[dbfs=-40:-20]', '--augment', 'noise[snr=20]', clips)
    said = made(*words, '--augment', 'pitch', tmp_path / 'a.csv', '--workers', 1)
    assert 'W --augment pitch: left out, as it acts on the spectrogram in training and not on samples.' in said
    made(*words, '--clock', 0.5, tmp_path / 'b.csv')
    made(*words, '--workers', 4, tmp_path / 'c.csv')
    peaks = {}
    for name in 'abc':
        rows = read_csv(str(tmp_path / f'{name}.csv'))
        assert [row.transcript for row in rows] == [row.transcript for row in read_csv(str(tmp_path / 'a.csv'))]
        sounds = [row.recording.probe().read() for row in rows]
        peaks[name] = [20 * np.log10(np.abs(sound).max()) + 3.0103 for sound in sounds]
    assert peaks['a'] == pytest.approx([-40] * 9, abs=0.1) and peaks['b'] == pytest.approx([-30] * 9, abs=0.1)
    first, second = [sorted((tmp_path / name).iterdir()) for name in 'ac']
    assert len(first) == 9 and [path.read_bytes() for path in first] == [path.read_bytes() for path in second]


def test_opus_in_a_database_is_augmented_as_well(clips, tmp_path):
    made(clips, tmp_path / 'plain.sdb')
    made('--augment', 'volume[dbfs=-30]', tmp_path / 'plain.sdb', tmp_path / 'soft.sdb')
    for row in read_sdb(str(tmp_path / 'soft.sdb')):
        assert 20 * np.log10(np.abs(row.recording.probe().read()).max()) + 3.0103 == pytest.approx(-30, abs=3)
